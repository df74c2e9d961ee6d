"""A baseline divided among inputs: each entry is of one of them, or of none."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from flowmodel.baseline import Baseline, Entry
from flowmodel.source import Source, Span
from linter.commands.fleet.portions import Divided, divided

_DAY = date(2026, 3, 2)
_NAMES = st.text("ab/.", min_size=1, max_size=6)


def _entry(device: str, line: int) -> Entry:
    place = Span("b.json", line, 1, line, 5)
    return Entry("FW306", device, "", ("key",), "error", "certain", device, (), None, place)


def _divided(devices: list[str], names: set[str], *folders: str, asks: bool = True) -> Divided:
    lines = [f"line of {each}" for each in devices]
    start = Span("b.json", 1, 1, 1, 1)
    entries = tuple(_entry(each, line) for line, each in enumerate(devices, start=1))
    source = Source("b.json", lines)
    whole = Baseline("b.json", "exports", _DAY, _DAY, entries, start, start, source, (".",))
    return divided(whole, names, folders, lambda _: asks)


def _owners(devices: list[str], names: set[str]) -> dict[str, list[str]]:
    portions = _divided(devices, names).portions
    return {name: [each.device for each in its.entries] for name, its in portions.items()}


@given(st.lists(_NAMES, max_size=8), st.sets(_NAMES, max_size=8))
def test_no_entry_is_of_two_inputs(devices: list[str], names: set[str]) -> None:
    its = _divided(devices, names)
    numbers = [number for each in its.portions.values() for number in each.numbers]

    assert set(its.portions) == names
    assert len(numbers) == len(set(numbers))
    for each in its.portions.values():
        assert [devices[number] for number in each.numbers] == [e.device for e in each.entries]
        baseline = each.baseline()
        for entry in baseline.entries:
            assert baseline.source.lines[entry.span.line - 1] == f"line of {entry.device}"


def test_an_entry_is_of_the_input_of_its_device_and_of_the_narrower_one() -> None:
    devices = ["web", "aws/eni-1", "aws/a.v4", "aws", "web2", ""]

    assert _owners(devices, {"web", "aws", "aws/a.v4"}) == {
        "web": ["web"],
        "aws": ["aws/eni-1", "aws"],
        "aws/a.v4": ["aws/a.v4"],
    }


def test_an_entry_is_gone_with_its_input_only_below_a_folder_that_was_named() -> None:
    devices = ["hosts/a.rules", "hosts2/b.rules", "../c.rules", "", "hosts/../d.rules", "/e.rules"]

    def strays(*folders: str) -> list[str]:
        return [each.device for each in _divided(devices, set(), *folders).strays]

    assert strays() == []
    assert strays("hosts") == ["hosts/a.rules"]
    assert strays("hosts/", "hosts2") == ["hosts/a.rules", "hosts2/b.rules"]
    assert strays("..") == ["../c.rules"]
    assert strays("/") == ["/e.rules"]
    assert "/e.rules" not in strays(".")
    assert "../c.rules" not in strays(".")
    assert _divided(devices, set(), "hosts", asks=False).strays == ()


def test_a_line_that_is_a_whole_file_is_not_sent_along() -> None:
    place = Span("b.json", 1, 1, 1, 5)
    entry = Entry("FW306", "a", "", ("key",), "error", "certain", "a", (), None, place)
    source = Source("b.json", ["x" * 5000])
    whole = Baseline("b.json", "exports", _DAY, _DAY, (entry,), place, place, source, (".",))

    portion = divided(whole, {"a"}, (), lambda _: True).portions["a"]

    assert portion.lines == ()
    assert portion.baseline().source.lines == []

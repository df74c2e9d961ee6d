"""Lines that are alike but for a network are read at once, and mean what each means alone."""

from collections.abc import Sequence

import pytest

from flowmodel.source import InputError
from parsers.iptables import section
from parsers.iptables.alike import Run, runs
from tests.parsers.iptables.samples import export, rules, show

_NETWORKS = [
    f"198.51.{number}.{number % 7}{length}"
    for number, length in zip(range(60), 20 * ["", "/32", "/24"], strict=True)
]
_FORMS = [
    "-A X -s NETWORK -j DROP",
    "-A INPUT -d NETWORK -j ACCEPT",
    "-A X -s NETWORK -g Y",
    '-A X -s NETWORK -m comment --comment "a list" -j DROP',
    "-A X -s NETWORK -d 192.0.2.0/24 ! -i lo -p tcp -m tcp --dport 22 -j DROP",
    "-A X -s NETWORK -p tcp -j REJECT --reject-with tcp-reset",
    "-A X -s NETWORK -m set --match-set hosts dst -j MARK --set-xmark 0x1/0x1",
    "-A X -d NETWORK -m limit --limit 5/min -j LOG",
    "-A X -s NETWORK -m owner --uid-owner 0 -j ACCEPT",
    "-A X -s NETWORK -m surely-unknown --thing 1 -j ACCEPT",
    "-A X -s NETWORK -j DROP --surely-unknown",
    "-A X -s NETWORK",
    "-A X  -s NETWORK -j DROP",
    "-A X -s NETWORK -d  192.0.2.1 -j DROP",
    "[5:300] -A X -s NETWORK -j DROP",
    "-A X ! -s NETWORK -j DROP",
    "-I X -s NETWORK -j DROP",
    "--append X -s NETWORK -j DROP",
    '-A X -m comment --comment " -s NETWORK" -j DROP',
]


_OTHERS = [
    "-A X -s 198.51.100.300/32 -j DROP",
    "-A X -s 198.51.100.30/33 -j DROP",
    "-A X -s 198.51.100.010 -j DROP",
    "-A X -s 198.51.100 -j DROP",
    "-A X -s 0.0.0.0/0 -j DROP",
    "-A X -s 198.51.100.1/00 -j DROP",
    "-A X -s 198.51.100.1/255.255.0.0 -j DROP",
    "-A X -s 198.51.100.1,192.0.2.1 -j DROP",
    "-A X -s blocked.example -j DROP",
    "-A X -s 2001:db8::1 -j DROP",
    "-A X ! -s 198.51.100.1 -j DROP",
    "-A X -s 198.51.100.1 -j DROPPED",
    "-A X -s 198.51.100.1 -j DROP ",
    "-A X -d 198.51.100.1 -j DROP",
    "-A Z -s 198.51.100.1 -j DROP",
    "-A INPUT -s 198.51.100.1 -j DROP",
    "[1:40] -A X -s 198.51.100.1 -j DROP",
    "-I X -s 198.51.100.1 -j DROP",
    "-I X 3 -s 198.51.100.1 -j DROP",
    "-F X",
    "# -A X -s 198.51.100.1 -j DROP",
    "",
]
"""Lines that stand among alike ones, odd or wrong."""


@pytest.mark.parametrize("form", _FORMS)
def test_lines_that_are_alike_mean_what_each_means_alone(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [form.replace("NETWORK", each) for each in _NETWORKS]
    together = _told(lines)
    monkeypatch.setattr(section, "runs", _none)
    assert together == _told(lines)


@pytest.mark.parametrize("at", [0, 5, 30, 60])
@pytest.mark.parametrize("other", _OTHERS)
def test_another_line_among_them_means_what_it_means_alone(
    other: str, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [_FORMS[0].replace("NETWORK", each) for each in _NETWORKS]
    lines.insert(at, other)
    together = _told(lines)
    monkeypatch.setattr(section, "runs", _none)
    assert together == _told(lines)


def test_a_blocklist_is_read_as_one_run() -> None:
    lines = ["*filter", *(f"-A X -s {each} -j DROP" for each in _NETWORKS), "COMMIT"]
    (found,) = runs(lines, 1, len(lines))
    assert (found.first, found.end) == (2, len(lines))
    assert found.networks[0] == (0xC6330000, 0xC6330000)
    assert found.networks[-1] == (0xC6333B00, 0xC6333BFF)


def test_a_few_lines_are_no_run() -> None:
    lines = ["*filter", *(f"-A X -s {each} -j DROP" for each in _NETWORKS[:15]), "COMMIT"]
    assert list(runs(lines, 1, len(lines))) == []


def test_each_run_begins_at_its_own_line() -> None:
    lines = [
        "*filter",
        *(f"-A X -s {each} -j DROP" for each in _NETWORKS),
        "-A X -i lo -j ACCEPT",
        *(f"-A X -s {each} -j DROP" for each in _NETWORKS[:20]),
        *(f"-A X -d {each} -j DROP" for each in _NETWORKS[:20]),
        "COMMIT",
    ]
    found = list(runs(lines, 1, len(lines)))
    assert [(each.first, each.end, each.side) for each in found] == [
        (2, 62, "src"),
        (63, 83, "src"),
        (83, 103, "dst"),
    ]


def _none(_lines: Sequence[str], _start: int, _end: int) -> list[Run]:
    return []


def _told(lines: Sequence[str]) -> object:
    """All that is read of a table with the lines, or why it is not."""
    try:
        found = export(":Y - [0:0]", *lines)
    except InputError as error:
        return error.span, error.message, error.text
    its = [(show(each.match), *each[1:2], each.span, each.text, each[7:]) for each in rules(found)]
    return its, found.gaps

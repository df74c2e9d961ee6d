"""Files that are not what they should be, and the exports of one device together."""

from hashlib import sha256
from io import BytesIO
from pathlib import Path
from time import perf_counter

import pytest

from flowmodel.source import InputError, Lines
from parsers import read_exports
from parsers.shared.context import Place
from parsers.shared.reading import read_source
from tests.parsers.iptables.samples import rules, show

EMPTY = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n"
RULES = EMPTY.replace("COMMIT", "-A INPUT -m set --match-set s src -j ACCEPT\nCOMMIT")
SETS = "create s hash:ip family inet\nadd s 192.0.2.1\n"


def written(folder: Path, name: str, content: str | bytes) -> str:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


BAD = [
    ("empty", b"", "1:1: is empty: the command that was to write it may have failed"),
    ("white", b"\n \n", "1:1: is empty: the command that was to write it may have failed"),
    ("binary", b"*filter\n\x00\x01COMMIT\n", "2:1: is no text: it has a zero byte"),
]


@pytest.mark.parametrize(("name", "content", "message"), BAD)
def test_what_is_no_text_is_refused(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = written(tmp_path, name, content)
    with pytest.raises(InputError) as caught:
        read_exports([path])

    assert f"{caught.value.span}: {caught.value.message}" == f"{path}:{message}"


def test_an_unknown_format_names_the_known_ones_and_shows_no_line(tmp_path: Path) -> None:
    path = written(tmp_path, "readme", "# Firewall\n\nask Kim\n")
    with pytest.raises(InputError) as caught:
        read_exports([path])

    assert caught.value.message.startswith("is in no known format: the formats are iptables-save")
    assert "and beside rules ipset save, ip -j; `fwlint export-help`" in caught.value.message
    assert caught.value.text == ""


def test_a_missing_file_is_an_error_with_the_system_s_words(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_exports([str(tmp_path / "none")])

    assert caught.value.message == "cannot be read: No such file or directory"


def test_a_folder_stands_for_the_files_in_it_and_an_empty_one_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder without files"):
        read_exports([str(tmp_path)])

    for name in ("b.rules6", "a.rules", ".hidden"):
        (tmp_path / name).write_text("*filter\nCOMMIT\n")

    found = read_exports([str(tmp_path)])

    assert [each.path for each in found] == [f"{tmp_path}/a.rules", f"{tmp_path}/b.rules6"]


def test_a_folder_in_a_folder_is_not_passed_over(tmp_path: Path) -> None:
    written(tmp_path, "a.rules", b"*filter\nCOMMIT\n")
    (tmp_path / ".terraform").mkdir()
    assert len(read_exports([str(tmp_path)])) == 1

    (tmp_path / "eu-west-1").mkdir()
    with pytest.raises(InputError) as caught:
        read_exports([str(tmp_path)])

    assert caught.value.message == (
        "is a folder in a folder of exports, of which only files are read: name it too, or move it"
    )
    assert caught.value.span.path == f"{tmp_path}/eu-west-1"
    written(tmp_path / "eu-west-1", "b.rules6", b"*filter\nCOMMIT\n")
    assert len(read_exports([str(tmp_path), f"{tmp_path}/eu-west-1/"])) == 2


@pytest.mark.parametrize("place", [Place(at="eni-1"), Place(groups=("sg-1",)), Place(acl="none")])
def test_a_place_in_an_export_that_has_one_firewall_is_refused(
    place: Place, tmp_path: Path
) -> None:
    path = written(tmp_path, "a.rules", "*filter\nCOMMIT\n")
    with pytest.raises(InputError) as caught:
        read_exports([path], place=place)

    assert caught.value.message == (
        "is an export of one firewall: network interfaces, groups and ACLs are named in those of "
        "AWS only"
    )
    assert len(read_exports([path], place=Place())) == 1


def test_large_garbage_is_refused_by_its_first_lines(tmp_path: Path) -> None:
    path = written(tmp_path, "garbage", b"frob frob frob\n" * 2_000_000)
    start = perf_counter()
    with pytest.raises(InputError):
        read_exports([path])

    assert perf_counter() - start < 0.2


def test_a_format_that_is_named_is_not_looked_for(tmp_path: Path) -> None:
    path = written(tmp_path, "rules", "frob")
    with pytest.raises(InputError) as caught:
        read_exports([path], "iptables-save")

    assert caught.value.message.startswith("cannot be read; why is not shown")
    assert caught.value.text == ""
    with pytest.raises(InputError) as caught:
        read_exports([path], "frob")

    assert caught.value.message.startswith("there is no format frob: the formats are iptables-save")


def test_sets_tell_the_rules_of_the_same_device_what_they_contain(tmp_path: Path) -> None:
    paths = [written(tmp_path, "rules", RULES), written(tmp_path, "sets", SETS)]

    for order in (paths, paths[::-1]):
        (found,) = read_exports(order)
        assert show(rules(found)[0].match) == "src=c0000201"


def test_a_set_that_another_export_of_the_device_writes_is_volatile(tmp_path: Path) -> None:
    writing = RULES.replace("-m set --match-set s src -j ACCEPT", "-j SET --add-set s src")
    found, _ = read_exports(
        [
            written(tmp_path, "rules", RULES),
            written(tmp_path, "writing.rules6", writing),
            written(tmp_path, "sets", SETS),
        ]
    )

    assert show(rules(found)[0].match) == "~-m set --match-set s src (rules write to the set s)"


WRITTEN = [
    ("--add-set s src", SETS),
    ("--add s src", SETS),
    ("--ad s src", SETS),
    ("--del-set s src", SETS),
    ("--del-s s src", SETS),
    ('--exist --add-se "s" src', SETS),
    # What goes into a list goes into one of its members.
    ("--add-set l src", SETS + "create l list:set size 8\nadd l s\n"),
]


@pytest.mark.parametrize(("options", "sets"), WRITTEN)
def test_a_set_is_written_however_a_rule_says_it(tmp_path: Path, options: str, sets: str) -> None:
    writing = RULES.replace("COMMIT", f"-A OUTPUT -j SET {options}\nCOMMIT")
    paths = [written(tmp_path, "rules", writing), written(tmp_path, "sets", sets)]
    (found,) = read_exports(paths)

    assert show(rules(found)[0].match) == "~-m set --match-set s src (rules write to the set s)"


def test_what_is_written_to_a_member_is_not_written_to_the_other_ones(tmp_path: Path) -> None:
    writing = RULES.replace("COMMIT", "-A OUTPUT -j SET --add-set other src\nCOMMIT")
    sets = SETS + "create other hash:ip\ncreate l list:set size 8\nadd l s\nadd l other\n"
    paths = [written(tmp_path, "rules", writing), written(tmp_path, "sets", sets)]
    (found,) = read_exports(paths)

    assert show(rules(found)[0].match) == "src=c0000201"


def test_sets_alone_and_sets_twice_are_errors(tmp_path: Path) -> None:
    sets, again = written(tmp_path, "sets", SETS), written(tmp_path, "again", SETS)
    with pytest.raises(InputError) as caught:
        read_exports([sets])

    assert caught.value.message == "has sets only: add the export of the firewall"
    with pytest.raises(InputError) as caught:
        read_exports([sets, again])

    assert caught.value.message == "the set s is also in another export"


ENCODINGS = [
    RULES.encode(),
    RULES.replace("\n", "\r\n").encode(),
    b"\xef\xbb\xbf" + RULES.encode(),
    RULES.encode("utf-16"),
    RULES.replace("*filter", "# caf\xe9\n*filter").encode("latin-1"),
]


@pytest.mark.parametrize("content", ENCODINGS, ids=["utf-8", "crlf", "bom", "utf-16", "latin-1"])
def test_encodings(tmp_path: Path, content: bytes) -> None:
    (found,) = read_exports([written(tmp_path, "rules", content)])

    assert [rule.text for rule in rules(found)] == ["-A INPUT -m set --match-set s src -j ACCEPT"]


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    class Input:
        buffer = BytesIO(RULES.encode())

    monkeypatch.setattr("sys.stdin", Input())
    (found,) = read_exports(["-"])

    assert (found.path, found.format, len(rules(found))) == ("-", "iptables-save", 1)


def test_no_paths_are_no_rule_sets() -> None:
    assert read_exports([]) == ()


@pytest.mark.parametrize(("size", "is_kept"), [(10, True), (1 << 20, False)])
def test_of_large_json_no_more_is_kept_than_its_text(
    tmp_path: Path, size: int, is_kept: bool
) -> None:
    data = b'{"a":\r\n"' + size * b"b" + b'"}\n'
    path = written(tmp_path, "export.json", data)

    source = read_source(path, lambda _: None)

    assert isinstance(source.lines, Lines)
    assert source.lines == ['{"a":', f'"{size * "b"}"}}']
    assert bool(source.data) == is_kept
    assert source.sha256 == sha256(data).hexdigest()


def test_what_is_read_by_lines_has_a_list_of_them(tmp_path: Path) -> None:
    source = read_source(written(tmp_path, "rules.v4", EMPTY), lambda _: None)

    assert source.lines == EMPTY.split("\n")[:-1]
    assert isinstance(source.lines, list)

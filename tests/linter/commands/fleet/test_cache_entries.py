"""What is no entry of a cache, or no folder for one, is told and replaced, and never believed."""

import json
import os
from hashlib import sha256
from pathlib import Path

import pytest

from tests.linter.commands.fleet.samples import CLOSED, Run, entries

_BAD = "fwlint: the cache has a bad entry, checked anew: "


def _corrupt(text: bytes) -> dict[str, bytes]:
    head, body, _ = text.split(b"\n")
    top = json.loads(head)

    def summed(new: bytes) -> bytes:
        return json.dumps({**top, "sum": sha256(new).hexdigest()}).encode() + b"\n" + new + b"\n"

    def told(member: int, value: object, *, is_raw: bool = False) -> bytes:
        said = json.loads(body)
        said[member] = value
        return summed(json.dumps(said, ensure_ascii=not is_raw).encode())

    controls = ["\x1b[2J\x1b]0;x\x07"]
    return {
        "empty": b"",
        "cut off": text[:-40],
        "one byte": text.replace(b"FW306", b"FW307", 1),
        "no JSON": b"\x80\x04\x95 pickle\n",
        "deep": b"[" * 100_000,
        "a list": b"[]\n[]\n",
        "another version": text.replace(b'"fwlint-result": 1', b'"fwlint-result": 2'),
        "another shape": summed(b'{"a": 1}'),
        "too short": summed(b"[]"),
        "controls": told(3, controls),
        "raw controls": told(3, controls, is_raw=True),
        "another name": told(0, "hosts/b.rules"),
        "a part too few": told(2, []),
        "files that are no texts": told(4, [1]),
        "checks that are no texts": told(5, [[]]),
        "entries of a baseline that is none": told(7, [0]),
        "entries that are no numbers": told(7, [[]]),
        "levels that are no numbers": told(8, ["0"] * 4),
        "a level too few": told(8, [0] * 3),
        "fewer than none": told(12, -1),
        "files": text.replace(b'"files": [[', b'"files": [7, ['),
        "head of another type": text.replace(b'"day": ""', b'"day": []'),
    }


@pytest.mark.parametrize("name", ["\x1b[31mred.rules", "a\nb.rules", "\udcff.rules", "b.rules"])
def test_the_name_of_a_file_may_be_any(name: str, run: Run, checked: list[str]) -> None:
    Path("hosts", name).write_text(CLOSED)
    first = run("--each", f"hosts/{name}")
    assert run("--each", f"hosts/{name}") == first
    assert len(checked) == 1


@pytest.mark.parametrize("what", _corrupt(b'{"sum": ""}\n%s\n' % json.dumps([0] * 20).encode()))
def test_a_bad_entry_is_told_and_replaced(what: str, run: Run, checked: list[str]) -> None:
    first = run("--each", "hosts/a.rules")
    (entry,) = entries()
    good = entry.read_bytes()
    bad = _corrupt(good)[what]
    assert bad != good
    entry.write_bytes(bad)
    checked.clear()
    status, out, err = run("--each", "hosts/a.rules")

    assert (status, out) == first[:2]
    assert err == f"{_BAD}{entry.name}: it is no entry, or a part of it is missing\n"
    assert checked == ["hosts/a.rules"]
    assert entry.read_bytes() == good


def test_no_link_is_followed_and_nothing_special_is_opened(run: Run, checked: list[str]) -> None:
    first = run("--each", "hosts/a.rules")
    (entry,) = entries()
    good = entry.read_bytes()
    for make in (_link_to_copy, _link_to_nothing, os.mkfifo):
        checked.clear()
        entry.unlink()
        make(str(entry))
        status, out, err = run("--each", "hosts/a.rules")

        assert (status, out) == first[:2]
        assert err == f"{_BAD}{entry.name}: it is no regular file\n"
        assert checked == ["hosts/a.rules"]
        assert not entry.is_symlink()
        assert entry.read_bytes() == good
    assert Path("copy").read_bytes() == b"untouched"


def _link_to_copy(path: str) -> None:
    Path("copy").write_bytes(b"untouched")
    Path(path).symlink_to("../copy")


def _link_to_nothing(path: str) -> None:
    Path(path).symlink_to("../nowhere")


def test_what_cannot_be_kept_is_told(run: Run) -> None:
    first = run("--each", "hosts/a.rules")
    (entry,) = entries()
    entry.unlink()
    entry.mkdir()
    status, out, err = run("--each", "hosts/a.rules")

    assert (status, out) == first[:2]
    assert "it is no regular file" in err
    assert "fwlint: the cache does not keep 1 of them: Is a directory\n" in err
    assert len(entries()) == 1


def test_entries_of_others_do_not_send_the_reader_anywhere(run: Run, checked: list[str]) -> None:
    run("--each", "hosts/a.rules")
    (entry,) = entries()
    os.mkfifo("hosts/pipe")
    head, body, _ = entry.read_bytes().split(b"\n")
    top = json.loads(head)
    top["files"] = [["hosts/pipe", "0"], ["/dev/zero", "0"]]
    entry.write_bytes(json.dumps(top).encode() + b"\n" + body + b"\n")
    checked.clear()
    run("--each", "hosts/a.rules")

    assert checked == ["hosts/a.rules"]

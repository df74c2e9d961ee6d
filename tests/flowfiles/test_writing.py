"""How outputs are written: whole or not at all, and through no link."""

import os
import stat
import threading
from pathlib import Path

import pytest

from flowfiles.writing import NotWrittenError, refuse_outside, write_whole


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout in which somebody has put links, and what they lead to."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "victim").write_text("old")
    checkout = tmp_path / "checkout"
    (checkout / "real").mkdir(parents=True)
    (checkout / "link").symlink_to("../outside/victim")
    (checkout / "dangling").symlink_to("../outside/new")
    (checkout / "inside-link").symlink_to("real/file")
    (checkout / "folder").symlink_to("../outside")
    (checkout / "real" / "folder").symlink_to("../../outside")
    (checkout / "stdout").symlink_to("/dev/stdout")
    (checkout / "null").symlink_to("/dev/null")
    monkeypatch.chdir(checkout)
    return checkout


def contents(folder: Path) -> dict[str, str]:
    """What each regular file below a folder holds."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return {str(path.relative_to(folder)): path.read_text() for path in files}


REFUSED = [
    ("link", "it is a link, and nothing is written through one"),
    ("dangling", "it is a link, and nothing is written through one"),
    ("inside-link", "it is a link, and nothing is written through one"),
    ("stdout", "it is a link, and nothing is written through one"),
    ("null", "it is a link, and nothing is written through one"),
    ("folder/victim", "the folder folder is a link"),
    ("folder/new", "the folder folder is a link"),
    ("real/folder/new", "the folder real/folder is a link"),
    ("real/../folder/new", "the folder folder is a link"),
    ("folder/../victim", "behind a link, `..` leads elsewhere than the path says"),
    ("real", "it is a folder"),
    ("real/", "it is a folder"),
    (".", "it is a folder"),
    ("real/..", "it is a folder"),
]


@pytest.mark.parametrize(("path", "reason"), REFUSED)
@pytest.mark.parametrize("is_absolute", [False, True])
def test_nothing_is_written_through_a_link(
    path: str, reason: str, here: Path, *, is_absolute: bool
) -> None:
    before = contents(here.parent)

    with pytest.raises(NotWrittenError) as raised:
        write_whole(f"{here}/{path}" if is_absolute else path, b"new")

    assert str(raised.value) == reason
    assert contents(here.parent) == before


@pytest.mark.parametrize("path", ["out", "./out", "real/out", "real/../out", "../outside/out"])
def test_a_file_is_written_where_its_name_says(path: str, here: Path) -> None:
    write_whole(path, b"new")

    assert (here / path).read_text() == "new"
    assert not list(here.rglob(".fwlint*"))


def test_a_file_that_was_there_keeps_its_permissions_and_its_other_names(here: Path) -> None:
    (here / "out").write_text("old")
    (here / "out").chmod(0o640)
    os.link(here / "out", here / "other-name")

    write_whole("out", b"new")

    assert (here / "out").read_text() == "new"
    assert stat.S_IMODE((here / "out").stat().st_mode) == 0o640
    assert (here / "other-name").read_text() == "old"


def test_a_new_file_has_the_permissions_that_the_mask_leaves(here: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole("out", b"new")
    finally:
        os.umask(before)

    assert stat.S_IMODE((here / "out").stat().st_mode) == 0o640


@pytest.mark.parametrize("failing", ["os.fsync", "pathlib.Path.replace"])
def test_a_failure_leaves_the_old_file_whole_and_nothing_beside_it(
    failing: str, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    (here / "out").write_text("old")
    before = contents(here)
    monkeypatch.setattr(failing, fail)
    with pytest.raises(OSError, match="No space left"):
        write_whole("out", b"new")
    monkeypatch.undo()

    assert contents(here) == before


def test_a_planted_temporary_file_is_not_written_through(here: Path) -> None:
    (here / f".fwlint-{os.getpid()}-out").symlink_to("../outside/victim")

    write_whole("out", b"new")

    assert (here / "out").read_text() == "new"
    assert (here.parent / "outside" / "victim").read_text() == "old"


def test_a_reader_never_sees_half_a_file(here: Path) -> None:
    (here / "out").write_text("old")
    with (here / "out").open() as reader:
        write_whole("out", b"new" * 100_000)

        assert reader.read() == "old"


def test_devices_and_pipes_are_written_into(here: Path) -> None:
    os.mkfifo(here / "pipe")
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append((here / "pipe").read_bytes()))
    reader.start()
    write_whole("pipe", b"new")
    reader.join()
    write_whole("/dev/null", b"new")

    assert found == [b"new"]
    assert (here / "pipe").is_fifo()
    assert Path("/dev/null").is_char_device()
    with pytest.raises(OSError, match="No space left"):
        write_whole("/dev/full", b"new")


def test_an_open_file_is_written_by_its_number(capfd: pytest.CaptureFixture[str]) -> None:
    reader, writer = os.pipe()
    write_whole(f"/dev/fd/{writer}", b"number")
    os.close(writer)
    write_whole("/dev/stdout", b"one")
    write_whole("/dev/stderr", b"two")

    assert os.read(reader, 100) == b"number"
    os.close(reader)
    assert tuple(capfd.readouterr()) == ("one", "two")


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everything")
def test_a_file_that_may_not_be_written_is_not_replaced(here: Path) -> None:
    (here / "out").write_text("old")
    (here / "out").chmod(0o444)

    with pytest.raises(NotWrittenError, match="its permissions forbid it"):
        write_whole("out", b"new")


_OURS = b"ours"
_PLACES = {
    "a new file": ("tree/new.json", ""),
    "in a folder": ("tree/folder/new.json", ""),
    "an earlier one": ("tree/ours.json", ""),
    "another file": ("tree/theirs.json", "is no report of fwlint"),
    "a folder": ("tree/folder", "is no file that fwlint wrote"),
    "a link in its place": ("tree/link.json", "is no file that fwlint wrote"),
    "outside": ("new.json", "outside the tree"),
    "outside by dots": ("tree/../new.json", "outside the tree"),
    "by a link": ("tree/away/new.json", "outside the tree"),
    "hidden": ("tree/.env", "hidden"),
    "in a hidden folder": ("tree/.git/hooks", "hidden"),
    "a tree with a longer name": ("tree2/new.json", "outside the tree"),
}


@pytest.mark.parametrize(("path", "why"), _PLACES.values(), ids=_PLACES)
def test_what_a_file_of_a_tree_may_have_written(path: str, why: str, tmp_path: Path) -> None:
    for name in ("tree/folder", "tree/.git", "tree2"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "tree/ours.json").write_text("ours")
    (tmp_path / "tree/theirs.json").write_text("theirs")
    (tmp_path / "tree/link.json").symlink_to(tmp_path / "tree/ours.json")
    (tmp_path / "tree/away").symlink_to(tmp_path)

    if why:
        with pytest.raises(NotWrittenError, match=why):
            refuse_outside(str(tmp_path / "tree"), str(tmp_path / path), _OURS)
    else:
        refuse_outside(str(tmp_path / "tree"), str(tmp_path / path), _OURS)

"""Which files may be read: what is typed, and what a file names in its own tree."""

import os
import socket
from pathlib import Path

import pytest

from flowfiles import reach
from flowfiles.reach import OUTSIDE, TYPED, Reach, RefusedError, Typed, Within, folder_of, tree_of


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with a bit of everything, and a file and a folder beside it."""
    inside = tmp_path / "tree"
    (inside / "sub" / "deep").mkdir(parents=True)
    (inside / "sub" / "deep" / "file").write_text("inside")
    (tmp_path / "secret").write_text("outside")
    (tmp_path / "tree-too").mkdir()
    (tmp_path / "tree-too" / "file").write_text("outside")
    (inside / "pipe").touch()
    (inside / "pipe").unlink()
    os.mkfifo(inside / "pipe")
    (inside / "link").symlink_to("sub/deep/file")
    (inside / "folder-link").symlink_to("sub")
    (inside / "out").symlink_to("../secret")
    (inside / "out-folder").symlink_to("..")
    (inside / ".git").mkdir()
    (inside / ".git" / "config").write_text("inside")
    (inside / "git-link").symlink_to(".git")
    (inside / "loop").symlink_to("loop")
    (inside / "zero").symlink_to("/dev/zero")
    (inside / "environ").symlink_to("/proc/self/environ")
    return inside


READ = ["sub/deep/file", "sub/../sub/deep/file", "link", "folder-link/deep/file", "./link"]
REFUSED = {
    "../secret": OUTSIDE,
    "../tree-too/file": OUTSIDE,
    "../nothing-there": OUTSIDE,
    "/etc/passwd": OUTSIDE,
    "/etc/nothing-there": OUTSIDE,
    "out": OUTSIDE,
    "out-folder/secret": OUTSIDE,
    "out-folder": OUTSIDE,
    "sub/../../secret": OUTSIDE,
    "zero": OUTSIDE,
    "environ": OUTSIDE,
    "/dev/stdin": OUTSIDE,
    "/dev/fd/0": OUTSIDE,
    "/proc/self/root/etc/passwd": OUTSIDE,
    "pipe": "is a named pipe, not a regular file",
    ".git": "is in .git, which holds none of the repository's own files",
    ".git/config": "is in .git, which holds none of the repository's own files",
    "git-link/config": "is in .git, which holds none of the repository's own files",
    "sub/.git/config": "is in .git, which holds none of the repository's own files",
    "a\0b": "is no name of a file",
    "\ud800": "is no name of a file",
}


@pytest.mark.parametrize("name", READ)
def test_a_regular_file_of_the_tree_is_read(name: str, tree: Path) -> None:
    path = str(tree / name)
    within = Within((str(tree),))

    assert within.refusal(path) == ""
    with within.open(path) as file:
        assert file.read() == b"inside"


@pytest.mark.parametrize(("name", "reason"), REFUSED.items(), ids=map(repr, REFUSED))
def test_anything_else_is_refused_before_it_is_opened(name: str, reason: str, tree: Path) -> None:
    path = os.path.join(tree, name)  # noqa: PTH118
    within = Within((str(tree),))

    assert within.refusal(path) == reason
    with pytest.raises(RefusedError) as raised:
        within.open(path)
    assert str(raised.value) == reason


def test_a_folder_may_be_named_but_is_no_file(tree: Path) -> None:
    within = Within((str(tree),))

    assert within.refusal(str(tree / "sub")) == ""
    for path in (tree / "sub", tree):
        with pytest.raises(RefusedError, match="is a folder, not a regular file"):
            within.open(str(path))


def test_what_is_not_there_or_goes_in_a_circle_is_an_error(tree: Path) -> None:
    for name in ("nothing", "sub/nothing/file", "x" * 5000):
        with pytest.raises(OSError, match=r"No such file|File name too long"):
            Within((str(tree),)).open(str(tree / name))
    with pytest.raises(RefusedError, match="is a link, not a regular file"):
        Within((str(tree),)).open(str(tree / "loop"))


def test_the_kernels_own_files_are_refused_wherever_they_are_allowed() -> None:
    within = Within(("/",))

    assert within.refusal("/proc/self/environ") == "is an entry of the kernel, not a regular file"
    assert within.refusal("/dev/null") == "is a device, not a regular file"
    with pytest.raises(RefusedError):
        within.open("/proc/self/status")
    with pytest.raises(RefusedError):
        within.open("/dev/zero")


def test_a_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s")

        assert Within((str(tmp_path),)).refusal("s") == "is a socket, not a regular file"


@pytest.mark.parametrize("swapped", ["sub", "sub/deep", "sub/deep/file"])
def test_a_link_that_comes_between_the_check_and_the_opening_is_not_followed(
    swapped: str, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, real = str(tree / "sub/deep/file"), reach._opened
    (tree.parent / "elsewhere" / "deep").mkdir(parents=True)
    (tree.parent / "elsewhere" / "deep" / "file").write_text("outside")
    (tree.parent / "elsewhere" / "file").write_text("outside")

    def swap(root: str, inside: str) -> int:
        (tree / swapped).rename(tree.parent / "old")
        target = {"sub": "elsewhere", "sub/deep": "elsewhere/deep"}.get(swapped, "secret")
        (tree / swapped).symlink_to(tree.parent / target)
        return real(root, inside)

    monkeypatch.setattr(reach, "_opened", swap)
    with pytest.raises((OSError, RefusedError)):
        Within((str(tree),)).open(path)


def test_a_pipe_that_takes_the_files_place_does_not_make_it_wait(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, real = tree / "sub/deep/file", os.stat

    def swap(*arguments: object, **more: object) -> os.stat_result:
        found = real(*arguments, **more)  # type: ignore[arg-type]
        if more.get("dir_fd") is not None:
            path.unlink()
            os.mkfifo(path)
        return found

    monkeypatch.setattr(os, "stat", swap)
    with pytest.raises(RefusedError, match="named pipe"):
        Within((str(tree),)).open(str(path))


def test_no_descriptor_is_left_open(tree: Path) -> None:
    before = set(Path("/proc/self/fd").iterdir())
    for name in (*READ, *REFUSED, "sub", "loop", "nothing"):
        try:
            with Within((str(tree),)).open(os.path.join(tree, name)):  # noqa: PTH118
                pass
        except (OSError, RefusedError):
            pass

    assert set(Path("/proc/self/fd").iterdir()) == before


def test_what_is_typed_may_be_anywhere_and_a_pipe(tree: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"piped")
    os.close(writer)

    with TYPED.open(str(tree / "out")) as file:
        assert file.read() == b"outside"
    with TYPED.open(f"/dev/fd/{reader}") as file:
        assert file.read() == b"piped"
    os.close(reader)


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("site.yaml", ""),
        ("a/site.yaml", "a"),
        ("/a/b", "/a"),
        ("-", ""),
        ("/dev/stdin", ""),
        ("/dev/fd/63", ""),
        ("/dev//fd/63", ""),
        ("/proc/self/fd/0", ""),
        ("/dev/shm/site.yaml", "/dev/shm"),
        ("nothing/there", "nothing"),
    ],
)
def test_relative_paths_count_from_the_files_folder_or_from_here(path: str, folder: str) -> None:
    assert folder_of(path) == folder


def test_a_named_pipes_folder_is_the_current_one(tree: Path) -> None:
    assert folder_of(str(tree / "pipe")) == ""


@pytest.mark.parametrize("is_file", [False, True], ids=["folder", "worktree"])
def test_the_tree_is_the_repository_above(tmp_path: Path, *, is_file: bool) -> None:
    (tmp_path / "repo" / "a" / "b").mkdir(parents=True)
    git = tmp_path / "repo" / ".git"
    git.write_text("gitdir: elsewhere") if is_file else git.mkdir()

    assert tree_of(str(tmp_path / "repo" / "a" / "b" / "site.yaml")) == str(tmp_path / "repo")
    assert tree_of(str(tmp_path / "repo" / "a")) == str(tmp_path / "repo")
    assert tree_of(str(tmp_path / "repo" / "site.yaml")) == str(tmp_path / "repo")


def test_without_a_repository_the_tree_is_the_files_folder(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)

    assert tree_of(str(tmp_path / "a" / "site.yaml")) == str(tmp_path / "a")
    assert tree_of(str(tmp_path / "a" / "b")) == str(tmp_path / "a" / "b")


def test_a_link_to_a_site_elsewhere_does_not_widen_its_tree(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "site.yaml").touch()
    (tmp_path / "a" / "site.yaml").symlink_to("../b/site.yaml")

    assert tree_of(str(tmp_path / "a" / "site.yaml")) == str(tmp_path / "a")


@pytest.mark.parametrize("typed", [Typed(), Typed(("/srv",))])
def test_what_a_typed_file_names_is_in_its_tree_or_allowed(typed: Reach, tmp_path: Path) -> None:
    assert typed.below(str(tmp_path / "site.yaml")).trees == (str(tmp_path), *typed.trees)


def test_more_trees_can_be_allowed(tree: Path) -> None:
    within = Within((str(tree), *reach.allowed([str(tree.parent / "tree-too")])))

    assert within.refusal(str(tree.parent / "tree-too" / "file")) == ""
    assert within.refusal(str(tree.parent / "secret")) == OUTSIDE
    with pytest.raises(RefusedError, match="nothing: there is no such folder"):
        reach.allowed(["nothing"])

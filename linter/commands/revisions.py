"""Two revisions of a Git repository as folders, without running anything of the repository.

A checkout can be hostile, its configuration too. Only objects are read, by `git ls-tree` and `git
cat-file` without filters; both run no hook, pager, filter or monitor (git-cat-file(1)). What could
reach out for missing objects is forbidden every transport (GIT_ALLOW_PROTOCOL in git(1)).
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Final

from flowmodel.record import NamedTuple
from fwlint.errors import UsageError

MOST_BYTES: Final = 1 << 30
"""How large the files of one revision may be together."""
_GIT: Final = (
    *("git", "--no-pager", "--no-optional-locks", "--no-replace-objects", "--literal-pathspecs"),
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"),
    *("-c", "core.sshCommand=false", "-c", "core.gitProxy=false", "-c", "credential.helper="),
)
_ENVIRONMENT: Final = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "LC_ALL": "C",
}
_REGULAR: Final = (b"100644", b"100755")
_NOT_NAMES: Final = {"", ".", "..", ".git"}


class Revision(NamedTuple):
    """A revision in a folder: its name, the folder, and the path that was asked for in it."""

    name: str
    folder: str
    path: str


@contextmanager
def revisions(span: str, path: str) -> Iterator[tuple[Revision, Revision]]:
    """Both ends of `OLD..NEW`, in folders that last as long as the context; raises UsageError.

    An end that is left out is HEAD. The path is that of a file or a folder in the repository that
    it lies in, which need not be there any more.
    """
    old, dots, new = span.partition("..")
    if not dots or "." in (old[-1:], new[:1]) or not (old or new):
        raise UsageError(f"--git {span}: expected two revisions, as in main..HEAD")
    top, inside = _place(path)
    with TemporaryDirectory(prefix="fwlint-") as folder:
        found = []
        for number, name in enumerate((old or "HEAD", new or "HEAD")):
            target = Path(folder, str(number))
            _write(top, _commit(top, name), target)
            found.append(Revision(name, f"{target}{os.sep}", str(target / inside)))
        yield found[0], found[1]


def _place(path: str) -> tuple[Path, PurePosixPath]:
    """The top of the repository that a path lies in, and the path from there."""
    whole = Path(path).absolute()
    for top in (whole, *whole.parents):
        if (top / ".git").exists():
            return top, PurePosixPath(whole.relative_to(top).as_posix())
    raise UsageError(f"--git: {path} is in no Git repository")


def _commit(top: Path, name: str) -> str:
    if name.startswith("-"):
        raise UsageError(f"--git: {name} is no revision")
    found = _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if found is None:
        raise UsageError(f"--git: there is no revision {name}")
    return found.decode("ascii").strip()


def _write(top: Path, commit: str, target: Path) -> None:
    """Writes the regular files of a commit; links and submodules are none of them."""
    listed = _git(top, "ls-tree", "-r", "-z", "--full-tree", "--long", commit)
    if listed is None:
        raise UsageError(f"--git: {commit} cannot be read")
    wanted: list[tuple[str, str]] = []
    size = 0
    for line in filter(None, listed.split(b"\0")):
        about, _, name = line.partition(b"\t")
        mode, *rest = about.split()
        if mode not in _REGULAR:
            continue
        parts = os.fsdecode(name).split("/")
        if _NOT_NAMES & {part.lower() for part in parts}:
            continue
        _, blob, length = rest
        size += int(length)
        if size > MOST_BYTES:
            raise UsageError(f"--git: {commit} has more than {MOST_BYTES >> 20} MiB of files")
        wanted.append((blob.decode("ascii"), "/".join(parts)))
    target.mkdir()
    _fill(top, target, wanted)


def _fill(top: Path, target: Path, wanted: list[tuple[str, str]]) -> None:
    asked = "".join(f"{blob}\n" for blob, _ in wanted).encode("ascii")
    data = _git(top, "cat-file", "--batch", asked=asked)
    if data is None:
        raise UsageError("--git: its objects cannot be read")
    at = 0
    for _, name in wanted:
        end = data.index(b"\n", at)
        _, kind, *length = data[at:end].split()
        if kind != b"blob":
            raise UsageError(f"--git: {name} is not in this repository")
        first = end + 1
        at = first + int(length[0]) + 1
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data[first : at - 1])


def _git(top: Path, *arguments: str, asked: bytes = b"") -> bytes | None:
    """What git prints; None where it fails."""
    command = [*_GIT, "-C", str(top), *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - nothing of it is a shell's
            command,
            input=asked,
            capture_output=True,
            check=False,
            env={**os.environ, **_ENVIRONMENT},
        )
    except OSError:
        raise UsageError("--git needs the program git") from None
    return done.stdout if done.returncode == 0 else None

"""The project's own commands: sets up .venv when it has to, then runs one of TASKS in it.

It needs Python 3.11 with venv and nothing else; `make` knows the same names. What it installs is
what the files in LOCKS say, each file by its hash; `lock` writes them anew.
"""

import contextlib
import hashlib
import os
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
PROJECT = ROOT / "pyproject.toml"
VENV = Path(os.environ.get("FWLINT_VENV") or ROOT / ".venv")
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")

DEMO = ["fwlint", "check", "fixtures/demo/site.yaml"]
SITE = ["sphinx-build", "-E", "-W", "--keep-going", "-c", "docs", ".", "build/site"]
DOCUMENTS = [
    *("tests/test_docs.py", "tests/parsers/aws/test_keys.py"),
    "tests/linter/commands/test_lookups.py",
]
TASKS: dict[str, list[list[str]]] = {
    "demo": [DEMO],
    # Two more than there are cores: tests that wait for packets leave theirs to others.
    "test": [["pytest", "-n", str(2 + (os.cpu_count() or 1)), "--dist", "worksteal"]],
    "lint": [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"], ["lint-imports"]],
    "docs": [["pytest", "-q", *DOCUMENTS, "--update-golden"], SITE],
    "bench": [["python", "-m", "tests.bench"]],
    "setup": [],
    "lock": [],
}
LOCKS = ROOT / "locks"


def main(arguments: list[str]) -> int:
    """The exit status of the task: the worst of its commands."""
    if not arguments or arguments[0] not in TASKS:
        print(f"usage: python3 dev.py {'|'.join(TASKS)} [more arguments]")
        return 2
    if sys.version_info < (3, 11):
        print("fwlint needs Python 3.11 or newer; this is", sys.version.split()[0])
        return 2
    task, *more = arguments
    if task == "lock":
        return lock()
    # Nothing but the program itself is needed to see it work.
    set_up("run" if task == "demo" else "dev")
    if task == "test" and not more:
        print("The tests take 9 to 10 minutes on two idle cores.", file=sys.stderr)
    return max((run(command, more) for command in TASKS[task]), default=0)


def run(command: list[str], more: list[str]) -> int:
    """The exit status of a program of the environment; what a demo finds is no failure."""
    program = str(BIN / command[0])
    status = subprocess.run([program, *command[1:], *more], cwd=ROOT, check=False).returncode
    return 0 if command == DEMO and status == 1 else abs(status)


def set_up(name: str) -> None:
    """Makes the virtual environment of a lock and installs the project, unless it is there."""
    stamp, locked = VENV / f"fwlint-{name}", LOCKS / f"{name}.txt"
    state = hashlib.sha256(PROJECT.read_bytes() + locked.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="ascii") == state:
        return
    print(f"Setting up {VENV}, which can take a minute or two:", file=sys.stderr)
    if not (BIN / "pip").exists() and not (BIN / "pip.exe").exists():
        step("an environment of its own", [sys.executable, "-m", "venv", str(VENV)])
    pip = [str(BIN / "python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    count = locked.read_text(encoding="utf-8").count("==")
    install = [*pip, "--require-hashes", "--requirement", str(locked)]
    step(f"{count} packages, each by its hash", install)
    # What builds the project is in the lock too: pip is to fetch nothing else.
    own = ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    step("fwlint itself", [*pip, *own])
    stamp.write_text(state, encoding="ascii")


def step(title: str, command: list[str]) -> None:
    """Runs a command, and shows that it is at work: with the seconds, on a terminal."""
    started = time.monotonic()
    print(f"  {title} …", end="", file=sys.stderr, flush=True)
    with subprocess.Popen(command) as running:
        while running.poll() is None:
            if sys.stderr.isatty():
                seconds = time.monotonic() - started
                print(f"\r  {title} … {seconds:.0f} s", end="", file=sys.stderr, flush=True)
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(1)
    start = f"\r  {title} …" if sys.stderr.isatty() else ""
    print(f"{start} {time.monotonic() - started:.0f} s", file=sys.stderr)
    if running.returncode:
        raise SystemExit(running.returncode)


def lock() -> int:
    """Writes the locks: the newest versions that the project allows, with the hashes of all files.

    One lock serves every Python from 3.11 on, and every system.
    """
    options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--upgrade", "-q"]
    options += ["--custom-compile-command", "python3 dev.py lock", "--no-annotate"]
    options += ["--no-emit-index-url", "--no-emit-find-links"]
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder, BIN.name, "python"))
        subprocess.run([python, "-m", "pip", "install", "-qq", "uv"], check=True)
        for name, group in (("run", ""), ("dev", "dev")):
            command = [python, "-m", "uv", "pip", "compile", *options, "-", "-o", f"{name}.txt"]
            wanted = "\n".join(requirements(group)).encode()
            subprocess.run(command, input=wanted, cwd=LOCKS, check=True)
    return 0


def requirements(group: str) -> list[str]:
    """What the project needs to be built and to run, and what a group (PEP 735) adds to it."""
    import tomllib

    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))
    found = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    groups = [group] if group else []
    for name in groups:
        for entry in project["dependency-groups"][name]:
            if isinstance(entry, str):
                found.append(entry)
            else:
                groups.append(entry["include-group"])
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

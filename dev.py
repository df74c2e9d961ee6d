"""The project's own commands: sets up .venv when it has to, then runs one of TASKS in it.

It needs Python 3.11 with venv and nothing else; `make` knows the same names.
"""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
PROJECT = ROOT / "pyproject.toml"
VENV = Path(os.environ.get("FWLINT_VENV") or ROOT / ".venv")
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")

DEMO = ["fwlint", "check", "fixtures/demo/site.yaml"]
DOCUMENTS = ["tests/test_docs.py", "tests/parsers/aws/test_keys.py"]
TASKS: dict[str, list[list[str]]] = {
    "demo": [DEMO],
    "test": [["pytest", "-n", "auto", "--dist", "worksteal"]],
    "lint": [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"], ["lint-imports"]],
    "docs": [["pytest", "-q", *DOCUMENTS, "--update-golden"]],
    "bench": [["python", "-m", "tests.bench"]],
    "setup": [],
}
# Nothing but the program itself is needed to see it work.
GROUPS = {
    "demo": "",
    "test": "test",
    "docs": "test",
    "bench": "test",
    "lint": "dev",
    "setup": "dev",
}


def main(arguments: list[str]) -> int:
    """The exit status of the task: the worst of its commands."""
    if not arguments or arguments[0] not in TASKS:
        print(f"usage: python3 dev.py {'|'.join(TASKS)} [more arguments]")
        return 2
    if sys.version_info < (3, 11):
        print("fwlint needs Python 3.11 or newer; this is", sys.version.split()[0])
        return 2
    task, *more = arguments
    set_up(GROUPS[task])
    return max((run(command, more) for command in TASKS[task]), default=0)


def run(command: list[str], more: list[str]) -> int:
    """The exit status of a program of the environment; what a demo finds is no failure."""
    program = str(BIN / command[0])
    status = subprocess.run([program, *command[1:], *more], cwd=ROOT, check=False).returncode
    return 0 if command == DEMO and status == 1 else abs(status)


def set_up(group: str) -> None:
    """Makes the virtual environment and installs the project, unless that was done before."""
    stamp = VENV / f"fwlint-{group or 'run'}"
    state = hashlib.sha256(PROJECT.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="ascii") == state:
        return
    print(f"Setting up {VENV} …", file=sys.stderr)
    if not (BIN / "pip").exists() and not (BIN / "pip.exe").exists():
        venv.create(VENV, with_pip=True)
    pip = [str(BIN / "python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    subprocess.run([*pip, "--editable", str(ROOT), *requirements(group)], check=True)
    stamp.write_text(state, encoding="ascii")


def requirements(group: str) -> list[str]:
    """The packages of a dependency group (PEP 735), which pip only knows from 25.1 on."""
    import tomllib

    groups = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["dependency-groups"]
    found: list[str] = []
    for entry in groups[group] if group else []:
        found += [entry] if isinstance(entry, str) else requirements(entry["include-group"])
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

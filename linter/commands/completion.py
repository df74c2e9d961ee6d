"""`fwlint completion`: a script with which a shell completes what fwlint can be told."""

import re
from argparse import Action, ArgumentParser
from collections.abc import Iterable, Iterator
from typing import Any

import shtab

from linter.checks.catalogue import IDS
from linter.commands.arguments import parser
from linter.commands.output import say
from linter.report import FORMATS
from parsers import recipes
from policies.products import TITLES

_FILES = {
    "bash": '_shtab_compgen_files "$1"',
    "zsh": "_files",
    "fish": "__fish_complete_path (commandline -ct)",
    "tcsh": "f",
}


def run(shell: str) -> int:
    """Prints the script; returns the exit status."""
    top = parser()
    for command, action in _actions(top):
        found = _completion(command, action)
        if found:
            # shtab reads it from the action; argparse knows nothing of it.
            action.complete = found  # type: ignore[attr-defined]
        if isinstance(action.metavar, str):
            # shtab writes it into a specification of zsh as it is.
            action.metavar = re.sub(r"[^\w |.-]", " ", action.metavar).strip()
    say(shtab.complete(top, shell=shell))
    return 0


def _actions(of: ArgumentParser) -> Iterator[tuple[str, Action]]:
    """Each argument with its command: `policy show`."""
    for action in of._actions:  # noqa: SLF001 - argparse has no other list of them
        yield of.prog.partition(" ")[2], action
        if isinstance(action.choices, dict):
            for command in action.choices.values():
                yield from _actions(command)


def _completion(command: str, action: Action) -> dict[str, Any] | None:
    """What shtab completes an argument with; None for what nobody can guess, and for choices."""
    words = {*action.metavar.split()} if isinstance(action.metavar, str) else set()
    if action.choices:
        return None
    if action.dest in ("select", "ignore") or (command, action.dest) == ("explain", "check"):
        return _words("checks", IDS)
    if (command, action.dest) in (("check", "policy"), ("policy show", "name")):
        return _words("policies", TITLES, files=True)
    if command == "export-help" and action.dest == "format":
        names = [name for recipe in recipes() for name in recipe.names]
        return _words("formats", [name for name in names if " " not in name])
    if command == "check" and action.dest == "output":
        return _words("outputs", FORMATS)
    if "DIR" in words:
        return {**shtab.DIRECTORY}
    return {**shtab.FILE} if words & {"EXPORT", "SITE", "PATH", "FILE", "PAGE"} else None


def _words(name: str, words: Iterable[str], *, files: bool = False) -> dict[str, Any]:
    """Some words, and files too where one may stand in their place."""
    listed, of = " ".join(dict.fromkeys(words)), f"_fwlint_{name}"
    bash, zsh = f'compgen -W "{listed}" -- "$1"', f"compadd {listed}"
    if files:
        bash, zsh = f"{bash}; {_FILES['bash']}", f"{zsh}; {_FILES['zsh']}"
    return {
        "bash": of,
        "zsh": of,
        "fish": f"(string split ' ' -- {listed!r}{'; ' + _FILES['fish'] if files else ''})",
        "tcsh": _FILES["tcsh"] if files else f"({listed})",
        "preamble": {"bash": f"{of}() {{ {bash}; }}", "zsh": f"{of}() {{ {zsh}; }}"},
    }

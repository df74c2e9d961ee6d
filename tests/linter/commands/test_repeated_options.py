"""An option that is given again adds up, says the same, or is refused: the last never wins.

And none is empty, as a variable is that nobody has set.
"""

import argparse
from collections.abc import Iterator

import pytest

from linter.commands.argument_parser import EMPTY
from linter.commands.arguments import parsed, parser

_NEEDED = {
    ("check",): (),
    ("baseline",): (),
    ("trace",): ("edge.rules", "tcp 192.0.2.1:1 > 192.0.2.2:2"),
    ("diff",): ("old.rules", "new.rules"),
    ("open",): ("edge.rules",),
    ("init",): ("edge.rules",),
    ("policy", "list"): (),
    ("policy", "show"): ("leap",),
    ("policy", "check"): ("leap",),
    ("policy", "schema"): (),
    ("policy", "new"): ("shop",),
    ("policy", "import"): ("shop.xml",),
    ("policy", "draft"): ("page.md",),
    ("explain",): (),
    ("checks",): (),
    ("export-help",): (),
    ("completion",): ("bash",),
    ("man",): (),
    ("fleet",): ("tonight.json",),
    ("merge",): ("part-1.json",),
}
_VALUES = {"YYYY-MM-DD": ("2026-05-07", "2026-05-08"), "I/N": ("1/2", "2/2")}
"""What stands for some options, by the name of the value; a number does for all others."""
_ENDS = ("-h", "--version")


def _commands(
    of: argparse.ArgumentParser, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], argparse.ArgumentParser]]:
    below = [each for each in of._actions if isinstance(each, argparse._SubParsersAction)]
    if not below:
        yield path, of
    for action in below:
        for name, command in action.choices.items():
            yield from _commands(command, (*path, name))


_OPTIONS = [
    (path, action)
    for path, command in _commands(parser())
    for action in command._actions
    if action.option_strings and not set(action.option_strings) & set(_ENDS)
]


def test_every_command_is_in_the_table() -> None:
    assert {path for path, _ in _commands(parser())} == set(_NEEDED)
    assert len(_OPTIONS) > 20


@pytest.mark.parametrize(
    ("path", "action"), _OPTIONS, ids=[f"{' '.join(p)} {a.option_strings[-1]}" for p, a in _OPTIONS]
)
def test_no_option_takes_the_place_of_one_before(
    path: tuple[str, ...], action: argparse.Action, capsys: pytest.CaptureFixture[str]
) -> None:
    option = action.option_strings[-1]
    first, last = _two_values(action)
    words = [*path, option, *first, option, *last, *_needed(path, option)]

    if action.nargs == 0:
        assert getattr(parsed(words), action.dest) is True
    elif isinstance(action.default, list):
        assert getattr(parsed(words), action.dest) == [*first, *last]
    else:
        with pytest.raises(SystemExit) as stop:
            parsed(words)
        assert stop.value.code == 2
        assert f"argument {option}: given twice; it can have one value only\n" in (
            capsys.readouterr().err
        )


@pytest.mark.parametrize(
    ("path", "action"), _OPTIONS, ids=[f"{' '.join(p)} {a.option_strings[-1]}" for p, a in _OPTIONS]
)
def test_each_option_can_be_given_once(path: tuple[str, ...], action: argparse.Action) -> None:
    option = action.option_strings[-1]
    (value, _) = _two_values(action)

    assert getattr(parsed([*path, option, *value, *_needed(path, option)]), action.dest)


@pytest.mark.parametrize(
    ("path", "action"), _OPTIONS, ids=[f"{' '.join(p)} {a.option_strings[-1]}" for p, a in _OPTIONS]
)
def test_no_option_has_an_empty_value(
    path: tuple[str, ...], action: argparse.Action, capsys: pytest.CaptureFixture[str]
) -> None:
    option = action.option_strings[-1]
    if action.nargs == 0:
        return
    for words in ([option, ""], [f"{option}="]):
        with pytest.raises(SystemExit) as stop:
            parsed([*path, *words, *_needed(path, option)])
        assert stop.value.code == 2
        assert f": {EMPTY}\n" in capsys.readouterr().err


@pytest.mark.parametrize("path", [path for path, needed in _NEEDED.items() if needed])
def test_no_name_is_empty(path: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        parsed([*path, *("" for _ in _NEEDED[path])])

    assert stop.value.code == 2
    assert f": {EMPTY}\n" in capsys.readouterr().err


def _needed(path: tuple[str, ...], option: str) -> tuple[str, ...]:
    """What the command needs beside the option: `explain --all` takes the place of an id."""
    return ("FW101",) if path == ("explain",) and option != "--all" else _NEEDED[path]


def _two_values(action: argparse.Action) -> tuple[list[str], list[str]]:
    if action.nargs == 0:
        return [], []
    if action.choices:
        choices = [str(each) for each in action.choices]
        return [choices[0]], [choices[-1]]
    first, last = _VALUES.get(str(action.metavar), ("7", "8"))
    return [first], [last]

"""A command line is read the same, whether the parser has all commands or the asked one alone."""

import argparse

import pytest

from linter.commands.arguments import parser

_ALL = ["check", "baseline", "trace", "diff", "open", "fleet", "merge", "init", "policy"]
_ALL += ["explain", "checks", "export-help", "completion", "man"]
_MANY = ["explain", "no-such-command", "-h", "--version", "chec", ""]


def _commands(of: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    (action,) = (each for each in of._actions if isinstance(each, argparse._SubParsersAction))
    return dict(action.choices)


@pytest.mark.parametrize("asked", _ALL)
def test_the_asked_command_is_the_same_beside_no_other(asked: str) -> None:
    alone = parser(asked)

    assert _commands(alone)[asked].format_help() == _commands(parser())[asked].format_help()
    assert alone.format_usage() == parser().format_usage()


@pytest.mark.parametrize("asked", _MANY)
def test_what_is_no_one_command_has_all_of_them(asked: str) -> None:
    assert parser(asked).format_help() == parser().format_help()


def test_all_commands_are_in_the_table() -> None:
    assert list(_commands(parser())) == _ALL
    assert list(_commands(parser("check"))) == ["check"]

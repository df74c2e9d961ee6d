"""The parser of arguments: options given once, messages safe to show, help of the right width."""

import argparse
import os
import sys
from argparse import Namespace
from functools import partial
from typing import Any, Final, NoReturn

from linter.report.visible import as_text, visible

_GIVEN = "options_given"
"""Where a namespace keeps which options it has."""
EMPTY: Final = "it is empty, as a variable is that is not set"


class _Once(argparse.Action):
    """Takes the value of an option, which another one would silently replace."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        given: frozenset[str] = getattr(namespace, _GIVEN, frozenset())
        if option_string and self.dest in given:
            parser.error(f"argument {option_string}: given twice; it can have one value only")
        setattr(namespace, _GIVEN, given | {self.dest})
        setattr(namespace, self.dest, values)


class ArgumentParser(argparse.ArgumentParser):
    """A parser that shows what it was given as every other message does.

    An option either adds up (`append`) or is given once: the last of several never wins. It is
    written out.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        formatter = named.get("formatter_class", argparse.HelpFormatter)
        named["formatter_class"] = partial(formatter, width=_columns() - 2)
        # What `--inter` means today would mean two things once there is another option.
        named["allow_abbrev"] = False
        super().__init__(*arguments, **named)
        for action in (None, "store"):
            self.register("action", action, _Once)

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        # No file, day or name is empty: read as "none", it would have something else done.
        own = arg_strings[:1] if action.nargs == argparse.PARSER else arg_strings
        if "" in own:
            raise argparse.ArgumentError(action, EMPTY)
        return super()._get_values(action, arg_strings)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the arguments, and exit with 2."""
        super().error(visible(message))

    def _print_message(self, message: str, file: Any = None) -> None:
        # As argparse does, but for output that cannot be written: that is no success.
        (file or sys.stderr).write(as_text(message))


def _columns() -> int:
    """The width of the terminal, as `shutil.get_terminal_size` tells it.

    argparse asks that for each option, and shutil imports the packages for compressed files.
    """
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size().columns or 80
    except OSError:
        return 80

"""`fwlint explain`: the documentation of a check, as Markdown."""

from argparse import Namespace

from fwlint.errors import UsageError
from linter.checks import catalogue
from linter.commands.output import say


def run(arguments: Namespace) -> int:
    """Prints one page or all of them."""
    if arguments.all:
        say(catalogue.pages().removesuffix("\n"))
        return 0
    check = catalogue.find(arguments.check)
    if not check:
        raise UsageError(f"unknown check {arguments.check!r}; `fwlint checks` lists all checks")
    say(catalogue.load(check).page.removesuffix("\n"))
    return 0

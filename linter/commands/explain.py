"""`fwlint explain`: the documentation of a check, as Markdown."""

from argparse import Namespace

from linter.checks import catalogue
from linter.commands.output import UsageError


def run(arguments: Namespace) -> int:
    """Prints one page or all of them."""
    if arguments.all:
        print(catalogue.pages(), end="")
        return 0
    check = catalogue.find(arguments.check)
    if not check:
        raise UsageError(f"unknown check {arguments.check!r}; `fwlint checks` lists all checks")
    print(catalogue.load(check).page, end="")
    return 0

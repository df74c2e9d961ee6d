"""`fwlint explain`: the documentation of a check, as Markdown."""

from argparse import Namespace

from linter.checks import catalogue
from linter.commands.output import complain


def run(arguments: Namespace) -> int:
    """Prints one page or all of them; 2 if there is no such check."""
    if arguments.all:
        print(catalogue.pages(), end="")
        return 0
    check = catalogue.find(arguments.check)
    if check is None:
        complain(f"fwlint: no check {arguments.check!r}: `fwlint checks` lists them")
        return 2
    print(catalogue.documentation(check), end="")
    return 0

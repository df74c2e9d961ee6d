"""`fwlint explain`: the documentation of a check, as Markdown."""

from argparse import Namespace

from fwlint.errors import UsageError
from linter.checks import catalogue
from linter.commands.checks import as_data
from linter.commands.output import LISTS, say, say_json


def run(arguments: Namespace) -> int:
    """Prints one page or all of them; returns the exit status."""
    found = "" if arguments.all else catalogue.find(arguments.check)
    if not (arguments.all or found):
        raise UsageError(f"unknown check {arguments.check!r}; `fwlint checks` lists all checks")
    if arguments.format == "json":
        checks = [catalogue.load(each) for each in ([found] if found else catalogue.IDS)]
        pages = [{**as_data(each), "page": each.page} for each in checks]
        say_json({"version": LISTS, "checks": pages}, indent=2)
        return 0
    text = catalogue.load(found).page if found else catalogue.pages()
    say(text.removesuffix("\n"))
    return 0

"""`fwlint explain`: the documentation of a check, as Markdown."""

from argparse import Namespace

from fwlint.errors import UsageError
from linter.checks import catalogue
from linter.commands.checks import as_data
from linter.commands.output import LISTS, say, say_json
from policies.schema import did_you_mean


def run(arguments: Namespace) -> int:
    """Prints one page or all of them; returns the exit status."""
    found = "" if arguments.all else catalogue.find(arguments.check)
    if not (arguments.all or found):
        hint = did_you_mean(arguments.check, map(catalogue.name, catalogue.IDS))
        if not hint.startswith("; did you mean"):
            hint = "; `fwlint checks` lists all checks"
        raise UsageError(f"unknown check {arguments.check!r}{hint}")
    if arguments.format == "json":
        checks = [catalogue.load(each) for each in ([found] if found else catalogue.IDS)]
        pages = [{**as_data(each), "page": each.page} for each in checks]
        say_json({"version": LISTS, "checks": pages}, indent=2)
        return 0
    text = catalogue.load(found).page if found else catalogue.pages()
    say(text.removesuffix("\n"))
    return 0

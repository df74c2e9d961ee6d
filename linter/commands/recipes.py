"""`fwlint export-help`: how exports are made; docs/exports.md says the same."""

from collections.abc import Iterator
from textwrap import wrap

from fwlint.errors import UsageError
from linter.commands.output import say
from parsers import recipes
from parsers.shared.format import Recipe
from policies.schema import did_you_mean

_HEAD = """\
# How to make an export

Made by `make docs` from the formats; `fwlint export-help FORMAT` prints each section.

An export is the firewall's own dump of its configuration.
Make it on the device, or over SSH (`ssh root@edge.example iptables-save -c > edge.rules`).
An empty file, or one with an error message in it, is refused.
"""


def run(name: str) -> int:
    """Prints the recipes of a format, or all of them; returns the exit status."""
    found = recipes(name)
    if not found:
        known = dict.fromkeys(each for recipe in recipes() for each in recipe.names)
        hint = did_you_mean(name.lower(), known)
        raise UsageError(f"unknown format {name!r}{hint}")
    say("\n\n".join(map(in_lines, found)))
    return 0


def in_lines(recipe: Recipe) -> str:
    """The recipe for a terminal; its commands can be pasted as they are."""
    return "\n".join([recipe.title, *_steps(recipe)])


def _steps(recipe: Recipe) -> Iterator[str]:
    for step in recipe.steps:
        yield ""
        yield from wrap(step.text, 79, break_on_hyphens=False)
        if step.commands:
            yield ""
            yield from (f"    {each}" for each in step.commands)


def page() -> str:
    """All recipes as a page of Markdown: docs/exports.md."""
    return "\n".join([_HEAD, *map(_section, recipes())])


def _section(recipe: Recipe) -> str:
    lines = [f"## {recipe.title}", ""]
    for step in recipe.steps:
        lines += [step.text, ""]
        if step.commands:
            lines += ["```sh", *step.commands, "```", ""]
    return "\n".join(lines)

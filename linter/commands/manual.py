"""`fwlint man`: the manual page, made of the parser of arguments, as man(7) has it."""

import argparse
import re
from collections.abc import Iterator
from textwrap import wrap

import linter
from linter.commands.arguments import parser
from linter.commands.output import say

_ABOUT = (
    "fwlint reads exports of firewalls (iptables, nftables, pfSense, OPNsense, AWS) and proves for "
    "all packets whether the port documents of products are met: that required traffic passes "
    "every firewall on its way, and that nothing else to the product's machines is open. If an "
    "export does not say something, or fwlint does not understand it, the answer becomes possible "
    "instead of certain."
)
_STATUS = (
    ("0", "success; no finding at or above the threshold"),
    ("1", "at least one finding at or above the threshold"),
    ("2", "not evaluated: wrong usage, unreadable input, or nothing to check"),
)
_ENVIRONMENT = (
    ("NO_COLOR, FORCE_COLOR, TERM", "whether --color auto colors the output"),
    ("COLUMNS", "the width of the help"),
)
_FILES = (("site.yaml", "the site file that fwlint check takes if no path is given"),)


def run() -> int:
    """Prints the page; returns the exit status."""
    say(page().removesuffix("\n"))
    return 0


def page() -> str:
    """The page in the language of man(7)."""
    return "\n".join(_lines(parser())) + "\n"


def _lines(top: argparse.ArgumentParser) -> Iterator[str]:
    about = (top.description or "").rstrip(".")
    yield '.\\" Made by `fwlint man` from the parser of arguments.'
    yield f'.TH FWLINT 1 "" "fwlint {linter.__version__}" "User Commands"'
    yield from (".SH NAME", f"fwlint \\- {_text(about[:1].lower() + about[1:])}")
    yield from (".SH SYNOPSIS", ".B fwlint", r"\fICOMMAND\fR [\fIargument\fR ...]")
    yield from (".SH DESCRIPTION", *_prose(_ABOUT))
    yield from (".SH OPTIONS", *_arguments(top))
    yield ".SH COMMANDS"
    for name, told, command in _commands(top):
        yield from _command(name, told, command)
    for title, rows in (
        ("EXIT STATUS", _STATUS),
        ("ENVIRONMENT", _ENVIRONMENT),
        ("FILES", _FILES),
    ):
        yield f".SH {title}"
        for term, meaning in rows:
            yield from (".TP", rf"\fB{_text(term)}\fR", *_prose(meaning))
    yield from (".SH SEE ALSO", _text("iptables-save(8), ip6tables-save(8), ipset(8), nft(8)"))


def _commands(
    of: argparse.ArgumentParser,
) -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    """The commands with what the list of them says of each; those of `policy` one by one."""
    for action in of._actions:  # noqa: SLF001 - argparse has no other list of them
        if not isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            continue
        helps = {each.dest: each.help or "" for each in action._choices_actions}  # noqa: SLF001
        for name, command in action.choices.items():
            below = list(_commands(command))
            yield from below or [(command.prog, helps.get(name, ""), command)]


def _command(name: str, told: str, command: argparse.ArgumentParser) -> Iterator[str]:
    yield f".SS {_text(name)}"
    yield ".nf"
    usage = re.sub(r"\s*\n\s*(?=\[|\.\.\.|[A-Z<])", " ", command.format_usage())
    for line in usage.removeprefix("usage:").strip().splitlines():
        yield _text(line.strip())
    yield ".fi"
    yield ".PP"
    yield from _prose(command.description or f"{told[:1].upper()}{told[1:]}.")
    yield from _arguments(command)


def _arguments(of: argparse.ArgumentParser) -> Iterator[str]:
    formatter = of._get_formatter()  # noqa: SLF001 - it knows what `%(default)s` is
    for action in of._actions:  # noqa: SLF001
        is_help = isinstance(action, argparse._HelpAction)  # noqa: SLF001
        if is_help or isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            continue
        yield ".TP"
        yield _term(action)
        yield from _prose(formatter._expand_help(action) if action.help else "")  # noqa: SLF001


def _term(action: argparse.Action) -> str:
    value = action.metavar or ("|".join(action.choices) if action.choices else action.dest)
    if not action.option_strings:
        return rf"\fI{_text(str(value))}\fR"
    names = ", ".join(rf"\fB{_text(each)}\fR" for each in action.option_strings)
    return names if action.nargs == 0 else rf"{names} \fI{_text(str(value))}\fR"


def _prose(text: str) -> Iterator[str]:
    """Sentences in lines of a usual length, each of which roff joins to the one before."""
    yield from map(_text, wrap(text, 76, break_long_words=False, break_on_hyphens=False))


def _text(text: str) -> str:
    """Text as roff has it: nothing in it is a request or an escape, and a hyphen is a minus."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    escaped = re.sub(r"^(?=[.'])", r"\\&", escaped, flags=re.MULTILINE)
    return escaped.replace("…", "...").replace('"', r"\(dq").replace("'", r"\(aq")

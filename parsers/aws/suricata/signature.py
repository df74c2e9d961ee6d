"""The language of Suricata's rules: `ACTION PROTOCOL ADDRESS PORT -> ADDRESS PORT (OPTIONS)`.

Suricata User Guide, "Rules Format". Only the form is read here, not what it means.
"""

import re
from collections.abc import Iterator
from string import whitespace
from typing import Any, Final

import pyparsing as pp

from flowmodel.record import NamedTuple

LONGEST: Final = 65_536
"""Characters of a rule; Suricata itself reads 8192 (detect.h, DETECT_MAX_RULE_SIZE)."""
DEEPEST: Final = 16
"""Groups in groups; a rule by hand has two."""


class Atom(NamedTuple):
    """An address, a port, a range of them, a variable or `any`, with its place in the text."""

    text: str
    is_negated: bool
    at: int


class Group(NamedTuple):
    """`[…]`: a list of atoms and groups."""

    items: "tuple[Item, ...]"
    is_negated: bool
    at: int


Item = Atom | Group


class Option(NamedTuple):
    """`keyword;` or `keyword:settings;`; the settings are as they are written, with escapes."""

    keyword: str
    settings: str
    at: int

    def __str__(self) -> str:
        return f"{self.keyword}:{self.settings}" if self.settings else self.keyword


class Statement(NamedTuple):
    """A rule; `first` and `last` are the indexes of its characters in the text around it."""

    action: str
    protocol: str
    source: Item
    source_port: Item
    is_both: bool
    """Whether the arrow is `<>`: the rule is about both directions."""
    destination: Item
    destination_port: Item
    options: tuple[Option, ...]
    first: int
    last: int


class RuleError(Exception):
    """What is no rule of Suricata, with the index of the character in the text."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


def _group(pattern: str, name: str) -> pp.ParserElement:
    """A grammar of atoms, with `!` before them, and of lists in brackets."""
    item = pp.Forward()
    item.set_name(name)
    atom = pp.Regex(rf"!?\s*(?:{pattern})", re.ASCII).set_name(name)
    opening = pp.Regex(r"!?\s*\[", re.ASCII).set_name("`[`")
    listed = opening + pp.DelimitedList(item) + pp.Suppress(pp.Literal("]"))
    item <<= atom.set_parse_action(_atom) | listed.set_parse_action(_list)
    return item


def _atom(_text: str, at: int, found: pp.ParseResults) -> Atom:
    text = re.sub(r"\s", "", found[0], flags=re.ASCII)
    return Atom(text.removeprefix("!"), text.startswith("!"), at)


def _list(_text: str, at: int, found: pp.ParseResults) -> Group:
    opening, *items = found
    return Group(tuple(items), opening.startswith("!"), at)


def _option(_text: str, at: int, found: pp.ParseResults) -> Option:
    keyword, _, settings = found[0].partition(":")
    return Option(keyword.strip(whitespace), settings.strip(whitespace), at)


_address: Final = _group(r"[^\s\[\],!();<>]+", "an address")
_port: Final = _group(
    r"[0-9]+\s*:\s*[0-9]+|[0-9]+\s*:|:\s*[0-9]+|[0-9]+|[@$]\w+|[aA][nN][yY]\b", "a port"
)
# `;` ends an option wherever no backslash stands before it, in quotation marks as well. One
# expression for all of it: most of the time goes here.
_one_option: Final = pp.Regex(
    r"[A-Za-z][\w.-]*\s*(?::(?:[^;\\]|\\.)*)?", re.ASCII | re.DOTALL
).set_name("an option").set_parse_action(_option) + pp.Suppress(pp.Literal(";"))
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_arrow: Final = pp.one_of("-> <>").set_name("`->` or `<>`")
_rule: Final = (
    pp.Regex(r"[A-Za-z]+(?::[a-z]+)?").set_name("an action")
    + pp.Regex(r"[A-Za-z0-9][\w.:-]*", re.ASCII).set_name("a protocol")
    + _address
    + _port
    + _arrow
    + _address
    + _port
    + pp.Suppress(pp.Literal("(").set_name("`(`"))
    + pp.Group(pp.OneOrMore(_one_option))
    + pp.Suppress(pp.Literal(")").set_name("`)`"))
)
for _grammar in (_rule, _address, _port):
    _grammar.parse_with_tabs()  # a tab that became spaces would move every place behind it


def statements(text: str) -> Iterator[tuple[str, int]]:
    """The lines of a text that are rules, each with its index there: a rule is a line.

    A backslash at the end of a line joins it with the next one; comments begin with `#`
    (Suricata, detect-engine-loader.c, DetectLoadSigFile).
    """
    at = 0
    for line in re.split(r"(?<!\\)(?<!\\\r)\n", text):
        if line.strip(whitespace) and not line.lstrip(whitespace).startswith("#"):
            yield line, at
        at += len(line) + 1


def parse(line: str, at: int = 0) -> Statement:
    """The rule in a line that begins at an index of the text around; raises RuleError."""
    if len(line) > LONGEST:
        raise RuleError(f"a rule of more than {LONGEST} characters", at)
    # What joins lines is space to the rule; the characters keep their places.
    joined = line.replace("\\\n", "  ").replace("\\\r\n", "   ")
    _check_depth(joined.partition("(")[0], at)
    found = _parsed(_rule, joined, at)
    action, protocol, source, source_port, arrow, destination, destination_port, options = found
    for option in options:
        # detect-parse.c, SigParseOptions: Suricata loads no rule without them.
        if option.keyword == "msg" and not _QUOTED.fullmatch(option.settings):
            raise RuleError("a message stands between quotation marks", option.at + at)
    first = len(joined) - len(joined.lstrip())
    return Statement(
        action.lower(),
        protocol.lower(),
        _moved(source, at),
        _moved(source_port, at),
        arrow == "<>",
        _moved(destination, at),
        _moved(destination_port, at),
        tuple(option._replace(at=option.at + at) for option in options),
        at + first,
        at + len(joined.rstrip()) - 1,
    )


def address(text: str) -> Item:
    """An address, or a group of them, that stands alone; raises RuleError."""
    _check_depth(text, 0)
    found: Item = _parsed(_address, text, 0)[0]
    return found


def port(text: str) -> Item:
    """A port, a range or a group of them, that stands alone; raises RuleError."""
    _check_depth(text, 0)
    found: Item = _parsed(_port, text, 0)[0]
    return found


def _parsed(grammar: pp.ParserElement, text: str, at: int) -> Any:
    try:
        return grammar.parse_string(text, parse_all=True)
    except pp.ParseBaseException as wrong:
        expected = str(wrong.msg).removeprefix("Expected ")
        if expected.startswith("end of text"):
            expected = "the end of the rule"
        raise RuleError(f"{_readable(expected)} is expected", at + wrong.loc) from None


def _readable(expected: str) -> str:
    named = re.search(r"an address|a port|an option|an action|a protocol", expected)
    return named[0] if named else expected.replace("'", "`")


def _check_depth(text: str, at: int) -> None:
    depth = 0
    for mark in re.finditer(r"[\[\]]", text):
        depth += 1 if mark[0] == "[" else -1
        if depth > DEEPEST:
            raise RuleError("groups are nested too deeply", at + mark.start())


def _moved(item: Item, by: int) -> Item:
    if isinstance(item, Atom):
        return item._replace(at=item.at + by)
    return Group(tuple(_moved(each, by) for each in item.items), item.is_negated, item.at + by)

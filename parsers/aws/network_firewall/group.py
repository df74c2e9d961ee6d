"""Reads Network Firewall's stateful rule groups: Suricata's rules, 5-tuples and domain lists.

Network Firewall API Reference, RuleGroup, RulesSource, StatefulRule, RulesSourceList.
"""

from collections.abc import Iterator
from typing import Final

from flowmodel.ruleset import Gap
from flowmodel.source import InputError
from parsers.aws.network_firewall.rules import (
    ANYTHING,
    NOTHING,
    Action,
    Place,
    Remarks,
    StatefulRule,
    action_of,
    end,
    header_of,
    passes_flow,
    place_of,
    refused,
    unresolved_gaps,
)
from parsers.aws.network_firewall.variables import Variables
from parsers.aws.suricata.header import Header, protocol
from parsers.aws.suricata.options import Meaning, meaning
from parsers.aws.suricata.signature import Option, RuleError, address, parse, port, statements
from parsers.aws.text_places import TextPlaces
from parsers.shared.node import Node

_INDENTED: Final = "whether a rule that begins with a space is loaded"
# Network Firewall API Reference, RulesSourceList, GeneratedRulesType.
_LISTS: Final[dict[str, tuple[Action, ...]]] = {
    "ALLOWLIST": ("pass", "drop"),
    "DENYLIST": ("drop",),
    "REJECTLIST": ("reject",),
    "ALERTLIST": ("alert",),
}
_SHOWN: Final = 3


def stateful_rules(
    group: Node, name: str, names: Variables, gaps: list[Gap]
) -> Iterator[StatefulRule]:
    """The rules of a group in their order; raises InputError for what AWS would refuse."""
    source = group.node("RulesSource")
    if source is None:
        raise group.error("a rule group has a `RulesSource`")
    reader = {"RulesString": _texts, "StatefulRules": _tuples, "RulesSourceList": _domains}
    forms = [key for key in reader if source.get(key) is not None]
    if len(forms) != 1 or source.get("StatelessRulesAndCustomActions") is not None:
        raise source.error("a stateful group has rules in one form: text, 5-tuples or domains")
    remarks = Remarks()
    seen: set[tuple[str, str]] = set()
    for rule in reader[forms[0]](source, name, names):
        _refuse_twice(source, rule, seen)
        remarks.add(rule)
        gaps += unresolved_gaps(rule)
        yield rule
    gaps += remarks.gaps()


def _refuse_twice(source: Node, rule: StatefulRule, seen: set[tuple[str, str]]) -> None:
    """Raises InputError for the number of another rule: Suricata loads only one of them.

    detect-parse.c, DetectEngineSignatureIsDuplicate.
    """
    sid, span = rule.meaning.sid.strip('"'), rule.place.span
    if sid and (rule.meaning.gid, sid) in seen:
        message = f"another rule of the group has the sid {sid}, too"
        raise InputError(message, span, source.file.line(span))
    seen.add((rule.meaning.gid, sid))


def _texts(source: Node, name: str, names: Variables) -> Iterator[StatefulRule]:
    """Rules in Suricata's language: Suricata User Guide, "Rules Format"."""
    key = "RulesString"
    text = source.text(key)
    places = TextPlaces(source, key)
    for line, at in statements(text):
        try:
            found = parse(line, at)
            action = action_of(found.action, found.first)
            tests = meaning(found.options)
            if line[0] == " ":
                # detect-engine-loader.c, DetectLoadSigFile: such a line is passed over.
                tests = _also(tests, _INDENTED, "a space before the rule")
            header = header_of(found, text, names)
        except RuleError as wrong:
            raise refused(wrong.message, source, key, places.span(wrong.at, wrong.at)) from None
        place = Place(source.file.source, places.span(found.first, found.last))
        title = f"stateful {name}: {' '.join(line.split())}"
        yield StatefulRule(action, header, tests, passes_flow(header, tests), place, title)


def _also(tests: Meaning, unread: str, keyword: str) -> Meaning:
    texts = [text for text in (unread, tests.unread) if text]
    return tests._replace(unread="; ".join(texts), keywords=(keyword, *tests.keywords))


def _tuples(source: Node, name: str, names: Variables) -> Iterator[StatefulRule]:
    """Rules as objects: Network Firewall API Reference, StatefulRule and Header."""
    for node in source.nodes("StatefulRules"):
        header = node.node("Header")
        if header is None:
            raise node.error("a stateful rule has a `Header`")
        try:
            action = action_of(node.text("Action").lower())
        except RuleError as wrong:
            raise node.error(wrong.message, "Action") from None
        options = tuple(map(_option, node.nodes("RuleOptions")))
        try:
            tests = meaning(options)
        except RuleError as wrong:
            raise node.error(wrong.message, "RuleOptions") from None
        read = _header(header, names)
        arrow = "<>" if read.is_both else "->"
        ends = [f"{each.address_text} {each.port_text}" for each in (read.source, read.destination)]
        word = header.text("Protocol").lower()
        said = "".join(f"{option}; " for option in options).strip()
        title = f"stateful {name}: {action} {word} {ends[0]} {arrow} {ends[1]} ({said})"
        sure = passes_flow(read, tests)
        yield StatefulRule(action, read, tests, sure, place_of(node), title)


def _option(node: Node) -> Option:
    """An option; its settings stand in the list, or behind a colon in the keyword."""
    keyword, colon, rest = node.text("Keyword").strip().rstrip(";").partition(":")
    settings = [rest] if colon else []
    return Option(keyword.strip(), ",".join([*settings, *node.texts("Settings")]).strip(), 0)


def _header(node: Node, names: Variables) -> Header:
    direction = node.text("Direction")
    if direction not in ("FORWARD", "ANY"):
        raise node.error("`Direction` is FORWARD or ANY", "Direction")
    ends = []
    for address_key, port_key in (("Source", "SourcePort"), ("Destination", "DestinationPort")):
        texts = node.text(address_key), node.text(port_key)
        key = address_key
        try:
            found = address(texts[0])
            key = port_key
            found_port = port(texts[1])
            words = texts[0].lower() if texts[0] == "ANY" else texts[0], texts[1].lower()
            key = address_key
            ends.append(end(found, found_port, words, names))
        except RuleError as wrong:
            key = port_key if "port" in wrong.message else key
            raise node.error(wrong.message, key) from None
    return Header(protocol(node.text("Protocol").lower()), ends[0], ends[1], direction == "ANY")


def _domains(source: Node, name: str, names: Variables) -> Iterator[StatefulRule]:
    """A domain list, as rules about what HTTP and TLS name; nothing of them is in a header.

    Network Firewall Developer Guide, "Stateful domain list rule groups": an allow list also denies
    what names other domains.
    """
    del names
    node = source.node("RulesSourceList")
    assert node is not None
    kind = node.text("GeneratedRulesType")
    if kind not in _LISTS:
        raise node.error(f"`{kind}` is no type of domain list", "GeneratedRulesType")
    targets, types = node.texts("Targets"), node.texts("TargetTypes")
    shown = ", ".join(targets[:_SHOWN])
    if len(targets) > _SHOWN:
        shown += f" and {len(targets) - _SHOWN} more"
    by = " or ".join(types)
    # What names domains is HTTP and TLS over TCP, but addresses are resolved for all protocols.
    is_tcp = set(types) <= {"TLS_SNI", "HTTP_HOST"}
    header = ANYTHING._replace(
        protocol=protocol("tcp" if is_tcp else "ip")._replace(is_application=True)
    )
    for action in _LISTS[kind]:
        is_rest = len(_LISTS[kind]) > 1 and action == "drop"
        names_them = "names none of" if is_rest else "is for one of"
        text = f"traffic that by {by} {names_them} {shown}"
        tests = NOTHING._replace(unread=text, keywords=("domain list",))
        title = f"stateful {name}: {action} {text}"
        yield StatefulRule(action, header, tests, True, place_of(node), title)  # noqa: FBT003

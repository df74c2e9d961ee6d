"""The rules of Network Firewall's stateful engine, in whichever form a group has them."""

from typing import Final, Literal

from flowmodel.match import Condition, Match
from flowmodel.record import NamedTuple
from flowmodel.ruleset import Gap, Rule
from flowmodel.source import InputError, Source, Span
from flowmodel.verdict import Effect, Verdict
from parsers.aws.network_firewall.match import FIRST, REPLY, Conditions, View
from parsers.aws.network_firewall.variables import Variables
from parsers.aws.suricata.header import End, Header, flow_match, header_match, protocol
from parsers.aws.suricata.options import LOWEST_PRIORITY, Meaning
from parsers.aws.suricata.sets import ANY_ADDRESS, Partly, Unresolved, addresses, ports
from parsers.aws.suricata.signature import Group, Item, RuleError, Statement
from parsers.shared.node import Node

Action = Literal["pass", "drop", "reject", "alert", "unknown"]
ACTIONS: Final[dict[str, Action]] = {
    "pass": "pass",
    "drop": "drop",
    "reject": "reject",
    "rejectsrc": "reject",
    "rejectdst": "reject",
    "rejectboth": "reject",
    "alert": "alert",
}
NOTHING: Final = Meaning(
    direction="",
    established=None,
    has_flow=False,
    unread="",
    volatile="",
    keywords=(),
    priority=LOWEST_PRIORITY,
    sid="",
    message="",
    is_bypass=False,
)


class Place(NamedTuple):
    """Where a rule stands."""

    source: Source
    span: Span

    def rule(
        self, match: Match, verdict: Verdict, title: str, effects: tuple[Effect, ...] = ()
    ) -> Rule:
        """A rule of the model that stands here."""
        span = self.span
        return Rule(
            match,
            verdict,
            self.source,
            span.line,
            span.column,
            span.last_line,
            span.last_column,
            effects,
            title=title,
        )


def place_of(node: Node, key: str = "") -> Place:
    """The place of an object, or of the value of one of its keys."""
    return Place(node.file.source, node.place(key) if key else node.span)


class StatefulRule(NamedTuple):
    """One rule of the stateful engine."""

    action: Action
    header: Header
    meaning: Meaning
    passes_flow: bool
    """Whether a match surely counts for all of the connection, if the action is `pass`."""
    place: Place
    title: str

    def match(self, view: View, conditions: Conditions) -> Match | None:
        """The conditions for packets of a view; None where none of them can match."""
        flow = flow_match(self.meaning, self.header.protocol, view, conditions)
        if flow is None:
            return None
        beyond: list[Condition] = []
        if self.meaning.unread:
            beyond.append(conditions.unread(self.meaning.unread + view.suffix))
        if self.meaning.volatile:
            beyond.append(conditions.volatile(self.meaning.volatile + view.suffix))
        return (*header_match(self.header, view, conditions), *flow, *beyond)

    @property
    def is_read(self) -> bool:
        """Whether nothing but the header and `flow` decides if a packet matches."""
        ends = (self.header.source, self.header.destination)
        return not (
            self.meaning.unread
            or self.meaning.volatile
            or self.header.protocol.unread
            or any(isinstance(part, Unresolved | Partly) for end in ends for part in end[:2])
        )


EARLIER: Final = (FIRST, REPLY)
"""Of a connection's earlier packets, what a rule can have matched."""
ANYTHING: Final = Header(
    protocol("ip"),
    End(ANY_ADDRESS, ((0, 65_535),), "any", "any"),
    End(ANY_ADDRESS, ((0, 65_535),), "any", "any"),
    is_both=False,
)


def end(address: Item, port: Item, text: tuple[str, str], names: Variables) -> End:
    """One end of a header; raises RuleError."""
    return End(addresses(address, names.address), ports(port, names.port), *text)


def passes_flow(header: Header, meaning: Meaning) -> bool:
    """Whether an action surely counts for the connection, not for one packet alone.

    Suricata User Guide, "Rule Types and Categorization": rules of a header alone, and those of an
    application's protocol, act on flows; `flow` and what remembers packets makes them rules about
    packets. Network Firewall's guide says of all pass rules that they act on flows.
    """
    if meaning.volatile:
        return False
    if header.protocol.is_application:
        return meaning.established is None
    return not (meaning.has_flow or meaning.unread or header.protocol.unread)


def action_of(word: str, at: int = 0) -> Action:
    """The action that a word stands for; raises RuleError at the given index."""
    found = ACTIONS.get(word)
    if found is not None:
        return found
    if ":" in word or word == "accept":
        message = f"`{word}` is an action of Next Generation policies, which fwlint does not read"
        raise RuleError(message, at)
    raise RuleError(f"`{word}` is no action of Network Firewall", at)


def header_of(statement: Statement, text: str, names: Variables) -> Header:
    """The header of a rule in Suricata's language, of which `text` is all; raises RuleError."""

    def words(item: Item) -> str:
        found = _words(item)
        return found if len(found) <= 100 else text[item.at : item.at + 97] + "…"

    source = words(statement.source), words(statement.source_port)
    destination = words(statement.destination), words(statement.destination_port)
    return Header(
        protocol(statement.protocol),
        end(statement.source, statement.source_port, source, names),
        end(statement.destination, statement.destination_port, destination, names),
        statement.is_both,
    )


def _words(item: Item) -> str:
    sign = "!" if item.is_negated else ""
    if isinstance(item, Group):
        return sign + "[" + ",".join(map(_words, item.items)) + "]"
    return sign + item.text


class Remarks:
    """What is not read of a group's rules: one remark for equal reasons, and how often."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[Place, str, int]] = {}

    def add(self, rule: StatefulRule) -> None:
        """Note what a rule tests beyond the model."""
        reasons = [f"`{word}`" for word in rule.meaning.keywords]
        if rule.header.protocol.unread:
            reasons.insert(0, f"`{rule.header.protocol.unread}`")
        if reasons:
            text = f"{', '.join(reasons)}: what this tests is not in the model"
            place, title, count = self._found.get(text, (rule.place, rule.title, 0))
            self._found[text] = (place, title, count + 1)

    def gaps(self) -> list[Gap]:
        """The remarks, in the order of their first rules."""
        found = []
        for text, (place, title, count) in self._found.items():
            more = f" (in {count} rules)" if count > 1 else ""
            found.append(Gap("FW902", text + more, place.span, title))
        return found


def unresolved_gaps(rule: StatefulRule) -> list[Gap]:
    """The remarks about names in a rule that the export does not explain."""
    gaps = []
    for each in (rule.header.source, rule.header.destination):
        for part, text in ((each.addresses, each.address_text), (each.ports, each.port_text)):
            if isinstance(part, Unresolved):
                message = f"{text}: {part.reason}; whether the rule matches is unknown"
                gaps.append(Gap("FW307", message, rule.place.span, rule.title))
    return gaps


def refused(message: str, node: Node, key: str, span: Span) -> InputError:
    """The error about a part of a text that a key has."""
    return InputError(message, span, node.file.line(span) or str(node.get(key))[:200])

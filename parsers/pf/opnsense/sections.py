"""OPNsense's two sections of filter rules: the new model and the older `<filter>`."""

from collections.abc import Iterable, Iterator

from flowmodel.record import NamedTuple, replace
from parsers.pf.opnsense.coverage import SECTIONS, is_known
from parsers.pf.opnsense.interfaces import Interfaces
from parsers.pf.opnsense.models import counting, truth
from parsers.pf.opnsense.rule import Draft
from parsers.pf.opnsense.texts import number
from parsers.pf.strange import SIDE, Known, doubled, reasons
from parsers.pf.xml import Element

# filter.lib.inc and FilterRule.php: where each kind of rule stands; lower numbers come first.
FLOATING, GROUP, SINGLE, AUTOMATIC = 200_000, 300_000, 400_000, 500_000
_KNOWN_MODEL = is_known("opnsense", "firewall", "filter", "rules", "rule")
_KNOWN_OLDER = is_known("filter", "rule")
_READ = {each.path: each.read for each in SECTIONS}
_READ_OF_MODEL = _READ["opnsense", "firewall", "filter", "rules", "rule"]
_READ_OF_OLDER = _READ["filter", "rule"]
_LIMITS = ("max", "max-src-nodes", "max-src-conn", "max-src-states")


_AT_PLACE = (
    "OPNsense's version, which decides where a rule for all but an interface stands",
    "OPNsense's version, by which it stands among those of the interface",
)
"""Two things: both are unknown, and the model can follow that no rule is at either place."""


class Placed(NamedTuple):
    """A rule as written, with its place among all rules."""

    priority: int
    draft: Draft


def overloads(root: Element) -> Iterator[str]:
    """The tables into which rules put the senders that exceed a limit (FilterRule.php)."""
    for rule in _everywhere(root):
        if rule.get("max-src-conn-rate") and rule.get("max-src-conn-rates"):
            yield rule.get("overload") or "virusprot"


def _everywhere(root: Element) -> Iterator[Element]:
    yield from _in(root, "opnsense", "firewall", "filter", "rules")
    yield from _in(root, "filter")


def _in(root: Element, *path: str) -> list[Element]:
    section = root.find(*path)
    return section.all("rule") if section else []


def by_sequence(rules: Iterable[Element]) -> list[Element]:
    """The rules of a model in its order; equal numbers by uuid (ArrayField.php, sortedBy)."""

    def place(rule: Element) -> tuple[int, str]:
        return number(rule.get("sequence"), 1), rule.attributes.get("uuid", "")

    return sorted(counting(rules), key=place)


def user_rules(root: Element, interfaces: Interfaces) -> list[Placed]:
    """All rules of the user in pf's order: of equal priority those of the model come first."""
    found: list[Placed] = []
    for rule in by_sequence(_in(root, "opnsense", "firewall", "filter", "rules")):
        draft = _of_model(rule)
        is_twice = doubled(rule) & _READ_OF_MODEL
        found += _anything(draft) if is_twice else _placed(draft, interfaces)
    for rule in _in(root, "filter"):
        if is_empty(rule):
            continue
        draft = _of_older(rule)
        if doubled(rule) & (_READ_OF_OLDER | SIDE):
            found += _anything(draft)
        else:
            found.append(Placed(_priority_of_older(rule, interfaces), draft))
    return sorted(found, key=lambda each: each.priority)


def _anything(draft: Draft) -> Iterator[Placed]:
    """What a rule may be in which an element stands twice: one that passes or blocks, anywhere.

    Which of the two counts differs from element to element, as from model to older section.
    """
    rule = draft.element
    blocks = Draft(
        rule,
        "block",
        "any",
        unread=draft.unread,
        description=draft.description,
        identity=draft.identity,
        is_disabled=draft.is_disabled and "enabled" not in doubled(rule),
        of_model=draft.of_model,
    )
    passes = f"whether the rule in line {rule.place.line} passes"
    yield Placed(FLOATING - 1, replace(blocks, action="pass", unread=(*draft.unread, passes)))
    yield Placed(FLOATING - 1, blocks)


def is_empty(rule: Element) -> bool:
    """Whether a rule of an older section is none.

    filter.lib.inc, filter_core_rules_user, and filter.inc for NAT: what is no array is skipped, and
    an element without others in it is a string.
    """
    return not rule.children


def _placed(draft: Draft, interfaces: Interfaces) -> Iterator[Placed]:
    """Where a rule of the model stands; one for all but an interface at two places.

    FilterRuleField.php, getPriority: such a rule is a floating one, and in older versions one of
    the interface that it is not about. The export does not tell the version: so the rule stands at
    the place that counts in both, and possibly at the other too, which differs for nothing but what
    is decided in between.
    """
    priority = _priority_of_model(draft, interfaces)
    if not draft.not_on or priority == FLOATING:
        yield Placed(priority, draft)
        return
    may_be, other = (replace(draft, unread=(*draft.unread, each)) for each in _AT_PLACE)
    if draft.tag or draft.action == "match":
        yield from (Placed(FLOATING, may_be), Placed(priority, other))
    elif draft.quick:
        yield from (Placed(FLOATING, may_be), Placed(priority, draft))
    else:
        yield from (Placed(FLOATING, draft), Placed(priority, may_be))


def _priority_of_model(draft: Draft, interfaces: Interfaces) -> int:
    """FilterRuleField.php, getPriority: a single interface is never floating."""
    names = [name for name in draft.interfaces.split(",") if name]
    if len(names) != 1:
        return FLOATING
    name = names[0].lower()
    found = interfaces.by_id.get(name)
    is_group = name in interfaces.groups or (found and found.element.get("type") == "group")
    return GROUP + interfaces.groups.get(name, 0) if is_group else SINGLE


def _priority_of_older(rule: Element, interfaces: Interfaces) -> int:
    """filter.lib.inc, filter_core_rules_user."""
    if rule.has("floating"):
        return FLOATING
    name = rule.get("interface").lower()
    return GROUP + interfaces.groups[name] if name in interfaces.groups else SINGLE


def _of_model(rule: Element) -> Draft:
    get = rule.get
    return Draft(
        rule,
        get("action") or "pass",
        get("direction") or "in",
        truth(rule, "quick", default=True),
        get("interface"),
        truth(rule, "interfacenot"),
        # Model.php: only what is not there at all has the default.
        get("ipprotocol") if rule.has("ipprotocol") else "inet",
        _protocol(get("protocol")),
        get("icmptype"),
        get("icmp6type"),
        get("source_net"),
        truth(rule, "source_not"),
        get("source_port"),
        get("destination_net"),
        truth(rule, "destination_not"),
        get("destination_port"),
        (get("tcpflags1"), get("tcpflags2")),
        truth(rule, "tcpflags_any"),
        get("statetype") or "keep",
        _limits(rule),
        get("gateway"),
        get("sched"),
        get("tag"),
        get("tagged"),
        tuple(_unread(rule, _KNOWN_MODEL)),
        get("description"),
        _identity(rule),
        is_disabled=not truth(rule, "enabled", default=True),
        of_model=True,
    )


def _of_older(rule: Element) -> Draft:
    get = rule.get
    source, source_not, source_port, source_odd = side_of(rule, "source")
    there = side_of(rule, "destination")
    destination, destination_not, destination_port, destination_odd = there
    return Draft(
        rule,
        get("type") or "pass",
        get("direction") or "in",
        truth(rule, "quick", default=not rule.has("floating")),
        _said(rule, "interface"),
        truth(rule, "interfacenot"),
        get("ipprotocol"),
        _protocol(get("protocol")),
        get("icmptype"),
        get("icmp6-type"),
        source,
        source_not,
        source_port,
        destination,
        destination_not,
        destination_port,
        (get("tcpflags1"), get("tcpflags2")),
        rule.has("tcpflags_any"),
        get("statetype").split(" ")[0],
        _limits(rule) if get("statetype") else "",
        get("gateway"),
        get("sched"),
        get("tag"),
        get("tagged"),
        (*_unread(rule, _KNOWN_OLDER), *source_odd, *destination_odd),
        get("descr"),
        _identity(rule),
        is_disabled=truth(rule, "disabled"),
    )


def _protocol(text: str) -> str:
    name = text.lower()
    return "" if name == "any" else name


def _said(element: Element, tag: str) -> str:
    """A text, which is none where PHP takes it for nothing (`empty`)."""
    return element.get(tag) if truth(element, tag) else ""


class _Side(NamedTuple):
    """What a `<source>` or `<destination>` names, and whether that is negated."""

    text: str = "any"
    is_negated: bool = False


def side_of(rule: Element, tag: str) -> tuple[str, bool, str, tuple[str, ...]]:
    """Names, negation, port and what is unclear of a rule's `<source>` or `<destination>`.

    Rule.php (legacyMoveAddressFields) has read them in two ways, which the export does not tell; a
    port forward with a number is one of a newer version.
    """
    side = rule.child(tag)
    if side is None or not side.children:
        return *_Side(), "", ()
    if len(rule.all(tag)) > 1:
        # A list of sides names nothing.
        line = side.place.line
        return *_Side(), "", (f"what the rule with two <{tag}> in line {line} means",)
    newer = _newer(side)
    port = _said(side, "port")
    if rule.has("sequence") or newer == _older(side):
        return *newer, port, ()
    line = side.place.line
    return *_Side(), port, (f"OPNsense's version, which decides what <{tag}> in line {line} means",)


def _newer(side: Element) -> _Side:
    """In newer versions `<any>` is not asked for, and `<not>` by its text."""
    text = _said(side, "network") or _said(side, "address") or "any"
    return _Side(text, text != "any" and truth(side, "not"))


def _older(side: Element) -> _Side | None:
    """In older ones `<any>` goes first, and `<not>` need only be there.

    None is a side that names nothing: the rule is switched off.
    """
    text = "any" if side.has("any") else _said(side, "network") or _said(side, "address")
    return _Side(text, text != "any" and side.has("not")) if text else None


def _limits(rule: Element) -> str:
    words = [f"{tag} {rule.get(tag)}" for tag in _LIMITS if rule.get(tag) not in {"", "0"}]
    count, seconds = rule.get("max-src-conn-rate"), rule.get("max-src-conn-rates")
    words += [f"max-src-conn-rate {count}/{seconds}"] if count and seconds else []
    count, seconds = rule.get("max-pkt-rate-number"), rule.get("max-pkt-rate-seconds")
    words += [f"max-pkt-rate {count}/{seconds}"] if count and seconds else []
    words += [f"divert-to {rule.get('divert-to')}"] if rule.get("divert-to") else []
    return ", ".join(words)


def _unread(rule: Element, known: Known) -> Iterator[str]:
    """What else a packet must be; outside the model."""
    yield from reasons(rule, known)
    if rule.get("os"):
        yield f"the operating system {rule.get('os')}"
    if rule.get("prio"):
        yield f"the VLAN priority {rule.get('prio')}"
    if rule.get("tos"):
        yield f"the type of service {rule.get('tos')}"
    if rule.get("divert-to") and rule.get("statetype") == "none":
        yield f"divert-to {rule.get('divert-to')}"
    if rule.get("received-on"):
        not_on = "not " if truth(rule, "received-on-not") else ""
        yield f"{not_on}received on {rule.get('received-on')}"


def _identity(rule: Element) -> str:
    """What the web interface finds the rule by."""
    if uuid := rule.attributes.get("uuid"):
        return f"uuid {uuid}"
    return f"tracker {rule.get('tracker')}" if rule.get("tracker") else ""

"""One rule of OPNsense's filter, whichever section it stands in, as rules of pf."""

import re
from collections.abc import Callable, Iterator
from itertools import product

from flowmodel.fields import Family
from flowmodel.record import dataclass
from flowmodel.values import full
from parsers.pf.opnsense.names import Ends, Names
from parsers.pf.opnsense.texts import OPENS, flags, icmp_types
from parsers.pf.remarks import Check
from parsers.pf.rules import (
    ANY_PORT,
    ANY_PROTOCOL,
    BOTH,
    Action,
    Direction,
    Flags,
    PfRule,
    Ports,
    Protocol,
)
from parsers.pf.values import protocol
from parsers.pf.xml import BLANKS, Element

_ACTIONS: dict[str, Action] = {"block": "block", "reject": "reject", "match": "match"}
_DIRECTIONS: dict[str, Direction] = {"out": "out", "any": "any"}
_WITH_PORTS = frozenset({"tcp", "udp", "tcp/udp"})
FAMILIES: dict[str, frozenset[Family]] = {
    "inet": frozenset({4}),
    "inet6": frozenset({6}),
    "inet46": BOTH,
    "": BOTH,
}
Note = Callable[[Element, Check, str, str, Element | None], None]


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """A rule as it is written; empty texts are what is not said."""

    element: Element
    action: str = ""
    direction: str = ""
    quick: bool = True
    interfaces: str = ""
    """Ids with commas; empty is every one."""
    not_on: bool = False
    ipprotocol: str = ""
    protocol: str = ""
    icmp4: str = ""
    icmp6: str = ""
    source: str = ""
    source_not: bool = False
    source_port: str = ""
    destination: str = ""
    destination_not: bool = False
    destination_port: str = ""
    flags: tuple[str, str] = ("", "")
    """The flags that must be set, and those that are looked at."""
    any_flags: bool = False
    statetype: str = ""
    limits: str = ""
    gateway: str = ""
    schedule: str = ""
    tag: str = ""
    tagged: str = ""
    unread: tuple[str, ...] = ()
    description: str = ""
    identity: str = ""
    """What finds it in the web interface: `uuid …`."""
    is_disabled: bool = False
    of_model: bool = False
    """Whether it stands in the new model, which writes ports whatever the protocol is."""


class Rules:
    """Makes pf's rules of drafts."""

    def __init__(
        self,
        names: Names,
        gateways: dict[str, str],
        schedules: frozenset[str],
        note: Note,
        *,
        skips_down: bool,
    ) -> None:
        self._names = names
        self._gateways = gateways
        self._schedules = schedules
        self._note = note
        self._skips_down = skips_down
        self._protocols: dict[tuple[str, str, str, str], Protocol | None] = {}

    def made(self, draft: Draft) -> Iterator[PfRule]:
        """The rules that pf gets; none for one that OPNsense leaves out, which a gap says."""
        title = title_of(draft)
        self._say_unheeded(draft)
        on = self._interfaces(draft)
        source = self._names.ends(draft.source, negated=draft.source_not)
        destination = self._names.ends(draft.destination, negated=draft.destination_not)
        self._say_missing(draft, source, destination)
        ports = self._ports(draft, "source"), self._ports(draft, "destination")
        families = FAMILIES.get(draft.ipprotocol)
        unread: tuple[str, ...] = ()
        meant = self._protocol(draft)
        if families is None:
            self._remark(draft, "FW901", f"the protocol `{draft.ipprotocol}` is not known")
            families, unread = BOTH, (f"ipprotocol {draft.ipprotocol}",)
        if meant is None:
            self._remark(draft, "FW901", f"the protocol `{draft.protocol}` is not known")
            meant, unread = ANY_PROTOCOL, (*unread, f"the protocol {draft.protocol}")
        if None in ports or not on or not source.endpoints or not destination.endpoints:
            if draft.unread:
                # What is not understood of it may be what it lacks.
                action, quick = _action(draft), draft.quick
                rule = PfRule(draft.element, title, action, "any", quick, unread=draft.unread)
                yield rule._replace(is_disabled=draft.is_disabled)
            return
        unread += draft.unread + self._schedule(draft)
        if draft.quick and draft.action == "match":
            self._remark(
                draft, "FW902", "whether `quick` ends at a match rule depends on the version"
            )
        self._say_unknown(draft, source, destination, *(each for each in ports if each), unread)
        keeps = draft.statetype != "none"
        tested, odd = _flags(draft)
        if tested is None and not draft.any_flags and _action(draft) == "pass" and keeps:
            tested = OPENS
        for part, more in self._gateway(draft, families):
            for names, src, dst in product(on, source.endpoints, destination.endpoints):
                rule = PfRule(
                    draft.element,
                    title,
                    _action(draft),
                    _DIRECTIONS.get(draft.direction, "in"),
                    draft.quick,
                    names,
                    draft.not_on,
                    part,
                    meant,
                    src,
                    ports[0] or ANY_PORT,
                    dst,
                    ports[1] or ANY_PORT,
                    tested,
                    keeps or _action(draft) != "pass",
                    draft.tag,
                    draft.tagged,
                    draft.limits if keeps else "",
                    unread + more + odd,
                    draft.is_disabled,
                )
                if rule.action == "match" and rule.quick:
                    # pf.c, pf_test_rule: in some versions `quick` counts only with a verdict.
                    yield rule._replace(unread=(*rule.unread, _MATCH_ENDS))
                    rule = rule._replace(quick=False)
                yield rule

    def _say_unheeded(self, draft: Draft) -> None:
        """Remark what an older rule says in a way that OPNsense does not heed."""
        if draft.of_model or draft.element.tag != "rule":
            return
        switch = draft.element.child("disabled")
        if switch is not None and not switch.text:
            self._remark(draft, "FW313", "an empty <disabled/> does not switch the rule off")
        if any(draft.element.get(tag) for tag in _LIMITS) and not draft.statetype:
            self._remark(draft, "FW313", "its limits are left out: it names no <statetype>")

    def _say_unknown(self, draft: Draft, *parts: Ends | Ports | tuple[str, ...]) -> None:
        """Remark what of a rule of the user only the device knows."""
        if draft.element.tag != "rule":
            return
        texts: list[str] = []
        for part in parts:
            if isinstance(part, Ends):
                texts += [text for end in part.endpoints for text in end.unread]
            else:
                texts += part.unread if isinstance(part, Ports) else part
        other = {"inet": "IPv6", "inet6": "IPv4"}.get(draft.ipprotocol, _EVERYWHERE_SO)
        known = [
            text
            for text in dict.fromkeys(texts)
            if not text.startswith(_EVERYWHERE_SO) and other not in text
        ]
        if known:
            self._remark(draft, "FW902", "only the device knows " + ", ".join(known))

    def _say_missing(self, draft: Draft, *ends: Ends) -> None:
        for missing in dict.fromkeys(name for each in ends for name in each.missing):
            rest = any(each.missing and each.endpoints for each in ends)
            follows = "is loaded without it" if rest else "is not loaded"
            self._lost(draft, f"`{missing}`, which is disabled or not there: the rule {follows}")
        for name in (*draft.source.split(","), *draft.destination.split(",")):
            if self._names.is_empty(name.strip(BLANKS)):
                self._lost(
                    draft, f"the alias `{name.strip(BLANKS)}`, which is empty: no address is in it"
                )

    def _lost(self, draft: Draft, what: str, check: Check = "FW307") -> None:
        self._remark(draft, check, f"the rule names {what}", _naming(draft.element, what))

    def _remark(
        self, draft: Draft, check: Check, message: str, field: Element | None = None
    ) -> None:
        if not draft.is_disabled:
            self._note(draft.element, check, message, title_of(draft), field)

    def _interfaces(self, draft: Draft) -> list[tuple[str, ...]]:
        """The names of the interfaces: of each alone if the rule is about all others."""
        ids = [name.strip(BLANKS) for name in draft.interfaces.split(",") if name.strip(BLANKS)]
        if not ids:
            return [()]
        found: list[tuple[str, ...]] = []
        for name in ids:
            interface = self._names.interfaces.enabled(name)
            if interface:
                found.append(interface.names)
            else:
                follows = "is not loaded" if len(ids) == 1 else "is not loaded for it"
                self._lost(
                    draft,
                    f"the interface `{name}`, which is disabled or not there: the rule {follows}",
                )
        if draft.not_on or len(found) < 2:
            return found
        return [tuple(dict.fromkeys(name for names in found for name in names))]

    def _ports(self, draft: Draft, side: str) -> Ports | None:
        text = draft.source_port if side == "source" else draft.destination_port
        if not text or text == "any":
            return ANY_PORT
        if draft.protocol not in _WITH_PORTS:
            kind = draft.protocol or "any protocol"
            if draft.of_model:
                self._lost(
                    draft, f"a port for {kind}, with which pf loads no rules at all", "FW313"
                )
                return Ports((), (f"the port {text} of {kind}",))
            self._lost(
                draft, f"the {side} port {text}, but not TCP or UDP: it is left out", "FW313"
            )
            return ANY_PORT
        found = self._names.ports(text)
        if found is None or found.unread == (f"the service {text}",):
            follows = "not loaded, unless it is a service" if found else "not loaded"
            self._lost(draft, f"the port `{text}`, which is not there: the rule is {follows}")
        elif not found.values and not found.unread:
            self._lost(draft, f"the port alias `{text}`, which is empty: it matches nothing")
        return found

    def _protocol(self, draft: Draft) -> Protocol | None:
        key = draft.protocol, draft.ipprotocol, draft.icmp4, draft.icmp6
        if key not in self._protocols:
            self._protocols[key] = protocol_of(*key)
        return self._protocols[key]

    def _schedule(self, draft: Draft) -> tuple[str, ...]:
        if not draft.schedule:
            return ()
        if draft.schedule not in self._schedules:
            self._lost(
                draft,
                f"the schedule `{draft.schedule}`, which is not there: the rule always applies",
            )
            return ()
        return (f"the schedule {draft.schedule}",)

    def _gateway(
        self, draft: Draft, families: frozenset[Family]
    ) -> Iterator[tuple[frozenset[Family], tuple[str, ...]]]:
        """The families for which the rule is loaded, with conditions (FilterRule.php).

        A gateway of one family switches the rule off for the other; where it leads a packet does
        not change whether the packet passes.
        """
        name = draft.gateway
        if not name or not draft.ipprotocol:
            yield families, ()
            return
        up: tuple[str, ...] = (f"the gateway {name} is up",) if self._skips_down else ()
        kind = self._gateways.get(name)
        if kind is None and up and not self._is_dynamic(name):
            self._lost(draft, f"the gateway `{name}`, which is not there: the rule is not loaded")
            return
        if not kind:
            for family in sorted(families):
                text = f"the gateway {name} is one for IPv{family}, or down"
                yield frozenset({family}), (*up, text)
            return
        fits = FAMILIES[kind] & families
        if fits != families:
            self._lost(
                draft,
                f"the gateway `{name}`, which is for {_SAID[kind]} only: so is the rule",
                "FW313",
            )
        if fits:
            yield fits, up

    def _is_dynamic(self, name: str) -> bool:
        """Whether the gateway may be one that OPNsense makes itself, as `WAN_DHCP`."""
        return "_" in name and name == name.upper()


_MATCH_ENDS = "whether quick ends the search at a match rule"
_EVERYWHERE_SO = "the link-local address of "
"""What every interface has, in the same small range: no rule is named for it."""
_LIMITS = ("max", "max-src-nodes", "max-src-conn", "max-src-states", "max-src-conn-rate")
_QUOTED = re.compile(r"`([^`]+)`")
_WORDS = frozenset({"descr", "description", "category", "categories"})
_SAID = {"inet": "IPv4", "inet6": "IPv6"}


def _naming(rule: Element, what: str) -> Element | None:
    """The element of a rule in which stands what a remark quotes."""
    quoted = _QUOTED.search(what)
    is_interface = what.startswith("the interface")
    for leaf in rule.walk() if quoted and rule.tag == "rule" else ():
        fits = (leaf.tag == "interface") == is_interface and leaf.tag not in _WORDS
        if quoted and fits and quoted[1] in (word.strip(BLANKS) for word in leaf.text.split(",")):
            return leaf
    return None


def _action(draft: Draft) -> Action:
    return _ACTIONS.get(draft.action, "pass")


def protocol_of(name: str, ipprotocol: str, types4: str = "", types6: str = "") -> Protocol | None:
    """The protocol that a rule names, with its ICMP types; None for one that is not known."""
    if name in {"", "any"}:
        return ANY_PROTOCOL
    if name == "tcp/udp":
        both = ((6, 6), (17, 17))
        return Protocol(both, both)
    number = protocol(name)
    if number is None:
        return None
    # FilterRule.php: an IPv6 rule about icmp is about ipv6-icmp.
    other = 58 if number == 1 and ipprotocol in {"inet6", "inet46"} else number
    icmp4 = icmp_types(types4, 4) if types4 and number == 1 and ipprotocol != "" else full(8)
    icmp6 = icmp_types(types6, 6) if types6 and other == 58 and ipprotocol != "" else full(8)
    if icmp4 is None or icmp6 is None:
        return None
    return Protocol(((number, number),), ((other, other),), icmp4, icmp6)


def _flags(draft: Draft) -> tuple[Flags | None, tuple[str, ...]]:
    """The flags to test, and what is not understood of them; for TCP alone (FilterRule.php)."""
    if draft.protocol != "tcp" or draft.any_flags or not draft.flags[1]:
        return None, ()
    value, mask = flags(draft.flags[0]), flags(draft.flags[1])
    if value is None or mask is None or value & ~mask:
        return None, (f"TCP flags {draft.flags[0]} of {draft.flags[1]}",)
    return Flags(mask, value), ()


def title_of(draft: Draft) -> str:
    """The rule in words: pf's, with the names of config.xml."""
    words: list[str] = [_action(draft), _DIRECTIONS.get(draft.direction, "in")]
    if words[1] == "any":
        words.pop()
    words += ["quick"] if draft.quick else []
    if draft.interfaces:
        words += ["on", ("! " if draft.not_on else "") + draft.interfaces]
    words += [draft.ipprotocol] if draft.ipprotocol in _SAID else []
    words += ["proto", draft.protocol] if draft.protocol not in {"", "any"} else []
    for side, text, negated, port in (
        ("from", draft.source, draft.source_not, draft.source_port),
        ("to", draft.destination, draft.destination_not, draft.destination_port),
    ):
        words += [side, ("! " if negated else "") + (text or "any")]
        words += ["port", port] if port and port != "any" else []
    words += [f'"{draft.description}"'] if draft.description else []
    words += [f"({draft.identity})"] if draft.identity else []
    return " ".join(words)

"""pf's plain rule for one packet: the last rule that matches decides, `quick` ends the search.

The source is pf.conf(5) and pf.c of FreeBSD: pf_test_rule, pf_match_translation and
pf_get_translation. A packet is judged `in` where it arrives and `out` where it leaves, translations
before rules. What only the running system knows is asked for by name, and tried both ways.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Literal

from flowmodel.packet import Packet
from tests.oracles.pf.lines import PfConf
from tests.oracles.pf.rule import Addresses, Interval, Rule, read, spans

Traffic = Literal["input", "forward", "output"]
Key = tuple[str, object]
WORLDS = 1 << 12
# What may be on the lists of bogons: networks set apart (RFC 6890) or outside of 2000::/3. What is
# given to a registry and to nobody yet is on the real lists too, and changes every day.
BOGONS: dict[tuple[str, int], list[tuple[int, int]]] = {
    ("?bogons", 4): spans(
        "0.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 192.0.0.0/24 192.0.2.0/24"
        " 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3"
    ),
    ("?bogons", 6): [],
    ("?bogonsv6", 4): [],
    ("?bogonsv6", 6): spans("::/3 2001::/23 2001:db8::/32 3fff::/20 4000::/2 8000::/1"),
}
SIDES: dict[Traffic, tuple[str, ...]] = {
    "input": ("in",),
    "forward": ("in", "out"),
    "output": ("out",),
}
_WITH_PORTS = frozenset({6, 17, 132})
_TCP = 6
_ICMP = frozenset({1, 58})
_ALL = range(256)


class AskError(Exception):
    """Something that the config does not tell."""

    def __init__(self, key: Key) -> None:
        super().__init__(key)
        self.key = key


class TooManyWorldsError(Exception):
    """The packet depends on more than can be tried."""


@dataclass(frozen=True, slots=True)
class Passing:
    """A packet on its way: an address that nobody knows is a name, a port an interval."""

    packet: Packet
    source: int | str
    target: int | str
    source_port: Interval
    target_port: Interval
    tag: str = ""
    kept: tuple[tuple[str, str], ...] = ()
    """The sides (`in`, `out`) that keep a state for its connection, each with the state's tag."""

    is_for_itself: bool = False
    """Whether a rule that passes what is for the firewall's own addresses has matched."""

    def keeps(self, side: str) -> bool:
        """Whether the side has a state."""
        return side in dict(self.kept)


class Pf:
    """The rules of one firewall."""

    def __init__(self, conf: PfConf) -> None:
        rules = [read(line, conf) for line in conf.translations]
        self.is_enabled = conf.is_enabled
        self.filters = [read(line, conf) for line in conf.filters]
        self.rdr = [rule for rule in rules if "rdr" in rule.action]
        self.binat = [rule for rule in rules if "binat" in rule.action]
        self.nat = [rule for rule in rules if rule.action in ("nat", "no nat")]
        own = conf.tables.get("(self)", ())
        self.own = frozenset(int(ip_address(each)) for each in own if each[0] != "?")
        self.own |= {2**32 - 1}
        self.unknown = frozenset(each for each in own if each[0] == "?")

    def possible(self, packet: Packet, traffic: Traffic) -> frozenset[str]:
        """What may become of a packet that no state is there for: accept, drop, or either."""
        return self.outcomes(lambda trial: trial.opens(packet, traffic) is not None)

    def outcomes(self, passes: "Callable[[Trial], bool]") -> frozenset[str]:
        """What may happen, over all that the config does not tell."""
        found: set[str] = set()
        waiting: list[dict[Key, bool]] = [{}]
        tried = 0
        while waiting and len(found) < 2:
            world = waiting.pop()
            tried += 1
            if tried > WORLDS:
                raise TooManyWorldsError
            try:
                found.add("accept" if passes(Trial(self, world)) else "drop")
            except AskError as ask:
                waiting += [{**world, ask.key: True}, {**world, ask.key: False}]
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class Trial:
    """One packet in one possible world."""

    pf: Pf
    world: dict[Key, bool]

    def opens(self, packet: Packet, traffic: Traffic) -> Passing | None:
        """The packet behind the firewall, if it comes through without a state."""
        ports = (packet.sport, packet.sport), (packet.dport, packet.dport)
        first = Passing(packet, packet.src, packet.dst, *ports)
        passing: Passing | None = first
        if not self.pf.is_enabled:
            return first
        for direction, name in (("in", packet.in_name), ("out", packet.out_name)):
            if direction in SIDES[traffic] and passing is not None:
                if direction == "out" and self._stays(passing):
                    return None
                passing = self.side(passing, direction, name or "")
        return passing

    def _stays(self, passing: Passing) -> bool:
        """Whether nothing leaves: what is for the firewall is delivered (RFC 1812, 5.3.5.1)."""
        return passing.is_for_itself

    def side(self, passing: Passing, direction: str, interface: str) -> Passing | None:
        """The packet behind one side without a state for it, or None."""
        is_in = direction == "in"
        kinds = [self.pf.rdr, self.pf.binat] if is_in else [self.pf.binat, self.pf.nat]
        for rules in kinds:
            rule = self._translation(rules, passing, direction, interface)
            if rule is not None:
                # pf_test_rule: what a translation matched has a state, `no state` or not.
                passing = self._translated(rule, passing, direction)
                passing = replace(passing, kept=(*passing.kept, (direction, "")))
                if rule.action == "rdr pass":
                    return passing
                break
        return self._filtered(passing, direction, interface)

    def _translation(
        self, rules: list[Rule], passing: Passing, direction: str, interface: str
    ) -> Rule | None:
        """The first rule of its kind that matches, unless it says not to translate."""
        for rule in rules:
            asked = rule
            if rule.action == "binat" and direction == "in":
                # pf_match_translation: the far end is the source, the pool is the target.
                asked = replace(rule, source=rule.target, target=rule.pool)
            if self._matches(asked, passing, direction, interface):
                return None if rule.action.startswith("no ") else rule
        return None

    def _translated(self, rule: Rule, passing: Passing, direction: str) -> Passing:
        assert rule.pool is not None
        if rule.action == "binat":
            family = passing.packet.family
            if direction == "out":
                return replace(passing, source=_replaced(rule.pool, passing.source, family))
            return replace(passing, target=_replaced(rule.source, passing.target, family))
        address = _one(rule.pool, passing.packet.family)
        if rule.action == "nat":
            # PF_NAT_PROXY_PORT_LOW and _HIGH, where the rule names no ports.
            ports = passing.source_port if rule.is_static else rule.pool_ports or (50001, 65535)
            return replace(passing, source=address, source_port=ports)
        return replace(passing, target=address, target_port=_moved(rule, passing.target_port))

    def _filtered(self, passing: Passing, direction: str, interface: str) -> Passing | None:
        """The packet with its tags where the rules let it pass: without a match it passes."""
        last: Rule | None = None
        tag = ""
        for rule in self.pf.filters:
            if not self._matches(rule, passing, direction, interface):
                continue
            end = rule.target
            if rule.action == "pass" and end and direction == "in":
                known = {*(at for span in (*end.of4, *end.of6) for at in span)}
                is_own = self.pf.own.issuperset(known) and not end.is_negated
                is_own = is_own and self.pf.unknown.issuperset(end.unknown)
                is_own = is_own and bool(known or end.unknown) and _single(end)
                passing = replace(passing, is_for_itself=passing.is_for_itself or is_own)
            if rule.tag:
                tag = rule.tag
                passing = replace(passing, tag=tag)
            if rule.action != "match":
                last = rule
            if rule.is_quick:
                break
        if last is None:
            return passing
        if last.action != "pass":
            return None
        if last.has_limit and self._ask(("limit", last.line.text)):
            return None
        if not last.keeps_state and not passing.keeps(direction):
            return passing
        return replace(passing, kept=(*passing.kept, (direction, tag)))

    def _matches(self, rule: Rule, passing: Passing, direction: str, interface: str) -> bool:
        packet = passing.packet
        return (
            rule.direction in ("", direction)
            and rule.family in (0, packet.family)
            and (rule.interfaces is None or (interface in rule.interfaces) != rule.is_elsewhere)
            and (rule.protocols is None or packet.proto in rule.protocols)
            and (packet.proto not in _WITH_PORTS or self._ports(rule, passing))
            and (packet.proto != _TCP or rule.flags is None or _has_flags(rule.flags, packet))
            and (packet.proto not in _ICMP or packet.icmp_type in (rule.icmp_types or _ALL))
            and (not rule.tagged or (rule.tagged == passing.tag) != rule.is_not_tagged)
            and self._address(rule.source, passing.source, packet.family)
            and self._address(rule.target, passing.target, packet.family)
            and all(self._ask(("schedule", each)) for each in filter(None, _holds(rule)))
        )

    def _ports(self, rule: Rule, passing: Passing) -> bool:
        asked = (rule.source_ports, passing.source_port), (rule.target_ports, passing.target_port)
        return all(ports is None or self._port(ports, port) for ports, port in asked)

    def _address(self, asked: Addresses | None, address: int | str, family: int) -> bool:
        if asked is None:
            return True
        known = asked.of4 if family == 4 else asked.of6
        if isinstance(address, str):
            found = bool(known or asked.unknown) and self._ask(("address", (address, asked)))
        else:
            found = any(first <= address <= last for first, last in known) or (
                not any(of == family and low <= address <= high for of, low, high in asked.apart)
                and any(
                    self._ask(("entry", (name, address, family)))
                    for name in asked.unknown
                    if _may_hold(name, address, family)
                )
            )
        return found != asked.is_negated

    def _port(self, asked: tuple[Interval, ...], port: Interval) -> bool:
        if any(first <= port[0] and port[1] <= last for first, last in asked):
            return True
        if all(last < port[0] or first > port[1] for first, last in asked):
            return False
        return self._ask(("port", (asked, port)))

    def _ask(self, key: Key) -> bool:
        if key not in self.world:
            raise AskError(key)
        return self.world[key]


def _single(end: Addresses) -> bool:
    return all(first == last for first, last in (*end.of4, *end.of6))


def _holds(rule: Rule) -> list[str]:
    return rule.line.schedule.split("|")


def _has_flags(asked: tuple[int, int], packet: Packet) -> bool:
    wanted, mask = asked
    return packet.tcp_flags & mask == wanted


def _may_hold(name: str, address: int, family: int) -> bool:
    """Whether the unknown set may have the address: link-local ones are IPv6 in fe80::/10."""
    if name.startswith("?local:"):
        return family == 6 and address >> 118 == 0xFE80 >> 6
    if name.startswith(("?ip", "?net")):
        is_loopback = address >> 24 == 127 if family == 4 else address == 1
        return name.partition(":")[0].endswith(str(family)) and not is_loopback
    if name.startswith("?bogons"):
        return any(first <= address <= last for first, last in BOGONS[name, family])
    return True


def _one(pool: Addresses, family: int) -> int | str:
    """The pool's single address, or the name of an unknown one."""
    known = pool.of4 if family == 4 else pool.of6
    if known:
        assert len(known) == 1
        assert known[0][0] == known[0][1]
        return known[0][0]
    return pool.unknown[0]


def _replaced(network: Addresses | None, old: int | str, family: int) -> int | str:
    """The address with the bits of the network in front (PF_POOLMASK); `any` changes nothing."""
    if network is None or isinstance(old, str):
        return old
    ((first, last),) = network.of4 if family == 4 else network.of6
    return first | (old & (last - first))


def _moved(rule: Rule, port: Interval) -> Interval:
    """The port behind a port forward (pf_get_translation, PF_RDR)."""
    if rule.pool_ports is None:
        return port
    first, last = rule.pool_ports
    if first == last or rule.target_ports is None:
        return first, first
    moved = first + (port[0] - rule.target_ports[0][0]) % (last - first + 1)
    return moved, moved

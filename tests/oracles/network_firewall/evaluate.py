"""A second evaluator of Network Firewall, plain and slow, from the documentation.

It sends packets through a firewall that remembers its flows, one after the other, as the device
does; it knows nothing of how fwlint lowers policies. Each rule names the page it is taken from:

- processing: Network Firewall Developer Guide, "How AWS Network Firewall filters network traffic"
- order: the same, "Managing evaluation order for Suricata compatible rules"
- exceptions: the same, "Stream exception policy options in your firewall policy"
- caveats: the same, "Limitations and caveats for stateful rules"
- attributes: Network Firewall API Reference, MatchAttributes, TCPFlagField
- format, flow, types: Suricata User Guide, "Rules Format", "Flow Keywords", "Rule Types and
  Categorization"

An answer is True (passes), False (does not) or None: the documentation does not tell.
"""

from collections.abc import Callable, Iterator
from ipaddress import ip_address, ip_network
from typing import NamedTuple

Answer = bool | None
SYN, RST, ACK = 0x02, 0x04, 0x10
FLAGS = {"FIN": 1, "SYN": 2, "RST": 4, "PSH": 8, "ACK": 16, "URG": 32, "ECE": 64, "CWR": 128}
PROTOCOLS = {"tcp": {6}, "udp": {17}, "icmp": {1, 58}, "ip": set(range(256))}
FLOWS = {1, 6, 17, 58}


class Stateless(NamedTuple):
    action: str
    sources: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    source_ports: tuple[tuple[int, int], ...] = ()
    destination_ports: tuple[tuple[int, int], ...] = ()
    protocols: tuple[int, ...] = ()
    flags: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()


class Stateful(NamedTuple):
    action: str
    protocol: str
    source: str
    source_port: str
    arrow: str
    destination: str
    destination_port: str
    flow: tuple[str, ...] = ()


class Rules(NamedTuple):
    """A policy with its groups; sets and ports are texts such as `[10.0.0.0/8,!$INSIDE]`."""

    stateless: tuple[tuple[Stateless, ...], ...]
    stateless_default: str
    stateful: tuple[tuple[Stateful, ...], ...]
    is_strict: bool
    defaults: tuple[str, ...]
    stream_exception: str
    variables: dict[str, str]


class Packet(NamedTuple):
    src: str
    dst: str
    proto: int
    sport: int = 0
    dport: int = 0
    flags: int = 0


class Flow:
    """What the engine remembers of a connection."""

    def __init__(self, client: tuple[str, int]) -> None:
        self.client = client
        self.sides: set[bool] = set()
        self.has_answer = False
        self.is_established = False
        self.is_passed = False
        self.is_dropped = False


_EVERYTHING = {"any": ("0.0.0.0/0", "::/0")}


class Firewall:
    """A firewall with memory.

    `pass_flow`: whether pass rules about packets count for flows; `by_family`: whether exceptions
    leave the rest of their own address family only (detect-engine-address.c), not of both (format).
    """

    def __init__(self, rules: Rules, *, pass_flow: bool = True, by_family: bool = False) -> None:
        self._rules = rules
        self._pass_flow = pass_flow
        self._by_family = by_family
        self.is_doubtful = False
        """Whether it depends on `by_family` if an address is in a set that was asked for."""
        self._flows: dict[object, Flow] = {}
        order = [rule for group in rules.stateful for rule in group]
        if not rules.is_strict:
            # order: pass, drop, reject, alert, whatever the order in which they are written.
            words = ("pass", "drop", "reject", "alert")
            order = [rule for word in words for rule in order if rule.action == word]
        self._order = order
        self.is_one_sided = False
        self.was_inspected = False

    def send(self, packet: Packet) -> Answer:
        """Whether one packet passes."""
        # processing: stateless rules first, of which the first match decides.
        action = next(
            (
                rule.action
                for group in self._rules.stateless
                for rule in group
                if self._fits(rule, packet)
            ),
            self._rules.stateless_default,
        )
        self.was_inspected = action == "aws:forward_to_sfe"
        return self._inspect(packet) if self.was_inspected else action == "aws:pass"

    def _fits(self, rule: Stateless, packet: Packet) -> bool:
        # attributes: an empty list is everything; ports are used for TCP and UDP, flags for TCP.
        # The policies of these tests have both for these protocols only.
        return (
            (not rule.protocols or packet.proto in rule.protocols)
            and _listed(packet.src, rule.sources)
            and _listed(packet.dst, rule.destinations)
            and _ranged(packet.sport, rule.source_ports)
            and _ranged(packet.dport, rule.destination_ports)
            and (
                not rule.flags
                or any(packet.flags & _bits(masks) == _bits(flags) for flags, masks in rule.flags)
            )
        )

    def _inspect(self, packet: Packet) -> Answer:
        flow = self._flow(packet)
        if flow is None and packet.proto == 6:
            # What is in mid-stream: exceptions.
            continues = self._rules.stream_exception == "CONTINUE"
            return None if continues or packet.flags & RST else False
        if flow is not None:
            self._follow(flow, packet)
            # order: what matches a pass rule is not looked at again; drops are for flows too
            # (types, the action scope of rules that are a header only).
            if flow.is_dropped or flow.is_passed:
                return flow.is_passed and not flow.is_dropped
        for rule in self._order:
            if self._matches(rule, packet, flow):
                if rule.action == "alert":
                    continue
                if flow is not None:
                    flow.is_dropped = rule.action != "pass"
                    is_sure = not rule.flow or self._pass_flow
                    flow.is_passed = rule.action == "pass" and is_sure
                return rule.action == "pass"
        return self._default(flow)

    def _flow(self, packet: Packet) -> Flow | None:
        if packet.proto not in FLOWS:
            return None
        here, there = (packet.src, packet.sport), (packet.dst, packet.dport)
        key = (packet.proto, frozenset((here, there)))
        opens = packet.proto != 6 or packet.flags & (SYN | ACK | RST | 1) == SYN
        if key not in self._flows and opens:
            self._flows[key] = Flow(here)
        return self._flows.get(key)

    def _follow(self, flow: Flow, packet: Packet) -> None:
        """flow: TCP is established behind the handshake, all else with packets of both sides."""
        from_client = (packet.src, packet.sport) == flow.client
        flow.sides.add(from_client)
        if packet.proto == 6:
            if not from_client and packet.flags & (SYN | ACK) == SYN | ACK:
                flow.has_answer = True
            elif from_client and flow.has_answer and packet.flags & ACK:
                flow.is_established = True
            elif not packet.flags & SYN and not flow.has_answer:
                self.is_one_sided = True
        else:
            flow.is_established = flow.sides == {True, False}

    def _matches(self, rule: Stateful, packet: Packet, flow: Flow | None) -> bool:
        if packet.proto not in PROTOCOLS[rule.protocol]:
            return False
        ways = [(rule.source, rule.source_port, rule.destination, rule.destination_port)]
        if rule.arrow == "<>":
            ways.append((*ways[0][2:], *ways[0][:2]))
        if not any(
            self._in(packet.src, source)
            and self._in(packet.dst, destination)
            and self._at(packet.sport, source_port)
            and self._at(packet.dport, destination_port)
            for source, source_port, destination, destination_port in ways
        ):
            return False
        return all(flow is not None and _flows(word, packet, flow) for word in rule.flow)

    def _default(self, flow: Flow | None) -> bool:
        # order: the default actions are for the strict order; without any all else passes.
        if not self._rules.is_strict:
            return True
        if "aws:drop_strict" in self._rules.defaults:
            return False
        is_established = flow is not None and flow.is_established
        return not ("aws:drop_established" in self._rules.defaults and is_established)

    def _in(self, address: str, text: str) -> bool:
        whole, alone = self._is_in(address, text), self._is_in_its_family(address, text)
        self.is_doubtful = self.is_doubtful or whole != alone
        return alone if self._by_family else whole

    def _is_in(self, address: str, text: str) -> bool:
        """format: any, networks, `!`, lists with exceptions, variables."""
        if text.startswith("!"):
            return not self._is_in(address, text[1:])
        if text == "$EXTERNAL_NET" and "$EXTERNAL_NET" not in self._rules.variables:
            return not self._is_in(address, "$HOME_NET")
        if text.startswith("$"):
            return self._is_in(address, self._rules.variables[text])
        if text.startswith("["):
            return self._in_list(text, lambda part: self._is_in(address, part))
        # detect-engine-address.c: the bits behind the prefix are cleared.
        return text == "any" or ip_address(address) in ip_network(text, strict=False)

    def _is_in_its_family(self, address: str, text: str) -> bool:
        there = ip_address(address)
        parts = [(ip_network(each, strict=False), is_not) for each, is_not in self._flat(text)]
        mine = [(each, is_not) for each, is_not in parts if each.version == there.version]
        named = [each for each, is_not in mine if not is_not]
        excepted = [each for each, is_not in mine if is_not]
        is_named = any(there in each for each in named) if named else bool(excepted)
        return is_named and not any(there in each for each in excepted)

    def _flat(self, text: str, *, is_not: bool = False) -> Iterator[tuple[str, bool]]:
        if text.startswith("!"):
            yield from self._flat(text[1:], is_not=not is_not)
        elif text == "$EXTERNAL_NET" and "$EXTERNAL_NET" not in self._rules.variables:
            yield from self._flat("$HOME_NET", is_not=not is_not)
        elif text.startswith("$"):
            yield from self._flat(self._rules.variables[text], is_not=is_not)
        elif text.startswith("["):
            for part in text[1:-1].split(","):
                yield from self._flat(part, is_not=is_not)
        else:
            yield from ((each, is_not) for each in _EVERYTHING.get(text, (text,)))

    def _at(self, port: int, text: str) -> bool:
        if text.startswith("!"):
            return not self._at(port, text[1:])
        if text.startswith("$"):
            return self._at(port, self._rules.variables[text])
        if text.startswith("["):
            return self._in_list(text, lambda part: self._at(port, part))
        if ":" in text:
            first, last = text.split(":")
            return int(first or 0) <= port <= int(last or 65535)
        return text == "any" or port == int(text)

    def _in_list(self, text: str, is_in: Callable[[str], bool]) -> bool:
        parts = text[1:-1].split(",")
        named = [part for part in parts if not part.startswith("!")]
        excepted = [part[1:] for part in parts if part.startswith("!")]
        return (not named or any(map(is_in, named))) and not any(map(is_in, excepted))


def _flows(word: str, packet: Packet, flow: Flow) -> bool:
    from_client = (packet.src, packet.sport) == flow.client
    return {
        "to_server": from_client,
        "to_client": not from_client,
        "established": flow.is_established,
        "not_established": not flow.is_established,
        "stateless": True,
    }[word]


def _listed(address: str, networks: tuple[str, ...]) -> bool:
    found = (ip_network(each, strict=False) for each in networks)
    return not networks or any(ip_address(address) in each for each in found)


def _ranged(port: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return not ranges or any(first <= port <= last for first, last in ranges)


def _bits(words: tuple[str, ...]) -> int:
    return sum(FLAGS[word] for word in words)


def connection(first: Packet) -> Iterator[tuple[str, Packet]]:
    """The packets of a connection, in order: who sends each, and the packet."""
    back = first._replace(
        src=first.dst, dst=first.src, sport=first.dport, dport=first.sport, flags=0
    )
    is_tcp = first.proto == 6
    yield "first", first
    yield "reply", back._replace(flags=SYN | ACK if is_tcp else 0)
    yield "later", first._replace(flags=ACK if is_tcp else 0)
    yield "reply", back._replace(flags=ACK if is_tcp else 0)

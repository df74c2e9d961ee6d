"""Connections: what the sets say of replies and later packets, replayed packet by packet."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowmodel import fields
from flowmodel.fields import Family
from flowmodel.match import Match
from flowmodel.match import Test as Condition
from flowmodel.packet import Packet
from flowmodel.ruleset import FILTER, NAT_DST, NAT_SRC, RAW, Rule, RuleSet, Table, Traffic
from flowmodel.values import full, single
from flowmodel.verdict import (
    ACCEPT,
    CONTINUE,
    DROP,
    Accept,
    MapNetwork,
    NoTrack,
    TranslateDestination,
    TranslateSource,
    Verdict,
)
from linter.engine.device.ask import Answer
from linter.engine.device.connection import Connections, Outcome, connections
from linter.engine.device.firewall import Firewall
from linter.engine.device.headers import Place
from linter.engine.device.mentions import translation_targets
from linter.engine.device.passage import Strand
from linter.engine.device.program import everything, program
from linter.engine.device.replay import Phase, replayed
from linter.engine.sets.header import Header, wire
from linter.engine.sets.matching import Matcher
from linter.engine.sets.space import PacketSet, Space
from linter.engine.sets.witness import Example
from tests.chains import base_chain
from tests.linter.engine.rulesets import SPAN, Case, address, cases, packets, source


def _answered(case: Case, proto: int) -> Answer:
    space = Space(case.family, ("/other",))
    rulesets = case.rulesets
    firewall = Firewall(
        rulesets,
        Matcher(space),
        program(everything),
        translates=bool(translation_targets(rulesets, case.family)),
    )
    names = {"in": "eth0", "out": "eth1", "phys_in": "", "phys_out": ""}
    if case.traffic != "forward":
        names["out" if case.traffic == "input" else "in"] = ""
    numbers = {**wire(space).numbers, "mark": space.constant(0, 32)}
    asked = space.within(space.fields["proto"], single(proto))
    arrivals = [Strand(asked, Header(numbers, names, "edge"), {})]
    found = connections(firewall, case.traffic, arrivals, space.true)
    place = Place(case.traffic, names["in"], names["out"])
    return Answer(firewall, place, tuple(arrivals), found)


def _one(space: Space, packet: Packet) -> PacketSet:
    result = space.true
    for field in ("src", "dst", "proto", "sport", "dport", "icmp_type", "icmp_code"):
        value = getattr(packet, field)
        result = result & space.within(space.fields[field], single(value))
    return result


def _example(packet: Packet) -> Example:
    names = ("src", "dst", "proto", "sport", "dport", "icmp_type", "icmp_code", "ct_dir")
    values = {name: getattr(packet, name) for name in names}
    return Example(packet.family, {**values, "tcp_flags": 0, "state": fields.NEW})


@given(st.data(), cases())
def test_what_follows_a_packet_lies_within_the_bounds(data: st.DataObject, case: Case) -> None:
    answered = _answered(case, fields.UDP)
    found = answered.connections
    space = answered.space
    phases: tuple[tuple[Phase, Outcome], ...] = (
        ("opening", found.opening),
        ("reply", found.reply),
        ("later", found.later),
    )
    for packet in data.draw(st.lists(packets(case.family, case.traffic), max_size=6)):
        drawn = _udp(packet)
        one = _one(space, drawn)
        for phase, outcome in phases:
            states, _, is_complete, _ = replayed(answered, _example(drawn), phase)
            accepts = [isinstance(state.verdict, Accept) for state in states]
            if not is_complete or not all(state.is_exact for state in states):
                continue
            if one & outcome.certain != space.false:
                assert all(accepts), (phase, drawn)
            if one & outcome.possible == space.false:
                assert not any(accepts), (phase, drawn)


def _udp(packet: Packet) -> Packet:
    return Packet(
        packet.family, packet.src, packet.dst, fields.UDP, packet.sport, packet.dport, tcp_flags=0
    )


# Tables: what a rule set that lets out NEW packets does to their answers and to later packets.

_HOST, _SERVER, _PUBLIC = (address(4, host) for host in (1, 3, 9))
_NEW: Match = (Condition("state", single(fields.NEW)),)
_KNOWN: Match = (Condition("state", single(fields.ESTABLISHED)),)
_ANY = full(32)
_STATEFUL = ((_NEW, ACCEPT), (_KNOWN, ACCEPT))

_Rules = tuple[tuple[Match, Verdict], ...]


def _listed(rules: _Rules) -> tuple[Rule, ...]:
    return tuple(Rule(match, verdict, source(), 1) for match, verdict in rules)


def _tables(filter_: _Rules, nat: dict[str, Verdict], *, is_tracked: bool) -> Iterator[Table]:
    four: frozenset[Family] = frozenset({4})
    forward = base_chain("FORWARD", _listed(filter_), SPAN, "forward", FILTER, DROP)
    yield Table("filter", four, {"FORWARD": forward})
    if nat:
        chains = {}
        if "dst" in nat:
            rules = _listed((((), nat["dst"]),))
            chains["PREROUTING"] = base_chain(
                "PREROUTING", rules, SPAN, "prerouting", NAT_DST, ACCEPT, "nat"
            )
        if "src" in nat:
            rules = _listed((((), nat["src"]),))
            chains["POSTROUTING"] = base_chain(
                "POSTROUTING", rules, SPAN, "postrouting", NAT_SRC, ACCEPT, "nat"
            )
        yield Table("nat", four, chains)
    if not is_tracked:
        rule = Rule((), CONTINUE, source(), 1, effects=(NoTrack(),))
        chain = base_chain("PREROUTING", (rule,), SPAN, "prerouting", RAW, ACCEPT)
        yield Table("raw", four, {"PREROUTING": chain})


def _ask(filter_: _Rules, nat: dict[str, Verdict], *, is_tracked: bool = True) -> Connections:
    tables = tuple(_tables(filter_, nat, is_tracked=is_tracked))
    traffic: Traffic = "forward"
    ruleset = RuleSet("rules", "test", tables, frozenset({4}))
    return _answered(Case(4, traffic, (ruleset,)), fields.TCP).connections


def _verdicts(found: Connections, dst: int) -> str:
    """For the packet to port 443: opening, reply, later; `?` where it is only possible."""
    words = []
    for outcome in (found.opening, found.reply, found.later):
        packets_ = _packet(dst)
        is_certain = _meets(outcome.certain, packets_)
        is_possible = _meets(outcome.possible, packets_)
        words.append("yes" if is_certain else "perhaps" if is_possible else "no")
    return " ".join(words)


def _packet(dst: int) -> Packet:
    return Packet(4, _HOST, dst, fields.TCP, 40000, 443)


def _meets(packets_: PacketSet, packet: Packet) -> bool:
    node = packets_
    values = _assignment(packet)
    while (children := node.cofactors()) is not None:
        variable = node.node_var()
        assert variable is not None
        node = children[0] if values.get(variable, False) else children[1]
    return node.valid()


def _assignment(packet: Packet) -> dict[int, bool]:
    space = Space(4, ("/other",), capacity=1 << 14)
    found: dict[int, bool] = {}
    for field in ("src", "dst", "proto", "sport", "dport"):
        value = space.fields[field]
        for position, bit in enumerate(value):
            variable = bit.node_var()
            assert variable is not None
            shift = len(value) - 1 - position
            found[variable] = bool(getattr(packet, field) >> shift & 1)
    return found


def _to(verdict: Verdict) -> dict[str, Verdict]:
    return {"src" if isinstance(verdict, TranslateSource) else "dst": verdict}


_TO_SERVER = TranslateDestination(single(_SERVER), full(16))
_FROM_PUBLIC = TranslateSource(single(_PUBLIC), full(16))
_MASQUERADE = TranslateSource(_ANY, full(16), masquerade=True)
_NETMAP = MapNetwork("dst", address(4, 8), 0xFFFFFFFC)
_FROM_SERVER: Match = (Condition("src", single(_SERVER)),)
_TO_HOST: Match = (Condition("dst", single(_HOST)),)
_TO_443: Match = (Condition("dport", single(443)),)
_FROM_443: Match = (Condition("sport", single(443)),)


@pytest.mark.parametrize(
    ("filter_", "nat", "expected"),
    [
        pytest.param(_STATEFUL, {}, "yes yes yes", id="stateful"),
        pytest.param(((_NEW, ACCEPT),), {}, "yes no no", id="new only"),
        pytest.param(((_KNOWN, ACCEPT),), {}, "no no no", id="established only"),
        pytest.param(((_TO_443, ACCEPT),), {}, "yes no yes", id="no answers"),
        pytest.param(((_TO_443, ACCEPT), (_FROM_443, ACCEPT)), {}, "yes yes yes", id="stateless"),
        pytest.param(_STATEFUL, _to(_TO_SERVER), "yes yes yes", id="dnat"),
        pytest.param(
            ((_NEW, ACCEPT), ((*_KNOWN, *_FROM_SERVER), ACCEPT)),
            _to(_TO_SERVER),
            "yes yes no",
            id="dnat: answers come from the server",
        ),
        pytest.param(_STATEFUL, _to(_FROM_PUBLIC), "yes yes yes", id="snat"),
        pytest.param(
            ((_NEW, ACCEPT), ((*_KNOWN, *_TO_HOST), ACCEPT)),
            _to(_FROM_PUBLIC),
            "yes yes no",
            id="snat: answers go to the host",
        ),
        pytest.param(_STATEFUL, _to(_MASQUERADE), "yes yes yes", id="masquerade"),
        pytest.param(_STATEFUL, _to(_NETMAP), "yes yes yes", id="netmap"),
        pytest.param(
            ((_NEW, ACCEPT), ((*_KNOWN, Condition("src", single(address(4, 9)))), ACCEPT)),
            _to(_NETMAP),
            "yes yes no",
            id="netmap: answers come from the mapped address",
        ),
    ],
)
def test_a_connection_passes_as_far_as_the_rules_let_each_of_its_packets(
    filter_: _Rules, nat: dict[str, Verdict], expected: str
) -> None:
    assert _verdicts(_ask(filter_, nat), address(4, 5)) == expected


def test_packets_that_are_not_tracked_are_never_established() -> None:
    found = _ask(_STATEFUL, {}, is_tracked=False)
    untracked: Match = (Condition("state", single(fields.UNTRACKED)),)

    assert _verdicts(found, _SERVER) == "no no no"
    assert _verdicts(_ask(((untracked, ACCEPT),), {}, is_tracked=False), _SERVER) == "yes yes yes"

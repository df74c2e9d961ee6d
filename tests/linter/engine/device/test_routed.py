"""Packets of which nobody says where they go: to the machine, or through it."""

from hypothesis import given
from hypothesis import strategies as st

from flowmodel.addresses import Addresses, others
from flowmodel.fields import UNICAST, Family
from flowmodel.packet import Packet
from flowmodel.record import replace
from flowmodel.ruleset import RuleSet
from flowmodel.values import EMPTY, Values, contains
from linter.engine.device.trace import traced
from linter.engine.packet.routing import Own
from tests.linter.engine.rulesets import addresses, cases, packets


def _of(family: Family, values: Values) -> Addresses:
    return Addresses(values, EMPTY) if family == 4 else Addresses(EMPTY, values)


@st.composite
def _machines(draw: st.DrawFn) -> tuple[Family, tuple[RuleSet, ...], list[Packet]]:
    """Rules for packets to a machine and through it, and packets that do not say where they go."""
    forwarded = draw(cases(situations=("forward",)))
    family = forwarded.family
    received = draw(cases(situations=("input",), families=(family,)))
    asked = draw(st.lists(packets(family, "input"), min_size=4, max_size=4))
    return family, forwarded.rulesets + received.rulesets, asked


@given(st.data(), _machines())
def test_more_knowledge_of_own_addresses_only_narrows_what_may_happen(
    data: st.DataObject, machine: tuple[Family, tuple[RuleSet, ...], list[Packet]]
) -> None:
    family, rulesets, asked = machine
    own = _of(family, data.draw(addresses(family)))

    # Each of these raises CrossCheckError where sets and interpreter disagree.
    nothing, some, everything = (
        traced(rulesets, known, asked) for known in (Own(), Own(own), Own(own, others(own)))
    )

    for least, more, most in zip(nothing, some, everything, strict=True):
        assert most.possible <= more.possible <= least.possible
        assert all(bool(each.unread) == (each.verdict == "unknown") for each in (least, more, most))
        assert all(each.ways for each in (least, more, most))


@given(_machines())
def test_a_packet_that_leaves_by_a_named_interface_is_forwarded(
    machine: tuple[Family, tuple[RuleSet, ...], list[Packet]],
) -> None:
    _, rulesets, asked = machine
    leaving = [replace(each, out_name="eth1", pkt_type=UNICAST) for each in asked]

    for answer in traced(rulesets, Own(), leaving):
        assert all(
            way.route != "input" or not _can_leave(way.family, way.dst) for way in answer.ways
        )


def _can_leave(family: Family, address: int | None) -> bool:
    """Whether the address is not surely the machine's, as that of REDIRECT is."""
    return address is not None and not contains(Own().here(family), address)

"""Packets to others that translations send to the device itself, as a transparent proxy's are."""

from flowmodel.fields import LOCAL
from flowmodel.record import replace
from flowmodel.values import EMPTY, Values, difference, intersection
from linter.engine.device.firewall import Firewall
from linter.engine.device.mentions import asks_whose, may_be_sent_to
from linter.engine.device.passage import Strand
from linter.engine.device.sent import is_sent
from linter.engine.packet.state import WHOSE


def of_others(firewall: Firewall, single: Values, own: Values) -> Values:
    """The addresses to which packets are asked about as others'; none where all stay others'.

    `single` are the addresses of one machine each, and `own` those that the device may have.
    """
    around, rulesets = firewall.around, firewall.rulesets
    assert around is not None, "a machine stands somewhere"
    if not may_be_sent_to(rulesets, firewall.space.family, own, firewall.inventory):
        return EMPTY
    # Where no rule asks whose an address is, one that may be anybody's is asked about once.
    is_asked = firewall.once(asks_whose, rulesets, firewall.inventory)
    return difference(single, around.own if is_asked else own)


def sent_here(firewall: Firewall, strand: Strand, foreign: Values, own: Values) -> Strand:
    """The packets of a strand to others that stay on the device; perhaps, if they are to it."""
    space, numbers = firewall.space, strand.header.numbers
    if not is_sent(strand, space):
        return replace(strand, packets=space.false)
    here = space.within(space.fields["dst"], difference(foreign, own))
    if intersection(foreign, own):
        here |= space.unknown(WHOSE)
    if numbers["dst_type"] != space.constant(LOCAL, 4):
        here &= space.within(numbers["dst"], own)
    return replace(strand, packets=strand.packets & here)

"""Where a packet goes behind prerouting: to the machine itself, or through it."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from flowmodel.addresses import LOOPBACK, Addresses, address_in_words
from flowmodel.fields import ADDRESS_TYPES, FOR_MANY, LOCAL, UNICAST, Family, bits
from flowmodel.record import dataclass
from flowmodel.ruleset import RuleSet
from flowmodel.values import EMPTY, Values, complement, contains, difference, full, union
from flowmodel.verdict import DROP
from linter.engine.packet.state import WHERE, Stage, State

TYPE_UNICAST = ADDRESS_TYPES["UNICAST"]
_HERE: dict[Family, Values] = {
    4: ((0xE0000000, 0xE00000FF), (0xFFFFFFFF, 0xFFFFFFFF)),
    6: tuple((0xFF00 + scope << 112, (0xFF00 + scope + 1 << 112) - 1) for scope in (1, 2)),
}
"""What no router passes on: limited broadcast (RFC 1812, 5.3.5.1), and multicast for one link
(RFC 5771, section 4; RFC 4291, section 2.7)."""


Leads = tuple[tuple[str, Values], ...]
"""Interfaces, each with the addresses to which packets surely leave by it."""


def leads_of(rulesets: Iterable[RuleSet], family: Family) -> Leads:
    """Which way packets leave a device, as far as its exports tell."""
    links = (link for ruleset in rulesets for link in ruleset.links)
    return tuple((link.names[0], v) for link in links if (v := link.leaving.of(family)))


def interface(leads: Leads, address: int | None) -> str | None:
    """The interface by which packets to the address leave; None where nobody knows."""
    if address is None:
        return None
    return next((name for name, values in leads if contains(values, address)), None)


@dataclass(frozen=True, slots=True)
class Own:
    """What is known of a device's own addresses: those that surely are, and surely are not."""

    addresses: Addresses = Addresses()
    others: Addresses = Addresses()
    is_host: bool = False
    """Whether packets are for the device, as long as nothing is known of its addresses."""

    def takes_unknown(self, family: Family) -> bool:
        """Whether packets are for the device that are for an address of which nobody knows."""
        return self.is_host and not self.addresses.of(family)

    def here(self, family: Family) -> Values:
        """The destinations of packets that never go on to another machine."""
        known = (*self.addresses.of(family), *LOOPBACK.of(family), *_HERE[family])
        return difference(union(known), self.others.of(family))

    def elsewhere(self, family: Family, *, leaves: bool) -> Values:
        """The destinations that are another machine's.

        `leaves`: that the packets do leave the device is told, whatever is known of addresses.
        """
        if leaves:
            return complement(self.here(family), 32 if family == 4 else 128)
        not_own = (*self.here(family), *FOR_MANY[family])
        return difference(self.others.of(family), union(not_own))

    def local(self, family: Family) -> Values:
        """The destinations that are addresses of the device itself if it takes in the packets.

        Where all of these are told, what is neither one nor another machine's may also be for all
        machines or routers of a network: a broadcast or anycast address.
        """
        return self.here(family) if self.others.of(family) else full(bits("dst", family))


def shown_own(rulesets: Iterable[RuleSet]) -> Own:
    """What a device's exports tell of its own addresses."""
    known = foreign = Addresses()
    for ruleset in rulesets:
        known |= ruleset.local | ruleset.own
        foreign |= ruleset.foreign
    return Own(known, foreign - known)


@dataclass(frozen=True, slots=True)
class Around:
    """What is known of where a device stands, in one family."""

    own: Values
    """Addresses that surely are its own."""
    foreign: Values = EMPTY
    """Addresses that surely are not."""
    leads: Leads = ()


class Fork(Protocol):
    """How the packets of one question part behind prerouting."""

    @property
    def leaving(self) -> "Sequence[Stage]":
        """The stages behind routing of a packet that goes to another machine."""

    def ways(self, state: State) -> tuple[State | None, State | None]:
        """The packet as it stays on the machine, and as it leaves it; None where it does not."""


@dataclass(frozen=True, slots=True)
class Forwarded:
    """Packets for the machine, which a rule may send to another one."""

    around: Around
    leaving: "list[Stage]"

    def ways(self, state: State) -> tuple[State | None, State | None]:
        """Both ways where the address that a rule sent the packet to may be another machine's."""
        address = state.numbers["dst"]
        # What stays is the machine's own, as what came was, unless that was for many.
        stays = _as(state, is_here=True) if state.numbers["dst_type"] is None else state
        if address == state.numbers["orig_dst"] or state.is_redirected:
            return stays, None
        if address is not None and contains(self.around.own, address):
            return stays, None
        names = {**state.names, "out": interface(self.around.leads, address)}
        leaves = _as(state, is_here=False)._replace(route="forward", names=names)
        if address is not None and contains(self.around.foreign, address):
            return None, leaves
        assumed = (*state.assumed, (WHERE, True))
        # The sets may know of a range what one unknown address does not tell.
        is_exact = state.is_exact and (address is not None or not self.around.foreign)
        stays, leaves = (
            each._replace(assumed=assumed, is_exact=is_exact) for each in (stays, leaves)
        )
        return stays, leaves


@dataclass(frozen=True, slots=True)
class PassedOn:
    """Packets that are to go through the device: those for the device itself do not.

    `here` are the destinations of packets that it never passes on.
    """

    here: Values
    leaving: "tuple[Stage, ...]" = ()

    def ways(self, state: State) -> tuple[State | None, State | None]:
        """The packet on its way through the device, and as it ends there."""
        address = state.numbers["dst"]
        ended = state._replace(verdict=DROP, route="input")
        if state.is_redirected:
            return None, ended
        if address is None:
            # The sets may know of a range what one unknown address does not tell.
            return state._replace(is_exact=False), ended._replace(is_exact=False)
        return (None, ended) if contains(self.here, address) else (state, None)


@dataclass(frozen=True, slots=True)
class Routed:
    """Packets of which nobody said where they go: their address decides, as far as it is known."""

    here: Values
    elsewhere: Values
    leaving: "list[Stage]"
    local: Values
    takes_unknown: bool = False
    leads: Leads = ()

    def starts(self, state: State) -> list[State]:
        """The packet as it comes, once for each thing that its address may be to the device."""
        address = state.numbers["dst"]
        assert address is not None, "a packet that comes has an address"
        if state.numbers["pkt_type"] != UNICAST or contains(FOR_MANY[state.family], address):
            return [state]
        known = self._is_here(state, address)
        if known is not None:
            return [self._as(state, is_here=known)]
        return [
            self._as(state, is_here=answer)._replace(
                assumed=((whether(state.family, address), answer),)
            )
            for answer in ((True,) if self.takes_unknown else (True, False))
        ]

    def ways(self, state: State) -> tuple[State | None, State | None]:
        """The packet on the way that it takes, or on both where that is not known."""
        address = state.numbers["dst"]
        known = True if state.is_redirected else self._is_here(state, address)
        if known is not None:
            return (self._stay(state), None) if known else (None, self._leave(state))
        text = WHERE if address is None else whether(state.family, address)
        answer = dict(state.assumed).get(text)
        if answer is not None:
            return (self._stay(state), None) if answer else (None, self._leave(state))
        stays, leaves = (
            state._replace(
                assumed=(*state.assumed, (text, each)),
                # The sets may know of a range what one unknown address does not tell.
                is_exact=state.is_exact and address is not None,
            )
            for each in (True, False)
        )
        return self._stay(stays), self._leave(leaves)

    def _stay(self, state: State) -> State:
        stayed = state._replace(route="input", names={**state.names, "out": ""})
        return stayed if _is_for_many(state) else self._as(stayed, is_here=True)

    def _leave(self, state: State) -> State:
        left = state._replace(route="forward")
        if name := interface(self.leads, state.numbers["dst"]):
            left = left._replace(names={**left.names, "out": name})
        return left if _is_for_many(state) else _as(left, is_here=False)

    def _as(self, state: State, *, is_here: bool) -> State:
        if not is_here or state.is_redirected or self._is_local(state.numbers["dst"], state.family):
            return _as(state, is_here=is_here)
        return state._replace(numbers={**state.numbers, "dst_type": None})

    def _is_local(self, address: int | None, family: Family) -> bool:
        """Whether an address of the device is surely one of its own."""
        if address is None:
            return self.local == full(bits("dst", family))
        return contains(self.local, address)

    def _is_here(self, state: State, address: int | None) -> bool | None:
        if address is None:
            return None
        if contains(self.here, address):
            return True
        if state.numbers["pkt_type"] != UNICAST and not contains(FOR_MANY[state.family], address):
            # Other packets than those for its own hardware address are not passed on
            # (net/ipv4/ip_forward.c and net/ipv6/ip6_output.c ask for PACKET_HOST).
            return True
        return False if contains(self.elsewhere, address) else None


_ENDINGS = (" is the device's own", ", or passes it on", WHERE)


def whether(family: Family, address: int) -> str:
    """What is not known of an address, in words; the space says that they are only told."""
    text = address_in_words(address, family)
    if contains(FOR_MANY[family], address):
        return f"whether the device itself listens to {text}, or passes it on "
    return f"whether {text} is the device's own "


def is_whether(text: str) -> bool:
    """Whether the text is about whose an address is."""
    return text.startswith("whether ") and text.rstrip().endswith(_ENDINGS)


def assumptions(states: Sequence[State]) -> tuple[str, ...]:
    """What all outcomes assume of whose the addresses are, in words."""
    common = [each for each in states[0].assumed if all(each in other.assumed for other in states)]
    return tuple(
        text.strip().removeprefix("whether ").replace(" is ", " is " if answer else " is not ", 1)
        for text, answer in common
        if is_whether(text) and " is " in text
    )


def _as(state: State, *, is_here: bool) -> State:
    """The packet with what `-m addrtype` would say.

    What is forwarded has no entry of another type in the local table (net/ipv4/fib_frontend.c,
    __inet_dev_addr_type).
    """
    kind = LOCAL if is_here else TYPE_UNICAST
    return state._replace(numbers={**state.numbers, "dst_type": kind})


def _is_for_many(state: State) -> bool:
    address = state.numbers["dst"]
    if state.numbers["pkt_type"] != UNICAST:
        return True
    return address is not None and contains(FOR_MANY[state.family], address)


def behind_routing(way: Sequence[Stage]) -> list[Stage]:
    """The stages that a packet meets when it is known where it goes."""
    return list(way[way.index("routing") + 1 :])

"""One packet of a set, with the interfaces at which rules meet it."""

from flowmodel.affected import Witness
from flowmodel.fields import NEW, STATES, SYN, TCP, NumberField
from flowmodel.packet import Packet, flags_in_words
from flowmodel.record import dataclass
from flowmodel.ruleset import Hook, Traffic
from linter.engine.device.fates import Fates
from linter.engine.device.forms import FORMS
from linter.engine.device.mentions import LOOPBACK
from linter.engine.sets.space import HEADER_FIELDS, PacketSet, Space
from linter.engine.sets.witness import Example, example

_TRAFFIC: dict[Hook, Traffic] = {"input": "input", "output": "output"}
_NAMES = {code: name for name, code in STATES.items()}
_TOLD: tuple[NumberField, ...] = (
    "src",
    "dst",
    "proto",
    "sport",
    "dport",
    "icmp_type",
    "icmp_code",
    "tcp_flags",
    "state",
    "ct_dir",
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A packet; an interface that makes no difference is empty."""

    example: Example
    in_name: str
    out_name: str
    traffic: Traffic

    @property
    def words(self) -> str:
        """`tcp 198.51.100.7:40000 > 192.0.2.10:22 in wan0`, with a state that is not new."""
        sides = (("in", self.in_name), ("out", self.out_name))
        form = self.example.values["tcp_flags"] if self.example.values["proto"] == TCP else SYN
        flags = [f"flags {flags_in_words(form)}"] if form in FORMS and form != SYN else []
        words = [str(self.example), *flags, *(f"{side} {name}" for side, name in sides if name)]
        state = self.example.values["state"]
        return " ".join([*words, f"({_NAMES[state]})"] if state != NEW else words)

    @property
    def witness(self) -> Witness:
        """The same as data."""
        values = {field: self.example.values[field] for field in _TOLD}
        packet = Packet(self.example.family, **values, in_name=self.in_name, out_name=self.out_name)
        return Witness(packet, self.traffic, "opening" if packet.state == NEW else "alone")


def sample(chain: Fates, packets: PacketSet) -> Sample:
    """A packet of a set that is not empty."""
    return pick(chain, packets)[0]


def pick(chain: Fates, packets: PacketSet) -> tuple[Sample, PacketSet]:
    """A packet of a set that is not empty, and the set of all that look like it."""
    space = chain.space
    names: dict[str, str] = {}
    chosen = example(space, packets)
    for field, value in chosen.values.items():
        packets &= space.within(space.fields[field], ((value, value),))
    for side in ("in", "out"):
        names[side], at = _name(chain, side, packets)
        packets &= at
    assert chain.base.base is not None
    traffic = _TRAFFIC.get(chain.base.base.hook, "forward")
    return Sample(chosen, names["in"], names["out"], traffic), packets


def _name(chain: Fates, side: str, packets: PacketSet) -> tuple[str, PacketSet]:
    """The interface of a packet, and the set of all at this one."""
    space: Space = chain.space
    if side in chain.header.names:
        return chain.header.names[side], space.true
    bits = chain.header.numbers[side]
    # Without the fields of the one packet, little is left to look through for each name.
    around = packets.exists(space.cube(*HEADER_FIELDS))
    fitting = {
        name: at
        for code, name in enumerate(space.names)
        if around & (at := space.within(bits, ((code, code),))) != space.false
    }
    if len(fitting) >= len(space.names) - 1:
        # The empty name is only for what the device sends itself.
        return "", space.true
    name = min(fitting, key=lambda each: (each.endswith("/other"), each == LOOPBACK, each))
    # `eth/other` stands for all that begin with `eth` and have no name of their own.
    begin = name.removesuffix("/other")
    return (f"{begin}99" if begin and begin != name else begin), fitting[name]

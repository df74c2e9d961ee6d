"""One packet, as a firewall meets it."""

from flowmodel.fields import FLAGS, SYN, Family
from flowmodel.record import dataclass


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet and what surrounds it; addresses and all other numbers are integers.

    `sport` and `dport` count for protocols with ports, `icmp_type` and `icmp_code` for ICMP and
    ICMPv6, `tcp_flags` for TCP. An interface that nobody told, or
    that the hook does not have, is None or the empty name.
    `ct_dir`, `ct_status` … that are not given stand at what a packet outside any connection has.
    """

    family: Family
    src: int
    dst: int
    proto: int
    sport: int = 0
    dport: int = 0
    icmp_type: int = 0
    icmp_code: int = 0
    tcp_flags: int = SYN
    in_name: str | None = ""
    out_name: str | None = ""
    state: int = 0
    ct_dir: int = 0
    pkt_type: int = 0
    mark: int = 0


def flags_in_words(flags: int) -> str:
    """The flags of a TCP packet as `fwlint trace` takes them: `syn,ece,cwr`, or `none`."""
    return ",".join(word for word, flag in FLAGS.items() if flags & flag) or "none"

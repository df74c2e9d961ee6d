"""Packets as bytes: Ethernet frames of one size, made by the thousand with numpy.

The number that tells a packet's fate is its IPv4 identification or its IPv6 flow label; the hop
limit sets our packets apart from the kernel's own.

What would give false answers: a wrong checksum (address translation drops ICMP errors for it, even
where only an emptied nat table is left; SCTP's CRC alone is missing, and connection tracking is
told not to look), and where connection tracking insists on a form (SCTP's first chunk, the packet
quoted in an ICMP error), a frame without it.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flowmodel.fields import (
    ACK,
    DCCP,
    ICMP,
    ICMPV6,
    RELATED,
    SCTP,
    TCP,
    UDP,
    UDPLITE,
    Family,
)
from flowmodel.packet import Packet

HOP_LIMIT: Final = 77
_ETHERNET = 14
_HEADER: Final[dict[Family, int]] = {4: 20, 6: 40}
# Room for an ICMP error's header, the quoted IP header and eight bytes more.
_BODY: Final[dict[Family, int]] = {4: 36, 6: 56}

# Where each protocol's checksum stands; all but ICMP's cover the addresses too.
_CHECKSUM: Final = {TCP: 16, UDP: 6, UDPLITE: 6, DCCP: 6, ICMP: 2, ICMPV6: 2}
# By `pkt_type`: R's own address, everybody's, a group's (net/ethernet/eth.c, eth_type_trans).
_TARGET_MAC: Final = ((2, 0, 0, 0, 0, 1), (255,) * 6, (1, 0, 0x5E, 0, 0, 1))

Bytes = NDArray[np.uint8]
Numbers = NDArray[np.int64]


def build(
    packets: Sequence[Packet], numbers: Numbers, services: Sequence[int], flows: Numbers
) -> Bytes:
    """Frames of packets of one family, a row each.

    `numbers` (from 1, below 65 536) tell the packets apart, `services` are their types of service,
    `flows` the numbers that ICMP carries as its identifier.
    """
    family = packets[0].family
    header, body = _HEADER[family], _BODY[family]
    frames = np.zeros((len(packets), _ETHERNET + header + body), np.uint8)
    frames[:, 0:6] = [_TARGET_MAC[packet.pkt_type] for packet in packets]
    frames[:, 6:12] = (2, 0, 0, 0, 0, 2)
    ip = frames[:, _ETHERNET : _ETHERNET + header]
    source, target = _addresses(packets, family)
    protocols = np.array([packet.proto for packet in packets], np.uint8)
    if family == 4:
        frames[:, 12:14] = (0x08, 0x00)
        _header4(ip, body, source, target, protocols, numbers, services)
    else:
        frames[:, 12:14] = (0x86, 0xDD)
        _header6(ip, body, source, target, protocols, numbers, services)
    _transport(frames[:, _ETHERNET + header :], packets, protocols, flows)
    for row, packet in enumerate(packets):
        if packet.state == RELATED and packet.proto in (ICMP, ICMPV6):
            frames[row, _ETHERNET + header + 8 :] = _quoted(packet, int(flows[row]))
    _checksums(frames[:, _ETHERNET + header :], protocols, source, target)
    return frames


def _addresses(packets: Sequence[Packet], family: Family) -> tuple[Bytes, Bytes]:
    size = 4 if family == 4 else 16
    source = b"".join([packet.src.to_bytes(size, "big") for packet in packets])
    target = b"".join([packet.dst.to_bytes(size, "big") for packet in packets])
    rows = (len(packets), size)
    return np.frombuffer(source, np.uint8).reshape(rows), np.frombuffer(target, np.uint8).reshape(
        rows
    )


def _big_endian(values: Numbers, size: int) -> Bytes:
    return values.astype(f">u{size}").view(np.uint8).reshape(len(values), size)


def _header4(
    ip: Bytes,
    body: int,
    source: Bytes,
    target: Bytes,
    protocols: Bytes,
    numbers: Numbers,
    services: Sequence[int],
) -> None:
    ip[:, 0] = 0x45
    ip[:, 1] = services
    ip[:, 2:4] = (0, 20 + body)
    ip[:, 4:6] = _big_endian(numbers, 2)
    ip[:, 8] = HOP_LIMIT
    ip[:, 9] = protocols
    ip[:, 12:16] = source
    ip[:, 16:20] = target
    ip[:, 10:12] = _big_endian(_complement(_words(ip)), 2)


def _header6(
    ip: Bytes,
    body: int,
    source: Bytes,
    target: Bytes,
    protocols: Bytes,
    numbers: Numbers,
    services: Sequence[int],
) -> None:
    ip[:, 0:4] = _big_endian(0x60000000 | np.array(services, np.int64) << 20 | numbers, 4)
    ip[:, 4:6] = (0, body)
    ip[:, 6] = protocols
    ip[:, 7] = HOP_LIMIT
    ip[:, 8:24] = source
    ip[:, 24:40] = target


def _words(rows: Bytes) -> Numbers:
    """The sum of each row's 16-bit words."""
    words = np.ascontiguousarray(rows).view(">u2").astype(np.int64)
    sums: Numbers = words.sum(axis=1)
    return sums


def _complement(sums: Numbers) -> Numbers:
    """The Internet checksum of words that add up so (RFC 1071)."""
    sums = (sums & 0xFFFF) + (sums >> 16)
    return ~((sums & 0xFFFF) + (sums >> 16)) & 0xFFFF


def _checksums(body: Bytes, protocols: Bytes, source: Bytes, target: Bytes) -> None:
    sums = _words(body)
    pseudo = _words(source) + _words(target) + protocols + body.shape[1]
    for proto, place in _CHECKSUM.items():
        rows = protocols == proto
        checked = sums + pseudo if proto != ICMP else sums
        found = _complement(checked)
        body[rows, place : place + 2] = _big_endian(np.where(found, found, 0xFFFF), 2)[rows]


def _transport(body: Bytes, packets: Sequence[Packet], protocols: Bytes, flows: Numbers) -> None:
    size = body.shape[1]
    tcp, udp, sctp, dccp, lite = (protocols == number for number in (TCP, UDP, SCTP, DCCP, UDPLITE))
    icmp = (protocols == ICMP) | (protocols == ICMPV6)
    ported = tcp | udp | sctp | dccp | lite
    ports = _big_endian(
        np.array([(packet.sport << 16) | packet.dport for packet in packets], np.int64), 4
    )
    body[ported, 0:4] = ports[ported]
    flags = np.array([packet.tcp_flags for packet in packets], np.uint8)
    body[tcp, 7] = 1  # sequence number
    body[tcp, 11] = np.where(flags & ACK, 1, 0)[tcp]  # acknowledgment number
    body[tcp, 12] = 0x50
    body[tcp, 13] = flags[tcp]
    body[tcp, 14] = 0x20
    body[udp, 5] = size
    # RFC 9260, section 3.3.2: an INIT chunk alone, to the end of the packet; verification tag 0.
    body[sctp, 12] = 1
    body[sctp, 15] = size - 12
    body[sctp, 19] = 1
    body[sctp, 24:28] = (0, 1, 0, 1)
    # RFC 4340, section 5.1: a Request with long sequence numbers, seven words of header.
    body[dccp, 4] = 7
    body[dccp, 8] = 1
    kinds = np.array([(packet.icmp_type, packet.icmp_code) for packet in packets], np.uint8)
    body[icmp, 0:2] = kinds[icmp]
    body[icmp, 4:6] = _big_endian(flows, 2)[icmp]


def _quoted(packet: Packet, flow: int) -> Bytes:
    """The start of the UDP packet that the ICMP error is about: it went the other way."""
    inner = Packet(packet.family, packet.dst, packet.src, UDP, *quoted_ports(flow))
    one = np.array([1], np.int64)
    frame = build([inner], one, [0], one)[0]
    quoted: Bytes = frame[_ETHERNET : _ETHERNET + _BODY[packet.family] - 8]
    return quoted


def quoted_ports(flow: int) -> tuple[int, int]:
    """The ports of the packet that the ICMP error of this flow quotes."""
    return 2000 + flow % 60000, 33434

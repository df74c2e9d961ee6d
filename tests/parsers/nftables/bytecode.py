"""What nft puts in front of a rule by itself, read from the bytecode that it prints."""

import re
import subprocess
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from flowmodel.match import All, Any, Condition, IsFamily, Not, Test
from flowmodel.values import contains

TABLE = """\
table {family} t {{
  counter c1 {{ }}
  quota q1 {{ 1 mbytes }}
  limit l1 {{ rate 1/second; }}
  synproxy y1 {{ mss 1460; wscale 7; }}
  ct helper h1 {{ type "ftp" protocol tcp; l3proto ip; }}
  ct timeout ctt {{ protocol tcp; policy = {{ established : 100 }}; }}
  ct expectation e1 {{ protocol tcp; dport 9876; timeout 2m; size 12; }}
  secmark sm {{ "system_u:object_r:foo:s0" }}
  set dyn {{ type ipv4_addr; flags dynamic; size 9; }}
  set dyn6 {{ type ipv6_addr; flags dynamic; size 9; }}
  set dynp {{ type inet_service; flags dynamic; size 9; }}
  map dmap {{ type ipv4_addr : inet_service; flags dynamic; size 9; }}
  chain other {{ }}
  chain k {{ type {kind};
    {rule}
  }}
}}
"""


class Sample(NamedTuple):
    """A kind of packet."""

    family: int
    protocol: int


SAMPLES = tuple(
    Sample(family, protocol) for family in (4, 6) for protocol in (1, 2, 6, 17, 33, 47, 50, 58, 132)
)
_LOAD = re.compile(r"(meta|payload) load (.*) => reg (\d+)")
_WRITTEN = re.compile(r"=> reg (\d+)|\breg (\d+) =|dreg (\d+)")
_COMPARE = re.compile(r"cmp eq reg (\d+) 0x([0-9a-f]{8})$")


def netlink(text: str, *options: str) -> subprocess.CompletedProcess[str]:
    """What nft makes of a rule set, in its own words, in a network namespace of its own."""
    return subprocess.run(
        ["unshare", "-r", "-n", "nft", "-c", "--debug=netlink", *options, "-f", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )


def printed(text: str, *options: str) -> tuple[list[list[str]], str]:
    """The instructions of each rule of the chain `k`, and what nft complains about."""
    done = netlink(text, *options)
    found: list[list[str]] = []
    for line in done.stdout.split("\n"):
        if re.match(r"(inet|ip|ip6|netdev) t k\b", line):
            found.append([])
        elif re.match(r"\S", line):
            found.append([]) if found and found[-1] else None
        elif found and line.strip():
            found[-1].append(line.strip(" []"))
    errors = [
        line
        for line in done.stderr.split("\n")
        if "Error:" in line and "Could not process rule" not in line
    ]
    return [each for each in found if each], "\n".join(errors)


def may_match(instructions: Sequence[str], sample: Sample) -> bool:
    """Whether the tests of family and protocol among the instructions let the packet by."""
    registers: dict[str, int | None] = {}
    for line in instructions:
        if load := _LOAD.match(line):
            registers[load[3]] = _value(f"{load[1]} {load[2]}", sample)
        elif compare := _COMPARE.match(line):
            known = registers.get(compare[1])
            wanted = int.from_bytes(bytes.fromhex(compare[2]), "little")
            if known is not None and known.to_bytes(4, "big") != wanted.to_bytes(4, "little"):
                known_bytes = known & 0xFFFF
                if known_bytes not in (int(compare[2], 16), _swapped(int(compare[2], 16))):
                    return False
        elif written := _WRITTEN.search(line):
            registers[written[1] or written[2] or written[3]] = None
    return True


def _swapped(number: int) -> int:
    return (number & 0xFF) << 8 | number >> 8 & 0xFF


def _value(load: str, sample: Sample) -> int | None:
    ip = sample.family == 4
    return {
        "meta nfproto": 2 if ip else 10,
        "meta l4proto": sample.protocol,
        "meta protocol": 0x0800 if ip else 0x86DD,
        "payload 1b @ network header + 9": sample.protocol if ip else None,
        "payload 1b @ network header + 6": None if ip else sample.protocol,
    }.get(load)


def may_hold(conditions: Iterable[Condition], sample: Sample) -> bool:
    """Whether all of fwlint's conditions may hold for the packet, as far as these fields say."""
    return all(_holds(each, sample) is not False for each in conditions)


def _holds(condition: Condition, sample: Sample) -> bool | None:
    match condition:
        case IsFamily(family):
            return family == sample.family
        case Test("proto", values):
            return contains(values, sample.protocol)
        case Not(inner):
            held = _holds(inner, sample)
            return None if held is None else not held
        case All(inners):
            found = [_holds(each, sample) for each in inners]
            return False if False in found else None if None in found else True
        case Any(inners):
            found = [_holds(each, sample) for each in inners]
            return True if True in found else None if None in found else False
        case _:
            return None

"""What findings of every format affect, as data: the packets of their sets, and no others."""

import json
import random
import shlex
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from flowmodel.affected import Affected
from flowmodel.fields import ICMP, ICMPV6, PORT_PROTOCOLS
from linter.checks import affected as made
from linter.checks import proof
from linter.checks.affected import Everywhere
from linter.checks.exposure import fw207_destination_too_broad, reported
from linter.cli import main
from linter.engine.sets.space import PacketSet, Space
from linter.report.json_data import packets as as_data
from tests import ROOT

_CASES = (
    "demo/site.yaml",
    "demo/site-nft.yaml",
    "demo/site-pf.yaml",
    "demo/site-aws.yaml",
    "aws-network-firewall/inspection",
    "checks/FW109/unknown-set",
    "checks/FW201/any-any",
    "checks/FW212/guests",
)
_FIELDS = ("src", "dst", "proto", "sport", "dport", "icmp_type", "icmp_code")
_LISTS = {
    "src": "sources",
    "dst": "destinations",
    "proto": "protocols",
    "sport": "source_ports",
    "dport": "destination_ports",
    "icmp_type": "icmp_types",
    "icmp_code": "icmp_codes",
}
Call = tuple[Space, Everywhere, dict[str, Any]]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """All findings' packets as sets, with what the report says of them."""
    seen: list[Call] = []

    def watched(space: Space, everywhere: Everywhere) -> Affected:
        found = made.affected(space, everywhere)
        seen.append((space, everywhere, json.loads(json.dumps(as_data(found)))))
        return found

    for module in (proof, reported, fw207_destination_too_broad):
        monkeypatch.setattr(module, "affected", watched)
    return seen


@pytest.mark.parametrize("case", _CASES)
def test_boxes_say_of_every_packet_whether_it_is_affected(
    case: str,
    calls: list[Call],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = ROOT / "fixtures" / case
    monkeypatch.chdir(path.parent if path.is_file() else path)
    main(["check", path.name] if path.is_file() else _command(path))
    capsys.readouterr()
    rng = random.Random(case)

    assert calls
    for space, everywhere, said in calls:
        assert said["complete"]
        for place in {place for place, _ in everywhere}:
            here = [outcome for each, outcome in everywhere if each == place]
            some = [
                box for box in said["boxes"] if (box["hook"], box["in"], box["out"]) == tuple(place)
            ]
            certain = space.union(each.certain for each in here)
            possible = space.union(each.possible for each in here)
            for packet in _near(rng, space, some):
                wanted = (
                    ["certain"]
                    if _has(space, certain, packet)
                    else ["possible"] * _has(space, possible, packet)
                )
                assert [box["certainty"] for box in some if _holds(box, packet)] == wanted


def _command(path: Path) -> list[str]:
    return shlex.split((path / "command").read_text(encoding="utf-8"), comments=True)


def _near(
    rng: random.Random, space: Space, some: Sequence[dict[str, Any]]
) -> Iterator[dict[str, int]]:
    """Packets in the boxes and just outside of them, in one field or in several."""
    edges: dict[str, list[int]] = {}
    for field in _FIELDS:
        top = (1 << len(space.fields[field])) - 1
        ends = {
            value + step
            for box in some
            for pair in box[_LISTS[field]]
            for value in map(_number, pair)
            for step in (-1, 0, 1)
        }
        edges[field] = sorted(n for n in ends if 0 <= n <= top) or [0]
    for box in some:
        for _ in range(20):
            packet = {
                field: _number(rng.choice(rng.choice(box[_LISTS[field]])))
                if box[_LISTS[field]]
                else rng.choice(edges[field])
                for field in _FIELDS
            }
            yield packet
            yield packet | {
                field: rng.choice(edges[field]) for field in rng.sample(_FIELDS, rng.randint(1, 3))
            }


def _number(value: int | str) -> int:
    return value if isinstance(value, int) else int(ip_address(value))


def _holds(box: dict[str, Any], packet: dict[str, int]) -> bool:
    fields = ["src", "dst", "proto"]
    if packet["proto"] in PORT_PROTOCOLS:
        fields += ["sport", "dport"]
    if packet["proto"] in (ICMP, ICMPV6):
        fields += ["icmp_type", "icmp_code"]
    return all(
        any(_number(low) <= packet[field] <= _number(high) for low, high in box[_LISTS[field]])
        for field in fields
    )


def _has(space: Space, packets: PacketSet, packet: dict[str, int]) -> bool:
    """Whether the set has such a packet, whatever is in fields that its protocol does not have."""
    fields = ["src", "dst", "proto"]
    if packet["proto"] in PORT_PROTOCOLS:
        fields += ["sport", "dport"]
    if packet["proto"] in (ICMP, ICMPV6):
        fields += ["icmp_type", "icmp_code"]
    for field in fields:
        packets = packets & space.within(space.fields[field], ((packet[field], packet[field]),))
    return packets != space.false

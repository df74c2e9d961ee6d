"""Entries of network ACLs: those that let a connection through, both ways, and calls of the CLI."""

from collections.abc import Iterator, Sequence
from shlex import quote
from typing import Any

from flowmodel.affected import PacketBox
from flowmodel.fields import TCP, UDP
from flowmodel.fix import Edit
from flowmodel.record import NamedTuple, replace
from flowmodel.site import EPHEMERAL
from flowmodel.values import Values, full
from linter.fixes.boxes import FEW, answer, networks, protocols
from linter.fixes.drafts import Draft
from linter.fixes.json_text import before, text_like
from linter.fixes.texts import meet
from parsers.shared.node import Node

_STEP = 10
"""How far apart people number entries."""


class Listed(NamedTuple):
    """An entry of a network ACL."""

    acl: Node
    entry: Node


def drafts(denying: Listed, boxes: Sequence[PacketBox]) -> Iterator[Draft]:
    """Entries before the one that denies; then also such that let the answers through.

    ACLs know no connections (VPC User Guide, "Network ACL basics").
    """
    first = _added(denying, boxes)
    if first is None:
        return
    yield _draft(denying.acl, [first])
    acl = denying.acl
    back = [_answers(each) for each in boxes]
    others = [e for e in acl.nodes("Entries") if e["Egress"] is not denying.entry["Egress"]]
    denials = [each for each in others if each["RuleAction"] == "deny"]
    for each in sorted(denials, key=lambda entry: -int(entry["RuleNumber"])):
        second = _added(Listed(acl, each), back)
        if second is not None and not meet(first[0], second[0]):
            yield _draft(acl, [first, second])


def _draft(acl: Node, added: Sequence[tuple[Edit, list[dict[str, Any]]]]) -> Draft:
    entries = [entry for _, some in added for entry in some]
    return Draft(tuple(edit for edit, _ in added), tuple(created(acl, each) for each in entries))


def _added(denying: Listed, boxes: Sequence[PacketBox]) -> tuple[Edit, list[dict[str, Any]]] | None:
    """The list with entries that allow the packets, right before the one that denies them."""
    acl, entry = denying
    wanted = [each for box in boxes for each in _entries(box, is_egress=entry["Egress"])]
    numbers = _free(denying, len(wanted))
    if not 0 < len(wanted) <= FEW or not numbers:
        return None
    new = [{"RuleNumber": number, **each} for number, each in zip(numbers, wanted, strict=True)]
    # As the other entries have them.
    new = [{key: each[key] for key in sorted(each)} for each in new]
    edit = before(acl, "Entries", entry, [text_like(entry, each) for each in new])
    return (edit, new) if edit is not None else None


def _free(denying: Listed, count: int) -> list[int]:
    """Numbers between the entry and the one before it; none where there are too few."""
    acl, entry = denying
    mine = [each for each in acl.nodes("Entries") if each["Egress"] is entry["Egress"]]
    last = int(entry["RuleNumber"])
    start = max((int(e["RuleNumber"]) for e in mine if int(e["RuleNumber"]) < last), default=0)
    for step in (_STEP, 1):
        found = [start + step * (n + 1) for n in range(count)]
        if found and found[-1] < last:
            return found
    return []


def _entries(box: PacketBox, *, is_egress: bool) -> Iterator[dict[str, Any]]:
    peers: Values = box.destinations if is_egress else box.sources
    told = networks(peers, box.family)
    name = "CidrBlock" if box.family == 4 else "Ipv6CidrBlock"
    numbers = protocols(box)
    if numbers is None or not set(numbers) <= {TCP, UDP} or len(told) > FEW:
        return
    for network in told:
        for proto in numbers:
            for first, last in box.destination_ports or full(16):
                yield {
                    "Protocol": str(proto),
                    "RuleAction": "allow",
                    "Egress": is_egress,
                    name: network,
                    "PortRange": {"From": first, "To": last},
                }


def _answers(box: PacketBox) -> PacketBox:
    """The packets that answer those of the box, to the ports that clients use."""
    ports = EPHEMERAL if box.source_ports in ((), full(16)) else box.source_ports
    return replace(answer(box), destination_ports=ports)


def deleted(listed: Listed) -> str:
    """The call that takes an entry away."""
    return f"aws ec2 delete-network-acl-entry {_at(listed.acl, listed.entry)}"


def _at(acl: Node, entry: dict[str, Any]) -> str:
    way = "--egress" if entry["Egress"] else "--ingress"
    return (
        f"--network-acl-id {quote(acl['NetworkAclId'])} {way} --rule-number {entry['RuleNumber']}"
    )


def created(acl: Node, entry: dict[str, Any]) -> str:
    """The call that adds an entry."""
    words = [f"--protocol {quote(entry['Protocol'])}"]
    if ports := entry.get("PortRange"):
        words.append(f"--port-range From={ports['From']},To={ports['To']}")
    if kind := entry.get("IcmpTypeCode"):
        words.append(f"--icmp-type-code Code={kind['Code']},Type={kind['Type']}")
    name = "CidrBlock" if "CidrBlock" in entry else "Ipv6CidrBlock"
    option = "--cidr-block" if name == "CidrBlock" else "--ipv6-cidr-block"
    words += [f"{option} {quote(entry[name])}", f"--rule-action {quote(entry['RuleAction'])}"]
    return f"aws ec2 create-network-acl-entry {_at(acl, entry)} {' '.join(words)}"

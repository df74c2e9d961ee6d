"""Edits of security groups and network ACLs in the JSON of the AWS CLI, and calls of the CLI."""

import json
from collections.abc import Iterator, Sequence
from shlex import quote
from typing import Any

from flowmodel.affected import PacketBox
from flowmodel.fields import ICMP, ICMPV6, TCP, UDP
from flowmodel.fix import Edit
from flowmodel.record import NamedTuple
from flowmodel.ruleset import RuleSet
from flowmodel.source import InputError, Source
from flowmodel.values import full
from flowmodel.verdict import Lead
from linter.fixes import aws_entries
from linter.fixes.aws_entries import Listed, created, deleted
from linter.fixes.boxes import FEW, MOST, is_icmp, networks, protocols
from linter.fixes.drafts import Draft, Found, Kept, Language, Wanted
from linter.fixes.json_text import instead, text_like, with_more, with_value, without
from linter.fixes.texts import meet
from parsers.shared.json_nodes import Words, documents
from parsers.shared.node import Node

_WORDS = Words("an export of AWS", "the AWS CLI")
_WAYS = {"IpPermissions": "ingress", "IpPermissionsEgress": "egress"}
_SERVICE = ("IpProtocol", "FromPort", "ToPort")
_LISTS = ("UserIdGroupPairs", "IpRanges", "Ipv6Ranges", "PrefixListIds")
_LONGEST = 255
"""Characters of a description (AWS CLI reference, authorize-security-group-ingress)."""
_NAMES = {TCP: "tcp", UDP: "udp", ICMP: "icmp", ICMPV6: "icmpv6"}
"""The protocols that AWS prints by name in rules of security groups."""


class _Granted(NamedTuple):
    """One peer of one permission of a security group."""

    group: Node
    way: str
    permission: Node
    kind: str
    peer: Node


def _responses(source: Source, key: str) -> Iterator[Node]:
    """The objects of all answers in a file that have such a list."""
    try:
        found = documents(source, _WORDS)
    except InputError:
        return
    for each in found:
        if isinstance(each, Node) and key in each:
            yield from each.nodes(key)


def _granted(found: Found) -> _Granted | None:
    for group in _responses(found.source, "SecurityGroups"):
        for way in _WAYS:
            for permission in group.nodes(way):
                for kind in _LISTS:
                    for peer in permission.nodes(kind):
                        if peer.span == found.rule.span:
                            return _Granted(group, way, permission, kind, peer)
    return None


def _listed(found: Found) -> Listed | None:
    for acl in _responses(found.source, "NetworkAcls"):
        for entry in acl.nodes("Entries"):
            if entry.span == found.rule.span:
                return Listed(acl, entry)
    return None


def remove(found: Found) -> Iterator[Draft]:
    """The export without the peer, or without the entry."""
    granted, listed = _granted(found), _listed(found)
    if granted:
        count = sum(len(granted.permission.nodes(kind)) for kind in _LISTS)
        alone = count == 1
        parent, key, node = (
            (granted.group, granted.way, granted.permission)
            if alone
            else (granted.permission, granted.kind, granted.peer)
        )
        edit = without(parent, key, node)
        command = _on_group("revoke", granted.group, granted.way, [_permission(granted)])
    elif listed:
        edit = without(listed.acl, "Entries", listed.entry)
        command = deleted(listed)
    else:
        return
    if edit is not None:
        yield Draft((edit,), (command,))


def move(found: Found, before: Found) -> Iterator[Draft]:
    """The entry with a number below that of the other one; rules of a group have no order."""
    mine, other = _listed(found), _listed(before)
    if not mine or not other or mine.acl["NetworkAclId"] != other.acl["NetworkAclId"]:
        return
    number = _free(mine, other)
    edit = with_value(mine.entry, "RuleNumber", str(number)) if number else None
    if edit is not None:
        moved = {**mine.entry, "RuleNumber": number}
        yield Draft((edit,), (created(mine.acl, moved), deleted(mine)))


def _free(mine: Listed, other: Listed) -> int:
    """The largest number below the other entry's that no entry of the direction has; 0 for none."""
    entries = mine.acl.nodes("Entries")
    used = {each["RuleNumber"] for each in entries if each["Egress"] == other.entry["Egress"]}
    number = int(other.entry["RuleNumber"]) - 1
    return number if number > 0 and number not in used else 0


def permit(all_wanted: Sequence[Wanted]) -> Iterator[Draft]:
    """A permission of one of the groups that the machine has."""
    boxes = [box for each in all_wanted for box in each.missing.seen.boxes]
    if any(box.source_ports not in ((), full(16)) for box in boxes):
        return
    wanted = all_wanted[0]
    base = wanted.chain.base
    if base is None:
        return
    if base.hook in ("input", "output"):
        yield from _granting(wanted, boxes, is_ingress=base.hook == "input")
    elif wanted.before is not None and (denying := _listed(wanted.before)):
        yield from aws_entries.drafts(denying, boxes)


def _granting(wanted: Wanted, boxes: Sequence[PacketBox], *, is_ingress: bool) -> Iterator[Draft]:
    way = "IpPermissions" if is_ingress else "IpPermissionsEgress"
    permissions = [each for box in boxes for each in _permissions(box, wanted.comment, way)]
    if not permissions or len(permissions) > MOST:
        return
    jumps = [each.verdict for each in wanted.chain.rules]
    chains = [wanted.table.chains[each.chain] for each in jumps if isinstance(each, Lead)]
    for chain in chains:
        for source in wanted.ruleset.sources:
            if source.path != chain.span.path:
                continue
            for group in _responses(source, "SecurityGroups"):
                if group.span == chain.span and way in group:
                    edit = with_more(group, way, permissions)
                    command = _on_group("authorize", group, way, permissions)
                    if edit is not None:
                        yield Draft((edit,), (command,))


def _permissions(box: PacketBox, comment: str, way: str) -> Iterator[dict[str, Any]]:
    """The permissions that together are a box, as the CLI prints them."""
    peers = box.sources if way == "IpPermissions" else box.destinations
    numbers = protocols(box)
    found = networks(peers, box.family)
    if numbers is None or len(found) > MOST:
        return
    kind, name = ("IpRanges", "CidrIp") if box.family == 4 else ("Ipv6Ranges", "CidrIpv6")
    told = {"Description": comment[:_LONGEST]} if comment else {}
    peers_told = [{**told, name: network} for network in found]
    lists = {each: peers_told if each == kind else [] for each in _LISTS}
    for proto in numbers or (-1,):
        for service in _services(box, proto):
            ports = dict(zip(_SERVICE[1:], service, strict=True)) if service else {}
            yield {"IpProtocol": _NAMES.get(proto, str(proto)), **ports, **lists}


def _services(box: PacketBox, proto: int) -> Iterator[tuple[int, int] | None]:
    """The first and last port; for ICMP a type and a code, of which -1 is every one."""
    # All other protocols are permitted as a whole (EC2 API Reference, IpPermission).
    if proto in (TCP, UDP):
        yield from box.destination_ports or full(16)
    elif is_icmp(proto):
        codes = box.icmp_codes
        code = codes[0][0] if codes not in ((), full(8)) and len(codes) == 1 else -1
        if box.icmp_types in ((), full(8)):
            yield -1, -1
        else:
            yield from ((kind, code) for a, b in box.icmp_types for kind in range(a, b + 1))
    else:
        yield None


def _permission(granted: _Granted) -> dict[str, Any]:
    """The permission with this peer alone, as `revoke-…` wants it."""
    kept = {key: granted.permission[key] for key in _SERVICE if key in granted.permission}
    peer = {key: value for key, value in granted.peer.items() if key != "Description"}
    return {**kept, granted.kind: [peer]}


def _on_group(verb: str, group: Node, way: str, permissions: Sequence[dict[str, Any]]) -> str:
    told = [{key: value for key, value in each.items() if value != []} for each in permissions]
    words = json.dumps(told, separators=(",", ":"))
    call = f"aws ec2 {verb}-security-group-{_WAYS[way]}"
    return f"{call} --group-id {quote(group['GroupId'])} --ip-permissions {quote(words)}"


def narrow(found: Found, all_kept: Sequence[Kept]) -> Iterator[Draft]:
    """The group with other peers and services in place of one peer; entries have an order."""
    granted = _granted(found)
    if granted is None:
        return
    made = [each for kept in all_kept for each in _narrower(granted, kept)]
    if not made or len(made) > FEW:
        return
    edits = _instead(granted, made)
    if edits:
        group, way = granted.group, granted.way
        authorize = _on_group("authorize", group, way, made)
        yield Draft(edits, (authorize, _on_group("revoke", group, way, [_permission(granted)])))


def _instead(granted: _Granted, made: Sequence[dict[str, Any]]) -> tuple[Edit, ...]:
    """The group with permissions in place of one peer; others of its permission stay."""
    group, way, permission, kind, peer = granted
    if sum(len(permission.nodes(each)) for each in _LISTS) == 1:
        edit = instead(group, way, permission, [text_like(permission, each) for each in made])
        return (edit,) if edit is not None else ()
    if all(_is_like(each, permission, kind) for each in made):
        peers = [text_like(peer, one) for each in made for one in each[kind]]
        edit = instead(permission, kind, peer, peers)
        return (edit,) if edit is not None else ()
    gone, more = without(permission, kind, peer), with_more(group, way, made)
    return (gone, more) if gone and more and not meet(gone, more) else ()


def _is_like(made: dict[str, Any], permission: Node, kind: str) -> bool:
    """Whether peers of one kind are all that a permission has otherwise than another one."""
    is_same = all(made.get(key) == permission.get(key) for key in _SERVICE)
    return is_same and [key for key in _LISTS if made[key]] == [kind]


def _narrower(granted: _Granted, kept: Kept) -> Iterator[dict[str, Any]]:
    """What is kept as permissions; what the peer says of it stays."""
    ours, theirs = ("src", "dst") if granted.way == "IpPermissions" else ("dst", "src")
    if theirs in kept.fields:
        return
    own = {key: granted.permission[key] for key in _SERVICE if key in granted.permission}
    told = granted.peer.get("Description")
    for each in _permissions(kept.box, told or kept.comment, granted.way):
        new = dict(each)
        if "service" not in kept.fields:
            new = {**own, **{key: new[key] for key in _LISTS}}
        if ours not in kept.fields:
            new |= {**{key: [] for key in _LISTS}, granted.kind: [dict(granted.peer)]}
        yield new


def forwards(ruleset: RuleSet) -> bool:
    """Whether a machine may have packets that are neither from it nor for it.

    AWS lets none come or go unless the check is switched off (VPC User Guide, "NAT instances").
    """
    interfaces = [
        each for source in ruleset.sources for each in _responses(source, "NetworkInterfaces")
    ]
    return not interfaces or not all(each.get("SourceDestCheck") is True for each in interfaces)


LANGUAGE = Language("aws", remove, move, permit, narrow, judges_answers=True, forwards=forwards)

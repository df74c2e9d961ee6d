"""Small faults planted in accounts: what a parser that reads one thing wrongly would make of it."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial
from ipaddress import ip_network
from random import Random
from typing import Any

from tests.oracles.aws.accounts import Account, Element

Change = Callable[[], Any]


def mutants(account: Account, interface: Element, random: Random) -> Iterator[tuple[str, Account]]:
    """Copies of the account with one fault each, that concerns the interface; without end."""
    while True:
        changed = deepcopy(account)
        changes = list(_changes(changed, interface, random))
        if not changes:
            return
        name, change = random.choice(changes)
        change()
        yield name, changed


def _changes(account: Account, interface: Element, random: Random) -> Iterator[tuple[str, Change]]:
    held = {group["GroupId"] for group in interface["Groups"]}
    for group in account.elements("SecurityGroups"):
        if group["GroupId"] in held:
            for key in ("IpPermissions", "IpPermissionsEgress"):
                for permission in group[key]:
                    yield from _permission_changes(account, permission, random)
                    yield f"one of the {key} lost", partial(group[key].remove, permission)
    for acl in account.elements("NetworkAcls"):
        if any(each["SubnetId"] == interface["SubnetId"] for each in acl["Associations"]):
            for entry in acl["Entries"]:
                if entry["RuleNumber"] < 32767:
                    yield from _entry_changes(acl["Entries"], entry, random)
    for subnet in account.elements("Subnets"):
        if subnet["SubnetId"] == interface["SubnetId"]:
            yield "subnet of another size", partial(_resize, subnet, "CidrBlock", 1)


def _permission_changes(
    account: Account, permission: Element, random: Random
) -> Iterator[tuple[str, Change]]:
    if permission["IpProtocol"] in ("tcp", "udp", "6", "17"):
        for key in ("FromPort", "ToPort"):
            yield f"{key} off by one", partial(_step, permission, key, random.choice((1, -1)))
        swapped = {"tcp": "udp", "6": "udp"}.get(permission["IpProtocol"], "tcp")
        yield "another protocol", partial(permission.update, IpProtocol=swapped)
    elif permission["IpProtocol"] in ("icmp", "icmpv6") and "FromPort" in permission:
        kind, code = permission["ToPort"], permission["FromPort"]
        yield "type and code swapped", partial(permission.update, FromPort=kind, ToPort=code)
    elif permission["IpProtocol"] != "-1":
        yield "every protocol", partial(permission.update, IpProtocol="-1")
    for key, inside in (("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6")):
        for end in permission.get(key, ()):
            step = random.choice((1, -1))
            yield "prefix length off by one", partial(_resize, end, inside, step)
    for key in ("IpRanges", "Ipv6Ranges", "UserIdGroupPairs", "PrefixListIds"):
        if permission.get(key):
            yield f"an end of {key} lost", partial(permission[key].pop, 0)
    for pair in permission.get("UserIdGroupPairs", ()):
        other = random.choice(account.elements("SecurityGroups"))
        yield "another group", partial(pair.update, GroupId=other["GroupId"])
    for listed in permission.get("PrefixListIds", ()):
        if entries := account.entries.get(listed["PrefixListId"]):
            yield "an entry of a prefix list lost", entries.pop


def _entry_changes(
    entries: list[Element], entry: Element, random: Random
) -> Iterator[tuple[str, Change]]:
    other = {"allow": "deny", "deny": "allow"}[entry["RuleAction"]]
    yield "allow and deny swapped", partial(entry.update, RuleAction=other)
    yield "an entry lost", partial(entries.remove, entry)
    yield "an entry of the other way", partial(entry.update, Egress=not entry["Egress"])
    yield "an entry at the end", partial(entry.update, RuleNumber=32766)
    yield "an entry at the beginning", partial(entry.update, RuleNumber=0)
    if "PortRange" in entry:
        end, step = random.choice(("From", "To")), random.choice((1, -1))
        yield "a port off by one", partial(_step, entry["PortRange"], end, step)
        yield "the ports lost", partial(entry.update, PortRange={"From": 0, "To": 65535})
    if "IcmpTypeCode" in entry:
        yield "the code lost", partial(entry["IcmpTypeCode"].update, Code=-1)
    key = "CidrBlock" if "CidrBlock" in entry else "Ipv6CidrBlock"
    yield "prefix length off by one", partial(_resize, entry, key, random.choice((1, -1)))


def _step(element: Element, key: str, step: int) -> None:
    element[key] = min(65535, max(0, element[key] + step))


def _resize(element: Element, key: str, step: int) -> None:
    """Make the network half or twice as large, as far as that goes."""
    network = ip_network(element[key])
    length = min(network.max_prefixlen, max(0, network.prefixlen + step))
    element[key] = str(ip_network(f"{network.network_address}/{length}", strict=False))

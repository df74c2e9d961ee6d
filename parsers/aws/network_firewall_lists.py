"""What the names in Network Firewall's policies stand for beside rules: prefix lists, the VPC."""

import re
from pathlib import PurePath
from typing import Final

from linter.model.addresses import Addresses
from parsers.aws.account import ENTRIES, Account
from parsers.aws.network_firewall_variables import Lists
from parsers.aws.node import Node
from parsers.aws.suricata_sets import Unresolved
from parsers.aws.values import Network, addresses, network

_LIST_ID: Final = re.compile(r"pl-[0-9a-z]+")


def prefix_lists(account: Account) -> Lists:
    """The addresses of the prefix lists that the export holds as a whole, by id.

    Responses with entries do not name their list: their file does, or a key that was added.
    """
    found: dict[str, list[Network]] = {}
    whole: dict[str, bool] = {}
    for node in account.of("PrefixLists"):
        if "Cidrs" in node:
            name = node.text("PrefixListId")
            found[name] = [_network(node, "Cidrs", text) for text in node.texts("Cidrs")]
    for node in account.of(ENTRIES):
        named = _LIST_ID.search(PurePath(node.file.source.path).name)
        name = node.text("PrefixListId", named[0] if named else "")
        if name:
            each = [_network(entry, "Cidr", entry.text("Cidr")) for entry in node.nodes("Entries")]
            found.setdefault(name, []).extend(each)
            whole[name] = not node.get("NextToken")

    def listed(name: str) -> Addresses | None:
        return addresses(found[name]) if name in found and whole.get(name, True) else None

    return listed


def home_of(account: Account, vpc: str) -> Addresses | Unresolved:
    """What HOME_NET is unless the policy says otherwise: the CIDR of the firewall's VPC.

    Network Firewall Developer Guide, "Limitations and caveats for stateful rules". Which of a VPC's
    CIDRs it is, where there are several, is not said there.
    """
    nodes = [node for node in account.of("Vpcs") if vpc and node.get("VpcId") == vpc]
    if not nodes:
        return Unresolved("the firewall's VPC is not in the export")
    texts = {nodes[0].text("CidrBlock")}
    for key, inside in (
        ("CidrBlockAssociationSet", "CidrBlock"),
        ("Ipv6CidrBlockAssociationSet", "Ipv6CidrBlock"),
    ):
        texts |= {
            association.text(inside)
            for association in nodes[0].nodes(key)
            if (association.node(f"{inside}State") or Node()).text("State") in ("", "associated")
        }
    if len(texts) > 1:
        return Unresolved("the firewall's VPC has several CIDRs")
    return addresses([_network(nodes[0], "CidrBlock", nodes[0].text("CidrBlock"))])


def _network(node: Node, key: str, text: str) -> Network:
    found = network(text)
    if found is None:
        raise node.error(f"`{text}` is no network", key)
    return found

"""What HOME_NET is in Network Firewall's policies unless they say otherwise: the VPC's range."""

from flowmodel.addresses import Addresses
from parsers.aws.account import Account
from parsers.aws.suricata.sets import Unresolved
from parsers.aws.values import Network, addresses, network
from parsers.shared.node import Node


def home_of(account: Account, vpc: str) -> Addresses | Unresolved:
    """What HOME_NET is unless the policy says otherwise: the CIDR of the firewall's VPC.

    Network Firewall Developer Guide, "Limitations and caveats for stateful rules". Which of a VPC's
    CIDRs it is, where there are several, is not said there.
    """
    nodes = [node for node in account.of("Vpcs") if vpc and node.get("VpcId") == vpc]
    if not nodes:
        return Unresolved("the firewall's VPC is not in the export")
    if any(node != nodes[0] for node in nodes):
        return Unresolved("the exports contradict each other about the firewall's VPC")
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

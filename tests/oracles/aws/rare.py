"""Keys that few accounts have, and that change no verdict by themselves: added to random ones."""

from random import Random
from typing import Any

Element = dict[str, Any]
Lists = dict[str, list[Element]]


def add_rare_keys(random: Random, lists: Lists) -> None:
    """Give some elements what few have: public addresses of other kinds, machines, edge routes."""
    for number, interface in enumerate(lists.get("NetworkInterfaces", ())):
        if random.random() < 0.3:
            attachment = {"InstanceId": f"i-{number:017x}", "Status": "attached"}
            interface["Attachment"] = attachment | {"DeviceIndex": 0}
        own = interface["Ipv6Addresses"]
        if own and random.random() < 0.3:
            interface["Ipv6Address"] = own[0]["Ipv6Address"]
        if "Association" in interface and random.random() < 0.3:
            kind = random.choice(("CarrierIp", "CustomerOwnedIp"))
            interface["Association"][kind] = "203.0.113.201"
    by_id = {each["NetworkInterfaceId"]: each for each in lists.get("NetworkInterfaces", ())}
    for reservation in lists.get("Reservations", ()):
        for instance in reservation["Instances"]:
            for interface in instance["NetworkInterfaces"]:
                known = by_id.get(interface["NetworkInterfaceId"], {})
                if "Association" in known:
                    interface["Association"] = dict(known["Association"])
    for vpc in lists.get("Vpcs", ()):
        if random.random() < 0.1:
            vpc["EncryptionControl"] = {"Mode": "monitor", "State": "available"}
    _routes(random, lists)


def _routes(random: Random, lists: Lists) -> None:
    subnets = lists.get("Subnets", ())
    for table in lists.get("RouteTables", ()):
        if random.random() < 0.3:
            route = {"DestinationIpv6CidrBlock": "::/0", "GatewayId": "igw-0", "State": "active"}
            table["Routes"].append(route)
        mine = [each["SubnetId"] for each in subnets if each["VpcId"] == table["VpcId"]]
        if mine and random.random() < 0.3:
            table["Associations"].append({"Main": False, "SubnetId": random.choice(mine)})
    if lists.get("RouteTables") and random.random() < 0.2:
        # The table of a gateway is for what comes from there: nothing within the VPC takes it.
        vpc = lists["RouteTables"][0]["VpcId"]
        edge = {"RouteTableId": "rtb-edge", "VpcId": vpc, "Routes": []}
        lists["RouteTables"].append(edge | {"Associations": [{"GatewayId": "igw-0"}]})


def lead_to_peers(random: Random, lists: Lists, pairs: list[Element], *, complete: bool) -> None:
    """Routes to the peering connections that references name; now and then one was forgotten."""
    for number, pair in enumerate(pairs):
        if "VpcPeeringConnectionId" in pair and (complete or random.random() < 0.8):
            route = {"DestinationCidrBlock": f"198.18.{number}.0/24", "State": "active"}
            to_peer = {"VpcPeeringConnectionId": pair["VpcPeeringConnectionId"]}
            for table in lists.get("RouteTables", ()):
                table["Routes"].append(route | to_peer | {"Origin": "CreateRoute"})

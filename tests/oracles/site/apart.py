"""Roles whose machines are told apart: flows to one of them, and how a site file names them."""

from ipaddress import ip_network
from random import Random

from tests.oracles.site.plan import End, Flow, Service
from tests.oracles.site.topology import Topology


def to_one_machine(random: Random, site: Topology, flows: tuple[Flow, ...]) -> tuple[Flow, ...]:
    """The flows, with one more to the address of one machine of a role that several have."""
    several = [
        machine
        for role in site.roles
        for machine in site.machines
        if role in machine.roles
        and role not in site.wide
        and sum(role in one.roles for one in site.machines) > 1
    ]
    if not several:
        return flows
    machine = random.choice(several)
    address = random.choice(machine.addresses)
    network = random.choice(site.networks)
    target = End(str(address), prefixes=(ip_network(f"{address}"),))
    source = End(network.name, prefixes=network.prefixes)
    return (*flows, Flow("allow3", source, target, (Service("tcp", 9101),)))

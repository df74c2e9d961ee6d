"""Firewalls made from the shipped policies themselves: clean, and no rule of theirs is spare."""

from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path

import pytest

import policies
from flowmodel.finding import Finding
from flowmodel.site import End, Requirement, Service, Site
from flowmodel.values import Values, is_subset
from fwlint.loading import read
from tests.linter.checks.samples import EXPOSURE, KEEP, REQUIRED, TODAY, Asking, rules

_HEAD = """\
fwlint: site/1
networks: {dmz: 192.0.2.0/28, servers: 10.20.0.0/24, corp: 10.10.0.0/16, mgmt: 10.99.0.0/24}
devices:
  edge:
    config: edge.rules
    ipv6: no
    interfaces: {wan0: internet, dmz0: dmz, srv0: servers, corp0: corp, mgmt0: mgmt}
accept:
  - {finding: cleartext-from-internet, because: as documented, until: "2099-12-31"}
use:
"""
_LEAP = """\
  leap:
    bind:
      webapp: 192.0.2.1
      mx: 192.0.2.2
      soledad: 192.0.2.3
      openvpn: {ip_address: 192.0.2.4, gateway_address: 192.0.2.5}
      other-nodes: 10.20.0.16
      sysadmins: mgmt
"""
_ONION = """\
  onion-id:
    options: {outside_users: yes}
    bind:
      linux-vm: 192.0.2.10
      windows-vm: 10.20.0.21
      users: corp
      ssh-users: 10.10.8.0/22
      admins: mgmt
      dns: [10.20.0.53, 10.20.0.54]
      windows-targets: 10.20.0.128/25
      ssh-targets: 10.20.0.64/27
"""
_ONE_E = """\
  1e:
    options: {dmz_server: yes, named_sql_instance: yes}
    parameters: {dmz_switch_port: 4100}
    bind:
      master: 10.20.0.30
      response: 10.20.0.30
      dmz: 192.0.2.11
      sql-master: 10.99.0.40
      sql-responses: 10.99.0.40
      clients: corp
      browsers: mgmt
      smtp-relay: 192.0.2.2
      crl: 10.99.0.80
      configmgr: none
      inventory: none
"""
_SITES = {"leap": _LEAP, "onion-id": _ONION, "1e": _ONE_E}


def _load(folder: Path, product: str) -> Site:
    path = folder / "site.yaml"
    path.write_text(_HEAD + _SITES[product], encoding="utf-8")
    return policies.load_site(str(path), TODAY)


def _rules(flow: Requirement) -> Iterator[str]:
    for source, destination in flow.ends:
        for service in flow.services:
            for one in source.wide.v4 or source.addresses.v4:
                for other in destination.wide.v4 or destination.addresses.v4:
                    yield from _rule(source, one, other, service)


def _rule(
    source: End, one: tuple[int, int], other: tuple[int, int], service: Service
) -> Iterator[str]:
    sources = "" if source.kind == "internet" else f"-m iprange --src-range {_range(one)} "
    proto = {6: "tcp", 17: "udp"}[service.proto]
    yield (
        f"-A FORWARD -p {proto} {sources}-m iprange --dst-range {_range(other)} "
        f"-m multiport --dports {_ports(service.ports)} -j ACCEPT"
    )


def _range(interval: tuple[int, int]) -> str:
    return f"{IPv4Address(interval[0])}-{IPv4Address(interval[1])}"


def _ports(ports: Values) -> str:
    return ",".join(f"{first}:{last}" for first, last in ports)


def _active(site: Site) -> list[Requirement]:
    return [flow for flow in site.requirements if not (flow.inactive_because or flow.is_self)]


def _found(folder: Path, site: Site, flows: list[Requirement]) -> list[Finding]:
    permits = dict.fromkeys(rule for flow in flows for rule in _rules(flow))
    (folder / "edge.rules").write_text(rules(KEEP, *permits), encoding="utf-8")
    return Asking(*REQUIRED, *EXPOSURE).of(site, read(site).rulesets)


@pytest.mark.parametrize("product", sorted(_SITES))
def test_a_firewall_that_permits_just_what_the_policy_says_is_clean(
    product: str, tmp_path: Path
) -> None:
    site = _load(tmp_path, product)

    actual = _found(tmp_path, site, _active(site))

    said = [(each.check, each.message) for each in actual if each.level != "info"]
    assert [each for each in said if each[0] != "FW210"] == []


@pytest.mark.parametrize("product", sorted(_SITES))
def test_no_permitted_flow_is_missed_when_it_is_left_out(product: str, tmp_path: Path) -> None:
    site = _load(tmp_path, product)
    flows = _active(site)
    needed = [flow for flow in flows if flow.need in ("must", "should")]
    complete = {rule for flow in flows for rule in _rules(flow)}
    missed = []
    for flow in needed:
        others = [each for each in flows if each is not flow]
        spare = {rule for each in others for rule in _rules(each)} == complete or any(
            _covers(each, flow) for each in others
        )
        told = {each.flow for each in _found(tmp_path, site, others) if each.check < "FW113"}
        if not spare and flow.name not in told and flow.name not in _unreached(site):
            missed.append(flow.name)

    assert missed == []


def _covers(wider: Requirement, flow: Requirement) -> bool:
    """Whether what is open to the internet serves a flow from inside too."""
    is_open = any(source.kind == "internet" for source, _ in wider.ends)
    targets = {destination.addresses for _, destination in wider.ends}
    return (
        is_open
        and {destination.addresses for _, destination in flow.ends} <= targets
        and all(
            any(
                mine.proto == other.proto and is_subset(mine.ports, other.ports)
                for other in wider.services
            )
            for mine in flow.services
        )
    )


def _unreached(site: Site) -> set[str]:
    """The flows whose ends are all in one network, where no device of the site is."""
    inside = {}
    for name, network in site.networks.items():
        for first, last in network.v4:
            inside[first, last] = name

    def where(end: End) -> set[str]:
        return {
            next((n for (low, high), n in inside.items() if low <= first <= high), "internet")
            for first, _ in end.addresses.v4
        }

    return {
        flow.name
        for flow in site.requirements
        if all(where(source) == where(destination) for source, destination in flow.ends)
    }

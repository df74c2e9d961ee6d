"""A site says what may be open; it is never a reason to take the rest less seriously than alone."""

import json
from pathlib import Path

import pytest

from flowmodel.finding import LEVELS, Finding
from fwlint.loading import read
from linter.checks.evaluation import evaluate
from linter.engine.site.attachment import attached
from tests.linter.checks.bare import findings
from tests.linter.checks.pf import config
from tests.linter.checks.samples import BIND, load, policy, rules, site
from tests.parsers.aws.samples import Element, account, group, interface
from tests.parsers.aws.samples import permission as allowed

_CHECKS = (*(f"FW{number}" for number in range(201, 216)), "FW306")
_Said = tuple[str, str]
"""A policy, and a site file."""


def _at(folder: Path, name: str, export: str, said: _Said, **more: str) -> list[Finding]:
    """What is found at a site, with what its exports hold beside it."""
    loaded = load(folder, *said, {name: export} | {f"{key}.rules": more[key] for key in more})
    reading = read(loaded)
    there = attached(loaded, reading.rulesets)
    assert (*reading.failures, *there.misplaced) == ()
    outcome = evaluate(
        there.site, there.rulesets, asked=_CHECKS.__contains__, exports=reading.rulesets
    )
    assert list(outcome.failed) == []
    return outcome.findings


def _worst(found: list[Finding]) -> int:
    return max((LEVELS.index(each.level) for each in found), default=-1)


def _input(condition: str) -> str:
    return rules(f"-A INPUT {condition} -j ACCEPT")


def _forward(condition: str, nat: str = "") -> str:
    return rules(f"-A FORWARD {condition} -j ACCEPT", nat=f"-A PREROUTING {nat}" if nat else "")


def _nft(own: str = "", forward: str = "", nat: str = "") -> str:
    bodies = (
        ("input", "filter", "filter", "drop", own),
        ("forward", "filter", "filter", "drop", forward),
        ("prerouting", "nat", "dstnat", "accept", nat),
    )
    chains = "".join(
        f"  chain {hook} {{\n    type {kind} hook {hook} priority {priority}; policy {end};\n"
        f"    {body}\n  }}\n"
        for hook, kind, priority, end, body in bodies
    )
    return f"table ip t {{\n{chains}}}\n"


_SQL, _FROM_33060 = "-p tcp -m tcp --dport 3306", "-p tcp -m tcp --dport 33060"
_DNAT = f"-d 203.0.113.5/32 {_FROM_33060} -j DNAT --to-destination {{}}:3306"

_HOST = "web: {config: web.rules, ipv6: no, host: %s}"
_DMZ = "networks: {office: 10.1.0.0/16, dmz: 192.0.2.0/24}\n"


def _own(role: str, networks: str = "", more: str = "") -> _Said:
    text = f"fwlint: site/1\n{networks}roles: {{web: {role}}}\ndevices:\n  {_HOST % 'site.web'}\n"
    return policy(), text + more


def _product(*flows: str, **more: str) -> _Said:
    given = {key: more.pop(key) for key in ("parameters",) if key in more}
    return policy(*flows, **more), site(_HOST % "shop.web", **given)


_HTTPS, _MYSQL = "id: https, service: 443/tcp", "id: sql, service: 3306/tcp"
_MACHINES: dict[str, str] = {
    "a database": _input(_SQL),
    "one behind a redirection": rules(
        f"-A INPUT {_SQL} -j ACCEPT", nat=f"-A PREROUTING {_FROM_33060} -j REDIRECT --to-ports 3306"
    ),
    "one in a container": _forward(
        f"-d 172.17.0.2/32 {_SQL}", f"{_FROM_33060} -j DNAT --to-destination 172.17.0.2:3306"
    ),
    "ports around it": _input("-p tcp -m tcp --dport 3000:4000"),
    "ports from a needed one on": _input("-p tcp -m tcp --dport 443:5000"),
    "all ports": _input("-p tcp"),
    "everything": rules("-A INPUT -j ACCEPT"),
    "a cache": _input("-p udp -m udp --dport 11211"),
    "for half of the internet": _input(f"-s 0.0.0.0/1 {_SQL}"),
    "for all but a network": _input(f"! -s 10.0.0.0/8 {_SQL}"),
    "for one network of the internet": _input(f"-s 198.51.0.0/16 {_SQL}"),
    "by one interface": _input(f"-i eth0 {_SQL}"),
    "perhaps": _input(f"-m limit --limit 3/min {_SQL}"),
    "a login": _input("-p tcp -m tcp --dport 22"),
    "by default": rules(input="ACCEPT"),
    "what it passes on": _forward(_SQL),
    "nft: a database": _nft("tcp dport 3306 accept"),
    "nft: one target of a map": _nft("tcp dport vmap { 22 : drop, 3306 : accept }"),
    "nft: one behind a redirection": _nft(
        "tcp dport 3306 accept", nat="tcp dport 33060 redirect to :3306"
    ),
    "nft: one in a container": _nft(
        forward="ip daddr 172.17.0.2 tcp dport 3306 accept",
        nat="tcp dport 33060 dnat to 172.17.0.2:3306",
    ),
}
_AT_MACHINES: dict[str, _Said] = {
    "a role": _own("192.0.2.10"),
    "at any address": _own("any"),
    "with networks": _own("192.0.2.10", _DMZ),
    "with a large network": _own("192.0.2.10", "networks: {partner: 0.0.0.0/1}\n"),
    "with flows": _own(
        "192.0.2.10",
        more="allow:\n  - {id: a, from: 10.1.0.0/16, to: site.web, service: 3306/tcp}\n",
    ),
    "another service": _product(_HTTPS),
    "the service, for others": _product(_MYSQL),
    "the port, in UDP": _product("id: sql, service: 3306/udp"),
    "the port, in TCP": _product("id: cache, service: 11211/tcp"),
    "for itself": _product("id: sql, from: web, to: self, service: 3306/tcp"),
    "not in use": _product(
        _HTTPS, f"{_MYSQL}, when: x", options="x: {question: Is it?, default: no}"
    ),
    "moved elsewhere": (
        policy("id: sql, service: $port/tcp", parameters="port: {default: 3306}"),
        site(_HOST % "shop.web", parameters="{port: 3307}"),
    ),
}


@pytest.mark.parametrize("said", _AT_MACHINES.values(), ids=_AT_MACHINES)
@pytest.mark.parametrize("export", _MACHINES.values(), ids=_MACHINES)
def test_at_a_machine_it_is_as_bad_as_alone(export: str, said: _Said, tmp_path: Path) -> None:
    alone = findings(tmp_path, *_CHECKS, ipv6="no", **{"alone.rules": export})

    assert _worst(_at(tmp_path, "web.rules", export, said)) >= _worst(alone) > 0


_EDGE = (
    "edge: {config: edge.rules, ipv6: no, interfaces: {wan0: internet, lan0: office, dmz0: dmz}}"
)
_BETWEEN = f"fwlint: site/1\n{_DMZ}%sdevices:\n  {_EDGE}\n"
_ROUTERS: dict[str, str] = {
    "to a role": _forward(f"-d 192.0.2.10/32 {_SQL}"),
    "forwarded to a role": _forward(f"-d 192.0.2.10/32 {_SQL}", _DNAT.format("192.0.2.10")),
    "to another machine": _forward(f"-d 192.0.2.99/32 {_SQL}"),
    "forwarded to another machine": _forward(f"-d 10.1.0.9/32 {_SQL}", _DNAT.format("10.1.0.9")),
    "forwarded to no network": _forward(f"-d 172.20.0.9/32 {_SQL}", _DNAT.format("172.20.0.9")),
    "to no network": _forward(f"-d 198.51.100.99/32 {_SQL}"),
    "to anybody": _forward(_SQL),
    "from outside": _forward(f"-i wan0 -o dmz0 {_SQL}"),
    "by an interface that the site does not list": _forward(f"-i wan9 {_SQL}"),
    "by that one to a role": _forward(f"-i wan9 -d 192.0.2.10/32 {_SQL}"),
    "everything": rules("-A FORWARD -j ACCEPT"),
    "everything in a network": _forward("-d 192.0.2.0/24"),
    "its own": _input(_SQL),
    "its own, redirected": rules(
        f"-A INPUT {_SQL} -j ACCEPT", nat=f"-A PREROUTING {_FROM_33060} -j REDIRECT --to-ports 3306"
    ),
    "everything of its own": rules("-A INPUT -j ACCEPT"),
    "nft: to another machine": _nft(forward="ip daddr 192.0.2.99 tcp dport 3306 accept"),
    "nft: one target of a map": _nft(
        forward="ct status dnat accept",
        nat="ip daddr 203.0.113.5 dnat to tcp dport map "
        "{ 33060 : 192.0.2.10 . 3306, 8443 : 192.0.2.10 . 443 }",
    ),
    "nft: its own": _nft("tcp dport 3306 accept"),
}
_PUBLIC = "{web: {address: 192.0.2.10, public: 203.0.113.5}, users: office}"
_AT_ROUTERS: dict[str, _Said] = {
    "a role": (policy(), _BETWEEN % "roles: {web: 192.0.2.10}\n"),
    "a public role": (
        policy(),
        _BETWEEN % "roles: {web: {address: 192.0.2.10, public: 203.0.113.5}}\n",
    ),
    "a network": (policy(), _BETWEEN % "roles: {dmz: dmz}\n"),
    "no role": (policy(), _BETWEEN % ""),
    "flows alone": (
        policy(),
        _BETWEEN % "" + "allow:\n  - {id: w, from: office, to: dmz, service: 443/tcp}\n",
    ),
    "a product": (policy(), site(_EDGE, bind=BIND)),
    "a product with the service": (policy(_MYSQL), site(_EDGE, bind=BIND)),
    "a public product": (policy(), site(_EDGE, bind=_PUBLIC)),
    "a product in a network": (policy(), site(_EDGE, bind="{web: dmz, users: office}")),
    **{
        name: (policy(), _BETWEEN % "roles: {web: %s}\n" % role)
        for name, role in (
            ("a role outside", "203.0.113.77"),
            ("a role at any address", "any"),
            ("a role in half of the internet", "128.0.0.0/1"),
        )
    },
}
_BY = "interfaces: {wan0: internet, lan0: office, dmz0: dmz}"
_PLACES: dict[str, _Said] = {
    name: (policy(), _BETWEEN.replace(_BY, f"interfaces: {{{its}}}") % "roles: {web: 192.0.2.10}\n")
    for name, its in (
        ("no way out", "lan0: office, dmz0: dmz"),
        ("one interface listed", "dmz0: dmz"),
        ("one interface for all", "eth0: [internet, office, dmz]"),
    )
}


_EVERYWHERE = _AT_ROUTERS | _PLACES


@pytest.mark.parametrize("said", _EVERYWHERE.values(), ids=_EVERYWHERE)
@pytest.mark.parametrize("export", _ROUTERS.values(), ids=_ROUTERS)
def test_between_networks_it_is_as_bad_as_alone(export: str, said: _Said, tmp_path: Path) -> None:
    alone = findings(tmp_path, *_CHECKS, ipv6="no", **{"alone.rules": export})

    assert _worst(_at(tmp_path, "edge.rules", export, said)) >= _worst(alone) > 0


@pytest.mark.parametrize("named", ["! -d 192.0.2.10/32", "-d 198.51.100.0/24"])
@pytest.mark.parametrize(
    ("export", "flow"),
    [
        *((export, flow) for export in _ROUTERS.values() for flow in (_HTTPS, _MYSQL)),
        (_ROUTERS["to no network"], f"{_MYSQL}, from: internet"),
        (_ROUTERS["forwarded to no network"], f"{_MYSQL}, from: internet"),
    ],
)
def test_what_a_machines_own_rules_name_speaks_for_no_firewall(
    export: str, flow: str, named: str, tmp_path: Path
) -> None:
    machine = rules(f"-A INPUT {named} -j DROP", "-A INPUT -s 10.1.0.0/16 -p tcp -j ACCEPT")
    said = policy(flow), site(_EDGE, _HOST % "shop.web")
    alone = findings(tmp_path, *_CHECKS, ipv6="no", **{"alone.rules": export})

    found = _at(tmp_path, "edge.rules", export, said, web=machine)

    assert _worst([each for each in found if each.device == "edge"]) >= _worst(alone) > 0


_FROM_ANYBODY = (
    "<type>pass</type><interface>wan</interface><ipprotocol>inet</ipprotocol>"
    "<protocol>tcp</protocol><source><any/></source><destination>{}<port>3306</port></destination>"
)
_TO = (
    "<interface>wan</interface><ipprotocol>inet</ipprotocol><protocol>tcp</protocol>"
    "<source><any/></source><destination><network>wanip</network><port>33060</port></destination>"
    "<target>{}</target><local-port>3306</local-port>"
    "<associated-rule-id>pass</associated-rule-id>"
)
_PF: dict[str, str] = {
    "to a role": config(_FROM_ANYBODY.format("<address>192.0.2.10</address>")),
    "to another machine": config(_FROM_ANYBODY.format("<address>192.0.2.99</address>")),
    "its own": config(_FROM_ANYBODY.format("<network>wanip</network>")),
    "forwarded to a role": config(nat=_TO.format("192.0.2.10")),
    "forwarded to another machine": config(nat=_TO.format("10.1.0.9")),
}


@pytest.mark.parametrize("said", _AT_ROUTERS.values(), ids=_AT_ROUTERS)
@pytest.mark.parametrize("export", _PF.values(), ids=_PF)
def test_in_pf_it_is_as_bad_as_alone(export: str, said: _Said, tmp_path: Path) -> None:
    edge = "edge: {config: edge.xml, ipv6: no}"
    there = said[0], said[1].replace(_EDGE, edge)
    alone = findings(tmp_path, *_CHECKS, ipv6="no", **{"alone.xml": export})

    assert _worst(_at(tmp_path, "edge.xml", export, there)) >= _worst(alone) > 0


_ANYBODY: Element = {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
_PERMISSIONS: dict[str, Element] = {
    "a database": allowed("tcp", 3306, **_ANYBODY),
    "all ports": {"IpProtocol": "-1", **_ANYBODY},
    "a cache": allowed("udp", 11211, **_ANYBODY),
    "for a network": allowed("tcp", 3306, IpRanges=[{"CidrIp": "198.51.0.0/16"}]),
}
_IN_CLOUDS = {
    "another service": _HTTPS,
    "the service, for others": _MYSQL,
    "the port, in the other protocol": "id: cache, service: [3306/udp, 11211/tcp]",
}


@pytest.mark.parametrize("flow", _IN_CLOUDS.values(), ids=_IN_CLOUDS)
@pytest.mark.parametrize("whose", ["sg-web", "sg-other"])
@pytest.mark.parametrize("permission", _PERMISSIONS.values(), ids=_PERMISSIONS)
def test_in_a_cloud_it_is_as_bad_as_alone(
    permission: Element, whose: str, flow: str, tmp_path: Path
) -> None:
    """The machine of a role, and one beside it of which the site does not speak."""
    groups = [group(name, [permission] * (name == whose), []) for name in ("sg-web", "sg-other")]
    several = [
        interface("eni-web", "10.0.1.10", "sg-web"),
        interface("eni-other", "10.0.1.11", "sg-other"),
    ]
    export = json.dumps(account(SecurityGroups=groups, NetworkInterfaces=several))
    alone = findings(tmp_path, *_CHECKS, ipv6="no", **{"alone.json": export})
    there = site(
        "cloud: {config: cloud.json, ipv6: no}",
        bind="{web: 10.0.1.10, users: office}",
        networks="{office: 10.1.0.0/16}",
    )

    assert _worst(_at(tmp_path, "cloud.json", export, (policy(flow), there))) >= _worst(alone) > 0


_SIX = """\
fwlint: site/1
roles: {web: [192.0.2.10, "2001:db8::10"]}
devices:
  web: {config: web.rules, host: site.web}
"""


@pytest.mark.parametrize("source", ["", "-s 2000::/3", "-s 2000::/4"])
def test_over_ipv6_it_is_as_bad_as_alone(source: str, tmp_path: Path) -> None:
    export = "# Generated by ip6tables-save\n" + _input(f"{source} {_SQL}".strip())
    alone = findings(tmp_path, *_CHECKS, **{"alone.rules": export})

    assert _worst(_at(tmp_path, "web.rules", export, (policy(), _SIX))) >= _worst(alone) > 1


def _allowed(*flows: str) -> str:
    return "allow:\n" + "".join(f"  - {{{each}}}\n" for each in flows)


_PERMITTED: dict[str, tuple[str, _Said]] = {
    "a database of everybody": (
        _input(_SQL),
        _own("192.0.2.10", more=_allowed("id: a, from: any, to: site.web, service: 3306/tcp")),
    ),
    "from inside alone": (_input(f"-s 10.1.0.0/16 {_SQL}"), _product(_MYSQL)),
    "a network of others": (
        _forward(f"-d 192.0.2.99/32 {_SQL}"),
        (
            policy(),
            _BETWEEN % "" + _allowed("id: a, from: any, to: 192.0.2.99, service: 3306/tcp"),
        ),
    ),
    "forwarded to a machine that is named": (
        _forward(f"-d 10.1.0.9/32 {_SQL}", f"-i wan0 {_DNAT.format('10.1.0.9')}"),
        (policy(), _BETWEEN % "" + _allowed("id: a, from: any, to: 10.1.0.9, service: 3306/tcp")),
    ),
    "its own": (
        _input(f"-d 203.0.113.1/32 {_SQL}"),
        (
            policy(),
            _BETWEEN % "" + _allowed("id: a, from: any, to: 203.0.113.1, service: 3306/tcp"),
        ),
    ),
    "to the internet": (rules("-A FORWARD -o wan0 -j ACCEPT"), (policy(), _BETWEEN % "")),
    "to private addresses": (
        _forward(f"-d 10.1.0.9/32 {_SQL}"),
        (policy(), _BETWEEN % "roles: {dmz: dmz}\n"),
    ),
    "by an inside interface": (
        _input(f"-i lan0 {_SQL}"),
        (policy(), _BETWEEN % "roles: {dmz: dmz}\n"),
    ),
}


@pytest.mark.parametrize(("export", "said"), _PERMITTED.values(), ids=_PERMITTED)
def test_what_the_site_permits_or_strangers_do_not_reach_is_silent(
    export: str, said: _Said, tmp_path: Path
) -> None:
    name = "web.rules" if "web.rules" in said[1] else "edge.rules"
    found = _at(tmp_path, name, export, said)

    assert [each.message for each in found if each.level in ("error", "critical")] == []
    assert not any(each.check in ("FW201", "FW215") for each in found)

"""What is open today, as entries of `allow:`: no narrower than it is, and no wider."""

import json

import pytest

from tests.linter.checks.pf import config
from tests.linter.checks.samples import KEEP, KEEP_IN, rules
from tests.linter.drafts.samples import EDGE, Init, allowed, doubtful, read, unhidden


def _in(rule: str) -> str:
    return f"-A INPUT {rule} -j ACCEPT"


def _address(name: str, address: str, length: int, flags: str = "BROADCAST") -> dict[str, object]:
    family = "inet6" if ":" in address else "inet"
    given = {"family": family, "local": address, "prefixlen": length, "scope": "global"}
    return {"ifname": name, "flags": [flags, "UP"], "addr_info": [given]}


_ADDR = json.dumps(
    [
        _address("lo", "127.0.0.1", 8, "LOOPBACK"),
        _address("eth0", "192.0.2.10", 24),
        _address("eth1", "10.0.0.1", 24),
    ]
)
_ROUTE = json.dumps(
    [
        {"dst": "default", "gateway": "192.0.2.1", "dev": "eth0", "flags": []},
        {"dst": "192.0.2.0/24", "dev": "eth0", "scope": "link", "flags": []},
        {"dst": "10.0.0.0/24", "dev": "eth1", "scope": "link", "flags": []},
    ]
)
_HTTPS = "-p tcp -m tcp --dport 443"
_V4 = "0.0.0.0/0"

_MACHINES: dict[str, tuple[tuple[str, ...], list[str], list[str]]] = {
    "nothing": ((), [], []),
    "answers": ((KEEP_IN,), [], []),
    "one service": ((_in(_HTTPS),), [f"443/tcp from {_V4} to site.web"], []),
    "several": (
        (_in("-p tcp -m multiport --dports 80,443"), _in("-p udp -m udp --dport 53")),
        [f"80,443/tcp, 53/udp from {_V4} to site.web"],
        [],
    ),
    "a range for two protocols": (
        (_in("-p tcp -m tcp --dport 5000:5009"), _in("-p udp -m udp --dport 5000:5009")),
        [f"5000-5009/tcp+udp from {_V4} to site.web"],
        [],
    ),
    "from a network": (
        (_in(f"-s 10.1.0.0/16 {_HTTPS}"),),
        ["443/tcp from 10.1.0.0/16 to site.web"],
        [],
    ),
    "from a range": (
        (_in(f"-m iprange --src-range 10.1.0.3-10.1.0.9 {_HTTPS}"),),
        ["443/tcp from 10.1.0.3-10.1.0.9 to site.web"],
        [],
    ),
    "a message": (
        (_in("-p icmp -m icmp --icmp-type 8"),),
        [f"8/icmp from {_V4} to site.web"],
        [],
    ),
    "other protocols": (
        (_in("-p esp"), _in("-p 112")),
        [f"esp, vrrp from {_V4} to site.web"],
        [],
    ),
    "a login": ((_in("-p tcp -m tcp --dport 22"),), [], [f"22/tcp from {_V4} to site.web"]),
    "a login for few": (
        (_in("-s 10.1.0.0/16 -p tcp -m tcp --dport 22"),),
        ["22/tcp from 10.1.0.0/16 to site.web"],
        [],
    ),
    "a database among others": (
        (_in("-p tcp -m multiport --dports 443,3306"),),
        [f"443/tcp from {_V4} to site.web"],
        [f"3306/tcp from {_V4} to site.web"],
    ),
    "everything": (("-A INPUT -j ACCEPT",), [], [f"any from {_V4} to site.web"]),
    "everything from inside": (
        ("-A INPUT -s 10.0.0.0/8 -j ACCEPT",),
        ["any from 10.0.0.0/8 to site.web"],
        [],
    ),
    "something that is not in the exports decides who": (
        (_in("-p udp -m udp --dport 500 -m geoip --src-cc DE"), _in(_HTTPS)),
        [f"443/tcp from {_V4} to site.web"],
        [f"500/udp from {_V4} to site.web"],
    ),
    "something that is not in the exports decides who of a few": (
        (_in("-s 10.1.0.0/16 -p tcp -m tcp --dport 22 -m recent --name n --rcheck"),),
        ["22/tcp from 10.1.0.0/16 to site.web"],
        [],
    ),
    "at one of its addresses": (
        (_in(f"-d 192.0.2.10/32 {_HTTPS}"),),
        [f"443/tcp from {_V4} to 192.0.2.10"],
        [],
    ),
    "by an interface of which nothing is known": (
        (_in(f"-i eth1 {_HTTPS}"),),
        [],
        ["443/tcp from ADDRESSES to site.web"],
    ),
    "from a network, by an interface": (
        (_in(f"-i eth1 -s 10.1.0.0/16 {_HTTPS}"),),
        ["443/tcp from 10.1.0.0/16 to site.web"],
        [],
    ),
    "by all interfaces but one": (
        (_in(f"! -i eth1 {_HTTPS}"),),
        [f"443/tcp from {_V4} to site.web"],
        [],
    ),
}


@pytest.mark.parametrize(("its", "sure", "asked"), _MACHINES.values(), ids=_MACHINES)
def test_what_is_open_to_a_machine_is_proposed(
    its: tuple[str, ...], sure: list[str], asked: list[str], init: Init
) -> None:
    text = init.text({"web.v4": rules(*its)})

    assert (allowed(text), doubtful(text)) == (sure, asked)


@pytest.mark.parametrize("its", [each[0] for each in _MACHINES.values()], ids=_MACHINES)
def test_with_all_of_it_allowed_nothing_is_an_opening(its: tuple[str, ...], init: Init) -> None:
    text = init.text({"web.v4": rules(*its)})
    init.write({"site.yaml": unhidden(text).replace("ADDRESSES", "any")})

    assert init.check("--select", "FW2")[1].startswith("No findings")


_WIDER = {
    "another source": ("-s 10.1.0.0/16 {}", "-s 10.0.0.0/8 {}"),
    "another port": ("{}", "-p tcp -m multiport --dports 443,8080"),
    "another protocol": ("{}", "-p udp -m udp --dport 443"),
    "another address": ("-d 192.0.2.10/32 {}", "{}"),
    "all sources": ("-i eth1 -s 10.1.0.0/16 {}", "{}"),
}


@pytest.mark.parametrize(("before", "after"), _WIDER.values(), ids=_WIDER)
def test_what_is_opened_later_is_a_finding(before: str, after: str, init: Init) -> None:
    init.text({"web.v4": rules(_in(before.format(_HTTPS)))})
    assert "FW20" not in init.check()[1]

    init.write({"web.v4": rules(_in(after.format(_HTTPS)))})
    assert "FW20" in init.check()[1]


_BOTH = {"web.v4": rules(_in(_HTTPS)), "web.v6": "# ip6tables-save\n" + rules(_in(_HTTPS))}


def test_what_is_open_in_both_families_is_open_to_any(init: Init) -> None:
    assert allowed(init.text(_BOTH)) == ["443/tcp from any to site.web"]


def test_addresses_beside_the_rules_are_the_machines(init: Init) -> None:
    beside = {"web.addr.json": _ADDR, "web.route.json": _ROUTE}
    text = init.text({"web.v4": rules(_in(f"-i eth1 {_HTTPS}")), **beside})

    assert read(text)["roles"] == {"web": [["10.0.0.1", "192.0.2.10"]]}
    assert allowed(text) == ["443/tcp from 10.0.0.0/24 to site.web"]


_THROUGH = {
    "to all": (("-A FORWARD -i eth1 -o eth0 -j ACCEPT",), ["any from eth1 to internet"], []),
    "a service from outside": (
        (f"-A FORWARD -i eth0 -o eth1 -d 10.0.0.7/32 {_HTTPS} -j ACCEPT",),
        ["443/tcp from internet to 10.0.0.7"],
        [],
    ),
    "a database from outside": (
        ("-A FORWARD -i eth0 -o eth1 -d 10.0.0.7/32 -p tcp -m tcp --dport 3306 -j ACCEPT",),
        [],
        ["3306/tcp from internet to 10.0.0.7"],
    ),
    "to a network, but for the firewall in it": (
        (f"-A FORWARD -i eth0 -o eth1 {_HTTPS} -j ACCEPT",),
        ["443/tcp from internet to eth1"],
        [],
    ),
}


@pytest.mark.parametrize(("its", "sure", "asked"), _THROUGH.values(), ids=_THROUGH)
def test_what_passes_between_networks_is_proposed_by_their_names(
    its: tuple[str, ...], sure: list[str], asked: list[str], init: Init
) -> None:
    beside = {"edge.addr.json": _ADDR, "edge.route.json": _ROUTE}
    text = init.text({"edge.v4": rules(KEEP, *its), **beside})

    assert read(text)["networks"] == {"eth1": "10.0.0.0/24"}
    assert (allowed(text), doubtful(text)) == (sure, asked)
    is_bad = any(each.startswith("3306") for each in asked)
    assert init.check("--select", "FW205,FW208")[0] == int(is_bad)


_PUBLISHED = """\
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -i eth0 -p tcp --dport 16379 -j DNAT --to-destination 10.0.0.5:{port}
COMMIT
"""


@pytest.mark.parametrize("port", [6379, 443])
def test_what_is_published_is_looked_at_behind_its_translation(port: int, init: Init) -> None:
    beside = {"edge.addr.json": _ADDR, "edge.route.json": _ROUTE}
    passed = f"-A FORWARD -i eth0 -o eth1 -p tcp -m tcp --dport {port} -j ACCEPT"
    export = _PUBLISHED.format(port=port) + rules(KEEP, passed)

    text = init.text({"edge.v4": export, **beside})

    assert any(each.startswith("16379/tcp") for each in allowed(text)) is (port == 443)
    assert any(each.startswith("16379/tcp") for each in doubtful(text))


def test_each_service_that_people_must_not_find_open_has_an_entry_of_its_own(init: Init) -> None:
    opened = "-A INPUT -p tcp -m multiport --dports 22,443,5432 -j ACCEPT"
    text = init.text({"web.v4": rules(KEEP, opened)})

    assert [each.partition(" ")[0] for each in doubtful(text)] == ["22/tcp", "5432/tcp"]
    assert [each.partition(" ")[0] for each in allowed(text)] == ["443/tcp"]


def test_source_ports_are_a_doubt(init: Init) -> None:
    text = init.text({"web.v4": rules(KEEP, "-A INPUT -p udp --sport 53 --dport 5000 -j ACCEPT")})

    assert allowed(text) == []
    assert [each.partition(" ")[0] for each in doubtful(text)] == ["5000/udp"]


_FORWARD = (
    "<interface>wan</interface><ipprotocol>inet</ipprotocol><protocol>tcp</protocol>"
    "<source><any/></source><destination><network>wanip</network><port>8443</port></destination>"
    "<target>192.0.2.10</target><local-port>443</local-port><associated-rule-id>pass"
    "</associated-rule-id>"
)


def test_a_port_forward_to_another_port_is_proposed_at_the_public_one(init: Init) -> None:
    text = init.text({"edge.xml": config(nat=_FORWARD)})

    assert allowed(text) == ["8443/tcp from internet to 203.0.113.1"]
    assert init.check("--select", "FW2")[1].startswith("No findings")


def test_what_nobody_can_list_is_asked_for(init: Init) -> None:
    some = "\n".join(f"add all 203.{number}.113.0/24" for number in range(40))
    sets = f"create all hash:net family inet hashsize 1024 maxelem 65536\n{some}\n"
    text = init.text(
        {"web.v4": rules(_in(f"-m set --match-set all src {_HTTPS}")), "web.ipset": sets}
    )

    assert (allowed(text), doubtful(text)) == ([], ["443/tcp from ADDRESSES to site.web"])
    assert "too many to be listed" in text


_SIDES = {
    "both": (("wan0=internet", "lan0=10.0.0.0/8"), 0),
    "one": (("lan0=10.0.0.0/8",), 2),
    "one, and one that no rule has": (("wna0=internet", "lan0=10.0.0.0/8"), 2),
    "none": ((), 2),
}


@pytest.mark.parametrize(("said", "expected"), _SIDES.values(), ids=_SIDES)
def test_no_answer_is_clean_while_an_interface_is_unknown(
    said: tuple[str, ...], expected: int, init: Init
) -> None:
    given = (part for each in said for part in ("--interface", each))
    text = init.text({"edge.v4": EDGE}, "edge.v4", *given)

    assert init.check()[0] == expected
    assert ("MISSING" in text) is (expected == 2)


@pytest.mark.parametrize(
    "said", [(), ("lan0=10.0.0.0/8",), ("wan0=internet",), ("wna0=internet", "lan0=10.0.0.0/8")]
)
def test_what_is_open_to_a_machine_by_an_unknown_interface_is_found(
    said: tuple[str, ...], init: Init
) -> None:
    given = (part for each in said for part in ("--interface", each))
    opened = [_in(f"-i {name} -p tcp -m tcp --dport 3306") for name in ("wan0", "lan0")]
    init.text({"web.v4": rules(*opened)}, "web.v4", *given)

    status, found = init.check()
    assert (status, found.count("3306/tcp on web is open")) == (1, 2)


@pytest.mark.parametrize(
    ("rules_of_it", "lead"),
    [
        ((_in("-p tcp -m tcp --dport 443"), _in("-p tcp -m tcp --dport 6379")), True),
        ((_in("-p tcp -m multiport --dports 443,6379"),), False),
        ((_in("-p tcp -m tcp --dport 443"), _in("-p tcp -m tcp --dport 80")), False),
    ],
)
def test_an_entry_for_some_services_of_several_rules_says_so(
    rules_of_it: tuple[str, ...], lead: bool, init: Init
) -> None:
    text = init.text({"web.v4": rules(*rules_of_it)})

    said = "  # Some of these, which together open tcp 443, 6379:\n"
    assert text.count(said) == (2 if lead else 0)
    assert "web.v4:" in text

"""What is open by addresses of others that the device sends to itself, as a transparent proxy."""

import json
from pathlib import Path

import pytest

from tests.linter.checks.bare import findings
from tests.linter.checks.pf import config
from tests.linter.checks.samples import rules
from tests.linter.checks.test_open_table import lines_of
from tests.parsers.iproute.samples import LO, interface

_ADDR = json.dumps([LO, interface("eth0", "198.18.0.1/24"), interface("eth1", "10.1.0.1/24")])
_SSH = "-A INPUT -p tcp -m tcp --dport 22 -m conntrack --ctstate DNAT -j ACCEPT"
_IPTABLES = "-A PREROUTING {} -p tcp -m tcp --dport 2222 -j {}"
_REDIRECT, _TO_ITSELF = "REDIRECT --to-ports 22", "DNAT --to-destination 10.1.0.1:22"
_TO_ANOTHER = "DNAT --to-destination 10.1.0.9:22"
_SENT = "tcp 2222 | from any address | to {} -> {} | IPv4 @5"
_ITSELF = "the machine itself port 22"


@pytest.mark.parametrize(
    ("to", "target", "expected"),
    [
        ("-d 10.1.0.2", _REDIRECT, [_SENT.format("10.1.0.2", _ITSELF)]),
        ("-d 10.1.0.2", _TO_ITSELF, [_SENT.format("10.1.0.2", "10.1.0.1:22")]),
        ("-d 10.1.0.2", _TO_ANOTHER, []),
        ("-d 10.1.0.2", "ACCEPT", []),
        ("", _REDIRECT, [_SENT.format("any address", _ITSELF)]),
        ("-d 10.1.0.1", _REDIRECT, [_SENT.format("10.1.0.1", _ITSELF)]),
    ],
    ids=["redirected", "to its address", "to another machine", "no-op", "all", "its own address"],
)
def test_what_is_sent_to_others_is_open_where_it_is_translated_to_the_machine(
    to: str, target: str, expected: list[str], tmp_path: Path
) -> None:
    nat = _IPTABLES.format(to, target).replace("  ", " ")
    exports = {"web.rules": rules(_SSH, nat=nat), "web.addr.json": _ADDR}

    assert lines_of(tmp_path, **exports) == expected
    found = findings(tmp_path, "FW215", ipv6="no", **exports)
    assert [each.level for each in found] == ["warning" for _ in expected]


_TO_OTHERS = "-A PREROUTING -p tcp -m tcp --dport 2222 -m addrtype ! --dst-type LOCAL -j {}"
_NOT_TO_IT = "-A PREROUTING -m addrtype --dst-type LOCAL -j DROP"
_OTHERS = "any address except 10.1.0.1, 198.18.0.1"


@pytest.mark.parametrize(
    ("nat", "raw", "destination"),
    [
        (_TO_OTHERS.format(_REDIRECT), [], _ITSELF),
        (_TO_OTHERS.format(_TO_ITSELF), [], "10.1.0.1:22"),
        (_IPTABLES.format("-i eth0", _REDIRECT), [_NOT_TO_IT], _ITSELF),
        (_TO_OTHERS.format("ACCEPT"), [], ""),
    ],
    ids=["not what is to itself", "to its address", "dropped what is to itself", "no-op"],
)
def test_where_rules_ask_whose_an_address_is_others_are_open_too(
    nat: str, raw: list[str], destination: str, tmp_path: Path
) -> None:
    head = ["*raw", ":PREROUTING ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]", *raw, "COMMIT", ""]
    export = "\n".join(head) + rules(_SSH, nat=nat)

    alone = lines_of(tmp_path, **{"web.rules": export})
    known = lines_of(tmp_path, **{"web.rules": export, "web.addr.json": _ADDR})

    passes = [destination] if destination else []
    assert [each.rpartition("@")[0].split(" | ")[2:4] for each in known] == [
        [f"to {_OTHERS} -> {each}", "IPv4 "] for each in passes
    ]
    assert ["IPv4, possible" in each for each in alone] == [True for _ in passes]


_PASS = """
<type>pass</type><interface>wan</interface><ipprotocol>inet</ipprotocol><protocol>tcp</protocol>
<source><any/></source><destination><address>{}</address><port>22</port></destination>
"""
_FORWARD = """
<interface>wan</interface><protocol>tcp</protocol><target>{}</target><local-port>22</local-port>
<source><any/></source>
<destination><address>203.0.113.77</address><port>2222</port></destination>
"""


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("127.0.0.1", "tcp 22 (SSH) is open on edge to any address"),
        ("10.1.0.1", "tcp 22 (SSH) is open on edge to any address"),
        ("192.0.2.10", "tcp 22 (SSH) is open through edge to any address"),
    ],
    ids=["loopback", "its own address", "another machine"],
)
def test_port_forwards_of_pf_to_the_device_itself(
    target: str, expected: str, tmp_path: Path
) -> None:
    export = config(_PASS.format(target), nat=_FORWARD.format(target))

    found = findings(tmp_path, "FW215", ipv6="no", edge=export)

    assert [each.message for each in found] == [expected]

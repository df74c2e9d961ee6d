"""FW311: translations that the filter drops, and filter rules that are too late for an address."""

import json
from pathlib import Path

import pytest

from tests.linter.checks.bare import findings
from tests.linter.checks.pf import config
from tests.linter.checks.samples import rules

_DNAT = (
    "-A PREROUTING -d 203.0.113.5/32 -p tcp -m tcp --dport 443 "
    "-j DNAT --to-destination 10.1.0.10:8443"
)
_INSIDE = "-A FORWARD -d 10.1.0.10/32 -p tcp -m tcp --dport 8443 -j ACCEPT"
_PUBLIC = "-A FORWARD -d 203.0.113.5/32 -p tcp -m tcp --dport 443 -j ACCEPT"
_REDIRECT = "-A PREROUTING -i lan0 -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 3128"
_NOWHERE, _LATE = "drops all that this rule translates", "before this rule sees them"


def _said(folder: Path, text: str) -> list[str]:
    found = findings(folder, "FW311", export=text)
    return [_NOWHERE if each.message.endswith(_NOWHERE) else _LATE for each in found]


@pytest.mark.parametrize(
    ("body", "nat", "expected"),
    [
        ((_INSIDE,), _DNAT, []),
        ((), _DNAT, [_NOWHERE]),
        ((_INSIDE.replace("8443", "443"),), _DNAT, [_NOWHERE]),
        ((_INSIDE.replace("-d ", "-s 198.51.100.0/24 -d "),), _DNAT, []),
        ((_INSIDE.replace("-p tcp", "-m geoip --source-country DE -p tcp"),), _DNAT, []),
        ((_PUBLIC,), _DNAT, [_LATE, _NOWHERE]),
        ((_INSIDE, _PUBLIC), _DNAT, [_LATE]),
        ((_INSIDE, _PUBLIC.replace("ACCEPT", "DROP")), _DNAT, [_LATE]),
        ((_INSIDE, _PUBLIC.replace("FORWARD", "INPUT")), _DNAT, [_LATE]),
        ((_INSIDE, _PUBLIC.replace("443", "22")), _DNAT, []),
        ((_INSIDE, _PUBLIC), _DNAT.replace("-d ", "-i wan0 -d "), []),
        ((_INSIDE, "-A FORWARD -m conntrack --ctorigdst 203.0.113.5 -j ACCEPT"), _DNAT, []),
        (("-A INPUT -p tcp -m tcp --dport 3128 -j ACCEPT",), _REDIRECT, []),
        (("-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT",), _REDIRECT, [_NOWHERE]),
        ((_INSIDE,), "", []),
        ((), "-A POSTROUTING -o wan0 -j MASQUERADE", []),
    ],
    ids=[
        "permitted as it is behind the translation",
        "not permitted",
        "permitted at the port before the translation",
        "permitted for some senders",
        "perhaps permitted",
        "permitted at the public address only",
        "permitted at both",
        "dropped at the public address",
        "a rule for input with the public address",
        "another port of the public address",
        "translated at one interface only",
        "a rule with the original address",
        "a proxy that input permits",
        "a proxy that input drops",
        "no translation",
        "another translation",
    ],
)
def test_the_filter_permits_what_is_translated(
    body: tuple[str, ...], nat: str, expected: list[str], tmp_path: Path
) -> None:
    assert _said(tmp_path, rules(*body, nat=nat)) == expected


_NFT = """\
table inet filter {{
  chain forward {{
    type filter hook forward priority filter; policy drop;
    {rule}
  }}
}}
table inet nat {{
  chain prerouting {{
    type nat hook prerouting priority dstnat;
    ip daddr 203.0.113.5 tcp dport 443 dnat ip to 10.1.0.10:8443
  }}
}}
"""
_PF_NAT = """
<interface>wan</interface><protocol>tcp</protocol><source><any/></source>
<destination><network>wanip</network><port>443</port></destination>
<target>192.0.2.10</target><local-port>443</local-port>
"""
_PF_RULE = """
<type>pass</type><interface>wan</interface><ipprotocol>inet</ipprotocol><protocol>tcp</protocol>
<source><any/></source><destination><{0}>{1}</{0}><port>443</port></destination>
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (_NFT.format(rule="ip daddr 10.1.0.10 tcp dport 8443 accept"), []),
        (_NFT.format(rule="ct status dnat accept"), []),
        (_NFT.format(rule="tcp dport 443 accept"), [_NOWHERE]),
        (_NFT.format(rule="ip daddr 203.0.113.5 tcp dport 443 accept"), [_LATE, _NOWHERE]),
        (config(_PF_RULE.format("address", "web"), nat=_PF_NAT), []),
        (config(nat=_PF_NAT), [_NOWHERE]),
        (config(nat=_PF_NAT + "<associated-rule-id>pass</associated-rule-id>"), []),
        (config(_PF_RULE.format("network", "wanip"), nat=_PF_NAT), [_LATE, _NOWHERE]),
        (config(_PF_RULE.format("network", "wanip")), []),
    ],
    ids=[
        "nft: permitted",
        "nft: all that is translated is permitted",
        "nft: not permitted",
        "nft: the public address",
        "pf: permitted",
        "pf: not permitted",
        "pf: the translation passes",
        "pf: the public address",
        "pf: no translation",
    ],
)
def test_other_formats(text: str, expected: list[str], tmp_path: Path) -> None:
    assert _said(tmp_path, text) == expected


_BOTH = """\
table inet nat {{
  chain pre {{
    type nat hook prerouting priority dstnat;
    tcp dport 9100 redirect to :22
  }}
}}
table inet filter {{
  chain input {{
    type filter hook input priority filter; policy drop;
    {rule}
  }}
}}
"""


@pytest.mark.parametrize(
    ("rule", "is_silent"),
    [
        ("tcp dport 22 accept", True),
        ("ip saddr 0.0.0.0/1 tcp dport 22 accept", True),
        ("ip6 saddr 2001:db8::/32 tcp dport 22 accept", True),
        ("tcp dport 23 accept", False),
    ],
)
def test_a_translation_of_both_families_leads_somewhere_if_one_passes(
    rule: str, is_silent: bool, tmp_path: Path
) -> None:
    assert (_said(tmp_path, _BOTH.format(rule=rule)) == []) == is_silent


def test_both_places_are_shown(tmp_path: Path) -> None:
    (only,) = findings(tmp_path, "FW311", edge=rules(_INSIDE, _PUBLIC, nat=_DNAT))

    assert only.message == (
        "packets for 203.0.113.5 are translated on edge before this rule sees them"
    )
    assert [(each.span.line, each.label) for each in (only.place, *only.related)] == [
        (6, "these packets have another destination here"),
        (11, "translated here"),
    ]


_ALL = "all that this rule translates"
_MAP = """\
table ip nat {{
  map m {{
    type ipv4_addr : ipv4_addr
    elements = {{ 203.0.113.1 : 10.1.0.10, 203.0.113.2 : 10.1.0.11 }}
  }}
  map v {{
    type inet_service : verdict
    elements = {{ 80 : jump a, 443 : goto b, 22 : jump idle }}
  }}
  chain a {{ dnat to 10.1.0.10 }}
  chain b {{ dnat to 10.1.0.11 }}
  chain idle {{ counter }}
  chain prerouting {{
    type nat hook prerouting priority dstnat; policy accept;
    {nat}
  }}
}}
table ip filter {{
  chain forward {{
    type filter hook forward priority filter; policy drop;
    {rule}
  }}
}}
"""
_PORTS = "dnat ip to tcp dport map { 80 : 10.1.0.10, 443 : 10.1.0.11 }"
_JSON_PORTS = {
    "addr": {
        "map": {
            "key": {"payload": {"protocol": "tcp", "field": "dport"}},
            "data": {"set": [[80, "10.1.0.10"], [443, "10.1.0.11"]]},
        }
    }
}


@pytest.mark.parametrize(
    ("nat", "rule", "expected"),
    [
        (_PORTS, "ip daddr { 10.1.0.10, 10.1.0.11 } accept", []),
        (_PORTS, "ip daddr 10.1.0.10 accept", ["all that this rule sends to 10.1.0.11"]),
        (_PORTS, "ip daddr 10.1.0.11 accept", ["all that this rule sends to 10.1.0.10"]),
        (
            _PORTS,
            "ip daddr 10.1.0.12 accept",
            ["all that this rule sends to 10.1.0.10", "all that this rule sends to 10.1.0.11"],
        ),
        ("dnat to ip daddr map @m", "tcp dport 80 accept", []),
        (
            "dnat to ip daddr map @m",
            "ip daddr 10.1.0.10 accept",
            ["all that this rule sends to 10.1.0.11"],
        ),
        (
            "dnat to numgen inc mod 2 map { 0 : 10.1.0.10, 1 : 10.1.0.11 }",
            "ip daddr 10.1.0.10 accept",
            ["all that this rule sends to 10.1.0.11"],
        ),
        ("tcp dport vmap @v", "accept", []),
        ("tcp dport vmap @v", "ip daddr 10.1.0.10 accept", [_ALL]),
        ("tcp dport vmap @v", "ip daddr 10.1.0.12 accept", [_ALL, _ALL]),
        (
            "redirect to tcp dport map { 80 : 8080, 443 : 8443 }",
            "accept",
            ["all that this rule sends to port 8443"],
        ),
        ("tcp dport 80-90 dnat to 10.1.0.10", "tcp dport 80 accept", []),
        (
            "tcp dport { 80, 443 } dnat to 10.1.0.10",
            "ip daddr 10.1.0.10 tcp dport 80 accept",
            [],
        ),
        ("dnat to 10.1.0.10-10.1.0.11", "ip daddr 10.1.0.10 accept", []),
    ],
    ids=[
        "both targets are permitted",
        "the second is not",
        "the first is not",
        "neither is",
        "a named map, permitted",
        "a named map, one target is not",
        "in turn, one target is not",
        "a verdict map, permitted",
        "a verdict map, one chain leads nowhere",
        "a verdict map, both do",
        "a map of ports of the device itself",
        "one target of several ports",
        "one target of a set",
        "one target of several addresses",
    ],
)
def test_each_target_of_a_map_is_judged_by_itself(
    nat: str, rule: str, expected: list[str], tmp_path: Path
) -> None:
    text = _MAP.format(nat=nat, rule=rule) + _INPUT
    found = findings(tmp_path, "FW311", edge=text)
    assert [each.message.partition("drops ")[2] for each in found] == expected
    assert len({each.key for each in found}) == len(found)


_INPUT = """\
table ip own {
  chain input {
    type filter hook input priority filter; policy drop;
    tcp dport 8080 accept
  }
}
"""


@pytest.mark.parametrize(
    ("permitted", "expected"),
    [
        (["10.1.0.10", "10.1.0.11"], []),
        (["10.1.0.10"], ["all that this rule sends to 10.1.0.11"]),
        (
            ["10.1.0.12"],
            ["all that this rule sends to 10.1.0.10", "all that this rule sends to 10.1.0.11"],
        ),
    ],
)
def test_each_target_of_a_map_in_json_is_judged_by_itself(
    permitted: list[str], expected: list[str], tmp_path: Path
) -> None:
    where = {"family": "ip", "table": "t"}
    hooks = (("prerouting", "nat", -100, "accept"), ("forward", "filter", 0, "drop"))
    address = {"payload": {"protocol": "ip", "field": "daddr"}}
    match = {"op": "==", "left": address, "right": {"set": permitted}}
    accepting = [{"match": match}, {"accept": None}]
    items = [
        {"table": {"family": "ip", "name": "t"}},
        *(
            {"chain": {**where, "name": n, "type": kind, "hook": n, "prio": prio, "policy": policy}}
            for n, kind, prio, policy in hooks
        ),
        {"rule": {**where, "chain": "prerouting", "expr": [{"dnat": _JSON_PORTS}]}},
        {"rule": {**where, "chain": "forward", "expr": accepting}},
    ]
    found = findings(tmp_path, "FW311", edge=json.dumps({"nftables": items}))
    assert [each.message.partition("drops ")[2] for each in found] == expected

"""Translations to where nobody knows, and from an address that the device chooses."""

from pathlib import Path

import pytest

from tests.linter.checks.forwards import POLICY
from tests.linter.checks.samples import (
    EDGE,
    EXPOSURE,
    HOST,
    HTTPS,
    HTTPS_IN,
    KEEP,
    KEEP_IN,
    REQUIRED,
    Asking,
    lines,
    policy,
    rules,
    site,
)

found = Asking(*REQUIRED, *EXPOSURE)

_NFT = """\
table ip nat {{
  chain pre {{
    type nat hook prerouting priority dstnat; policy accept;
    iifname "wan0" ip daddr 203.0.113.99 tcp dport 8443 {}
  }}
}}
table ip filter {{
  chain fwd {{
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    iifname "wan0" ct original ip daddr 203.0.113.99 accept
    iifname "wan0" ip daddr 192.0.2.10 tcp dport 443 accept
  }}
}}
"""


@pytest.mark.parametrize("goal", ["dnat to ip saddr", 'xt target "DNAT"'])
def test_where_nobody_knows_the_goal_of_a_port_forward_it_may_be_any_machine(
    tmp_path: Path, goal: str
) -> None:
    findings = found(tmp_path, POLICY, site(), {"edge.rules": _NFT.format(goal)})

    assert [(each.check, each.certainty, each.reasons) for each in findings] == [
        ("FW205", "possible", ("the address to which a translation sends the packets",))
    ]


def test_a_source_that_the_device_chooses_is_not_guessed(tmp_path: Path) -> None:
    masquerade = "-A POSTROUTING -o dmz0 -j MASQUERADE"
    exports = {
        "edge.rules": rules(KEEP, HTTPS, nat=masquerade),
        "web.rules": rules(KEEP_IN, HTTPS_IN),
    }

    actual = found(tmp_path, policy(), site(EDGE, HOST), exports)

    assert lines(actual)[0] == (
        "web.rules:2: FW109 warning (possible): cannot decide whether required "
        "flow shop.https (443/tcp) from users to web is permitted on web [tcp "
        "10.1.0.7:40000 > 192.0.2.10:443]"
    )


@pytest.mark.parametrize(
    "target",
    [
        "NETMAP --to 192.0.2.0/24",
        "DNAT --to-somewhere 192.0.2.10",
    ],
)
def test_where_a_target_outside_the_model_sends_packets_is_not_known(
    target: str, tmp_path: Path
) -> None:
    """NETMAP in a chain that PREROUTING calls, and a target that is misspelt."""
    nat = f":moved - [0:0]\n-A PREROUTING -j moved\n-A moved -d 203.0.113.0/24 -j {target}"
    text = policy("id: https, from: internet, service: 443/tcp")
    bind = "{web: {address: 192.0.2.10, public: 203.0.113.10}}"
    edge = rules(
        KEEP, "-A FORWARD -d 192.0.2.10/32 -i wan0 -p tcp -m tcp --dport 443 -j ACCEPT", nat=nat
    )

    actual = found(tmp_path, text, site(EDGE, bind=bind), {"edge.rules": edge})

    required = [each for each in actual if each.flow == "shop.https"]
    assert {(each.check, each.certainty) for each in required} == {("FW109", "possible")}


@pytest.mark.parametrize("own", ["", "addresses: [192.0.2.1, 10.1.0.1], "])
def test_what_a_firewall_redirects_to_itself_it_does_not_pass_on(own: str, tmp_path: Path) -> None:
    redirect = "-A PREROUTING -i lan0 -p tcp -m tcp --dport 443 -j REDIRECT --to-ports 3128"
    exports = {"edge.rules": rules(KEEP, "-A FORWARD -i lan0 -p tcp -j ACCEPT", nat=redirect)}

    actual = found(tmp_path, policy(), site(EDGE.replace("ipv6", f"{own}ipv6")), exports)

    told = sorted(f"{each.check} {each.certainty}" for each in actual)
    assert told == ["FW101 certain", "FW205 certain"], lines(actual)


@pytest.mark.parametrize("bind", ["192.0.2.10", "{address: 192.0.2.10, public: 203.0.113.10}"])
def test_what_a_translation_sends_on_only_perhaps_is_perhaps_open(
    bind: str, tmp_path: Path
) -> None:
    unread = "-p tcp -m tcp --dport 8443 -m string --string x --algo bm"
    edge = rules(
        "-A FORWARD -m conntrack --ctstate DNAT -j ACCEPT",
        "-A FORWARD -d 203.0.113.10/32 -p tcp -j ACCEPT",
        nat=f"-A PREROUTING -d 203.0.113.10/32 {unread} -j DNAT --to-destination 192.0.2.10",
    )

    actual = found(tmp_path, POLICY, site(bind=f"{{web: {bind}}}"), {"edge.rules": edge})

    opened = [each for each in actual if each.check == "FW205"]
    assert {each.certainty for each in opened} == {"possible"}
    assert {each.reasons[0] for each in opened} == {
        "the address to which a translation sends the packets"
    }

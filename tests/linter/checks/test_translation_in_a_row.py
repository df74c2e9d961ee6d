"""Address translation where packets cross several devices, one after the other."""

from pathlib import Path

import pytest

from tests.linter.checks.forwards import DNAT, POLICY, PUBLIC, TO_WEB, WRONG
from tests.linter.checks.samples import (
    EDGE,
    EXPOSURE,
    HOST,
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
_required = Asking(*REQUIRED)


_CHAIN = "{transfer: 10.9.0.0/24, office: 10.1.0.0/16, dmz: 192.0.2.0/24}"
_IN_A_ROW = (
    (
        "outer: {config: outer.rules, ipv6: no, "
        "interfaces: {wan0: internet, mid0: [transfer, office]}}"
    ),
    "inner: {config: inner.rules, ipv6: no, interfaces: {mid1: transfer, dmz0: dmz}}",
)
_PLAIN = TO_WEB.replace(" -i wan0", "")


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        (rules(KEEP, _PLAIN, nat=DNAT), rules(KEEP, _PLAIN), []),
        (
            rules(KEEP, _PLAIN.replace("192.0.2.10", "203.0.113.5")),
            rules(KEEP, _PLAIN, nat=DNAT.replace("wan0", "mid1")),
            [],
        ),
        (
            rules(KEEP, _PLAIN.replace(".10/", ".99/"), nat=WRONG),
            rules(KEEP, _PLAIN.replace(".10/", ".99/")),
            [
                (
                    "outer.rules:11: FW101 error: required flow shop.https (443/tcp) from "
                    "the internet to web is sent to the wrong address or port by outer "
                    "[tcp 8.8.8.7:40000 > 203.0.113.5:443 in wan0 out mid0]"
                )
            ],
        ),
    ],
    ids=["the outer one", "the inner one", "the outer one, wrongly"],
)
def test_any_device_on_the_way_may_translate_the_public_address(
    outer: str, inner: str, expected: list[str], tmp_path: Path
) -> None:
    exports = {"outer.rules": outer, "inner.rules": inner}
    text = site(*_IN_A_ROW, networks=_CHAIN, bind=PUBLIC)

    assert lines(found(tmp_path, POLICY, text, exports)) == expected


def test_only_what_is_translated_on_the_way_comes_to_a_machine_for_another_address(
    tmp_path: Path,
) -> None:
    forward = "-A PREROUTING -i wan0 -p tcp -m tcp --dport 8443 -j DNAT --to-destination 192.0.2.10"
    own = "-A PREROUTING -p tcp -m tcp --dport 7777 -j DNAT --to-destination 192.0.2.10:9999"
    opening = "-A INPUT -p tcp -m tcp --dport 9999 -j ACCEPT"
    https = opening.replace("9999", "443")
    exports = {
        "edge.rules": rules(KEEP, TO_WEB, nat=forward),
        "web.rules": rules(KEEP_IN, https, opening, nat=own),
    }

    actual = found(tmp_path, POLICY, site(EDGE, HOST), exports)

    assert [
        (each.check, each.witness, each.extent) for each in actual if each.check == "FW205"
    ] == [
        (
            "FW205",
            "tcp 198.51.100.7:40000 > 192.0.2.10:7777",
            "tcp 7777, 9999 from any address except 192.0.2.10 to 192.0.2.10",
        )
    ]


_SNAT = "-A POSTROUTING -s 192.0.2.10/32 -o mid1 -j SNAT --to-source 10.9.0.2"
_OUT = "-A FORWARD -s {}/32 -d 198.51.100.20/32 -p tcp -m tcp --dport 443 -j {}"


@pytest.mark.parametrize(
    ("outer", "expected"),
    [
        ((_OUT.format("10.9.0.2", "ACCEPT"),), []),
        (
            (_OUT.format("10.9.0.2", "DROP"), "-A FORWARD -p tcp -m tcp --dport 443 -j ACCEPT"),
            [
                (
                    "outer.rules:6: FW101 error: required flow shop.out (443/tcp) from web to "
                    "cloud is blocked on outer "
                    "[tcp 192.0.2.10:40000 > 198.51.100.20:443 in mid0 out wan0]"
                )
            ],
        ),
    ],
    ids=["passed", "dropped"],
)
def test_rules_about_an_address_that_another_device_gave_the_packets_count(
    outer: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    flow = policy("id: out, from: web, to: cloud, service: 443/tcp")
    exports = {
        "outer.rules": rules(KEEP, *outer),
        "inner.rules": rules(KEEP, _OUT.format("192.0.2.10", "ACCEPT"), nat=_SNAT),
    }
    text = site(*_IN_A_ROW, networks=_CHAIN, bind="{web: 192.0.2.10, cloud: 198.51.100.20}")

    assert lines(_required(tmp_path, flow, text, exports)) == expected


_TWO_UPLINKS = (
    "edge: {config: edge.rules, ipv6: no, interfaces: {wan0: internet, wan1: internet, dmz0: dmz}}",
    HOST,
)
_DOOR = "-A INPUT -s 198.51.100.0/28 -d 192.0.2.10/32 -p tcp -m tcp --dport 8444 -j ACCEPT"
_OPEN = "8444/tcp on web is open to 198.51.100.0/28 (internet); no policy asks for it"


@pytest.mark.parametrize(
    ("uplink", "door", "expected"),
    [
        ("-i wan0 ", _DOOR, [_OPEN]),
        ("", _DOOR, [_OPEN]),
        ("-i wan0 ", "", []),
        ("-i wan0 ", _DOOR.replace("192.0.2.10", "203.0.113.9"), []),
    ],
    ids=["on one uplink", "on both", "closed", "for another address"],
)
def test_a_forward_on_one_of_two_uplinks_opens_the_machine_behind(
    uplink: str, door: str, expected: list[str], tmp_path: Path
) -> None:
    sent_on = (
        f"-A PREROUTING -d 203.0.113.5/32 {uplink}-p tcp -m tcp --dport 8444 "
        "-j DNAT --to-destination 192.0.2.10"
    )
    edge = rules("-A FORWARD -d 192.0.2.10/32 -p tcp -m tcp --dport 8444 -j ACCEPT", nat=sent_on)
    bind = "{web: {address: 192.0.2.10, public: 203.0.113.5}, users: 10.1.0.0/16}"
    text = site(*_TWO_UPLINKS, bind=bind)
    exports = {"edge.rules": edge, "web.rules": rules(door)}

    findings = Asking("FW205")(tmp_path, policy(), text, exports)

    # That a machine may have another address that its rules name is possible, not certain.
    on_the_machine = [
        each
        for each in findings
        if each.device == "web" and "whether 203.0.113.9 is an address of web" not in each.reasons
    ]
    assert [each.message for each in on_the_machine] == expected
    assert {each.certainty for each in on_the_machine} <= {"certain"}

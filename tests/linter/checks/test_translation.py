"""Address translation on the way: port-forwards to public addresses, other sources, REDIRECT."""

import re
from pathlib import Path

import pytest

from tests.linter.checks.forwards import DNAT, POLICY, PUBLIC, TO_WEB, WRONG
from tests.linter.checks.samples import (
    BIND,
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

_TO_ALL = "-A FORWARD -i wan0 -p tcp -m tcp --dport 443 -j ACCEPT"
_PACKET = "[tcp 8.8.8.7:40000 > 203.0.113.5:443 in wan0 out dmz0]"
_BLOCKED = (
    "edge.rules:3: FW101 error: required flow shop.https (443/tcp) from the "
    f"internet to web is blocked on edge {_PACKET}"
)
_MISLED = (
    "FW101 error: required flow shop.https (443/tcp) from the internet to web is sent to the wrong "
    f"address or port by edge {_PACKET}"
)


@pytest.mark.parametrize(
    ("rule", "nat", "expected"),
    [
        (TO_WEB, DNAT, []),
        (TO_WEB, DNAT + ":443", []),
        (TO_WEB, "", [_BLOCKED]),
        (_TO_ALL, "", [f"edge.rules:6: {_MISLED}"]),
        (TO_WEB, WRONG, [_BLOCKED]),
        (TO_WEB.replace(".10", ".99"), WRONG, [f"edge.rules:11: {_MISLED}"]),
        (TO_WEB.replace("443", "8443"), DNAT + ":8443", [f"edge.rules:11: {_MISLED}"]),
        (TO_WEB, DNAT.replace("443", "444"), [_BLOCKED]),
    ],
    ids=[
        "forwarded",
        "forwarded to the port that it is",
        "not forwarded",
        "not forwarded, and let through",
        "forwarded to another machine, which is blocked",
        "forwarded to another machine, which is open",
        "forwarded to another port",
        "another port is forwarded",
    ],
)
def test_a_public_address_must_be_translated_to_the_machine(
    rule: str, nat: str, expected: list[str], tmp_path: Path
) -> None:
    exports = {"edge.rules": rules(KEEP, rule, nat=nat)}

    actual = found(tmp_path, POLICY, site(bind=PUBLIC), exports)

    required = [each for each in lines(actual) if "FW205" not in each]
    assert required == expected


_TRANSLATE = (
    "on edge, translate the destination of tcp 443 from the internet to 203.0.113.5 into "
    "192.0.2.10, and permit it there"
)
_OTHERWISE = "on edge, translate the public address to the machine's own, and not the port"


@pytest.mark.parametrize(
    ("rule", "nat", "label", "remedy"),
    [
        (_TO_ALL, "", "accepted here, and no rule translates 203.0.113.5", _TRANSLATE),
        (TO_WEB.replace(".10", ".99"), WRONG, "sent from here to 192.0.2.99, port 443", _OTHERWISE),
        (
            TO_WEB.replace("443", "8443"),
            DNAT + ":8443",
            "sent from here to 192.0.2.10, port 8443",
            _OTHERWISE,
        ),
    ],
    ids=["not forwarded", "to another machine", "to another port"],
)
def test_a_port_forward_that_goes_wrong_says_where_it_goes(
    rule: str, nat: str, label: str, remedy: str, tmp_path: Path
) -> None:
    exports = {"edge.rules": rules(KEEP, rule, nat=nat)}

    actual = found(tmp_path, POLICY, site(bind=PUBLIC), exports)

    (misled,) = (each for each in actual if each.check == "FW101")
    assert misled.label == label
    assert misled.remedy == remedy


def test_the_machine_behind_a_port_forward_sees_its_own_address(tmp_path: Path) -> None:
    exports = {
        "edge.rules": rules(KEEP, TO_WEB, nat=DNAT),
        "web.rules": rules(
            KEEP_IN, "-A INPUT -d 192.0.2.10/32 -p tcp -m tcp --dport 443 -j ACCEPT"
        ),
    }

    assert found(tmp_path, POLICY, site(EDGE, HOST, bind=PUBLIC), exports) == []


def test_the_machine_behind_a_port_forward_can_still_block_it(tmp_path: Path) -> None:
    exports = {
        "edge.rules": rules(KEEP, TO_WEB, nat=DNAT),
        "web.rules": rules(KEEP_IN, HTTPS_IN),
    }

    actual = found(tmp_path, POLICY, site(EDGE, HOST, bind=PUBLIC), exports)

    assert lines(actual) == [
        (
            "web.rules:2: FW101 error: required flow shop.https (443/tcp) from the "
            "internet to web is blocked on web [tcp 8.8.8.7:40000 > "
            "203.0.113.5:443]"
        )
    ]


_TO_ONE = "-A INPUT -d 192.0.2.10/32 -p tcp -m tcp --dport 443 -j ACCEPT"


@pytest.mark.parametrize(
    ("nat", "expected"),
    [(WRONG, ["edge"]), (DNAT, []), (DNAT.replace("443", "444"), ["edge"])],
    ids=["to another machine", "to this machine", "not translated"],
)
def test_a_machine_blocks_nothing_that_is_sent_to_another(
    nat: str, expected: list[str], tmp_path: Path
) -> None:
    exports = {
        "edge.rules": rules(KEEP, _TO_ALL, nat=nat),
        "web.rules": rules(KEEP_IN, _TO_ONE),
    }

    actual = found(tmp_path, POLICY, site(EDGE, HOST, bind=PUBLIC), exports)

    assert sorted(each.device for each in actual if each.check == "FW101") == expected


def test_a_second_port_forward_is_an_opening(tmp_path: Path) -> None:
    ssh = DNAT.replace("443", "2222") + ":22"
    exports = {"edge.rules": rules(KEEP, TO_WEB, TO_WEB.replace("443", "22"), nat=f"{DNAT}\n{ssh}")}

    actual = found(tmp_path, POLICY, site(bind=PUBLIC), exports)

    assert lines(actual) == [
        (
            "edge.rules:7: FW205 warning: 22, 2222/tcp on web are open to the internet "
            "through edge; no policy asks for it [tcp 198.51.100.7:40000 > "
            "192.0.2.10:22 in wan0 out dmz0]"
        )
    ]


_SSH = policy("id: https, from: internet, service: 443/tcp", "id: ssh, service: 22/tcp, admin: yes")


@pytest.mark.parametrize(
    ("forward", "expected"),
    [
        pytest.param(
            DNAT.replace("443", "2222") + ":22",
            [
                (
                    "FW203 critical: administration port 2222/tcp of web (shop.ssh) is open to "
                    "the internet through edge [tcp 198.51.100.7:40000 > 203.0.113.5:2222 in "
                    "wan0 out dmz0]"
                )
            ],
            id="under another number",
        ),
        pytest.param(
            DNAT.replace("443", "22"),
            [
                (
                    "FW203 critical: administration port 22/tcp of web (shop.ssh) is open to "
                    "the internet through edge [tcp 198.51.100.7:40000 > 203.0.113.5:22 in "
                    "wan0 out dmz0]"
                )
            ],
            id="under its own",
        ),
        pytest.param(
            DNAT.replace("443", "2222") + ":23",
            [
                (
                    "FW205 error: 2222/tcp on web is open to the internet through edge; "
                    "no policy asks for it [tcp 198.51.100.7:40000 > 203.0.113.5:2222 in "
                    "wan0 out dmz0]"
                )
            ],
            id="to another port",
        ),
        pytest.param(
            DNAT.replace("443", "2222").replace("2.10", "2.11") + ":22",
            [
                (
                    "FW205 warning (possible): 2222/tcp on web is open to the internet through "
                    "edge; "
                    "no policy asks for it [tcp 198.51.100.7:40000 > 203.0.113.5:2222 in "
                    "wan0 out dmz0]"
                )
            ],
            id="to another machine",
        ),
        pytest.param(
            (DNAT.replace("443", "2222") + ":22").replace("-i wan0", "-i wan0 -s 10.1.0.0/16"),
            [],
            id="not from the internet",
        ),
    ],
)
def test_an_administrators_port_is_one_under_any_number(
    tmp_path: Path, forward: str, expected: list[str]
) -> None:
    inside = "-A FORWARD -i lan0 -d 192.0.2.10/32 -p tcp -m tcp --dport 22 -j ACCEPT"
    forwarded = "-A FORWARD -i wan0 -p tcp -m conntrack --ctstate DNAT -j ACCEPT"
    exports = {"edge.rules": rules(KEEP, inside, forwarded, nat=f"{DNAT}\n{forward}")}

    actual = lines(found(tmp_path, _SSH, site(bind=PUBLIC), exports))

    assert [text.split(": ", 1)[1].split(" on edge")[0] for text in actual] == expected


# Packets to addresses that the site names nowhere, which a rule sends to a machine of a role.
_ELSEWHERE = DNAT.replace("203.0.113.5", "203.0.113.99")
_TO_SSH = _ELSEWHERE.replace("443", "2222") + ":22"
_WHOLE = "[tcp 198.51.100.7:40000 > 203.0.113.106:{} in wan0 out dmz0]"
_AT = "[tcp 198.51.100.7:40000 > 203.0.113.99:{} in wan0 out dmz0]"


@pytest.mark.parametrize("bind", [BIND, PUBLIC], ids=["none named", "one named"])
@pytest.mark.parametrize(
    ("forward", "expected"),
    [
        pytest.param(
            _TO_SSH,
            [
                (
                    "FW203 critical: administration port 2222/tcp of web (shop.ssh) is open "
                    f"{_AT.format(2222)}"
                )
            ],
            id="an administrators' port",
        ),
        pytest.param(
            _TO_SSH.replace(":22", ":23"),
            [f"FW205 error: 2222/tcp on web is open {_AT.format(2222)}"],
            id="a port of no flow",
        ),
        pytest.param(_ELSEWHERE, [], id="a flow from the internet, to its port"),
        pytest.param(
            _ELSEWHERE.replace("443", "8443") + ":443",
            [f"FW205 warning: 8443/tcp on web is open {_AT.format(8443)}"],
            id="a flow from the internet, under another number",
        ),
        pytest.param(_TO_SSH.replace("2.10", "2.11"), [], id="to another machine"),
        pytest.param(_TO_SSH.replace("wan0", "lan0"), [], id="from nowhere"),
        pytest.param(
            _TO_SSH.replace("-i wan0", "-i wan0 -s 10.1.0.0/16"), [], id="from forged senders"
        ),
        pytest.param(
            "-A PREROUTING -i wan0 -d 203.0.113.96/28 -j NETMAP --to 192.0.2.0/28",
            [
                (
                    "FW203 critical: administration port 22/tcp of web (shop.ssh) is open "
                    f"{_WHOLE.format(22)}"
                ),
                f"FW205 error: every tcp port except 22, 443 on web is open {_WHOLE.format(80)}",
            ],
            id="a whole network",
        ),
    ],
)
def test_a_port_forward_from_any_address_is_an_opening(
    tmp_path: Path, forward: str, expected: list[str], bind: str
) -> None:
    forwarded = "-A FORWARD -i wan0 -p tcp -m conntrack --ctstate DNAT -j ACCEPT"
    exports = {"edge.rules": rules(KEEP, TO_WEB, forwarded, nat=f"{DNAT}\n{forward}")}

    findings = found(tmp_path, _SSH, site(bind=bind), exports)

    opened = lines([each for each in findings if each.check.startswith("FW2")])
    assert [re.sub(r".*?: (.* open) .*\[", r"\1 [", text) for text in opened] == expected


_SNAT = "-A POSTROUTING -s 10.1.0.0/16 -o dmz0 -j SNAT --to-source 192.0.2.1"
_FROM_EDGE = HTTPS_IN.replace("10.1.0.0/16", "192.0.2.1/32")


@pytest.mark.parametrize(
    ("nat", "host", "expected"),
    [
        (_SNAT, _FROM_EDGE, []),
        (
            _SNAT,
            HTTPS_IN,
            [
                (
                    "web.rules:2: FW101 error: required flow shop.https (443/tcp) from "
                    "users to web is blocked on web [tcp 10.1.0.7:40000 > 192.0.2.10:443]"
                )
            ],
        ),
        (
            "",
            _FROM_EDGE,
            [
                (
                    "web.rules:2: FW101 error: required flow shop.https (443/tcp) from "
                    "users to web is blocked on web [tcp 10.1.0.7:40000 > 192.0.2.10:443]"
                ),
                (
                    "web.rules:6: FW202 warning: 443/tcp on web is open to dmz; shop.https "
                    "is for users only [tcp 192.0.2.1:40000 > 192.0.2.10:443]"
                ),
            ],
        ),
    ],
    ids=["the host knows the new source", "the host knows the old source", "no translation"],
)
def test_behind_another_source_the_machine_must_permit_that_one(
    nat: str, host: str, expected: list[str], tmp_path: Path
) -> None:
    exports = {"edge.rules": rules(KEEP, HTTPS, nat=nat), "web.rules": rules(KEEP_IN, host)}

    actual = found(tmp_path, policy(), site(EDGE, HOST), exports)

    assert lines(actual) == expected


_REDIRECT = "-A PREROUTING -p tcp -m tcp --dport 443 -j REDIRECT --to-ports 8443"


@pytest.mark.parametrize(
    ("port", "expected"),
    [
        (
            "443",
            [
                (
                    "web.rules:2: FW101 error: required flow shop.https (443/tcp) from "
                    "users to web is blocked on web [tcp 10.1.0.7:40000 > 192.0.2.10:443]"
                )
            ],
        ),
        (
            "8443",
            [
                (
                    "web.rules:6: FW205 warning: 8443/tcp on web is open to office; no "
                    "policy asks for it [tcp 10.1.0.7:40000 > 192.0.2.10:8443]"
                )
            ],
        ),
    ],
    ids=["the filter has the port that is asked for", "the filter has the new port"],
)
def test_the_filter_of_a_machine_that_redirects_must_permit_the_new_port(
    port: str, expected: list[str], tmp_path: Path
) -> None:
    exports = {"web.rules": rules(KEEP_IN, HTTPS_IN.replace("443", port), nat=_REDIRECT)}

    assert lines(found(tmp_path, policy(), site(HOST), exports)) == expected

"""Two routers in a row that translate: which one has to, and what is open behind the next one."""

from pathlib import Path

import pytest

from tests.linter.checks.samples import EXPOSURE, KEEP, REQUIRED, Asking, policy, rules, site

found = Asking(*REQUIRED)

_OWN, _OTHER = "192.0.2.10", "192.0.2.99"
_DNAT = f"-A PREROUTING -d {_OWN}/32 -p tcp -m tcp --dport 443 -j DNAT --to-destination {{}}"
_LET_ON = KEEP, "-A FORWARD -s 10.1.0.0/16 -d 192.0.2.0/24 -p tcp -j ACCEPT"
_ROW = (
    "one: {config: one.rules, ipv6: no, interfaces: {lan0: office, mid0: mid}}",
    "two: {config: two.rules, ipv6: no, interfaces: {mid0: mid, dmz0: dmz}}",
)
_NETWORKS = "{office: 10.1.0.0/16, mid: 10.9.0.0/24, dmz: 192.0.2.0/24}"


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        (_DNAT.format(_OTHER), "", ["one FW101"]),
        ("", _DNAT.format(_OTHER), ["two FW101"]),
        (_DNAT.format(_OTHER), _DNAT.replace(_OWN, _OTHER).format(_OWN), []),
        (_DNAT.format(_OTHER), _DNAT.replace("443", "8443").format(_OTHER), ["one FW101"]),
        ("", "", []),
    ],
    ids=["by the first", "by the second", "there and back", "by the first alone", "by none"],
)
def test_of_two_routers_the_last_one_that_translates_sends_it_on(
    one: str, two: str, expected: list[str], tmp_path: Path
) -> None:
    text = site(*_ROW, networks=_NETWORKS)
    exports = {"one.rules": rules(*_LET_ON, nat=one), "two.rules": rules(*_LET_ON, nat=two)}

    actual = found(tmp_path, policy(), text, exports)

    assert [f"{each.device} {each.check}" for each in actual] == expected


_PUBLIC = "203.0.113.10"
_TO_OWN = f"-A PREROUTING -d {{}}/32 -p tcp -m tcp --dport 443 -j DNAT --to-destination {_OWN}"
_ELSEWHERE = "-A PREROUTING -i dmz0 -d 192.0.2.77/32 -j DNAT --to-destination 192.0.2.78"


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        (_TO_OWN.format(_PUBLIC), _ELSEWHERE, []),
        (_TO_OWN.format("203.0.113.99"), _ELSEWHERE, ["one FW101"]),
        ("", _TO_OWN.format("203.0.113.99"), ["one FW101", "two FW101"]),
        ("", _TO_OWN.format(_PUBLIC), ["one FW101"]),
    ],
    ids=[
        "as it should be",
        "the first translates another one",
        "the second does, and the first lets nothing on",
        "the first lets nothing on",
    ],
)
def test_a_public_address_is_for_the_router_that_translates_what_comes_by_there(
    one: str, two: str, expected: list[str], tmp_path: Path
) -> None:
    devices = _ROW[0].replace("lan0: office", "wan0: internet"), _ROW[1]
    text = site(
        *devices, networks=_NETWORKS, bind=f"{{web: {{address: {_OWN}, public: {_PUBLIC}}}}}"
    )
    on = "-A FORWARD -d 192.0.2.0/24 -p tcp -j ACCEPT"
    exports = {"one.rules": rules(KEEP, on, nat=one), "two.rules": rules(KEEP, on, nat=two)}
    flow = policy("id: https, from: internet, service: 443/tcp")

    actual = found(tmp_path, flow, text, exports)

    assert [f"{each.device} {each.check}" for each in actual if each.device] == expected


_OPEN = Asking(*EXPOSURE)


@pytest.mark.parametrize(
    ("two", "expected"),
    [
        ("", ["certain"]),
        (_DNAT.format(_OTHER).replace("-p tcp", "-i mid0 -p tcp"), ["possible"]),
        (
            "-A PREROUTING -i mid0 -p tcp -m tcp --dport 443 -j REDIRECT --to-ports 3129",
            ["possible"],
        ),
        ("-A PREROUTING -i mid0 -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 3128", ["certain"]),
        (_DNAT.format(f"{_OWN}:443"), ["certain"]),
    ],
    ids=["nobody", "another machine", "a proxy", "a proxy for another port", "the same machine"],
)
def test_what_passes_one_router_is_perhaps_open_where_the_next_one_leads_it_away(
    two: str, expected: list[str], tmp_path: Path
) -> None:
    devices = _ROW[0].replace("lan0: office", "wan0: internet, lan0: office"), _ROW[1]
    on = "-A FORWARD -d 192.0.2.10/32 -p tcp -m tcp --dport 443 -j ACCEPT"
    exports = {"one.rules": rules(KEEP, on), "two.rules": rules(KEEP, on, nat=two)}

    actual = _OPEN(tmp_path, policy(), site(*devices, networks=_NETWORKS), exports)

    one = [each for each in actual if each.device == "one" and each.check == "FW202"]
    assert [each.certainty for each in one] == expected
    assert [each.reasons for each in one if each.certainty == "possible"] == [
        ("where two sends these packets",) for each in expected if each == "possible"
    ]

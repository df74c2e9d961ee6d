"""Translations that lead away what is sent to a machine's own address, public or not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.linter.checks import pf
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
    policy,
    rules,
    site,
)

found = Asking(*REQUIRED)

_OWN, _OTHER = "192.0.2.10", "192.0.2.99"
_DNAT = f"-A PREROUTING -d {_OWN}/32 -p tcp -m tcp --dport 443 -j DNAT --to-destination {{}}"
_LET_ON = KEEP, "-A FORWARD -s 10.1.0.0/16 -d 192.0.2.0/24 -p tcp -j ACCEPT"
_NFT = """
table ip edge {{
  chain forward {{
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    ip saddr 10.1.0.0/16 ip daddr 192.0.2.0/24 meta l4proto tcp accept
  }}
  chain early {{
    type nat hook prerouting priority dstnat; policy accept;
    ip daddr 192.0.2.10 tcp dport 443 dnat to {}
  }}
}}
"""
_RDR = f"""
<interface>lan</interface><ipprotocol>inet</ipprotocol><protocol>tcp</protocol>
<source><any/></source>
<destination><address>{_OWN}</address><port>443</port></destination>
<target>{{}}</target><local-port>{{}}</local-port>
"""
_PASS = """
<type>pass</type><interface>lan</interface><ipprotocol>inet</ipprotocol><protocol>tcp</protocol>
<source><network>lan</network></source><destination><network>opt1</network></destination>
"""


def _pf(to: str) -> str:
    address, _, port = to.partition(":")
    return pf.config(_PASS, nat=_RDR.format(address, port or 443))


_DEVICES: dict[str, tuple[str, str, Callable[[str], str]]] = {
    "iptables": (EDGE, "edge.rules", lambda to: rules(*_LET_ON, nat=_DNAT.format(to))),
    "nftables": (EDGE.replace("edge.rules", "edge.nft"), "edge.nft", _NFT.format),
    "pfSense": (pf.EDGE, "edge.xml", _pf),
}


@pytest.mark.parametrize("device", _DEVICES)
@pytest.mark.parametrize(
    ("to", "expected"),
    [
        (_OTHER, ["FW101 certain"]),
        (f"{_OWN}:8443", ["FW101 certain"]),
        (_OWN, []),
        (f"{_OWN}:443", []),
    ],
    ids=["another machine", "another port", "the same address", "the same port"],
)
def test_a_router_sends_on_what_is_for_a_machine_to_that_machine(
    to: str, expected: list[str], device: str, tmp_path: Path
) -> None:
    entry, name, export = _DEVICES[device]

    actual = found(tmp_path, policy(), site(entry), {name: export(to)})

    assert [f"{each.check} {each.certainty}" for each in actual] == expected
    for each in actual:
        assert each.message == (
            "required flow shop.https (443/tcp) from users to web is sent to the wrong address or "
            "port by edge"
        )
        assert each.remedy == (
            "on edge, do not translate the destination of tcp 443 from 10.1.0.0/16 to 192.0.2.10"
        )


@pytest.mark.parametrize(
    "nat",
    [
        _DNAT.format(_OTHER).replace(_OWN, "192.0.2.11"),
        _DNAT.format(_OTHER).replace("443", "8443"),
        _DNAT.format(_OTHER).replace("-p", "-i wan0 -p"),
        _DNAT.format(_OTHER).replace("-p", "-s 10.2.0.0/16 -p"),
    ],
    ids=["another address", "another port", "from elsewhere", "of others"],
)
def test_what_is_translated_for_others_leads_nothing_astray(nat: str, tmp_path: Path) -> None:
    exports = {"edge.rules": rules(*_LET_ON, nat=nat)}

    assert found(tmp_path, policy(), site(), exports) == []


_BACKUP = "id: backup, from: web, to: db, service: 873/tcp"
_SENT = f"-A OUTPUT -d {{}}/32 -p tcp -m tcp --dport 873 -j DNAT --to-destination {_OTHER}"


@pytest.mark.parametrize("db", ["192.0.2.20", "10.1.0.20"], ids=["in its network", "elsewhere"])
@pytest.mark.parametrize("is_led", [True, False], ids=["to the database", "to others"])
def test_a_machine_leads_away_what_it_sends(is_led: bool, db: str, tmp_path: Path) -> None:
    bind = f"{{web: {_OWN}, db: {db}, users: office}}"
    back = "-A FORWARD -s 192.0.2.10/32 -p tcp -m tcp --dport 873 -j ACCEPT"
    exports = {
        "edge.rules": rules(KEEP, HTTPS, back),
        "web.rules": rules(KEEP_IN, nat=_SENT.format(db if is_led else "192.0.2.21")),
    }

    actual = found(tmp_path, policy(_BACKUP), site(EDGE, HOST, bind=bind), exports)

    assert [f"{each.device} {each.check}" for each in actual] == ["web FW101"] * is_led


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ("-m addrtype --dst-type LOCAL", []),
        ("-m addrtype ! --dst-type LOCAL", ["FW109 possible"]),
        ("-m owner ! --uid-owner 1337", ["FW109 possible"]),
        ("", ["FW101 certain"]),
    ],
    ids=["to itself (Docker, kube-proxy)", "to others", "of some users", "all"],
)
def test_what_a_machine_sends_to_itself_leads_no_flow_to_others_away(
    match: str, expected: list[str], tmp_path: Path
) -> None:
    nat = f"-A OUTPUT ! -d 127.0.0.0/8 -p tcp {match} -m tcp --dport 873 -j DNAT --to-destination "
    exports = {"web.rules": rules(KEEP_IN, nat=f"{nat}172.17.0.2:8730")}
    bind = "{web: 192.0.2.10, db: 192.0.2.20, users: office}"

    actual = found(tmp_path, policy(_BACKUP), site(HOST, bind=bind), exports)

    assert [f"{each.check} {each.certainty}" for each in actual] == expected


@pytest.mark.parametrize(
    ("to", "expected"),
    [(f"{_OTHER}:443", ["FW101"]), ("10.1.0.53", ["FW101"]), ("", [])],
    ids=["a proxy", "one at home", "nobody"],
)
@pytest.mark.parametrize("peer", ["internet", "8.8.8.8"])
def test_who_takes_what_is_for_the_internet_is_not_the_internet(
    peer: str, to: str, expected: list[str], tmp_path: Path
) -> None:
    bind = f"{{web: {_OWN}, users: office, admins: {peer}}}"
    nat = f"-A PREROUTING -i dmz0 -p tcp -m tcp --dport 80 -j DNAT --to-destination {to}"
    exports = {"edge.rules": rules(KEEP, "-A FORWARD -i dmz0 -j ACCEPT", nat=nat if to else "")}
    flow = "id: fetch, from: web, to: admins, service: 80/tcp"

    actual = found(tmp_path, policy(flow), site(bind=bind), exports)

    assert [each.check for each in actual] == expected


_BOTH = Asking(*REQUIRED, *EXPOSURE, "FW215")
_PUBLISHED = "-A PREROUTING -p tcp -m tcp --dport 443 -j DNAT --to-destination {}"
_PASSED_ON = "-A FORWARD -p tcp -m tcp --dport 443 -j ACCEPT"
_ALSO = "id: also, to: db, service: 443/tcp, need: may"


@pytest.mark.parametrize(
    ("to", "flows", "expected"),
    [
        ("192.0.2.20", (), ["FW101 certain", "FW205 certain"]),
        ("192.0.2.20", (_ALSO,), ["FW101 certain"]),
        ("172.17.0.2", (), []),
        ("192.0.2.11", (), []),
        ("192.0.2.12", (), ["FW109 possible"]),
    ],
    ids=["the database", "one that they may ask", "a container", "no role's", "one of its role"],
)
def test_a_machine_that_hands_on_what_is_for_it_to_another_role(
    to: str, flows: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    host = "{role: shop.web, address: 192.0.2.10}"
    device = f"web: {{config: web.rules, host: {host}, ipv6: no, addresses: [192.0.2.10]}}"
    bind = "{web: [192.0.2.10, 192.0.2.12], db: 192.0.2.20, users: office}"
    export = rules(
        KEEP_IN,
        KEEP,
        f"{_PASSED_ON[:11]}-s 10.1.0.0/16 {_PASSED_ON[11:]}",
        nat=_PUBLISHED.format(to),
    )
    text = policy("id: https, service: 443/tcp", *flows)

    actual = _BOTH(tmp_path, text, site(device, bind=bind), {"web.rules": export})

    said = sorted(f"{each.check} {each.certainty}" for each in actual if each.check != "FW113")
    assert said == expected


@pytest.mark.parametrize("web", ["[192.0.2.10, 192.0.2.12]", "[[192.0.2.10], [192.0.2.12]]"])
@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("192.0.2.12", ["8080/tcp on web is open to the internet and 2 networks"]),
        ("192.0.2.12:9999", ["8080/tcp on web is open to the internet and 2 networks"]),
        ("192.0.2.20", ["8080/tcp on db is open to the internet and 2 networks on web"]),
        ("192.0.2.77", ["8080/tcp on web is open to the internet and 2 networks"]),
    ],
    ids=["one of its role", "another port there", "one of another role", "a container"],
)
def test_what_a_machine_hands_on_to_one_of_its_role_is_open_there(
    to: str, expected: list[str], web: str, tmp_path: Path
) -> None:
    host = "{role: shop.web, address: 192.0.2.10}"
    device = f"web: {{config: web.rules, host: {host}, ipv6: no, addresses: [192.0.2.10]}}"
    port = to.partition(":")[2] or "8080"
    nat = _PUBLISHED.replace("443", "8080").format(to)
    export = rules(KEEP_IN, KEEP, _PASSED_ON.replace("443", port), nat=nat)
    bind = f"{{web: {web}, db: 192.0.2.20, users: office}}"

    actual = _BOTH(tmp_path, policy(), site(device, bind=bind), {"web.rules": export})

    opened = [each.message for each in actual if each.check == "FW205"]
    assert [each.partition("; ")[0] for each in opened] == expected


def test_what_one_machine_hands_on_is_open_at_the_other(tmp_path: Path) -> None:
    bind = "{web: 192.0.2.10, db: 192.0.2.20, users: office}"
    export = rules(KEEP_IN, KEEP, _PASSED_ON, nat=_PUBLISHED.format("192.0.2.20"))

    actual = _BOTH(tmp_path, policy(), site(HOST, bind=bind), {"web.rules": export})

    (opened,) = (each for each in actual if each.check == "FW205")
    assert opened.message == (
        "443/tcp on db is open to the internet and 2 networks on web; no policy asks for it"
    )


@pytest.mark.parametrize(
    ("port", "nat", "expected"),
    [
        (9999, "", []),
        (3306, "", ["FW215"]),
        (9999, _PUBLISHED.format("192.0.2.20"), ["FW205"]),
    ],
    ids=["no way for the site", "a marked service", "translated"],
)
def test_machines_are_on_the_way_only_of_what_they_translate(
    port: int, nat: str, expected: list[str], tmp_path: Path
) -> None:
    bind = "{web: 192.0.2.10, db: 192.0.2.20, users: office}"
    nat = nat.replace("443", f"{port}")
    export = rules(KEEP_IN, HTTPS_IN, KEEP, _PASSED_ON.replace("443", f"{port}"), nat=nat)

    actual = _BOTH(tmp_path, policy(), site(HOST, bind=bind), {"web.rules": export})

    assert [each.check for each in actual] == expected


@pytest.mark.parametrize(
    ("web", "expected"),
    [
        ("[192.0.2.10, 192.0.2.12]", ["FW103 certain"]),
        ("[[192.0.2.10], [192.0.2.12]]", ["FW103 certain"]),
        ("[[192.0.2.10, 192.0.2.12]]", []),
    ],
    ids=["two machines", "two machines, one by one", "no-op: one machine with both"],
)
def test_a_router_sends_on_what_is_for_one_machine_to_this_one_of_its_role(
    web: str, expected: list[str], tmp_path: Path
) -> None:
    bind = f"{{web: {web}, users: office}}"
    exports = {"edge.rules": rules(*_LET_ON, nat=_DNAT.format("192.0.2.12"))}

    actual = found(tmp_path, policy(), site(bind=bind), exports)

    assert [f"{each.check} {each.certainty}" for each in actual] == expected


def test_an_address_that_machines_share_is_named_as_a_way_out(tmp_path: Path) -> None:
    bind = "{web: [192.0.2.10, 192.0.2.12], users: office}"
    exports = {"edge.rules": rules(*_LET_ON, nat=_DNAT.format("192.0.2.12"))}

    (finding,) = found(tmp_path, policy(), site(bind=bind), exports)

    assert finding.remedy.endswith(
        "; if several machines share that address, list it as their `public:` one"
    )


@pytest.mark.parametrize("host", [True, False], ids=["with a firewall", "without"])
def test_what_a_router_sends_elsewhere_opens_nothing_at_the_machine_it_was_for(
    host: bool, tmp_path: Path
) -> None:
    bind = "{web: 192.0.2.10, db: 192.0.2.20, users: office}"
    exports = {
        "edge.rules": rules(*_LET_ON, nat=_DNAT.format("192.0.2.20")),
        "web.rules": rules(KEEP_IN, HTTPS_IN),
    }

    actual = _BOTH(tmp_path, policy(), site(EDGE, *[HOST] * host, bind=bind), exports)

    assert {each.device for each in actual} == {"edge"}
    assert "FW205" in {each.check for each in actual}


_TO_TWIN = _PUBLISHED.format("192.0.2.12")
_AS_OWN = f"{_TO_TWIN}\n-A POSTROUTING -d 192.0.2.12/32 -j SNAT --to-source 192.0.2.10"
_FROM_TWIN = "-A INPUT -s 192.0.2.10/32 -p tcp -m tcp --dport 443 -j ACCEPT"
_REPLIES = ("whether the replies come back over web",)
_LET_IN = ("whether twin lets in what web sends on",)


@pytest.mark.parametrize(
    ("nat", "twin", "reasons"),
    [
        (_AS_OWN, (_FROM_TWIN,), []),
        (_AS_OWN, (HTTPS_IN,), [_LET_IN]),
        (_AS_OWN, None, []),
        (_TO_TWIN, (HTTPS_IN,), [_REPLIES]),
        (_TO_TWIN, (_FROM_TWIN,), [_LET_IN, _REPLIES]),
        (_TO_TWIN, None, [_REPLIES]),
        ("", (HTTPS_IN,), []),
    ],
    ids=[
        "as its own, and the other one takes it",
        "as its own, and the other one does not",
        "as its own, and nobody knows the other one",
        "as the client's, and the other one takes it",
        "as the client's, and the other one does not",
        "as the client's, and nobody knows the other one",
        "no-op: to itself",
    ],
)
@pytest.mark.parametrize(
    "web", ["[192.0.2.10, 192.0.2.12]", "[[192.0.2.10], [192.0.2.12]]"], ids=["", "one by one"]
)
def test_what_a_machine_hands_on_has_to_be_taken_and_answered_there(
    nat: str, twin: tuple[str, ...] | None, reasons: list[tuple[str, ...]], web: str, tmp_path: Path
) -> None:
    devices = [_at("web", "192.0.2.10")] + ([_at("twin", "192.0.2.12")] if twin else [])
    passed_on = f"{_PASSED_ON[:11]}-s 10.1.0.0/16 {_PASSED_ON[11:]}"
    exports = {
        "web.rules": rules(KEEP_IN, HTTPS_IN, KEEP, passed_on, nat=nat),
        "twin.rules": rules(KEEP_IN, *(twin or ()), HTTPS_IN.replace("10.1.0.0/16", "10.1.0.9/32")),
    }
    bind = f"{{web: {web}, users: 10.1.0.0/28}}"
    text = policy("id: https, service: 443/tcp")

    actual = found(tmp_path, text, site(*devices, bind=bind), exports)

    mine = [each for each in actual if each.device == "web"]
    assert sorted(each.reasons for each in mine) == sorted(reasons)
    assert len({each.key for each in mine}) == len(mine)
    assert all((each.check, each.certainty) == ("FW109", "possible") for each in mine)


def _at(name: str, address: str) -> str:
    host = f"{{role: shop.web, address: {address}}}"
    return f"{name}: {{config: {name}.rules, host: {host}, ipv6: no, addresses: [{address}]}}"


def test_what_one_of_several_machines_hands_on_is_open_where_nobody_knows_which_it_is(
    tmp_path: Path,
) -> None:
    bind = "{web: [192.0.2.10, 192.0.2.12], users: office}"
    dnat = f"-A PREROUTING -d 192.0.2.10/32 {_TO_TWIN[14:]}"
    export = rules(KEEP_IN, HTTPS_IN, KEEP, _PASSED_ON, nat=dnat)

    actual = found(tmp_path, policy(), site(HOST, bind=bind), {"web.rules": export})

    assert _REPLIES in {each.reasons for each in actual}

"""Addresses that only a machine's own rules name, and IPv6 where the site says there is none."""

from pathlib import Path

import pytest

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
    policy,
    rules,
    site,
)

found = Asking(*REQUIRED, *EXPOSURE, "FW506")

_RULE = "-A INPUT -d {} -p tcp -m tcp --dport 8080 -j ACCEPT"


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("192.0.2.66/32", ["whether 192.0.2.66 is an address of web"]),
        ("192.0.2.64/26", ["whether 192.0.2.64/26 is an address of web"]),
        ("192.0.2.10/32", []),
        ("192.0.2.0/24", []),
        ("224.0.0.0/4", None),
        ("255.255.255.255/32", None),
        ("127.0.0.0/8", None),
    ],
    ids=["another", "other ones", "its own", "its own too", "multicast", "broadcast", "loopback"],
)
def test_what_a_machine_opens_at_another_address_is_possible(
    named: str, expected: list[str] | None, tmp_path: Path
) -> None:
    export = rules(KEEP_IN, HTTPS_IN, _RULE.format(named))

    actual = found(tmp_path, policy(), site(HOST), {"web.rules": export})

    opened = [each for each in actual if each.check == "FW205"]
    assert [list(each.reasons) for each in opened] == ([] if expected is None else [expected])
    assert {each.certainty for each in opened} <= {"possible" if expected else "certain"}


def test_a_rule_of_a_chain_that_input_calls_counts_and_one_that_forwards_does_not(
    tmp_path: Path,
) -> None:
    jump = (
        ":own - [0:0]",
        "-A INPUT -j own",
        _RULE.format("192.0.2.66/32").replace("INPUT", "own"),
    )
    forward = _RULE.format("192.0.2.67/32").replace("INPUT", "FORWARD")

    actual = found(
        tmp_path, policy(), site(HOST), {"web.rules": rules(KEEP_IN, HTTPS_IN, *jump, forward)}
    )

    assert [each.reasons for each in actual] == [("whether 192.0.2.66 is an address of web",)]


@pytest.mark.parametrize(
    ("address", "expected"),
    [("[192.0.2.10, '2001:db8:2::10']", ["FW506"]), ("192.0.2.10", [])],
    ids=["bound in IPv6", "not bound in IPv6"],
)
@pytest.mark.parametrize("device", [HOST, EDGE], ids=["the machine", "a device on the way"])
def test_a_flow_over_ipv6_needs_devices_with_ipv6(
    address: str, expected: list[str], device: str, tmp_path: Path
) -> None:
    networks = "{office: [10.1.0.0/16, '2001:db8:1::/64'], dmz: [192.0.2.0/24, '2001:db8:2::/64']}"
    bind = f"{{web: {address}, users: office}}"
    accept = "-A {} -s 10.1.0.0/16 -d 192.0.2.10/32 -p tcp -m tcp --dport 443 -j ACCEPT"
    keep = KEEP_IN.replace("INPUT", "FORWARD")
    export = rules(KEEP_IN, keep, accept.format("INPUT"), accept.format("FORWARD"))
    exports = {"web.rules": export, "edge.rules": export}

    actual = found(tmp_path, policy(), site(device, networks=networks, bind=bind), exports)

    assert [each.check for each in actual] == expected


_SIX = "2001:db8:2::10"
_SEVEN = "2001:db8:2::11"


@pytest.mark.parametrize(
    ("addresses", "without", "expected"),
    [
        ((_SIX,), ("one",), []),
        ((_SIX,), ("two",), []),
        ((_SIX,), (), []),
        ((_SIX,), ("one", "two"), ["one", "two"]),
        ((_SIX, _SEVEN), ("one",), ["one"]),
    ],
    ids=["the first", "the other", "neither", "one too many", "each has one"],
)
@pytest.mark.parametrize("told", ["", ", addresses: [{}]"], ids=["not told", "told"])
def test_of_machines_with_fewer_addresses_of_ipv6_some_need_none(
    told: str, addresses: tuple[str, ...], without: tuple[str, ...], expected: list[str],
    tmp_path: Path,
) -> None:  # fmt: skip
    networks = "{office: [10.1.0.0/16, '2001:db8:1::/64'], dmz: [192.0.2.0/24, '2001:db8:2::/64']}"
    own = {"one": "192.0.2.10", "two": "192.0.2.11"}
    bind = f"{{web: {[*own.values(), *addresses]}, users: office}}"
    devices = (
        f"{name}: {{host: {{role: shop.web, address: {address}}}, config: [web.rules"
        + (f"]{told.format(address)}, ipv6: no}}" if name in without else ", web.rules6]}")
        for name, address in own.items()
    )
    https6 = HTTPS_IN.replace("10.1.0.0/16", "2001:db8:1::/64")
    exports = {"web.rules": rules(KEEP_IN, HTTPS_IN), "web.rules6": rules(KEEP_IN, https6)}

    actual = found(tmp_path, policy(), site(*devices, networks=networks, bind=bind), exports)

    assert [each.device for each in actual if each.check == "FW506"] == expected


def test_a_machine_that_may_be_anywhere_need_not_have_ipv6(tmp_path: Path) -> None:
    bind = '{web: any, users: [10.1.0.0/16, "2001:db8:1::/64"]}'
    export = rules(KEEP_IN, HTTPS_IN)

    assert found(tmp_path, policy(), site(HOST, bind=bind), {"web.rules": export}) == []


def test_each_machine_of_a_role_may_have_addresses_of_its_own(tmp_path: Path) -> None:
    host = "{0}: {{config: {0}.rules, host: {{role: shop.web, address: {1}}}, ipv6: no}}"
    devices = host.format("one", "192.0.2.10"), host.format("two", "192.0.2.11")
    exports = {
        f"{name}.rules": rules(KEEP_IN, HTTPS_IN, _RULE.format(address))
        for name, address in (("one", "192.0.2.66/32"), ("two", "192.0.2.67/32"))
    }
    bind = "{web: [192.0.2.10, 192.0.2.11], users: office}"

    actual = found(tmp_path, policy(), site(*devices, bind=bind), exports)

    assert [each.reasons for each in actual] == [
        ("whether 192.0.2.66 is an address of one",),
        ("whether 192.0.2.67 is an address of two",),
    ]


_V6 = "whether web has an address of IPv6"
_DUAL = '{web: [192.0.2.10, "2001:db8:d::10"], users: office}'
_ADDRESSES = ', addresses: [192.0.2.10, "2001:db8:d::10"]'
_SSH6 = "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT"


@pytest.mark.parametrize(
    ("bind", "more", "export6", "expected"),
    [
        (BIND, "", rules(KEEP_IN, _SSH6), [("possible", (_V6,))]),
        (BIND, ", ipv6: no", rules(KEEP_IN, _SSH6), []),
        (BIND, "", rules(KEEP_IN), []),
        (BIND, "", rules(KEEP_IN, HTTPS_IN.replace("10.1.0.0/16", "2001:db8:1::/64")), []),
        (BIND, _ADDRESSES, rules(KEEP_IN, _SSH6), [("certain", ())]),
        (_DUAL, "", rules(KEEP_IN, _SSH6), [("certain", ())]),
    ],
    ids=["not bound", "no IPv6", "closed", "what the flow needs", "an address is told", "bound"],
)
def test_rules_for_a_family_without_an_address_are_perhaps_open(
    bind: str, more: str, export6: str, expected: list[tuple[str, tuple[str, ...]]], tmp_path: Path
) -> None:
    """Who is bound by IPv4 alone may have an address of IPv6 that nobody wrote down."""
    host = f"web: {{config: [web.rules, web.rules6], host: shop.web{more}}}"
    networks = '{office: [10.1.0.0/16, "2001:db8:1::/64"], dmz: [192.0.2.0/24, "2001:db8:d::/64"]}'
    exports = {"web.rules": rules(KEEP_IN, HTTPS_IN), "web.rules6": export6}

    actual = found(tmp_path, policy(), site(host, bind=bind, networks=networks), exports)

    opened = [each for each in actual if each.check.startswith("FW2")]
    assert [(each.certainty, each.reasons) for each in opened] == expected
    remedies = [each.remedy for each in opened if each.certainty == "possible"]
    told = "or bind its address of IPv6, or say `ipv6: no` if it has none"
    assert all(told in (remedy or "") for remedy in remedies)


_NEVER = "id: never, from: users, to: web, service: 8443/tcp, need: never"
_ONLY_BOUND = "-A INPUT -d 2001:db8:2::10/128 -p tcp -m tcp --dport 8443 -j DROP"
_8443 = "-A INPUT -p tcp -m tcp --dport 8443 -j ACCEPT"


@pytest.mark.parametrize(
    ("bound", "lines", "expected"),
    [
        (("192.0.2.10", "192.0.2.11", "2001:db8:2::10"), (_ONLY_BOUND, _8443), ["possible"]),
        (("192.0.2.10", "192.0.2.11", "2001:db8:2::10"), (_ONLY_BOUND,), []),
        (("192.0.2.10", "2001:db8:2::10"), (_ONLY_BOUND, _8443), []),
    ],
    ids=["of two machines one is bound", "no-op: blocked", "no-op: the one machine"],
)
def test_what_is_forbidden_may_be_open_at_an_address_that_the_site_binds_to_no_machine(
    bound: tuple[str, ...], lines: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    device = "web: {config: [web.rules, web.rules6], host: {role: shop.web, address: 192.0.2.11}}"
    if len(bound) == 2:
        device = device.replace("192.0.2.11", "192.0.2.10")
    addresses = ", ".join(f'"{each}"' for each in bound)
    bind = f"{{web: [{addresses}], users: office}}"
    networks = '{office: ["10.1.0.0/16", "2001:db8:1::/64"]}'
    exports = {"web.rules": rules(KEEP_IN), "web.rules6": rules(KEEP_IN, *lines)}

    actual = found(tmp_path, policy(_NEVER), site(device, networks=networks, bind=bind), exports)

    assert [each.certainty for each in actual if each.check == "FW212"] == expected


@pytest.mark.parametrize(
    ("flow", "expected"),
    [
        ("from: db, to: users", ("FW109", "possible")),
        ("from: users, to: db", ("FW109", "possible")),
        ("from: db, to: web", ("FW101", "certain")),
    ],
    ids=["to a peer", "from a peer", "to the machine itself"],
)
def test_nothing_is_sure_to_be_blocked_at_a_machine_that_may_not_have_the_address(
    flow: str, expected: tuple[str, str], tmp_path: Path
) -> None:
    """Rules for several machines are loaded on each: most of their addresses are others'."""
    shared = "-A INPUT -d 10.1.0.0/16 -p udp -m udp --dport 161 -j DROP"
    text = site(HOST, bind="{web: 192.0.2.10, db: 192.0.2.11, users: office}")
    asked = Asking("FW101", "FW109")

    def said(*more: str) -> list[tuple[str, str]]:
        export = rules(KEEP_IN, *more, output="DROP")
        findings = asked(tmp_path, policy(f"id: one, {flow}, service: 443/tcp"), text,
                         {"web.rules": export})  # fmt: skip
        return [(one.check, one.certainty) for one in findings]

    assert said(shared) == [expected]
    assert said() == [each for each in [expected] if each[1] == "certain"]


@pytest.mark.parametrize(
    ("shared", "expected"),
    [("-A INPUT -d 10.1.0.0/16 -p udp -m udp --dport 161 -j DROP", ["possible"]), ("", [])],
    ids=["named", "not named"],
)
def test_who_may_not_have_a_forbidden_address_does_not_surely_send_by_it(
    shared: str, expected: list[str], tmp_path: Path
) -> None:
    text = site(HOST, bind="{web: 192.0.2.10, db: 192.0.2.11, users: office}")
    flow = "id: one, from: users, to: db, service: 161/udp, need: never"

    actual = Asking("FW212")(tmp_path, policy(flow), text, {"web.rules": rules(KEEP_IN, shared)})

    assert [one.certainty for one in actual] == expected


_SQL_IN = "-A INPUT -p tcp -m tcp --dport 3306 -j ACCEPT"
_SSH_IN = "-A INPUT -s 10.1.0.7/32 -p tcp -m tcp --dport 22 -j ACCEPT"
_NAMED = {
    "all but its own": "-A INPUT ! -d 192.0.2.10/32 -j DROP",
    "a network": "-A INPUT -d 10.1.0.0/16 -p udp -m udp --dport 161 -j DROP",
    "one of the internet": "-A INPUT -d 198.51.100.0/24 -p udp -m udp --dport 161 -j DROP",
}


@pytest.mark.parametrize("bind", [BIND, BIND.replace("office", "10.1.0.7")], ids=["many", "one"])
@pytest.mark.parametrize("named", _NAMED.values(), ids=_NAMED)
@pytest.mark.parametrize(
    ("flow", "lines", "output", "expected"),
    [
        ("service: 443/tcp", (HTTPS_IN, _SQL_IN), "ACCEPT", "FW205"),
        ("service: 443/tcp", (), "ACCEPT", "FW101"),
        ("from: web, to: users, service: 443/tcp", (), "DROP", "FW101"),
        ("service: 22/tcp, need: never", (_SSH_IN,), "ACCEPT", "FW212"),
        ("from: web, to: users, service: 22/tcp, need: never", (), "ACCEPT", "FW212"),
    ],
    ids=["open", "blocked", "blocked from it", "forbidden", "forbidden from it"],
)
def test_a_machine_that_may_have_an_address_is_asked_about_others_that_have_it(
    flow: str, lines: tuple[str, ...], output: str, expected: str, named: str, bind: str,
    tmp_path: Path,
) -> None:  # fmt: skip
    def said(*more: str) -> list[tuple[str, str, str]]:
        export = {"web.rules": rules(KEEP_IN, *more, *lines, output=output)}
        every = found(tmp_path, policy(f"id: one, {flow}"), site(HOST, bind=bind), export)
        return [(each.check, each.level, each.certainty) for each in every]

    assert (expected, "error", "certain") in said()
    assert said(named) == said()


@pytest.mark.parametrize("named", _NAMED.values(), ids=_NAMED)
def test_what_a_machine_translates_that_may_have_an_address_is_still_asked_of_others(
    named: str, tmp_path: Path
) -> None:
    devices = HOST, HOST.replace("web", "db")
    text = site(*devices, bind="{web: 192.0.2.10, db: 192.0.2.11, users: office}")
    nat = "-A OUTPUT -p tcp -m tcp --dport 3306 -j DNAT --to-destination 192.0.2.99"

    def said(*more: str) -> list[tuple[str, str, str]]:
        web = rules(KEEP_IN, HTTPS_IN, *more, nat=nat)
        exports = {"web.rules": web, "db.rules": rules(KEEP_IN, _SQL_IN)}
        return [
            (each.level, each.certainty, each.message)
            for each in found(tmp_path, policy(), text, exports)
            if each.device == "db"
        ]

    assert [each[:2] for each in said()] == [("error", "certain")]
    assert said(named) == said()


@pytest.mark.parametrize("named", _NAMED.values(), ids=_NAMED)
def test_a_firewall_between_two_that_may_both_be_one_machine_is_asked(
    named: str, tmp_path: Path
) -> None:
    bind = "{web: 192.0.2.10, users: office, admins: 198.51.100.7}"
    flow = "id: one, from: users, to: admins, service: 443/tcp"
    exports = {"web.rules": rules(KEEP_IN, named), "edge.rules": rules(KEEP)}

    actual = found(tmp_path, policy(flow), site(HOST, EDGE, bind=bind), exports)

    assert ("FW101", "certain", "edge") in [(e.check, e.certainty, e.device) for e in actual]


@pytest.mark.parametrize("named", ["192.0.2.66/32", "192.0.2.64/26"])
def test_a_firewall_on_the_way_does_not_surely_open_what_may_be_nobodys(
    named: str, tmp_path: Path
) -> None:
    forward = "-A FORWARD -s 10.1.0.0/16 -d {}/32 -p tcp -m tcp --dport 8080 -j ACCEPT"
    exports = {
        "web.rules": rules(KEEP_IN, HTTPS_IN, _RULE.format(named)),
        "edge.rules": rules(
            KEEP, HTTPS, forward.format("192.0.2.10"), forward.format("192.0.2.66")
        ),
    }

    actual = found(tmp_path, policy(), site(HOST, EDGE), exports)

    reason = f"whether {named.removesuffix('/32')} is an address of web"
    assert [(e.span.line, e.certainty, e.reasons) for e in actual if e.device == "edge"] == [
        (7, "certain", ()),
        (8, "possible", (reason,)),
    ]

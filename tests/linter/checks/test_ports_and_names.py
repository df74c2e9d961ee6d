"""FW106, FW107, FW110 and FW112: alternatives, moved ports, names, and ports that follow."""

from pathlib import Path

import pytest

from tests.linter.checks.samples import (
    EDGE,
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

found = Asking(*REQUIRED, "FW214")

_PACKET = "[tcp 10.1.0.7:40000 > 192.0.2.10:443 in lan0 out dmz0]"
_ANY_OF = policy("id: web, any_of: [443/tcp, 80/tcp]")
_HTTP = HTTPS.replace("443", "80")
_HTTP_IN = HTTPS_IN.replace("443", "80")


@pytest.mark.parametrize(
    ("edge", "host", "expected"),
    [
        ((HTTPS,), (HTTPS_IN,), []),
        ((HTTPS, _HTTP), (_HTTP_IN,), []),
        (
            (HTTPS,),
            (_HTTP_IN,),
            [
                (
                    "web.rules:2: FW106 error: no alternative of required flow shop.web "
                    "(443/tcp or 80/tcp) from users to web is open on all devices: 443/tcp "
                    "is blocked on web [tcp 10.1.0.7:40000 > 192.0.2.10:443]"
                )
            ],
        ),
        (
            (),
            (HTTPS_IN,),
            [
                (
                    "edge.rules:3: FW106 error: no alternative of required flow shop.web "
                    "(443/tcp or 80/tcp) from users to web is open on all devices: 443/tcp "
                    f"is blocked on edge {_PACKET}"
                )
            ],
        ),
    ],
    ids=["443 on both", "80 on both", "443 here, 80 there", "none on the edge"],
)
def test_one_alternative_must_be_open_on_all_devices_together(
    edge: tuple[str, ...], host: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    exports = {"edge.rules": rules(KEEP, *edge), "web.rules": rules(KEEP_IN, *host)}

    actual = found(tmp_path, _ANY_OF, site(EDGE, HOST), exports)

    assert lines(actual) == expected


def test_each_place_that_blocks_an_alternative_is_shown(tmp_path: Path) -> None:
    exports = {"edge.rules": rules(KEEP, HTTPS), "web.rules": rules(KEEP_IN, _HTTP_IN)}

    (actual,) = found(tmp_path, _ANY_OF, site(EDGE, HOST), exports)

    places = [(Path(each.span.path).name, each.span.line, each.label) for each in actual.related]
    assert places == [
        ("shop.yaml", 15, "required by this"),
        ("edge.rules", 3, "80/tcp is dropped here on edge"),
    ]


def test_an_alternative_whose_answers_are_blocked_does_not_count(tmp_path: Path) -> None:
    actual = found(tmp_path, _ANY_OF, site(), {"edge.rules": rules(HTTPS)})

    assert lines(actual) == [
        (
            "edge.rules:3: FW106 error: no alternative of required flow shop.web "
            "(443/tcp or 80/tcp) from users to web is open on all devices: 443/tcp "
            f"is blocked on edge [reply to {_PACKET[1:]}"
        )
    ]
    assert actual[0].remedy.startswith("accept packets of established connections on edge")


_MOVED = policy(
    "id: main, service: $port/tcp",
    "id: poke, service: $poke/tcp",
    parameters="port: {default: 4000}\npoke: {value: $port + 1}",
)
_AT = "-A FORWARD -s 10.1.0.0/16 -d 192.0.2.10/32 -p tcp -m tcp --dport {} -j ACCEPT"


def _ports(*ports: int) -> dict[str, str]:
    return {"edge.rules": rules(KEEP, *(_AT.format(port) for port in ports))}


@pytest.mark.parametrize(
    ("ports", "expected"),
    [
        ((4100, 4101), []),
        (
            (4100, 4001),
            [
                (
                    "edge.rules:3: FW107 error: required flow shop.poke (4101/tcp) from "
                    "users to web is blocked on edge; only the default port 4001/tcp is "
                    "open [tcp 10.1.0.7:40000 > 192.0.2.10:4101 in lan0 out dmz0]"
                ),
                (
                    "edge.rules:7: FW214 warning: 4001/tcp on web is still open to office "
                    "through edge; shop.poke moved to 4101/tcp [tcp 10.1.0.7:40000 > "
                    "192.0.2.10:4001 in lan0 out dmz0]"
                ),
            ],
        ),
        (
            (4100,),
            [
                (
                    "edge.rules:3: FW101 error: required flow shop.poke (4101/tcp) from "
                    "users to web is blocked on edge [tcp 10.1.0.7:40000 > 192.0.2.10:4101 "
                    "in lan0 out dmz0]"
                )
            ],
        ),
        (
            (4100, 4101, 4000),
            [
                (
                    "edge.rules:8: FW214 warning: 4000/tcp on web is still open to office "
                    "through edge; shop.main moved to 4100/tcp [tcp 10.1.0.7:40000 > "
                    "192.0.2.10:4000 in lan0 out dmz0]"
                )
            ],
        ),
    ],
    ids=["followed", "derived port left behind", "derived port closed", "old port left open"],
)
def test_a_port_that_the_site_moved_is_followed_with_what_derives_from_it(
    ports: tuple[int, ...], expected: list[str], tmp_path: Path
) -> None:
    actual = found(tmp_path, _MOVED, site(parameters="{port: 4100}"), _ports(*ports))

    assert lines(actual) == expected


def test_a_port_at_its_default_is_no_old_port(tmp_path: Path) -> None:
    assert found(tmp_path, _MOVED, site(), _ports(4000, 4001)) == []


_FOLLOWS = policy(
    "id: wmi, service: 135/tcp, rows: [A1]",
    "id: dynamic, service: 49152-65535/tcp, need: may, rows: [A1]",
    rows="A1: {line: 3, says: WMI}",
)
_FIRST = _AT.format(135)
_DYNAMIC = _AT.format("49152:65535")


@pytest.mark.parametrize(
    ("filter_rules", "expected"),
    [
        (
            (_FIRST,),
            [
                (
                    "edge.rules:3: FW112 info: flow shop.wmi (135/tcp) from users to web "
                    "is open, but its follow-on ports 49152-65535/tcp (shop.dynamic) are "
                    "blocked on edge [tcp 10.1.0.7:40000 > 192.0.2.10:49152 in lan0 out "
                    "dmz0]"
                )
            ],
        ),
        ((_FIRST, _DYNAMIC), []),
        ((_FIRST, _AT.format("50000:50100")), []),
        (
            (),
            [
                (
                    "edge.rules:3: FW101 error: required flow shop.wmi (135/tcp) from "
                    "users to web is blocked on edge [tcp 10.1.0.7:40000 > 192.0.2.10:135 "
                    "in lan0 out dmz0]"
                )
            ],
        ),
    ],
    ids=["first port only", "both", "a part of the range", "not even the first"],
)
def test_ports_that_a_connection_goes_on_with_are_mentioned_where_all_are_blocked(
    filter_rules: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    actual = found(tmp_path, _FOLLOWS, site(), {"edge.rules": rules(KEEP, *filter_rules)})

    assert lines(actual) == expected


def test_the_same_port_for_others_is_no_port_that_a_connection_goes_on_with(tmp_path: Path) -> None:
    text = policy(
        "id: api, service: 9200/tcp, rows: [A1]",
        "id: people, from: admins, service: 9200/tcp, need: may, rows: [A1]",
        rows="A1: {line: 3, says: API}",
    )
    bound = site(bind="{web: 192.0.2.10, users: 10.1.8.0/24, admins: 10.1.99.0/24}")
    users = _AT.format(9200).replace("10.1.0.0/16", "10.1.8.0/24")

    assert found(tmp_path, text, bound, {"edge.rules": rules(KEEP, users)}) == []


_CLOUD = policy("id: cloud, from: web, to: cloud, service: 7443/tcp")
_TO_CLOUD = "-A FORWARD -s 192.0.2.10/32 -i dmz0 -o wan0 -p tcp -m tcp --dport 7443 -j ACCEPT"
_PINNED = _TO_CLOUD.replace("-i dmz0", "-d 8.8.4.4/32 -i dmz0")


@pytest.mark.parametrize(
    ("bind", "rule", "expected"),
    [
        ("{web: 192.0.2.10}", _TO_CLOUD, []),
        (
            "{web: 192.0.2.10}",
            _PINNED,
            [
                (
                    "edge.rules:3: FW110 warning: required flow shop.cloud (7443/tcp) from "
                    "web to cloud goes to cloud.example.net, but edge only permits literal "
                    "addresses [tcp 192.0.2.10:40000 > 8.8.8.8:7443 in dmz0 out wan0]"
                )
            ],
        ),
        ("{web: 192.0.2.10, cloud: 8.8.4.4}", _PINNED, []),
        (
            "{web: 192.0.2.10}",
            "",
            [
                (
                    "edge.rules:3: FW101 error: required flow shop.cloud (7443/tcp) from "
                    "web to cloud is blocked on edge [tcp 192.0.2.10:40000 > 8.8.8.8:7443 "
                    "in dmz0 out wan0]"
                )
            ],
        ),
    ],
    ids=["every address", "one address", "one address, as the site binds it", "blocked"],
)
def test_a_destination_known_by_name_is_not_permitted_by_one_address(
    bind: str, rule: str, expected: list[str], tmp_path: Path
) -> None:
    actual = found(tmp_path, _CLOUD, site(bind=bind), {"edge.rules": rules(KEEP, rule)})

    assert lines(actual) == expected


def test_the_rule_with_the_literal_address_of_a_name_is_shown(tmp_path: Path) -> None:
    exports = {"edge.rules": rules(KEEP, _PINNED)}

    (actual,) = found(tmp_path, _CLOUD, site(bind="{web: 192.0.2.10}"), exports)

    places = [(Path(each.span.path).name, each.span.line) for each in actual.related]
    assert places == [("shop.yaml", 15), ("edge.rules", 6)]
    assert actual.remedy == (
        "permit it by name or to any address, or bind cloud.example.net to its addresses"
    )


_FROM = "-A FORWARD -s {}/32 -d 192.0.2.10/32 -p tcp -m tcp --dport {} -j ACCEPT"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (_FROM.format("10.1.0.2", 80), []),
        (_FROM.format("10.1.0.2", 22), [("FW106", "tcp 443 from 10.1.0.2 to 192.0.2.10")]),
        (
            f"{_FROM.format('10.1.0.2', 80)} ".replace("-p", "-m limit --limit 1/sec -p", 1),
            [("FW109", "tcp 80 from 10.1.0.2 to 192.0.2.10")],
        ),
    ],
    ids=["another alternative", "none", "perhaps another"],
)
def test_each_client_may_use_another_alternative(
    rule: str, expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    flow = policy("id: web, any_of: [443/tcp, 80/tcp]")
    export = rules(KEEP, _FROM.format("10.1.0.1", 443), rule.strip())
    text = site(bind="{web: 192.0.2.10, users: [10.1.0.1, 10.1.0.2]}")

    actual = Asking("FW106", "FW109")(tmp_path, flow, text, {"edge.rules": export})

    assert [(each.check, each.extent) for each in actual] == expected

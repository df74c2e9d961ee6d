"""FW501 to FW510: each with a site that has the problem and one that does not."""

from pathlib import Path

import pytest

from tests.policies.samples import (
    LEAP_BIND,
    ONION_BIND,
    end,
    leap,
    load_site_text,
    one_e,
    onion,
    policy_text,
    problems,
    requirement,
    services,
    site_text,
)


def test_sites_that_are_right_have_no_problems(tmp_path: Path) -> None:
    assert problems(leap(tmp_path)) == []
    assert problems(one_e(tmp_path)) == []
    assert problems(onion(tmp_path)) == []


def test_a_role_that_is_not_bound_is_a_problem(tmp_path: Path) -> None:
    site = onion(tmp_path, bind=ONION_BIND.replace("    admins: mgmt\n", ""))

    assert problems(site) == [
        (
            "FW501 12:3 `onion-id.admins` is not bound to an address, so these flows are not "
            "checked: linux-admin, "
            "windows-admin"
        )
    ]
    assert (
        site.problems[0].remedy
        == "bind `admins` to its addresses, or to `none` if this site has none"
    )
    assert requirement(site, "onion-id.linux-admin").inactive_because == (
        "onion-id.admins is not bound"
    )


def test_nothing_bound_is_a_problem_for_each_role_and_no_crash(tmp_path: Path) -> None:
    site = load_site_text(tmp_path, site_text(use="leap"))

    assert sorted(line.split(" ")[2] for line in problems(site, "FW501")) == [
        "`leap.mx`",
        "`leap.openvpn.gateway_address`",
        "`leap.openvpn.ip_address`",
        "`leap.other-nodes`",
        "`leap.soledad`",
        "`leap.sysadmins`",
        "`leap.webapp`",
    ]
    assert site.roles == ()


def test_what_talks_only_with_what_is_not_here_need_not_be_bound(tmp_path: Path) -> None:
    bind = ONION_BIND.replace("linux-vm: 192.0.2.10", "linux-vm: none").replace(
        "    ssh-targets: 10.20.0.64/26\n", ""
    )

    assert problems(onion(tmp_path, bind=bind), "FW501") == []


def test_a_firewall_of_a_role_that_is_nowhere_is_a_problem(tmp_path: Path) -> None:
    bind = LEAP_BIND.replace("webapp: 192.0.2.1", "webapp: none")
    text = site_text(use="leap", bind=bind).replace(
        "interfaces:", "host: leap.webapp\n    interfaces:"
    )

    assert problems(load_site_text(tmp_path, text)) == [
        (
            "FW501 10:11 `leap.webapp` is not bound to an address, so its flows are not checked on "
            "`edge`"
        )
    ]


def test_a_binding_that_nothing_uses_is_a_problem(tmp_path: Path) -> None:
    site = one_e(tmp_path, bind="dmz: 192.0.2.11")

    assert problems(site) == ["FW502 23:12 no active flow of `1e` uses the binding of `dmz`"]


def test_an_option_without_an_answer_is_a_problem(tmp_path: Path) -> None:
    site = onion(tmp_path, options="https: yes")

    assert problems(site) == [
        (
            "FW503 12:3 option `outside_users` is not set, so its flows are permitted but not "
            "required: Do users reach the panel with the extension or the app over the internet?"
        )
    ]


def test_a_fixed_port_that_is_moved_is_a_problem_and_stays(tmp_path: Path) -> None:
    site = leap(tmp_path, parameters="smtp_port: 2525\nhttps_port: 443")

    assert problems(site) == [
        "FW504 14:7 `smtp_port` is set to 2525, but in leap it is fixed at 25"
    ]
    assert services(requirement(site, "leap.smtp")) == ["25/tcp"]


@pytest.mark.parametrize(
    ("parameters", "expected", "inactive"),
    [
        (
            "switch_port: 70000",
            [
                (
                    "FW505 14:7 `poke_port` is 70001 (derived from `switch_port`), "
                    "not a valid port (1 to 65535); flows not checked: inside-the-server"
                ),
                (
                    "FW505 14:7 `switch_port` is 70000, not a valid port (1 to 65535); flows not "
                    "checked: switch"
                ),
            ],
            "switch_port: 70000 is not a valid port",
        ),
        (
            "switch_port: 65535",
            [
                (
                    "FW505 14:7 `poke_port` is 65536 (derived from `switch_port`), "
                    "not a valid port (1 to 65535); flows not checked: inside-the-server"
                ),
            ],
            "",
        ),
        ("switch_port: 65534", [], ""),
        (
            "switch_port: 0",
            [
                (
                    "FW505 14:7 `switch_port` is 0, not a valid port (1 to 65535); flows not "
                    "checked: switch"
                )
            ],
            "switch_port: 0 is not a valid port",
        ),
    ],
)
def test_a_port_out_of_range_is_a_problem(
    parameters: str, expected: list[str], inactive: str, tmp_path: Path
) -> None:
    site = one_e(tmp_path, parameters=parameters)

    assert sorted(problems(site)) == expected
    assert requirement(site, "1e.switch").inactive_because == inactive


def test_stacks_together_that_are_said_to_be_apart_are_a_problem(tmp_path: Path) -> None:
    site = one_e(tmp_path, options="remote_response_stack: yes")

    assert problems(site) == [
        (
            "FW506 17:17 `master` and `response` are both at 10.20.0.30, but "
            "`remote_response_stack` "
            "is yes: Does the Response Stack have a server of its own?"
        )
    ]


def test_stacks_apart_that_are_said_to_be_apart_are_right(tmp_path: Path) -> None:
    site = one_e(tmp_path, options="remote_response_stack: yes", bind="response: 10.20.0.31")

    assert problems(site) == []


def test_every_address_of_a_role_counts_for_where_it_is(tmp_path: Path) -> None:
    more = "options:\n  split: {question: Apart?, means: {different: [web, db]}}\n"
    policy = policy_text("service: 1/tcp\nwhen: split", more=more)
    (tmp_path / "shop.yaml").write_text(policy, encoding="utf-8")
    text = site_text(
        use="shop",
        options="split: yes",
        bind="web: 192.0.2.1\nusers: corp\ndb: {inside: 192.0.2.2, outside: 192.0.2.1}",
        more="policies: shop.yaml\n",
    )

    assert problems(load_site_text(tmp_path, text), "FW506") == [
        "FW506 18:20 `web` and `db` are both at 192.0.2.1, but `split` is yes: Apart?"
    ]


def test_two_products_parts_on_one_address_collide(tmp_path: Path) -> None:
    bind = LEAP_BIND.replace("gateway_address: 192.0.2.5", "gateway_address: 192.0.2.1")
    site = load_site_text(tmp_path, site_text(use="leap", bind=bind))

    assert problems(site) == [
        (
            "FW507 17:57 `leap.http` and `leap.openvpn` both need port 80/tcp on 192.0.2.1 for "
            "different services"
        ),
        (
            "FW507 17:57 `leap.https` and `leap.openvpn` both need port 443/tcp on 192.0.2.1 for "
            "different services"
        ),
    ]


@pytest.mark.parametrize(
    ("ports", "expected"),
    [
        ("", ["80/tcp", "443/tcp"]),
        (", ports: {81: 80}", ["443/tcp"]),
        (", ports: {81: 80, 444: 443}", []),
        (", ports: {444: 443, 443: 80}", ["443/tcp"]),
    ],
    ids=["the same ports", "one of them", "other ports", "the other's port"],
)
def test_two_on_one_public_address_need_different_public_ports(
    ports: str, expected: list[str], tmp_path: Path
) -> None:
    told = f"{{address: 203.0.113.1{ports}}}"
    bind = LEAP_BIND.replace("webapp: 192.0.2.1", f"webapp: {{address: 192.0.2.1, public: {told}}}")
    gate = "{address: 192.0.2.5, public: 203.0.113.1}"
    bind = bind.replace("gateway_address: 192.0.2.5", f"gateway_address: {gate}")
    site = load_site_text(tmp_path, site_text(use="leap", bind=bind))

    found = [line.split("need port ")[1].split(" for")[0] for line in problems(site, "FW507")]

    assert found == [f"{port} on 203.0.113.1" for port in expected]


def test_the_poke_port_of_one_switch_is_not_the_port_of_another(tmp_path: Path) -> None:
    site = one_e(
        tmp_path,
        options="dmz_server: yes",
        parameters="dmz_switch_port: 3999",
        bind="dmz: 10.20.0.30\ncrl: 10.20.0.80",
    )

    assert [line for line in problems(site, "FW507") if "switch`" in line] == [
        (
            "FW507 27:12 `1e.switch` and `1e.dmz-poke` both need port 4000/tcp on 10.20.0.30 for "
            "different services"
        )
    ]


def test_one_service_for_several_peers_does_not_collide(tmp_path: Path) -> None:
    assert problems(one_e(tmp_path), "FW507") == []
    assert problems(onion(tmp_path, options="outside_users: yes"), "FW507") == []


NEVER = (
    "allow:\n  - {{id: closed, from: {source}, to: {target}, service: {service}, need: never}}\n"
)


@pytest.mark.parametrize(
    ("source", "target", "service", "expected"),
    [
        (
            "internet",
            "leap.mx",
            "1-100/tcp",
            ["FW508 21:5 `leap.smtp` needs traffic that `site.closed` forbids"],
        ),
        (
            "any",
            "192.0.2.2",
            "465/tcp",
            ["FW508 21:5 `leap.smtps` needs traffic that `site.closed` forbids"],
        ),
        ("internet", "leap.mx", "25/udp", []),
        ("corp", "leap.mx", "25/tcp", []),
        ("internet", "192.0.2.9", "25/tcp", []),
    ],
)
def test_what_one_flow_needs_and_another_forbids_is_a_problem(
    source: str, target: str, service: str, expected: list[str], tmp_path: Path
) -> None:
    site = leap(tmp_path, more=NEVER.format(source=source, target=target, service=service))

    assert problems(site) == expected


ACCEPT = "accept:\n  - {{finding: FW205, because: Old gateway, until: {until}{more}}}\n"


def test_an_acceptance_ends(tmp_path: Path) -> None:
    site = leap(tmp_path, more=ACCEPT.format(until="2026-11-19", more=""))

    assert problems(site) == ["FW510 21:15 the waiver for `FW205` ended on 2026-11-19: Old gateway"]
    assert site.waivers == ()


def test_an_acceptance_holds_on_its_last_day(tmp_path: Path) -> None:
    site = leap(tmp_path, more=ACCEPT.format(until="2026-11-20", more=""))

    assert problems(site) == []
    assert len(site.waivers) == 1


def test_an_acceptance_for_a_place_that_is_nowhere_accepts_nothing(tmp_path: Path) -> None:
    bind = LEAP_BIND.replace("webapp: 192.0.2.1", "webapp: none")
    more = ACCEPT.format(until="2027-01-01", more=", to: leap.webapp")
    site = load_site_text(tmp_path, site_text(use="leap", bind=bind, more=more))

    assert problems(site) == [
        (
            "FW510 21:15 the waiver for `FW205` applies to leap.webapp, which is not bound to "
            "an address, so it waives nothing"
        )
    ]
    assert site.waivers == ()


def test_the_product_has_its_old_port_beside_the_new_one(tmp_path: Path) -> None:
    switch = requirement(one_e(tmp_path, parameters="switch_port: 4100"), "1e.switch")

    assert services(switch) == ["4100/tcp"]
    assert [one.text for one in switch.default_services] == ["4000/tcp"]


def test_an_inactive_flow_keeps_its_ends(tmp_path: Path) -> None:
    browser = requirement(one_e(tmp_path), "1e.sql-master-browser")

    assert browser.inactive_because == "named_sql_instance: no"
    assert browser.ends[0][1] == end(one_e(tmp_path), "1e.sql-master")

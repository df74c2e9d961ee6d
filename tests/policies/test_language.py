"""Every construct that the three documents force, one test a construct."""

from pathlib import Path

import policies
from flowmodel.fields import TCP, UDP
from policies.coverage import uncited
from tests.policies.samples import (
    ONION_BIND,
    end,
    leap,
    load_flow,
    load_site_text,
    load_text,
    one_e,
    onion,
    pairs,
    policy_text,
    problems,
    requirement,
    services,
    site_text,
)

ONION = policies.load_policy("onion-id")
ONE_E = policies.load_policy("1e")
LEAP = policies.load_policy("leap")


def test_a_role_is_a_machine_of_the_product() -> None:
    assert ONION.roles["windows-vm"].title == "The Windows VM that provisions Windows servers"


def test_a_peer_is_someone_outside_the_product() -> None:
    assert ONION.peers["ssh-users"].title == "Where the users of the SSH proxy sit"


def test_built_in_ends_need_no_declaration(tmp_path: Path) -> None:
    flow = load_flow(tmp_path, "from: [internet, any]\nto: all\nservice: 443/tcp")

    assert (flow.sources, flow.targets) == (("internet", "any"), ("all",))


def test_a_flow_goes_from_who_opens_to_who_listens() -> None:
    flow = next(flow for flow in ONION.flows if flow.id == "provisioning")

    assert (flow.sources, flow.targets) == (("linux-vm",), ("windows-vm",))


def test_an_output_and_its_matching_input_are_one_flow() -> None:
    flow = next(flow for flow in ONION.flows if flow.id == "provisioning")

    assert flow.rows == ("Lo5", "Wi1")


def test_one_input_can_have_several_outputs(tmp_path: Path) -> None:
    site = one_e(
        tmp_path,
        options="remote_catalog: yes",
        bind="catalog: 10.20.0.31\nsql-catalog: 10.20.0.40",
    )

    assert pairs(requirement(site, "1e.catalog")) == [
        ("1e.master", "1e.catalog"),
        ("1e.browsers", "1e.catalog"),
    ]


def test_one_row_can_have_two_transport_protocols(tmp_path: Path) -> None:
    wmi = requirement(onion(tmp_path), "onion-id.wmi")

    assert [(one.proto, one.ports) for one in wmi.services] == [
        (TCP, ((135, 135),)),
        (UDP, ((135, 135),)),
    ]


def test_ports_are_lists_and_ranges(tmp_path: Path) -> None:
    flow = load_flow(tmp_path, "service: [80-88/tcp, '53,123/udp']")

    assert [pattern.ports({}).values for pattern in flow.services] == [
        ((80, 88),),
        ((53, 53), (123, 123)),
    ]


def test_a_parameter_has_a_default_and_says_where_it_is_set() -> None:
    parameter = LEAP.parameters["soledad_port"]

    assert parameter.default
    assert (parameter.default.text, parameter.set_in) == ("2323", "soledad.port")


def test_one_parameter_that_is_set_in_two_places_is_one_parameter(tmp_path: Path) -> None:
    site = one_e(
        tmp_path,
        options="dmz_server: yes",
        parameters="https_port: 8443",
        bind="dmz: 192.0.2.11\ncrl: 10.20.0.80",
    )

    assert {
        services(one)[0] for one in site.requirements if "https_port" in str(one.parameters)
    } == {"8443/tcp", "3900/tcp"}


def test_a_derived_value_follows_its_parameter(tmp_path: Path) -> None:
    site = one_e(
        tmp_path,
        options="dmz_server: yes",
        parameters="dmz_switch_port: 4100",
        bind="dmz: 192.0.2.11\ncrl: 10.20.0.80",
    )
    poke = requirement(site, "1e.dmz-poke")

    assert services(poke) == ["4101/tcp"]
    assert [one.text for one in poke.default_services] == ["4001/tcp"]
    assert poke.parameters == ("dmz_poke_port: 4101 (default 4001)",)


def test_a_fixed_port_cannot_be_moved(tmp_path: Path) -> None:
    assert LEAP.parameters["smtp_port"].is_fixed
    assert load_flow(tmp_path, "service: 25/tcp\nconfigurable: no").is_fixed
    assert not load_flow(tmp_path, "service: 25/tcp").is_fixed


def test_a_site_narrows_a_range_of_ports(tmp_path: Path) -> None:
    site = leap(tmp_path, parameters="stunnel_ports: [15984, 16000-16010]")

    assert services(requirement(site, "leap.stunnel")) == ["15984,16000-16010/tcp"]


def test_of_alternatives_one_is_enough(tmp_path: Path) -> None:
    dashboard = requirement(onion(tmp_path), "onion-id.dashboard")

    assert (dashboard.any_of, services(dashboard)) == (True, ["443/tcp", "80/tcp"])


def test_a_condition_asks_for_a_fact_of_the_site(tmp_path: Path) -> None:
    without = onion(tmp_path, options="https: no\noutside_users: yes")

    assert {
        one.id: one.inactive_because
        for one in without.requirements
        if one.id in ("dashboard", "dashboard-http", "extension-outside")
    } == {"dashboard": "https: no", "dashboard-http": "", "extension-outside": ""}


def test_a_topology_adds_a_section(tmp_path: Path) -> None:
    site = one_e(tmp_path)

    assert {
        one.id for one in site.requirements if one.inactive_because == "remote_response_stack: no"
    } == {"core", "coordinator", "response-sql-master", "response-sql-browser"}


def test_two_roles_share_an_address_or_are_apart(tmp_path: Path) -> None:
    site = one_e(tmp_path)

    assert end(site, "1e.master").addresses == end(site, "1e.response").addresses
    assert problems(site, "FW506") == []


def test_a_peer_known_by_name_has_no_address(tmp_path: Path) -> None:
    router = requirement(onion(tmp_path), "onion-id.router")

    assert (router.fqdn, router.ends[0][1].kind) == ("router.onionid.com", "internet")
    assert ONION.peers["onion-router"].has_many_addresses


def test_a_flow_can_start_at_a_machine_that_is_no_server(tmp_path: Path) -> None:
    users = requirement(onion(tmp_path), "onion-id.router-users")

    assert pairs(users) == [("onion-id.users", "onion-id.onion-router")]


def test_a_wish_has_a_strength(tmp_path: Path) -> None:
    needs = [load_flow(tmp_path, f"service: 1/tcp\nneed: {one}").need for one in ("should", "may")]

    assert needs == ["should", "may"]
    assert load_flow(tmp_path, "service: 1/tcp").need == "must"
    assert load_flow(tmp_path, "service: 1/tcp\nneed: never").need == "never"


def test_what_must_never_be_blocked_is_critical(tmp_path: Path) -> None:
    assert [one.id for one in leap(tmp_path).requirements if one.is_critical] == ["ssh"]


def test_the_source_of_administrative_access_matters(tmp_path: Path) -> None:
    admin = [one for one in onion(tmp_path).requirements if one.is_admin]

    assert [(one.id, pairs(one)[0][0]) for one in admin] == [
        ("linux-admin", "onion-id.admins"),
        ("windows-admin", "onion-id.admins"),
    ]


def test_public_or_private_is_who_the_source_is(tmp_path: Path) -> None:
    kinds = {one.id: one.ends[0][0].kind for one in leap(tmp_path).requirements}

    assert (kinds["https"], kinds["ssh"]) == ("internet", "peer")


def test_a_flow_with_itself_stays_inside_the_machine(tmp_path: Path) -> None:
    inside = requirement(onion(tmp_path), "onion-id.internal")

    assert inside.is_self
    assert pairs(inside) == [("onion-id.linux-vm", "onion-id.linux-vm")]


def test_a_role_with_several_addresses_has_each_bound_on_its_own(tmp_path: Path) -> None:
    site = leap(tmp_path)

    assert pairs(requirement(site, "leap.openvpn")) == [
        ("internet", "leap.openvpn.gateway_address")
    ]
    assert ("leap.sysadmins", "leap.openvpn.ip_address") in pairs(requirement(site, "leap.ssh"))


def test_ports_that_follow_on_are_a_flow_that_may_be(tmp_path: Path) -> None:
    follow_on = requirement(onion(tmp_path), "onion-id.wmi-dynamic")

    assert (follow_on.need, services(follow_on)) == ("may", ["49152-65535/tcp"])


def test_a_flow_names_its_application(tmp_path: Path) -> None:
    assert requirement(onion(tmp_path), "onion-id.smb").app == "SMB"


def test_a_flow_says_its_purpose_and_notes(tmp_path: Path) -> None:
    flow = load_flow(tmp_path, "service: 1/tcp\npurpose: To test\nnotes: Will be 2 some day")

    assert (flow.purpose, flow.notes) == ("To test", "Will be 2 some day")


def test_a_policy_says_what_its_document_leaves_out(tmp_path: Path) -> None:
    site = one_e(tmp_path)

    assert site.not_covered
    assert len(site.not_covered["1e"]) == 5


def test_a_flow_cites_the_rows_of_its_document(tmp_path: Path) -> None:
    poke = requirement(one_e(tmp_path), "1e.dmz-poke")

    assert [str(row) for row in poke.rows] == [
        "1e E4, line 103: TCP 400n, Incoming, Switch client port + 1",
        "1e E9, line 113: TCP, Outgoing, Switch client port + 1",
    ]


def test_what_we_filled_in_is_inferred_or_recovered() -> None:
    portal = next(flow for flow in ONE_E.flows if flow.id == "portal")

    assert (portal.inferred, portal.recovered) == (("from",), {"to": "apc71"})


def test_a_missing_cell_stays_a_hole_that_the_flow_fills() -> None:
    poke = next(flow for flow in ONE_E.flows if flow.id == "dmz-poke")

    assert (ONE_E.rows["E9"].port, ONE_E.rows["F3"].port) == ("", "")
    assert poke.inferred == ("service",)


def test_completeness_is_proved(tmp_path: Path) -> None:
    row = "rows:\n  A1: {line: 3, device: web, direction: in, protocol: tcp, port: 443}\n"
    cited = policy_text("service: 443/tcp\nrows: [A1]", rows=row)
    uncited_row = policy_text("service: 443/tcp\nrows: [A1]", rows=row + "  A2: {line: 4, says: x}")

    assert uncited(load_text(tmp_path, cited)) == ()
    assert [one.message for one in uncited(load_text(tmp_path, uncited_row))] == [
        "no flow cites row A2 (line 4)"
    ]


def test_a_peer_that_this_site_does_not_have_is_none(tmp_path: Path) -> None:
    site = one_e(tmp_path)

    assert requirement(site, "1e.configmgr").inactive_because == "1e.configmgr: none"
    assert problems(site) == []


def test_an_option_can_mean_that_roles_are_apart(tmp_path: Path) -> None:
    assert ONE_E.options["remote_response_stack"].different == ("master", "response")
    assert problems(one_e(tmp_path, bind="response: 10.20.0.31"), "FW506") == [
        (
            "FW506 15:17 `master` and `response` are at different addresses, but "
            "`remote_response_stack` is no: Does the Response Stack have a server of its own?"
        )
    ]


def test_a_peer_can_have_the_internet_as_its_default(tmp_path: Path) -> None:
    site = one_e(
        tmp_path,
        options="dmz_server: yes",
        bind="dmz: 192.0.2.11\ncrl: 10.20.0.80",
    )
    switch = requirement(site, "1e.dmz-switch")

    assert [(source.name, source.kind) for source, _ in switch.ends] == [
        ("1e.internet-clients", "internet")
    ]


def test_protocols_without_ports_have_no_ports(tmp_path: Path) -> None:
    flow = load_flow(tmp_path, "service: icmp")

    assert [one.text for pattern in flow.services for one in pattern.services({})] == ["icmp"]


def test_icmp_has_types_and_codes(tmp_path: Path) -> None:
    flow = load_flow(tmp_path, "service: [8/icmp, '3,11-12/icmp', 2/0/icmpv6]")

    found = [one for pattern in flow.services for one in pattern.services({})]
    assert [(one.text, one.proto, one.types, one.codes) for one in found] == [
        ("8/icmp", 1, ((8, 8),), ((0, 255),)),
        ("3,11-12/icmp", 1, ((3, 3), (11, 12)), ((0, 255),)),
        ("2/0/icmpv6", 58, ((2, 2),), ((0, 0),)),
    ]


def test_a_site_has_policies_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "shop.yaml").write_text(policy_text(), encoding="utf-8")
    text = site_text(use="shop", bind="web: 192.0.2.1\nusers: internet", more="policies: [mine]\n")
    site = load_site_text(tmp_path, text)

    assert pairs(requirement(site, "shop.one")) == [("shop.users", "shop.web")]
    assert [source.path for source in site.sources] == [
        f"{tmp_path}/site.yaml",
        f"{tmp_path}/mine/shop.yaml",
    ]


def test_an_unanswered_option_leaves_its_flows_permitted(tmp_path: Path) -> None:
    site = onion(tmp_path, options="https: yes", bind=ONION_BIND)

    assert requirement(site, "onion-id.extension-outside").need == "may"

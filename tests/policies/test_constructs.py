"""Every construct that port pages need beside those of the first three: one table each."""

from pathlib import Path
from textwrap import dedent, indent

import pytest

from flowmodel.site import EPHEMERAL, Requirement
from policies.conditions import Condition
from policies.coverage import uncited
from tests.policies.samples import (
    load_flow,
    load_site_text,
    load_text,
    message,
    policy_text,
    site_flows,
)

HEAD = """\
fwlint: policy/1
name: shop
roles: {web: Web, db: Database}
peers: {users: Users}
"""


def _policy(flows: str, *, more: str = "", rows: str = "") -> str:
    """A policy with these flows."""
    return (
        HEAD
        + dedent(more)
        + "sections:\n  - title: All\n    flows:\n"
        + indent(dedent(flows), "      ")
        + dedent(rows)
    )


def _flows(folder: Path, policy: str, *, use: str = "") -> dict[str, Requirement]:
    """The flows of a site that uses the policy: two web servers and a database."""
    bind = "bind: {web: [10.20.0.1, 10.20.0.2], db: 10.20.0.9, users: corp}\n"
    return site_flows(
        folder, {"own.yaml": policy}, "  shop:\n" + indent(dedent(use) + bind, "    ")
    )


CHOICES = """
options:
  cni: {question: Which one?, choices: [canal, cilium, calico], default: canal}
  ha: {question: Is it?, default: no}
"""
CONDITIONS = {
    "one answer": ("when: cni=cilium", (Condition("cni", ("cilium",)),), ()),
    "several answers": ("when: cni=canal|calico", (Condition("cni", ("canal", "calico")),), ()),
    "another option too": (
        "when: [cni=canal, ha]",
        (Condition("cni", ("canal",)), Condition("ha")),
        (),
    ),
    "yes by name": ("when: ha=no", (Condition("ha", ("no",)),), ()),
    "unless": ("unless: cni=cilium", (), (Condition("cni", ("cilium",)),)),
    "none": ("", (), ()),
}


@pytest.mark.parametrize(("key", "when", "unless"), CONDITIONS.values(), ids=CONDITIONS)
def test_a_condition_names_an_option_and_its_answers(
    key: str, when: tuple[Condition, ...], unless: tuple[Condition, ...], tmp_path: Path
) -> None:
    flow = load_flow(tmp_path, f"service: 1/tcp\n{key}", more=CHOICES)

    assert (flow.when, flow.unless) == (when, unless)


ANSWERS = {
    "the default": ("", "cni=canal", ""),
    "another one": ("options: {cni: cilium}\n", "cni=canal", "cni: cilium"),
    "one of several": ("options: {cni: calico}\n", "cni=canal|calico", ""),
    "a choice and yes": ("options: {ha: yes}\n", "[cni=canal, ha]", ""),
    "a choice and no": ("", "[cni=canal, ha]", "ha: no"),
}


@pytest.mark.parametrize(("use", "when", "because"), ANSWERS.values(), ids=ANSWERS)
def test_a_flow_counts_with_the_answers_of_its_conditions(
    use: str, when: str, because: str, tmp_path: Path
) -> None:
    flow = f"- {{id: one, from: users, to: web, service: 1/tcp, when: {when}}}"
    flows = _flows(tmp_path, _policy(flow, more=CHOICES), use=use)

    assert flows["shop.one"].inactive_because == because


VERSIONS = 'versions: ["4", "5", "6"]\n'
SPANS = {
    "since": ("since: '5'", ("5", "6")),
    "until": ("until: '5'", ("4", "5")),
    "one": ("since: '5'\nuntil: '5'", ("5",)),
    "all": ("since: '4'\nuntil: '6'", ()),
    "none": ("", ()),
}


@pytest.mark.parametrize(("keys", "versions"), SPANS.values(), ids=SPANS)
def test_since_and_until_are_conditions_on_the_version(
    keys: str, versions: tuple[str, ...], tmp_path: Path
) -> None:
    flow = load_flow(tmp_path, f"service: 1/tcp\n{keys}", more=VERSIONS)

    assert flow.when == ((Condition("version", versions),) if versions else ())


@pytest.mark.parametrize(
    ("use", "need", "because"),
    [
        ("", "may", ""),
        ("options: {version: '4'}\n", "must", "version: 4"),
        ("options: {version: '5'}\n", "must", ""),
    ],
    ids=["nobody says which", "an older one", "the one"],
)
def test_the_site_says_which_version_it_has(
    use: str, need: str, because: str, tmp_path: Path
) -> None:
    flow = "- {id: one, from: users, to: web, service: 1/tcp, since: '5'}"
    flows = _flows(tmp_path, _policy(flow, more=VERSIONS), use=use)

    assert (flows["shop.one"].need, flows["shop.one"].inactive_because) == (need, because)


WAYS = {
    "one way": ("from: web, to: db", 2),
    "either way": ("between: [web, db]", 4),
    "a side with several": ("between: [web, [db, users]]", 8),
    "a mesh either way": ("between: [web, web]", 2),
    "a mesh": ("from: web, to: web", 2),
}


@pytest.mark.parametrize(("ends", "pairs"), WAYS.values(), ids=WAYS)
def test_either_side_may_open_a_flow_between_two(ends: str, pairs: int, tmp_path: Path) -> None:
    flows = _flows(tmp_path, _policy(f"- {{id: one, {ends}, service: 1/tcp}}"))
    every = {
        (source.name, first, target.name, second)
        for source, target in flows["shop.one"].ends
        for first in _single(source.addresses.v4)
        for second in _single(target.addresses.v4)
    }

    assert len(every) == pairs
    assert not any(each[1] == each[3] for each in every)


def _single(values: tuple[tuple[int, int], ...]) -> list[int]:
    """The addresses of machines; a network counts once."""
    return [
        v
        for first, last in values
        for v in range(first, min(last, first + 3) + 1)
        if last - first < 4
    ] or [values[0][0]]


SERVICES = {
    "by name": ("esp", 50),
    "another name": ("vrrp", 112),
    "by number": ("proto 112", 112),
    "a number without a name": ("proto 200", 200),
    "GRE": ("gre", 47),
    "ICMP": ("8/0/icmp", 1),
}


@pytest.mark.parametrize(("text", "number"), SERVICES.values(), ids=SERVICES)
def test_a_protocol_without_ports_is_a_service(text: str, number: int, tmp_path: Path) -> None:
    flows = _flows(tmp_path, _policy(f"- {{id: one, from: web, to: db, service: {text}}}"))

    assert [one.proto for one in flows["shop.one"].services] == [number]


def test_several_names_of_a_peer_are_one_destination(tmp_path: Path) -> None:
    more = (
        'peers: {cloud: {title: Cloud, fqdn: ["*.a.example", b.example, c.example, d.example]}}\n'
    )
    policy = _policy("- {id: one, from: web, to: cloud, service: 443/tcp}").replace(
        "peers: {users: Users}\n", more
    )
    (tmp_path / "own.yaml").write_text(policy, encoding="utf-8")
    text = (
        "fwlint: site/1\nnetworks: {servers: 10.20.0.0/24}\ndevices: {}\npolicies: own.yaml\n"
        "use: {shop: {bind: {web: 10.20.0.1}}}\n"
    )
    (flow,) = load_site_text(tmp_path, text).requirements

    assert flow.fqdn == "*.a.example, b.example, c.example and 1 more"
    assert flow.ends[0][1].kind == "internet"


SPORTS = {
    "none": ("", EPHEMERAL, "53/udp"),
    "one": (", sport: 53", ((53, 53),), "53/udp from 53"),
    "one or any": (
        ", sport: '53,1024-65535'",
        ((53, 53), (1024, 65535)),
        "53/udp from 53,1024-65535",
    ),
}


@pytest.mark.parametrize(("key", "sports", "text"), SPORTS.values(), ids=SPORTS)
def test_a_flow_can_have_ports_of_its_clients(
    key: str, sports: tuple[tuple[int, int], ...], text: str, tmp_path: Path
) -> None:
    flows = _flows(tmp_path, _policy(f"- {{id: one, from: web, to: db, service: 53/udp{key}}}"))
    (service,) = flows["shop.one"].services

    assert (service.sports, service.text) == (sports, text)


def test_follow_on_ports_are_a_flow_that_is_permitted(tmp_path: Path) -> None:
    flow = "- {id: rpc, from: web, to: db, service: 135/tcp, then: 49152-65535/tcp}"
    flows = _flows(tmp_path, _policy(flow))
    then = flows["shop.rpc/then"]

    assert (then.need, then.follows, [one.text for one in then.services]) == (
        "may",
        "shop.rpc",
        ["49152-65535/tcp"],
    )
    assert then.ends == flows["shop.rpc"].ends


ERRORS = {
    "no such answer": (
        "when: cni=weave",
        CHOICES,
        "unknown answer `weave` to option `cni`; expected one of `calico`, `canal`, ",
    ),
    "a choice without an answer": (
        "when: cni",
        CHOICES,
        "option `cni` has choices; write `cni=canal`",
    ),
    "an answer twice": (
        "when: cni=canal|canal",
        CHOICES,
        "`cni=canal|canal` names an answer twice",
    ),
    "a condition twice": ("when: [ha, ha=yes]", CHOICES, "option `ha=yes` is listed twice"),
    "no such version": ("since: '7'", VERSIONS, "unknown version `7`"),
    "an end before the start": ("since: '6'\nuntil: '5'", VERSIONS, "`until` is before `since`"),
    "no versions": ("since: '6'", "", "`since` needs `versions:` in the policy"),
    "never active by one option": (
        "when: [cni=canal, cni=cilium]",
        CHOICES,
        "flow `one` is never active: its conditions leave no answer to `cni`",
    ),
    "never active by when and unless": (
        "when: ha\nunless: ha",
        CHOICES,
        "flow `one` is never active: its conditions leave no answer to `ha`",
    ),
    "never active unless all": (
        "unless: cni=canal|cilium|calico",
        CHOICES,
        "flow `one` is never active: its conditions leave no answer to `cni`",
    ),
    "no such group": (
        "group: 10.0.0.1",
        "",
        "`10.0.0.1` is no multicast group and not `broadcast`",
    ),
    "no alternative": (
        "alternative: ipsec",
        "",
        "`ipsec` must name a choice and an alternative: `tunnel/ipsec`",
    ),
    "one alternative": (
        "alternative: tunnel/ipsec",
        "",
        "choice `tunnel` has one alternative only",
    ),
    "an alternative that may": (
        "need: may\nalternative: tunnel/ipsec",
        "",
        "an alternative cannot have `need: may`",
    ),
    "a port of clients that is none": (
        "sport: 70000",
        "",
        "sport `70000` is not a valid port (1 to 65535)",
    ),
    "a number of TCP": ("service: proto 6", "", "`proto 6` is tcp; write ports and its name"),
    "ports of ESP": ("service: 1/esp", "", "`esp` has no ports; write it on its own"),
    "client ports of ESP": (
        "service: esp\nsport: 1",
        "",
        "`sport` needs ports, and `esp` has none",
    ),
}


@pytest.mark.parametrize(("flow", "more", "expected"), ERRORS.values(), ids=ERRORS)
def test_a_construct_that_contradicts_itself_is_an_error(
    flow: str, more: str, expected: str, tmp_path: Path
) -> None:
    text = policy_text(flow if "service" in flow else f"service: 1/tcp\n{flow}", more=more)

    assert expected in message(tmp_path, text)


SIDES = {
    "with from": (
        "from: users, between: [users, web]",
        "`between` stands for both `from` and `to`; leave these out",
    ),
    "one side": ("between: [web]", "`between` needs two sides, each a name or a list of names"),
    "itself": ("between: [web, self]", "`self` cannot be a side of `between:`"),
    "unknown": ("between: [web, nobody]", "unknown role or peer `nobody`"),
}


@pytest.mark.parametrize(("ends", "expected"), SIDES.values(), ids=SIDES)
def test_a_flow_either_way_has_two_sides(ends: str, expected: str, tmp_path: Path) -> None:
    text = _policy(f"- {{id: one, {ends}, service: 1/tcp}}")

    assert expected in message(tmp_path, text)


ROWS = {
    "ESP": ("service: esp", "protocol: esp", ""),
    "ESP that is not there": ("service: gre", "protocol: esp", "esp"),
    "a type of ICMP": ("service: 8/icmp", "protocol: icmp, type: 8", ""),
    "a code of ICMP": ("service: 8/0/icmp", "protocol: icmp, type: 8/0", ""),
    "all of ICMP": ("service: icmp", "protocol: icmp", ""),
    "not all of ICMP": ("service: 8/icmp", "protocol: icmp", "0-7,9-255/icmp"),
    "more of ICMP": ("service: icmp", "protocol: icmp, type: 8", "0-7,9-255/icmp"),
    "by number": ("service: proto 200", "protocol: proto 200", ""),
    "must not be open": ("service: 1/tcp\nneed: never", "protocol: tcp, port: 1, need: never", ""),
    "not forbidden": ("service: 1/tcp", "protocol: tcp, port: 1, need: never", "need: must"),
    "forbidden": ("service: 1/tcp\nneed: never", "protocol: tcp, port: 1", "need: never"),
}


@pytest.mark.parametrize(("flow", "cells", "problem"), ROWS.values(), ids=ROWS)
def test_a_row_of_another_protocol_is_proved(
    flow: str, cells: str, problem: str, tmp_path: Path
) -> None:
    rows = f"rows:\n  A1: {{line: 1, device: web, direction: in, {cells}}}\n"
    policy = load_text(tmp_path, policy_text(f"{flow}\nrows: A1", rows=rows))
    found = " ".join(one.message for one in uncited(policy))

    assert problem in found if problem else not found


def test_each_version_is_proved_by_itself(tmp_path: Path) -> None:
    flows = """\
    - {id: old, from: web, to: db, service: 1-9/tcp, until: '4', rows: R1}
    - {id: new, from: web, to: db, service: 1-9/tcp, since: '5', rows: R2}
    """
    rows = """\
    rows:
      R1: {line: 1, device: db, direction: in, protocol: tcp, port: 1-9, until: '4'}
      R2: {line: 1, device: db, direction: in, protocol: tcp, port: 1, since: '5'}
    """
    policy = load_text(tmp_path, _policy(flows, more=VERSIONS, rows=rows))

    assert [one.message for one in uncited(policy)] == [
        "flow `new` has 2-9/tcp, which is in none of the rows it cites (version 5, 6)"
    ]


@pytest.mark.parametrize("need", ["may", "never"])
def test_a_flow_in_a_section_of_alternatives_is_needed(need: str, tmp_path: Path) -> None:
    text = policy_text(f"service: 1/tcp\nneed: {need}").replace(
        "  - title: All\n", "  - title: All\n    alternative: tunnel/a\n"
    )

    assert f"an alternative cannot have `need: {need}`" in message(tmp_path, text)


def test_a_cell_with_a_range_of_any_digits_is_an_error(tmp_path: Path) -> None:
    rows = 'rows:\n  A1: {line: 1, device: web, direction: in, protocol: tcp, port: "400n-401n"}\n'

    assert "`400n-401n` has `n` for a digit, so it cannot be a range" in message(
        tmp_path, policy_text(rows=rows)
    )


def test_a_cell_with_a_port_of_a_protocol_without_ports_is_an_error(tmp_path: Path) -> None:
    rows = "rows:\n  A1: {line: 1, device: web, direction: in, protocol: esp, port: 443}\n"

    assert "`esp` has no ports" in message(tmp_path, policy_text(rows=rows))

"""Services of firewalld and ufw: each becomes a policy that is read and proved."""

from pathlib import Path

import pytest

from flowmodel.source import InputErrors
from policies.coverage import uncited
from policies.drafts.services import import_services
from policies.drafts.skeleton import draft_text
from policies.loader import read_policy
from policies.model import Policy
from policies.yaml_nodes import Errors, from_text

XML = '<?xml version="1.0"?>\n<service>\n  <short>Shop</short>\n  {}\n</service>\n'


def _imported(folder: Path, text: str, name: str = "shop.xml", only: str = "") -> Policy:
    """The policy of a file, which is read again and proved."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    errors = Errors(from_text("draft", draft_text(import_services([str(path)], only=only))))
    policy = read_policy(errors)
    errors.stop_if_any()
    assert uncited(policy) == ()
    return policy


def _services(policy: Policy) -> list[str]:
    return [pattern.text for flow in policy.flows for pattern in flow.services]


FIREWALLD = {
    "a port": ('<port protocol="tcp" port="443"/>', ["443/tcp"]),
    "a range": ('<port port="5000-5010" protocol="udp"/>', ["5000-5010/udp"]),
    "an empty port": ('<port protocol="tcp" port=""/>', ["1-65535/tcp"]),
    "a protocol": ('<protocol value="esp"/>', ["esp"]),
    "a protocol with ports": ('<protocol value="udp"/>', ["1-65535/udp"]),
    "several": (
        '<port protocol="tcp" port="80"/><port protocol="tcp" port="443"/>',
        ["80/tcp", "443/tcp"],
    ),
    "none": ('<include service="http"/>', []),
}


@pytest.mark.parametrize(("elements", "services"), FIREWALLD.values(), ids=FIREWALLD)
def test_each_port_of_a_firewalld_service_is_a_flow(
    elements: str, services: list[str], tmp_path: Path
) -> None:
    policy = _imported(tmp_path, XML.format(elements))

    assert (policy.name, policy.title, _services(policy)) == ("shop", "Shop", services)


def test_who_connects_is_asked_for_and_not_guessed(tmp_path: Path) -> None:
    policy = _imported(tmp_path, XML.format('<port protocol="tcp" port="443"/>'))
    (flow,) = policy.flows

    assert (flow.sources, flow.inferred) == (("clients",), ("from",))
    assert policy.rows["R1"].line == 4


GAPS = {
    "a helper": ('<helper name="ftp"/>', "the ports that the connection helper `ftp` opens"),
    "an old helper": (
        '<module name="nf_conntrack_tftp"/>',
        "the ports that the connection helper `tftp` opens",
    ),
    "source ports": (
        '<source-port port="68" protocol="udp"/>',
        "packets from port 68/udp, to any port",
    ),
    "one address": ('<destination ipv4="10.0.0.1"/>', "it is for packets to 10.0.0.1 only"),
    "another service": ('<include service="http"/>', "The service `http`, which `shop` includes"),
}


@pytest.mark.parametrize(("element", "gap"), GAPS.values(), ids=GAPS)
def test_what_a_policy_cannot_take_over_is_said(element: str, gap: str, tmp_path: Path) -> None:
    policy = _imported(tmp_path, XML.format('<port protocol="tcp" port="21"/>' + element))

    assert [gap in one for one in policy.not_covered] == [True]


def test_a_service_of_a_multicast_group_goes_to_the_group(tmp_path: Path) -> None:
    element = '<port protocol="udp" port="5353"/><destination ipv4="224.0.0.251" ipv6="ff02::fb"/>'
    (flow,) = _imported(tmp_path, XML.format(element)).flows

    assert flow.group.v4 == ((0xE00000FB, 0xE00000FB),)
    assert flow.group.v6


def test_included_services_that_are_given_too_are_no_gap(tmp_path: Path) -> None:
    (tmp_path / "http.xml").write_text(XML.format('<port protocol="tcp" port="80"/>'))
    (tmp_path / "both.xml").write_text(XML.format('<include service="http"/>'))
    draft = import_services([str(tmp_path / "both.xml"), str(tmp_path / "http.xml")])

    assert draft.not_covered == ()


UFW = {
    "a port of TCP": ("443/tcp", ["443/tcp"]),
    "a port of both": ("53", ["53/tcp+udp"]),
    "several": ("80,443/tcp|53/udp", ["80,443/tcp", "53/udp"]),
    "a range": ("6881:6891/tcp", ["6881-6891/tcp"]),
    "nothing behind": ("80/tcp|", ["80/tcp"]),
}


@pytest.mark.parametrize(("ports", "services"), UFW.values(), ids=UFW)
def test_the_ports_of_a_ufw_profile_are_flows(
    ports: str, services: list[str], tmp_path: Path
) -> None:
    text = f"[Shop]\ntitle=Web shop\ndescription=Sells\nports={ports}\n"
    policy = _imported(tmp_path, text, "shop")

    assert (policy.title, _services(policy)) == ("Web shop", services)
    assert {row.line for row in policy.rows.values()} == {4}


def test_one_profile_of_several_can_be_taken(tmp_path: Path) -> None:
    text = "[A]\ntitle=One\nports=1/tcp\n\n[B]\ntitle=Two\nports=2/tcp\n"

    assert _services(_imported(tmp_path, text, "both", only="two")) == ["2/tcp"]
    assert _services(_imported(tmp_path, text, "both")) == ["1/tcp", "2/tcp"]


ERRORS = {
    "no service": ("<services/>", "this is neither a firewalld service"),
    "a policy": ("fwlint: policy/1\n", "this is neither a firewalld service"),
    "no XML": ("<service><short></service>", "not valid XML: mismatched tag"),
    "an entity": (
        '<!DOCTYPE service [<!ENTITY a "b">]><service/>',
        "this is neither a firewalld service",
    ),
    "an entity behind a comment": (
        '<?xml version="1.0"?><!-- <service> --><!DOCTYPE s [<!ENTITY a "b">]><service/>',
        "this is neither a firewalld service",
    ),
    "an unknown element": (XML.format('<prot value="x"/>'), "unknown element <prot>"),
    "an unknown protocol": (
        XML.format('<port protocol="tpc" port="1"/>'),
        "unknown protocol `tpc`",
    ),
    "a port that is none": (
        XML.format('<port protocol="tcp" port="70000"/>'),
        "`70000` is not a valid port (1 to 65535)",
    ),
    "a name for a port": (XML.format('<port protocol="tcp" port="http"/>'), "`http` is not a port"),
    "a profile without ports": ("[A]\ntitle=x\n[B]\nports=1\n", "profile `A` has no `ports=`"),
    "a profile with empty ports": ("[A]\ntitle=x\nports=\n", "profile `A` has no `ports=`"),
    "a protocol without its port": ("[A]\nports=80/tcp|/udp\n", "`/udp` has no port"),
    "keys for all profiles": (
        "[DEFAULT]\nports=22/tcp\n[A]\ntitle=x\n",
        "`[DEFAULT]` is no profile; write its keys into each profile of the file",
    ),
    "keys for all profiles, at the end": (
        "[A]\ntitle=x\n[DEFAULT]\nports=22/tcp\n",
        "profile `A` has no `ports=`",
    ),
    "a profile of another protocol": ("[A]\nports=1/gre\n", "`gre` has no ports"),
    "a line that is none": ("[A]\nports=1\nnonsense\n", "this is no profile of ufw"),
}


@pytest.mark.parametrize(("text", "message"), ERRORS.values(), ids=ERRORS)
def test_what_cannot_be_taken_over_is_an_error(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputErrors) as caught:
        _imported(tmp_path, text)

    assert message in caught.value.errors[0].message

"""What the command line says of one machine, and what it may say more than once."""

from pathlib import Path

import pytest

import policies
from flowmodel.addresses import EVERYWHERE
from flowmodel.site import Site
from flowmodel.source import InputErrors
from linter.cli import main
from policies.addresses import parse_addresses


def _interfaces(site: Site) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.name, each.networks) for each in site.devices[0].interfaces]


def test_interfaces_have_the_internet_or_addresses_behind_them() -> None:
    site = policies.quick_site(
        "leap",
        "webapp",
        ["web.nft"],
        interfaces=["eth0=internet", "br-lan.5=10.0.0.0/8, 192.0.2.64/26", "br-lan.5=fd00::/8"],
    )

    assert _interfaces(site) == [("eth0", ("internet",)), ("br-lan.5", ("br-lan-5",))]
    assert site.networks == {
        "br-lan-5": parse_addresses("10.0.0.0/8")
        | parse_addresses("192.0.2.64/26")
        | parse_addresses("fd00::/8")
    }


def test_an_interface_can_lead_to_both() -> None:
    site = policies.quick_site("leap", "webapp", ["w"], interfaces=["wg0=internet,10.0.0.0/8"])

    assert _interfaces(site) == [("wg0", ("internet", "wg0"))]


def test_without_interfaces_the_machine_has_none() -> None:
    site = policies.quick_site("leap", "webapp", ["w"])

    assert (_interfaces(site), site.networks, site.devices[0].ipv6) == ([], {}, True)


def test_ipv6_can_be_off() -> None:
    assert not policies.quick_site("leap", "webapp", ["w"], has_ipv6=False).devices[0].ipv6


_ADDRESSES = {
    "none": ([], [], None),
    "one": (["192.0.2.5"], [], "192.0.2.5"),
    "several": (["192.0.2.5,192.0.2.6", "192.0.2.7"], [], "192.0.2.5-192.0.2.7"),
    "bound": ([], ["webapp=192.0.2.5", "webapp=192.0.2.6"], "192.0.2.5-192.0.2.6"),
    "bound too": (["192.0.2.5"], ["webapp=192.0.2.6"], "192.0.2.5-192.0.2.6"),
}


@pytest.mark.parametrize(("addresses", "bind", "own"), _ADDRESSES.values(), ids=_ADDRESSES)
def test_the_addresses_of_the_machine_add_up(
    addresses: list[str], bind: list[str], own: str | None
) -> None:
    site = policies.quick_site("leap", "webapp", ["w"], addresses=addresses, bind_names=bind)

    assert site.devices[0].own == (EVERYWHERE if own is None else parse_addresses(own))


@pytest.mark.parametrize(
    ("bind", "count"),
    [([], 0), (["mx=192.0.2.7"], 0), (["webapp=192.0.2.7"], 3)],
    ids=["no other", "another role", "the role is elsewhere too"],
)
def test_the_addresses_of_the_machine_are_those_of_one(bind: list[str], count: int) -> None:
    addresses = ["192.0.2.5,192.0.2.6"]

    site = policies.quick_site("leap", "webapp", ["w"], addresses=addresses, bind_names=bind)

    assert len(site.devices[0].machines) == count


@pytest.mark.parametrize(
    ("addresses", "bind"),
    [
        ([], ["openvpn=192.0.2.1", "openvpn.ip_address=192.0.2.2"]),
        (["192.0.2.3"], ["openvpn.ip_address=192.0.2.1", "openvpn.gateway_address=192.0.2.2"]),
    ],
)
def test_addresses_with_names_are_not_mixed_with_others(
    addresses: list[str], bind: list[str]
) -> None:
    with pytest.raises(InputErrors) as raised:
        policies.quick_site("leap", "openvpn", ["w"], addresses=addresses, bind_names=bind)

    assert [error.message for error in raised.value.errors] == [
        "`openvpn` has several addresses; give each of them by its name, and no others"
    ]


_REFUSED = {
    "no pair": (["--interface", "eth0"], "--interface eth0: expected NAME=VALUE"),
    "no value": (["--bind", "mx="], "--bind mx=: expected NAME=VALUE"),
    "two answers": (
        ["--option", "tor=yes", "--option", "tor=no"],
        "--option tor is given twice; it can have one value only",
    ),
    "two ports": (
        ["--parameter", "ssh_port=1", "--parameter", "ssh_port=2"],
        "--parameter ssh_port is given twice; it can have one value only",
    ),
    "a name that is no address": (["--address", "web"], "`web`"),
    "a network that is no address": (["--interface", "eth0=lan"], "`lan`"),
}


@pytest.mark.parametrize(("words", "message"), _REFUSED.values(), ids=_REFUSED)
def test_what_cannot_be_meant_is_said(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--policy", "leap", "--role", "webapp", "w", *words]) == 2
    assert message in capsys.readouterr().err


def test_roles_add_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export = tmp_path / "w.rules"
    export.write_text("*filter\n:INPUT DROP [0:0]\nCOMMIT\n", encoding="utf-8")
    words = ["check", "--policy", "leap", str(export), "--ipv6", "no", "-o", "concise"]

    main([*words, "--role", "webapp", "--role", "mx"])
    twice = capsys.readouterr().out
    main([*words, "--role", "webapp,mx"])

    assert twice == capsys.readouterr().out
    assert "leap.smtp" in twice
    assert "leap.api" in twice


def test_a_machine_that_may_be_anywhere_has_no_address_of_a_family_that_is_off(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = tmp_path / "w.rules"
    export.write_text("*filter\n:INPUT DROP [0:0]\nCOMMIT\n", encoding="utf-8")
    words = ["check", "--policy", "leap", "--role", "webapp", str(export), "-o", "concise"]

    assert main([*words, "--ipv6", "no"]) == 1
    assert "FW506" not in capsys.readouterr().out


def test_a_pattern_is_not_taken_for_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pattern = str(tmp_path / "*.rules")

    assert main(["check", "--policy", "leap", "--role", "webapp", pattern]) == 2
    assert "patterns are not expanded: name the files, or their folder\n" in capsys.readouterr().err


_WRONG = {
    "a role": (["--role", "web"], "unknown role `web`; did you mean `webapp`?"),
    "an address": (["--role", "webapp", "--address", "web1"], "--address: `web1` is not an IP"),
    "half an address": (
        ["--role", "webapp", "--address", "10.0.0.*"],
        "--address: `10.0.0.*` is not an IP address; write `10.0.0.0/24`",
    ),
    "a peer": (["--role", "webapp", "--bind", "mxx=10.0.0.1"], "unknown role or peer `mxx`"),
    "what is behind": (
        ["--role", "webapp", "--interface", "eth0=lan"],
        "`lan` is not an address, prefix or range",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), _WRONG.values(), ids=_WRONG)
def test_one_mistake_on_the_command_line_is_one_error(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--policy", "leap", *arguments, "web.nft"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"fwlint check: {message}")
    assert len(said.splitlines()) == 1


def test_a_finding_about_the_command_line_names_no_line_of_a_file_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = tmp_path / "web.rules"
    export.write_text(
        "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n"
    )
    main(["check", "--policy", "leap", "--role", "webapp", "--select", "FW501", str(export)])
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith("warning[FW501]")
    assert shown[1:3] == [
        " --> command line",
        "  = fix: give their addresses with `--bind` or in a site file",
    ]

"""What the loader says about site files that cannot be read, word for word."""

from pathlib import Path

import pytest

from flowmodel.source import InputErrors
from tests.policies.samples import LEAP_BIND, errors_of, load_site_text, policy_text, site_text


def first_lines(folder: Path, text: str) -> str:
    with pytest.raises(InputErrors) as caught:
        load_site_text(folder, text)
    lines = errors_of(caught.value, folder).splitlines()
    return "\n".join(
        line.removeprefix("site.yaml:") for line in lines if line.startswith("site.yaml:")
    )


NO_ERRORS = {
    "no policy": site_text(),
    "an empty answer to nothing": site_text(use="leap", bind=LEAP_BIND),
    "a range": site_text(use="leap", bind="webapp: 192.0.2.1-192.0.2.9"),
    "a range of networks by name": site_text(use="leap", bind="webapp: [dmz, 192.0.2.200]"),
    "both families": site_text(use="leap", bind="webapp: [192.0.2.1, '2001:db8::1']"),
    "the whole of IPv6's own prefix": site_text(use="leap", bind="webapp: '2001:db8::/32'"),
    "translated": site_text(use="leap", bind="webapp: {address: 10.20.0.1, public: 203.0.113.1}"),
    "other ports outside": site_text(
        use="leap",
        bind="webapp: {address: 10.20.0.1, public: {address: 203.0.113.1, ports: {8443: 443}}}",
    ),
    "a public address and another one": site_text(
        use="leap",
        bind="webapp: {address: 10.20.0.1, public: [203.0.113.1, {address: 203.0.113.2}]}",
    ),
    "an uplink": site_text(
        use="leap",
        bind="webapp: {address: 10.20.0.1, public: {address: 203.0.113.1, via: wan0}}",
    ),
    "an uplink of a device": site_text(
        use="leap",
        bind="webapp: {address: 10.20.0.1, public: {address: 203.0.113.1, "
        "via: {device: edge, interface: wan0}}}",
    ),
    "a gateway elsewhere": site_text(use="leap", bind="openvpn: {ip_address: 192.0.2.4}"),
    "a role that is not here": site_text(use="leap", bind="openvpn: none"),
    "the internet": site_text(use="leap", bind="sysadmins: internet"),
    "a firewall on a machine": site_text(
        use="leap",
        bind=LEAP_BIND,
        more="accept:\n  - {finding: FW205, because: x, until: 2027-01-01}\n",
    ).replace("interfaces: {wan0", "host: [leap.webapp, leap.mx]\n    interfaces: {wan0"),
}


@pytest.mark.parametrize("text", NO_ERRORS.values(), ids=NO_ERRORS)
def test_a_site_without_errors_is_read(text: str, tmp_path: Path) -> None:
    assert load_site_text(tmp_path, text).name == "site"


_PUBLIC = "{{address: 10.0.0.1, public: {}}}"
_PORTS = "{{address: 10.0.0.1, public: {{address: 203.0.113.1, ports: {}}}}}"
BINDINGS = {
    "host bits": (
        "10.0.0.1/24",
        (
            "`10.0.0.1/24` has host bits set; write `10.0.0.0/24` for the prefix, or "
            "`10.0.0.1` for "
            "the single address"
        ),
    ),
    "a leading zero": (
        "10.0.0.01",
        "`10.0.0.01` has a leading zero, which some programs read as octal; remove it",
    ),
    "a zone id": (
        "fe80::1%eth0",
        "`fe80::1%eth0` has a zone id, which has a meaning on one machine only",
    ),
    "four numbers too many": ("10.0.0.0.1", "`10.0.0.0.1` is not an IP address"),
    "too large a number": ("10.0.0.256", "`10.0.0.256` is not an IP address"),
    "a mask": (
        "10.0.0.0/255.255.255.0",
        "`/255.255.255.0` is not an IPv4 prefix length (0 to 32); write `10.0.0.0/24`",
    ),
    "a long prefix": ("10.0.0.0/33", "`/33` is not an IPv4 prefix length (0 to 32)"),
    "no prefix": ("10.0.0.0/", "`/` is not an IPv4 prefix length (0 to 32)"),
    "a range backwards": (
        "10.0.0.9-10.0.0.1",
        "address range `10.0.0.9-10.0.0.1` ends before it starts; write `10.0.0.1-10.0.0.9`",
    ),
    "two families": (
        "10.0.0.9-2001:db8::1",
        "address range `10.0.0.9-2001:db8::1` mixes IPv4 and IPv6",
    ),
    "IPv4 in IPv6": (
        "::ffff:10.0.0.1",
        "`::ffff:10.0.0.1` is an IPv4-mapped address; write `10.0.0.1`",
    ),
    "an unknown network": (
        "corpp",
        "`corpp` is neither an address nor a known name; did you mean `corp`?",
    ),
    "none and something": ("[none, corp]", "`none` cannot be combined with other values"),
    "a mapping without public": ("{address: 10.0.0.1}", "missing key `public` in a binding"),
    "an unknown key": (
        "{address: 10.0.0.1, publik: 10.0.0.2}",
        "unknown key `publik` in a binding; did you mean `public`?",
    ),
    "ports without an address": (
        _PUBLIC.format("{ports: {8443: 443}}"),
        "missing key `address` in `public`",
    ),
    "a list of ports": (
        _PORTS.format("[8443]"),
        "`ports` must be a mapping, not a list",
    ),
    "no ports": (_PORTS.format("{}"), "`ports` is empty"),
    "a port without another": (_PORTS.format("{8443: }"), "a port of the machine is empty"),
    "a port by its name": (
        _PORTS.format("{https: 443}"),
        "a public port: `https` is not a port number",
    ),
    "a range of ports": (
        _PORTS.format("{8000-8010: 443}"),
        "a public port is one number from 1 to 65535, not `8000-8010`",
    ),
    "port 0": (
        _PORTS.format("{8443: 0}"),
        "a port of the machine is one number from 1 to 65535, not `0`",
    ),
    "a port past the last one": (
        _PORTS.format("{65536: 443}"),
        "a public port is one number from 1 to 65535, not `65536`",
    ),
    "a port with its protocol": (
        _PORTS.format("{8443/tcp: 443}"),
        "a public port: `8443/tcp` is not a port number",
    ),
    "a port for a list": (
        _PORTS.format("{8443: [443, 444]}"),
        "a port of the machine must be text, not a list",
    ),
    "one port twice": (
        _PORTS.format("{8443: 443, ' 8443': 444}"),
        "port 8443 is there twice; first on line 14",
    ),
    "ports of the machine's own address": (
        _PORTS.format("{8443: 443}").replace("203.0.113.1", "10.0.0.1"),
        "10.0.0.1 is the machine's own address, whose ports no device changes",
    ),
    "one public address twice": (
        _PUBLIC.format("[203.0.113.1, {address: 203.0.113.1, ports: {8443: 443}}]"),
        "203.0.113.1 is there twice in `public`",
    ),
    "an uplink of nothing": (
        _PUBLIC.format("{address: 203.0.113.1, via: {device: edge}}"),
        "missing key `interface` in `via`",
    ),
    "two uplinks": (
        _PUBLIC.format("{address: 203.0.113.1, via: [wan0, wan1]}"),
        "via must be text, not a list",
    ),
    "an unknown key of a public address": (
        _PUBLIC.format("{address: 203.0.113.1, port: 443}"),
        "unknown key `port` in `public`; did you mean `ports`?",
    ),
    "a list in a list of machines": ("[[[10.0.0.1]]]", "an address must be text, not a list"),
    "a word for a machine": ("[[10.0.0.1], any]", "a machine among others has addresses"),
}


@pytest.mark.parametrize(("value", "expected"), BINDINGS.values(), ids=BINDINGS)
def test_a_binding_that_cannot_be_read_is_an_error(
    value: str, expected: str, tmp_path: Path
) -> None:
    quoted = value if value[0] in "[{" else f"'{value}'"
    found = first_lines(tmp_path, site_text(use="leap", bind=f"webapp: {quoted}"))

    assert "|".join(line.split(": ", 1)[1] for line in found.splitlines()) == expected


USES = {
    "an unknown policy": (
        {"use": "leep"},
        "12:3: unknown policy `leep`; did you mean `leap`?",
    ),
    "an unknown role": (
        {"use": "leap", "bind": "webap: 10.0.0.1"},
        "14:7: unknown role or peer `webap`; did you mean `webapp`?",
    ),
    "a role with several addresses": (
        {"use": "leap", "bind": "openvpn: 10.0.0.1"},
        "14:16: `openvpn` has several addresses; write {ip_address: …, gateway_address: …}",
    ),
    "an unknown address of a role": (
        {"use": "leap", "bind": "openvpn: {address: 10.0.0.1}"},
        (
            "14:17: unknown key `address` in `openvpn`; did you mean `ip_address` or "
            "`gateway_address`?"
        ),
    ),
    "an unknown option": (
        {"use": "onion-id", "options": "http: yes"},
        "14:7: unknown option `http`; did you mean `https`?",
    ),
    "an answer that is none": (
        {"use": "onion-id", "options": "https: maybe"},
        "14:14: https must be `yes` or `no`, not `maybe`",
    ),
    "an unknown parameter": (
        {"use": "leap", "parameters": "ssh: 22"},
        "14:7: unknown parameter `ssh`; did you mean `ssh_port`?",
    ),
    "a parameter that is not a valid port": (
        {"use": "leap", "parameters": "ssh_port: ssh"},
        "14:17: ssh_port: `ssh` is not a port number",
    ),
    "a derived parameter": (
        {"use": "1e", "parameters": "poke_port: 4002"},
        "14:7: `poke_port` is derived from `switch_port`; set `switch_port` instead",
    ),
}


@pytest.mark.parametrize(("use", "expected"), USES.values(), ids=USES)
def test_a_use_that_cannot_be_read_is_an_error(
    use: dict[str, str], expected: str, tmp_path: Path
) -> None:
    assert first_lines(tmp_path, site_text(**use)) == expected


PARTS = {
    "an unknown network behind an interface": (
        "devices: {a: {config: x, interfaces: {e0: dmzz}}}",
        "3:43: unknown network `dmzz`; did you mean `dmz`?",
    ),
    "groups of nobody": (
        "devices: {a: {config: x, groups: sg-1}}",
        "3:11: device `a` needs `host:`, the role that `groups:` and `acl:` belong to",
    ),
    "a machine without an address": (
        "devices: {a: {config: x, host: {role: leap.mx}}}",
        "3:32: missing key `address` in `host`\n3:39: unknown role `leap.mx`; none are defined",
    ),
    "a firewall without an export": (
        "devices: {a: {host: leap.mx}}",
        "3:14: missing key `config` in device `a`\n3:21: unknown role `leap.mx`; none are defined",
    ),
    "a waiver without a reason": (
        "devices: {}\naccept: [{finding: FW205, until: 2027-01-01}]",
        "4:10: missing key `because` in a waiver",
    ),
    "a waiver without an end": (
        "devices: {}\naccept: [{finding: FW205, because: x}]",
        "4:10: missing key `until` in a waiver",
    ),
    "a day that is not": (
        "devices: {}\naccept: [{finding: FW205, because: x, until: 2027-02-30}]",
        "4:46: until must be a date such as 2026-12-31, not `2027-02-30`",
    ),
    "no finding": (
        "devices: {}\naccept: [{finding: exposure, because: x, until: 2027-01-01}]",
        "4:20: `exposure` is not a check; write its id (FW205) or name (undeclared-opening)",
    ),
    "a waiver for an unknown firewall": (
        (
            "devices: {a: {config: x, interfaces: {e: dmz}}}\n"
            "accept: [{finding: FW205, device: b, because: x, until: 2027-01-01}]"
        ),
        "4:35: unknown device `b`; expected `a`",
    ),
    "a waiver for an unknown flow": (
        "devices: {}\naccept: [{finding: FW205, flow: a.b, because: x, until: 2027-01-01}]",
        "4:33: unknown flow `a.b`; none are defined",
    ),
    "a waiver for an unknown place": (
        "devices: {}\naccept: [{finding: FW205, to: dmzz, because: x, until: 2027-01-01}]",
        "4:31: `dmzz` is neither an address nor a known name; did you mean `dmz`?",
    ),
    "an own flow with a condition": (
        "devices: {}\nallow: [{id: a, from: dmz, to: any, service: 1/tcp, when: x}]",
        (
            "4:53: unknown key `when` in a flow; expected one of `admin`, `any_of`, `app`, "
            "`between`, `from`, `group`, `id`, `need`, `notes`, `purpose`, `service`, "
            "`severity`, …"
        ),
    ),
    "two own flows of one name": (
        (
            "devices: {}\nallow:\n  - {id: a, from: dmz, to: any, service: 1/tcp}\n"
            "  - {id: a, from: dmz, to: any, service: 2/tcp}"
        ),
        "6:5: duplicate flow `a`; first defined on line 5",
    ),
    "networks that are everything": (
        "devices: {}\nnetworks: {all-of-it: 0.0.0.0/0}",
        (
            "2:11: the networks cover every public IPv4 address, which leaves none for `internet`; "
            "list only the site's own networks"
        ),
    ),
    "a network called internet": (
        "devices: {}\nnetworks: {internet: 10.0.0.0/8}",
        "2:12: `internet` is a reserved word and cannot be the name of a network",
    ),
    "no devices": ("name: x", "1:1: missing key `devices` in a site"),
}


@pytest.mark.parametrize(("part", "expected"), PARTS.values(), ids=PARTS)
def test_a_part_that_cannot_be_read_is_an_error(part: str, expected: str, tmp_path: Path) -> None:
    networks = "networks: {dmz: 192.0.2.0/28}\n"
    if "networks:" in part:
        networks = part.split("\n")[1] + "\n"
        part = part.split("\n", maxsplit=1)[0]

    assert first_lines(tmp_path, "fwlint: site/1\n" + networks + part + "\n") == expected


def test_errors_of_the_site_and_of_its_policies_come_together(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(policy_text("service: 443"), encoding="utf-8")
    text = site_text(use="shop", bind="web: 10.0.0.0/8", more="policies: shop.yaml\nnonsense: x\n")
    with pytest.raises(InputErrors) as caught:
        load_site_text(tmp_path, text)

    assert errors_of(caught.value, tmp_path) == (
        "site.yaml:16:1: unknown key `nonsense` in a site; expected one of `accept`, `allow`, "
        "`devices`, "
        "`fwlint`, `marked`, `name`, `networks`, `policies`, `roles`, `use`\n"
        "  nonsense: x\n"
        "  ^^^^^^^^\n"
        "shop.yaml:15:18: `443` has no protocol; write `443/tcp` or `443/tcp+udp`\n"
        "          service: 443\n"
        "                   ^^^"
    )


def test_a_policy_of_a_shipped_name_is_refused(tmp_path: Path) -> None:
    own = policy_text().replace("name: shop", "name: leap")
    (tmp_path / "leap.yaml").write_text(own, encoding="utf-8")

    assert first_lines(tmp_path, site_text(more="policies: leap.yaml\n")) == (
        "11:11: leap.yaml defines policy `leap`, which already exists"
    )


def test_a_policy_file_that_is_not_there_is_named_in_its_line_of_the_site(tmp_path: Path) -> None:
    assert first_lines(tmp_path, site_text(more="policies: [wazuh.yml]\n")) == (
        "11:12: there is no file or folder `wazuh.yml`"
    )


def test_a_folder_without_policies_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    assert first_lines(tmp_path, site_text(more="policies: empty\n")) == (
        "11:11: folder `empty` contains no .yaml files"
    )


def test_the_line_and_a_caret_show_the_place(tmp_path: Path) -> None:
    with pytest.raises(InputErrors) as caught:
        load_site_text(tmp_path, site_text(use="leap", bind="webap: 10.0.0.1"))

    assert errors_of(caught.value, tmp_path) == (
        "site.yaml:14:7: unknown role or peer `webap`; did you mean `webapp`?\n"
        "        webap: 10.0.0.1\n"
        "        ^^^^^"
    )


def test_a_flow_with_too_many_pairs_of_ends_is_refused(tmp_path: Path) -> None:
    roles = "".join(f"  r{number}: x\n" for number in range(101))
    policy = (
        "fwlint: policy/1\nname: shop\nroles:\n" + roles + "sections:\n  - title: T\n"
        "    flows: [{id: one, from: all, to: all, service: 1/tcp}]\n"
    )
    (tmp_path / "shop.yaml").write_text(policy, encoding="utf-8")

    with pytest.raises(InputErrors) as caught:
        load_site_text(tmp_path, site_text(use="shop", more="policies: shop.yaml\n"))

    assert [one.message for one in caught.value.errors] == [
        "flow `one` has more than 10000 pairs of endpoints"
    ]

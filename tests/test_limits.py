"""What docs/limits.md says: what no finding speaks of, and where the model takes a side."""

import re
from pathlib import Path

import pytest

from linter.cli import main
from linter.commands.fleet import json_stream
from linter.engine.device import fates, walk
from linter.engine.packet import interpret
from linter.engine.sets import space
from linter.engine.sets.rooms import rooms
from linter.engine.site import paths
from parsers.iptables import read
from parsers.nftables.text import include
from parsers.shared import reading
from policies import MAX_BYTES

_SITE = """\
fwlint: site/1
name: limits
networks:
  dmz: 172.16.10.0/24
  office: 10.10.0.0/16
  mgmt: 10.99.0.0/24
devices:
  edge:
    config: rules.v4
    ipv6: no
    interfaces: {wan0: internet, dmz0: dmz, office0: office, mgmt0: mgmt}
use:
  leap:
    bind:
      webapp: none
      mx: none
      soledad: 172.16.10.13
      openvpn: none
      other-nodes: none
      sysadmins: mgmt
"""
_RULES = """\
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -d 172.16.10.13/32 {where}-p tcp -m tcp --dport 2323 -j ACCEPT
-A FORWARD -s 10.99.0.0/24 -d 172.16.10.13/32 -p tcp -m tcp --dport 22 -j ACCEPT
{more}COMMIT
"""
_NOTHING = "No findings in 1 export, {} rules and 2 flows; 0 waived.\n"


@pytest.mark.parametrize(
    ("where", "more"),
    [
        pytest.param("", "", id="no limit is needed: everything is as the policy says"),
        pytest.param(
            "",
            "-A INPUT -p tcp -m tcp --dport 8081 -j ACCEPT\n",
            id="services of a network device itself that nobody has marked",
        ),
        pytest.param("", "-A FORWARD -i tun9 -j ACCEPT\n", id="an interface the site leaves out"),
        pytest.param("-i wan0 ", "", id="users inside, of what the internet may use"),
        pytest.param("", "-A FORWARD -p icmp -j ACCEPT\n", id="ICMP, which no policy speaks of"),
        pytest.param("", "-A FORWARD -m rpfilter --invert -j DROP\n", id="senders behind no route"),
    ],
)
def test_nothing_is_said_about(
    where: str,
    more: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("site.yaml").write_text(_SITE, encoding="utf-8")
    Path("rules.v4").write_text(_RULES.format(where=where, more=more), encoding="utf-8")

    status = main(["check", "site.yaml"])

    assert capsys.readouterr().out == _NOTHING.format(3 + bool(more))
    assert status == 0


@pytest.mark.parametrize("proto", ["esp", "tcp"])
def test_senders_that_a_translation_makes_one_are_judged_by_themselves(
    proto: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    service = "esp" if proto == "esp" else "9000/tcp"
    flow = f"allow: [{{id: two, from: mgmt, to: 172.16.10.13, service: {service}}}]\n"
    rule = f"-A FORWARD -s 10.99.0.0/24 -d 172.16.10.13/32 -p {proto} -j ACCEPT\n"
    chains = "".join(f":{each} ACCEPT [0:0]\n" for each in ("PREROUTING", "POSTROUTING"))
    nat = f"*nat\n{chains}-A POSTROUTING -s 10.99.0.0/24 -j SNAT --to-source 172.16.10.1\nCOMMIT\n"
    Path("site.yaml").write_text(_SITE + flow, encoding="utf-8")
    Path("rules.v4").write_text(_RULES.format(where="", more=rule) + nat, encoding="utf-8")

    main(["check", "site.yaml", "--select", "FW1"])

    assert capsys.readouterr().out.startswith("No findings in 1 export")


@pytest.mark.parametrize(
    "last",
    [
        pytest.param(255, id="a directed broadcast is an address of its network"),
        pytest.param(77, id="as any other one is"),
    ],
)
def test_what_is_open_to_an_address_of_a_role_s_network_is_said(
    last: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    site = _SITE.replace("soledad: 172.16.10.13", "soledad: dmz")
    rule = f"-A FORWARD -d 172.16.10.{last}/32 -p udp -m udp --dport 9 -j ACCEPT\n"
    Path("site.yaml").write_text(site, encoding="utf-8")
    Path("rules.v4").write_text(_RULES.format(where="", more=rule), encoding="utf-8")

    assert main(["check", "site.yaml", "--select", "FW205", "--fail-on", "info"]) == 1

    assert f"172.16.10.{last}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("rule", "packet", "expected"),
    [
        pytest.param(
            "-m rt --rt-type 0 -j DROP",
            "tcp [2001:db8::7]:40000 > [2001:db8::1]:443",
            "accept",
            id="packets have no IPv6 extension headers",
        ),
        pytest.param(
            "-m rpfilter --invert -j DROP",
            "tcp [2001:db8::7]:40000 > [2001:db8::1]:443",
            "unknown",
            id="without a site nobody knows the way back to the sender",
        ),
        pytest.param(
            "-m conntrack --ctstate NEW -j DROP",
            "tcp [2001:db8::7]:40000 > [2001:db8::1]:443 flags ack",
            "drop",
            id="a packet in mid-stream opens a connection (nf_conntrack_tcp_loose is 1)",
        ),
        pytest.param(
            "-m conntrack --ctstate UNTRACKED -j DROP",
            "icmpv6 2001:db8::7 > 2001:db8::1 type 151",
            "drop",
            id="multicast router discovery is not tracked (newer kernels)",
        ),
        pytest.param(
            "-m conntrack --ctstate INVALID -j DROP",
            "1 2001:db8::7 > 2001:db8::1",
            "accept",
            id="ICMP of the other family is a protocol like any other",
        ),
        pytest.param(
            "-j NFQUEUE",
            "tcp [2001:db8::7]:40000 > [2001:db8::1]:443",
            "unknown",
            id="a program decides",
        ),
        pytest.param(
            "-m conntrack --ctstate RELATED --ctproto 17 -j DROP",
            "icmpv6 2001:db8::7 > 2001:db8::1 type 1 state related",
            "unknown",
            id="an error does not tell the connection that it is about",
        ),
    ],
)
def test_the_model_says(
    rule: str, packet: str, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = tmp_path / "rules.v6"
    export.write_text(f"*filter\n:INPUT ACCEPT [0:0]\n-A INPUT {rule}\nCOMMIT\n", encoding="utf-8")

    assert main(["trace", str(export), "--hook", "input", f"{packet} in eth0"]) == 0

    verdict = next(line for line in capsys.readouterr().out.splitlines() if line[0] != " ")
    assert verdict.partition(":")[0] == expected


@pytest.mark.parametrize(
    ("address", "is_asked"),
    [
        pytest.param("127.0.0.1", True, id="the loopback address"),
        pytest.param("8.8.8.8", False, id="one of all addresses that the machine may have"),
    ],
)
def test_a_flow_to_itself_is_asked_for_few_addresses_of_a_machine_without_a_site(
    address: str, is_asked: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = tmp_path / "rules.v4"
    export.write_text(
        "*filter\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
        f"-A OUTPUT -s {address}/32 -d {address}/32 -j DROP\nCOMMIT\n",
        encoding="utf-8",
    )

    main(["check", "--policy", "onion-id", "--role", "linux-vm", str(export), "-o", "concise"])

    assert ("FW103 error: required flow onion-id.internal" in capsys.readouterr().out) == is_asked


_SIZES = {
    "nodes of a decision diagram": f"{rooms(0)[-1]}; {rooms(100_000)[-1]} from 100000 rules",
    "variables of the diagrams of one question": str(space._MOST_VARIABLES),
    "steps on all ways through a chain": str(fates._MOST_STEPS),
    "nested chain calls": str(walk.DEPTH_LIMIT),
    "paths between two networks": str(paths.PATH_LIMIT),
    "outcomes followed for one packet": str(interpret.OUTCOME_LIMIT),
    "an export": f"{reading.LARGEST >> 20} MiB; a line of iptables {read.LONGEST} characters",
    "a site or policy file": f"{MAX_BYTES >> 20} MiB",
    "folders that one `include` pattern": str(include._MAX_FOLDERS),
    "one value in a report": f"{json_stream.LARGEST >> 20} MiB",
    "files that a site": "regular files in their own tree",
}


def test_the_sizes_are_those_of_the_program() -> None:
    page = Path(__file__).parents[1].joinpath("docs", "limits.md").read_text(encoding="utf-8")
    lines = page.split("## Size limits")[1].split("|---|---|---|\n")[1].splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:3]] for line in lines]

    assert len(rows) == len(_SIZES)
    for (what, limit), (known, expected) in zip(rows, _SIZES.items(), strict=True):
        assert what.startswith(known)
        assert re.sub(r"(?<=\d) (?=\d)", "", limit).startswith(expected)


@pytest.mark.parametrize(("size", "is_read"), [(1 << 20, True), ((1 << 20) + 1, False)])
def test_a_large_export_is_an_error(
    size: int,
    is_read: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(reading, "LARGEST", 1 << 20)
    text = "*filter\n:INPUT DROP [0:0]\nCOMMIT\n"
    export = tmp_path / "rules.v4"
    export.write_text(text.ljust(size - 1, "\n") + "\n", encoding="utf-8")

    assert (main(["check", str(export), "-q", "--fail-on", "never"]) == 0) is is_read
    assert ("rules.v4:1:1: is larger than 1 MiB" in capsys.readouterr().err) is not is_read

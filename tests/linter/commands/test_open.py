"""`fwlint open`: its formats, and what it says of what it cannot list."""

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from linter.cli import main
from tests import ROOT

_HOST = ROOT / "fixtures/open/check/web.rules"
_SCHEMA = json.loads((ROOT / "tests/linter/report/json_schema.json").read_text(encoding="utf-8"))
_SITE = """fwlint: site/1
networks:
  office: 10.0.0.0/8
devices:
  web:
    config: host.rules
    ipv6: no
    interfaces: {eth0: internet, eth1: office}
marked:
  add: [9000/tcp]
  remove: [6379/tcp]
"""
_RULES = """*filter
:INPUT DROP [0:0]
-A INPUT -p tcp -m multiport --dports 6379,9000 -j ACCEPT
COMMIT
"""


@pytest.mark.parametrize("export", ["pfsense/office/config.xml", "aws/leap-provider/exports"])
def test_json_keeps_to_the_schema(export: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["open", str(ROOT / "fixtures" / export), "--format", "json"]) == 0

    document = json.loads(capsys.readouterr().out)
    schema = {"$defs": _SCHEMA["$defs"], **_SCHEMA["properties"]["open"]}
    Draft202012Validator(schema).validate(document["open"])
    assert document["version"] == 1
    assert sum(len(each["rows"]) for each in document["open"]) > 5


def test_check_has_the_same_table_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    main(["open", str(_HOST), "--format", "json"])
    alone = json.loads(capsys.readouterr().out)["open"]
    main(["check", str(_HOST), "-o", "json"])

    assert json.loads(capsys.readouterr().out)["open"] == alone


@pytest.mark.parametrize("choice", [["--select", "FW3"], ["--ignore", "FW215"]])
def test_the_table_is_left_out_with_its_check(
    choice: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["check", str(_HOST), *choice])

    assert "To the machine itself" not in capsys.readouterr().out


def test_a_site_adds_services_and_takes_some_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "host.rules").write_text(_RULES, encoding="utf-8")
    (tmp_path / "site.yaml").write_text(_SITE, encoding="utf-8")

    assert main(["open", str(tmp_path / "site.yaml")]) == 0
    assert "look at: tcp 9000 (marked by the site)\n" in capsys.readouterr().out
    assert main(["check", str(tmp_path / "site.yaml"), "-o", "concise"]) == 1
    said = capsys.readouterr().out
    assert "tcp 9000 (marked by the site) is open on web to any address" in said
    assert "Redis" not in said
    assert main(["open", str(tmp_path / "host.rules")]) == 0
    assert "look at: tcp 6379 (Redis)\n" in capsys.readouterr().out


def test_an_export_that_cannot_be_read_is_no_empty_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "host.rules").write_text("*filter\n-A NONE -j DROP\nCOMMIT\n", encoding="utf-8")

    assert main(["open", str(tmp_path / "host.rules")]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "host.rules:2" in captured.err


def test_what_takes_too_long_is_not_decided_and_never_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = [
        f"-A INPUT -s 10.{n % 7 * 31 % 256}.{n * 37 % 256}.{n % 256}/{17 + n % 15} "
        f"-d 10.1.{n * 91 % 256}.{n * 7 % 256}/{20 + n % 12} -p tcp --dport {n * 53 % 60000}:"
        f"{n * 53 % 60000 + n * 11 % 5000} -j {'ACCEPT' if n % 3 else 'DROP'}"
        for n in range(1, 1500)
    ]
    text = ":INPUT DROP [0:0]\n" + "\n".join(rules)
    (tmp_path / "host.rules").write_text(f"*filter\n{text}\nCOMMIT\n", encoding="utf-8")

    assert main(["open", str(tmp_path / "host.rules"), "--work-limit", "0.1"]) == 2
    captured = capsys.readouterr()
    assert "nothing is open" not in captured.out.partition("Through it")[0]
    assert "not decided within the limit" in captured.out
    assert "too complex to decide: what is open on host.rules" in captured.err


def test_what_takes_too_long_in_both_families_is_told_of_both(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = "\n".join(f'iifname "i{n}" oifname != "o{n}" accept' for n in range(2000))
    chain = f"chain f {{ type filter hook forward priority 0; policy drop;\n{rules}\n}}"
    (tmp_path / "host.nft").write_text(f"table inet t {{\n{chain}\n}}\n", encoding="utf-8")

    assert main(["open", str(tmp_path / "host.nft"), "--work-limit", "0.01"]) == 2
    assert re.search(r"what is open through host\.nft \(IPv4: .*; IPv6: ", capsys.readouterr().err)


_INTERFACES = """{
 "NetworkInterfaces": [{"NetworkInterfaceId": "eni-1", "SubnetId": "subnet-1", "VpcId": "vpc-1",
  "OwnerId": "111111111111", "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.1.5"}],
  "Groups": [{"GroupId": "sg-1", "GroupName": "web"}]}]%s
}"""


@pytest.mark.parametrize(("more", "status"), [("", 0), (',\n "NextToken": "x"', 2)])
def test_what_the_rest_of_a_list_opens_is_in_no_line_and_that_is_said(
    more: str, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = tmp_path / "interfaces.json"
    export.write_text(_INTERFACES % more)

    assert main(["open", str(export)]) == status
    told = capsys.readouterr()
    assert "To the machine itself (eni-1)" in told.out
    assert ("the list of NetworkInterfaces has more pages (NextToken)" in told.err) is bool(status)


def test_an_interface_without_addresses_has_no_section_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = tmp_path / "interfaces.json"
    text = _INTERFACES % ""
    export.write_text(text.replace("]}]\n}", ']}, {"NetworkInterfaceId": "eni-2"}]\n}'))

    assert main(["open", str(export)]) == 0
    told = capsys.readouterr()
    assert "eni-2" not in told.out
    assert "eni-2 has no addresses here: it is not judged" in told.err


@pytest.mark.parametrize(
    ("groups", "reason"),
    [
        ('"Groups": []', "what stops packets where there is no security group"),
        ('"Status": "in-use"', "what the security groups of eni-1 stop"),
    ],
)
def test_what_comes_to_an_interface_without_groups_is_possible(
    groups: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = tmp_path / "interfaces.json"
    text = _INTERFACES % ""
    export.write_text(re.sub(r'"Groups": \[[^]]*\]', groups, text))

    main(["open", str(export)])
    told = capsys.readouterr().out
    assert "To the machine itself (eni-1)\n  everything  from any address" in told
    assert f"because: {reason}" in told


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("0.0.0.0/8", "tcp 22  from 0.0.0.1-0.255.255.255 "),
        ("0.1.0.0/16", "tcp 22  from 0.1.0.0/16 "),
        ("10.0.0.0/8", "tcp 22  from 10.0.0.0/8 "),
        ("0.0.0.0/0", "tcp 22  from any address "),
        ("0.0.0.0/32", "nothing is known to be open"),
        ("127.0.0.0/8", "nothing is known to be open"),
    ],
)
def test_what_is_open_to_addresses_of_this_network_is_told(
    source: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = f"-A INPUT -s {source} -p tcp --dport 22 -j ACCEPT"
    rules = f"*filter\n:INPUT DROP [0:0]\n{rule}\nCOMMIT\n"
    (tmp_path / "host.v4").write_text(rules, encoding="utf-8")

    assert main(["open", str(tmp_path / "host.v4")]) == 0
    assert words in capsys.readouterr().out

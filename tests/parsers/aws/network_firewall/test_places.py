"""A network firewall in an account that has machines too: in questions, and in sites."""

import json
from pathlib import Path
from typing import Any

import pytest

from linter.cli import main
from tests.parsers.aws.network_firewall.samples import firewall, policy, texts

PERMITS = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
MACHINE: dict[str, Any] = {
    "NetworkInterfaces": [
        {
            "NetworkInterfaceId": "eni-1",
            "OwnerId": "1",
            "SubnetId": "subnet-1",
            "VpcId": "vpc-1",
            "PrivateIpAddress": "10.0.1.10",
            "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.1.10", "Primary": True}],
            "Groups": [{"GroupId": "sg-1", "GroupName": "web"}],
        }
    ]
}
GROUPS: dict[str, Any] = {
    "SecurityGroups": [
        {
            "GroupId": "sg-1",
            "GroupName": "web",
            "VpcId": "vpc-1",
            "OwnerId": "1",
            "IpPermissions": [PERMITS],
            "IpPermissionsEgress": [PERMITS],
        }
    ]
}
SITE = """\
fwlint: site/1
name: account
networks:
  servers: 10.0.1.0/24
  admins: 10.99.0.0/24
devices:
  account:
    config: exports
    ipv6: no
{interfaces}
use:
  leap:
    bind:
      webapp: 10.0.1.10
      mx: none
      soledad: none
      openvpn: none
      other-nodes: none
      sysadmins: admins
"""


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an account: one machine, open for all, and a firewall that lets HTTPS in."""
    one = texts("web", "pass tcp any any -> any 443 (sid:1;)\ndrop ip any any -> any any (sid:2;)")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "exports").mkdir()
    documents = [one, policy([one]), *firewall(), MACHINE, GROUPS]
    for number, document in enumerate(documents):
        text = json.dumps(document, indent=1)
        (tmp_path / "exports" / f"{number}.json").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("hook", "at", "verdict"),
    [
        ("forward", "edge", "drop: exports/0.json:5: stateful web: drop ip any any"),
        ("input", "eni-1", "unknown: exports/4.json"),
        ("input", "10.0.1.10", "unknown: exports/4.json"),
    ],
)
def test_a_question_names_the_firewall_or_the_machine(
    hook: str,
    at: str,
    verdict: str,
    account: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    packet = "tcp 198.51.100.7:40000 > 10.0.1.10:80"

    del account
    assert main(["trace", "exports", "--hook", hook, "--at", at, packet]) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if line.startswith(verdict)]


@pytest.mark.parametrize(
    ("interfaces", "expected"),
    [
        pytest.param(
            "    interfaces: {internet: internet, servers: servers, vpn: admins}",
            "required flow leap.http (80/tcp) from the internet to webapp is blocked on account",
            id="the firewall, between networks",
        ),
        pytest.param(
            "",
            "the firewall edge is judged by a device of the site with `interfaces:` only",
            id="the machines",
        ),
    ],
)
def test_a_site_takes_the_firewall_for_a_device_with_interfaces(
    interfaces: str,
    expected: str,
    account: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (account / "site.yaml").write_text(SITE.format(interfaces=interfaces), encoding="utf-8")

    main(["check", "site.yaml", "-o", "concise"])

    assert expected in capsys.readouterr().out

"""FW312: rules for replies by which connections begin."""

from pathlib import Path

import pytest

from tests.linter.checks.aws import HTTPS as AWS_HTTPS
from tests.linter.checks.aws import account, entry
from tests.linter.checks.bare import findings
from tests.linter.checks.pf import HTTPS as PF_HTTPS
from tests.linter.checks.pf import config
from tests.linter.checks.samples import KEEP_IN, chains, rules

_FROM_443 = "-A INPUT -p tcp -m tcp --sport 443 -j ACCEPT"
_HIGH = "-A INPUT -p tcp -m tcp --dport 1024:65535 -j ACCEPT"
_NFT = """\
table inet filter {{
  chain input {{
    type filter hook input priority filter; policy drop;
    {}
  }}
}}
"""
_DNS_IN = (
    PF_HTTPS.replace("<network>lan</network>", "<any/><port>53</port>")
    .replace("<address>web</address><port>443</port>", "<any/>")
    .replace("<interface>lan", "<interface>wan")
)


def _nft(*statements: str) -> str:
    return _NFT.format("\n    ".join(statements))


def _found(folder: Path, text: str) -> list[tuple[str, str]]:
    found = findings(folder, "FW312", web=text)
    return [(each.level, each.message.rpartition(" begin ")[2]) for each in found]


_WEB = [("warning", "from port 443")]
_CLIENTS = [("info", "to the ports of clients")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (rules(_FROM_443), _WEB),
        (rules(KEEP_IN, _FROM_443), _WEB),
        (rules(_FROM_443.replace("INPUT", "FORWARD")), _WEB),
        (rules(_FROM_443.replace("INPUT", "INPUT -i eth0")), _WEB),
        (rules(*chains("a"), "-A INPUT -j a", _FROM_443.replace("INPUT", "a")), _WEB),
        (rules(_FROM_443.replace("443", "80:90 -s 192.0.2.1")), [("warning", "from port 80-90")]),
        (rules(_FROM_443.replace("-j", "-m limit --limit 5/sec -j")), _WEB),
        (rules(_FROM_443.replace("443", "443 --dport 1024:65535")), _WEB),
        (rules(_FROM_443.replace("443", "443 ! --syn")), []),
        (rules(_FROM_443.replace("443", "443 -m conntrack --ctstate ESTABLISHED")), []),
        (rules(_FROM_443.replace("443", "443 --dport 8443")), []),
        (rules(_FROM_443.replace("tcp", "udp").replace("443", "67 --dport 68")), []),
        (rules(_FROM_443.replace("443", "1024:65535")), []),
        (rules(_FROM_443.replace("INPUT", "OUTPUT"), output="DROP"), []),
        (rules(_FROM_443, input="ACCEPT"), []),
        (rules("-A INPUT -p tcp -j ACCEPT", _FROM_443), []),
        (rules("-A INPUT -p tcp -m tcp --syn -j DROP", _FROM_443), []),
        (rules("-A INPUT -i lo -j ACCEPT", _FROM_443.replace("-p", "-i lo -p")), []),
        (rules(*chains("DOCKER"), "-A INPUT -j DOCKER", _FROM_443.replace("INPUT", "DOCKER")), []),
        (rules(_HIGH), _CLIENTS),
        (rules(_HIGH.replace("1024:65535", "32768:60999")), _CLIENTS),
        (rules(_HIGH.replace("1024:65535", "1024:65535 ! --syn")), []),
        (rules(_HIGH.replace("1024:65535", "10000:20000")), []),
        (rules(_HIGH.replace("1024:65535", "0:65535")), []),
        (rules(KEEP_IN, _HIGH), []),
        (_nft("tcp sport 443 accept"), _WEB),
        (_nft("udp sport 53 accept"), [("warning", "from port 53")]),
        (_nft("ct state established udp sport 53 accept"), []),
        (_nft("tcp sport 443 tcp flags ack / syn,ack accept"), []),
        (config(_DNS_IN), [("warning", "from port 53")]),
        (config(PF_HTTPS), []),
        (account([AWS_HTTPS], [entry(100, (1024, 65535), is_egress=False)]), _CLIENTS),
        (account([AWS_HTTPS], [entry(100, (443, 443), is_egress=False)]), []),
        (account([AWS_HTTPS], [entry(100, (1024, 65535), is_egress=True)]), []),
        (account([AWS_HTTPS], [entry(100, (0, 65535), is_egress=False)]), []),
    ],
)
def test_rules_for_replies(text: str, expected: list[tuple[str, str]], tmp_path: Path) -> None:
    assert _found(tmp_path, text) == expected


def test_the_packet_goes_to_a_port_that_people_know(tmp_path: Path) -> None:
    (finding,) = findings(tmp_path, "FW312", web=rules(_FROM_443))

    assert ":443 > " in finding.witness
    assert finding.witness.endswith(":22")
    assert finding.certainty == "certain"


def test_a_rule_with_an_unread_part_may_let_them_begin(tmp_path: Path) -> None:
    unread = _FROM_443.replace("-j", "-m owner --uid-owner 7 -j")

    (finding,) = findings(tmp_path, "FW312", web=rules(unread))

    assert finding.certainty == "possible"
    assert "may let connections begin from port 443" in finding.message

"""FW319: the administration of the device itself, reached by nobody for certain."""

from pathlib import Path

import pytest

from tests.linter.checks.aws import account
from tests.linter.checks.bare import findings
from tests.linter.checks.pf import HTTPS as PF_HTTPS
from tests.linter.checks.pf import config
from tests.linter.checks.samples import KEEP_IN, rules

_SSH = "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT"
_IN_A_SET = _SSH.replace("-j", "-m set --match-set admins src -j")
_BAN = "-A INPUT -s 192.0.2.1/32 -j DROP"
_NO_ANTI_LOCKOUT = "<protocol>https</protocol><noantilockout/>"
_TO_GUI = PF_HTTPS.replace("<address>web</address>", "<network>(self)</network>")
_UNKNOWN = "<alias><name>web</name><type>urltable</type><address>https://x/</address></alias>"
_NFT = """\
table inet filter {{
  chain input {{
    type filter hook input priority filter; policy drop;
    {}
  }}
}}
"""


def _pf(*filter_rules: str, switched_off: bool = True) -> str:
    text = config(*filter_rules)
    return text.replace("<protocol>https</protocol>", _NO_ANTI_LOCKOUT) if switched_off else text


def _said(folder: Path, text: str) -> list[tuple[str, str]]:
    found = findings(folder, "FW319", web=text)
    return [(each.certainty, each.message.partition(" the ")[0]) for each in found]


_UNSURE = [("possible", "nobody surely reaches")]
_NOBODY = [("certain", "nobody reaches")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (rules(KEEP_IN, _SSH), []),
        (rules(KEEP_IN, _SSH.replace("-p", "-s 192.0.2.0/24 -i eth0 -p")), []),
        (rules(KEEP_IN, _IN_A_SET), _UNSURE),
        (rules(KEEP_IN, _IN_A_SET, _SSH.replace("-p", "-s 192.0.2.1 -p")), []),
        (rules(KEEP_IN, _BAN, _IN_A_SET, _SSH.replace("-p", "-s 192.0.2.1 -p")), _UNSURE),
        (rules(KEEP_IN, _BAN, _IN_A_SET, *(_SSH.replace("-p", f"-s 192.0.2.{each} -p")
                                           for each in (1, 2))), []),
        (rules(KEEP_IN, _SSH.replace("-j", "-m owner --uid-owner 7 -j")), _UNSURE),
        (rules(KEEP_IN, _SSH.replace("-j", "-m limit --limit 3/min -j")), []),
        (rules(KEEP_IN, "-A INPUT -p tcp -m recent --update --seconds 9 --name a -j DROP", _SSH),
         []),
        (rules(KEEP_IN, _IN_A_SET.replace("ACCEPT", "DROP"), _SSH), []),
        (rules(KEEP_IN), []),
        (rules(KEEP_IN, _IN_A_SET.replace("22", "443")), []),
        (rules(_IN_A_SET, input="ACCEPT"), []),
        (_NFT.format("tcp dport 22 accept"), []),
        (_NFT.format("meta skuid 7 tcp dport 22 accept"), _UNSURE),
        (_NFT.format("meta nfproto ipv6 tcp dport 22 accept"), []),
        (_pf(), _NOBODY),
        (_pf(switched_off=False), []),
        (_pf(switched_off=False).replace("<protocol>https</protocol>", ""), []),
        (_pf(switched_off=False).replace("<webgui><protocol>https</protocol></webgui>", ""), []),
        (_pf(_TO_GUI), []),
        (_pf(_TO_GUI.replace("443", "8443")), _NOBODY),
        (_pf(_TO_GUI.replace("<network>lan</network>", "<address>web</address>"))
         .replace("<aliases>", "<aliases>" + _UNKNOWN.replace("web", "list"))
         .replace("<source><address>web", "<source><address>list"), _UNSURE),
        (account([], []), []),
    ],
    ids=[
        "ssh for all",
        "ssh for some",
        "ssh for a set that is elsewhere",
        "ssh for one address beside it",
        "ssh for one address that is banned",
        "ssh for another address behind it",
        "ssh for what is not read",
        "ssh with a limit",
        "ssh behind a memory",
        "ssh behind bans that are elsewhere",
        "no ssh",
        "another port for a set",
        "a default that accepts",
        "nft",
        "nft: what is not read",
        "nft: IPv6 alone",
        "pfSense without anti-lockout",
        "pfSense with it",
        "pfSense with it, without a protocol",
        "pfSense with it, without settings",
        "pfSense with a rule",
        "pfSense with a rule for another port",
        "pfSense with a list that only it has",
        "AWS",
    ],
)  # fmt: skip
def test_the_administration(text: str, expected: list[tuple[str, str]], tmp_path: Path) -> None:
    assert _said(tmp_path, text) == expected


@pytest.mark.parametrize(
    ("flags", "expected"), [("syn", []), ("syn,psh", _NOBODY), ("syn,ece,cwr", _NOBODY)]
)
def test_administrators_come_as_most_systems_begin_connections(
    flags: str, expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    every = "fin,syn,rst,psh,ack,urg,ece,cwr"
    asked = f"<tcpflags1>{flags}</tcpflags1><tcpflags2>{every}</tcpflags2>"

    assert _said(tmp_path, _pf(_TO_GUI + asked)) == expected


def test_a_web_interface_at_another_port(tmp_path: Path) -> None:
    text = _pf().replace(_NO_ANTI_LOCKOUT, f"{_NO_ANTI_LOCKOUT}<port>8443</port>")

    (finding,) = findings(tmp_path, "FW319", web=text)

    assert "(tcp 8443)" in finding.message


_OPEN_NAT = "*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n"


@pytest.mark.parametrize(
    ("ipv4", "ipv6", "expected"),
    [
        (rules(KEEP_IN, _SSH), rules(KEEP_IN, _IN_A_SET), []),
        (rules(KEEP_IN, _IN_A_SET), rules(KEEP_IN, _SSH), []),
        (_OPEN_NAT, rules(KEEP_IN, _IN_A_SET), []),
        (rules(KEEP_IN, _IN_A_SET), rules(KEEP_IN, _IN_A_SET), _UNSURE),
        (rules(KEEP_IN), rules(KEEP_IN, _IN_A_SET), _UNSURE),
    ],
    ids=["by IPv4", "by IPv6", "no filter for IPv4", "by neither", "a set for IPv6 alone"],
)
def test_a_file_for_each_family(
    ipv4: str, ipv6: str, expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    found = findings(tmp_path, "FW319", **{"rules.v4": ipv4, "rules.v6": ipv6})

    assert [(each.certainty, each.message.partition(" the ")[0]) for each in found] == expected

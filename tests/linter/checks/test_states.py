"""FW317 and FW318: rules about the state of connections that stand too late."""

from pathlib import Path

import pytest

from tests.linter.checks.aws import HTTPS as AWS_HTTPS
from tests.linter.checks.aws import account
from tests.linter.checks.bare import findings
from tests.linter.checks.pf import HTTPS as PF_HTTPS
from tests.linter.checks.pf import config
from tests.linter.checks.samples import KEEP_IN, chains, rules

_INVALID = "-A INPUT -m conntrack --ctstate INVALID -j DROP"
_HTTPS = "-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT"
_LIST = tuple(f"-A INPUT -s 198.51.100.{number} -j DROP" for number in range(50))
_NFT = """\
table inet filter {{
  chain input {{
    type filter hook input priority filter; policy drop;
    {}
  }}
}}
"""


def _nft(*statements: str) -> str:
    return _NFT.format("\n    ".join(statements))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (rules(KEEP_IN, _INVALID, _HTTPS), []),
        (rules(KEEP_IN, _HTTPS, _INVALID), [["accepted here"]]),
        (rules(_HTTPS, _HTTPS.replace("443", "80"), _INVALID), [["accepted here"] * 2]),
        (rules("-A INPUT -i lo -j ACCEPT", _INVALID), []),
        (rules(_HTTPS.replace("-m tcp", "-m conntrack --ctstate NEW -m tcp"), _INVALID), []),
        (rules("-A INPUT -p icmp -j ACCEPT", _INVALID), []),
        (rules(_HTTPS.replace("ACCEPT", "DROP"), _INVALID), []),
        (rules(_HTTPS, _INVALID.replace("-m", "-p udp -m")), []),
        (rules(*chains("a"), "-A INPUT -j a", _INVALID, "-A a -j ACCEPT"), [["accepted here"]]),
        (_nft("ct state invalid drop", "tcp dport 443 accept"), []),
        (_nft("tcp dport 443 accept", "ct state invalid drop"), [["accepted here"]]),
        (_nft("tcp dport 443 accept", "ct state vmap { invalid : drop }"), [["accepted here"]]),
        (config(PF_HTTPS), []),
        (account([AWS_HTTPS], []), []),
    ],
    ids=[
        "behind the rule for known connections",
        "behind a rule that accepts",
        "behind two",
        "behind loopback",
        "behind a rule for new connections",
        "behind a rule for another protocol",
        "behind a rule that drops",
        "for another protocol",
        "behind a chain that accepts",
        "nft: in front",
        "nft: behind",
        "nft: behind, in a map",
        "pf has no such rules",
        "AWS has no such rules",
    ],
)
def test_packets_of_no_connection_are_dropped_before_others_are_accepted(
    text: str, expected: list[list[str]], tmp_path: Path
) -> None:
    found = findings(tmp_path, "FW317", export=text)

    assert [[related.label for related in each.related] for each in found] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (rules(*_LIST, KEEP_IN), ["50"]),
        (rules(*_LIST[1:], KEEP_IN), []),
        (rules(KEEP_IN, *_LIST), []),
        (rules(KEEP_IN, *_LIST, KEEP_IN), []),
        (
            rules(
                *chains("a"),
                "-A INPUT -j a",
                KEEP_IN,
                *(each.replace("INPUT", "a") for each in (*_LIST, *_LIST[:2])),
            ),
            ["52"],
        ),
        (rules(*_LIST, "-A INPUT -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT"), []),
        (rules(*_LIST, "-A INPUT -m conntrack --ctstate INVALID -j DROP"), []),
        (_nft(*["ip saddr 198.51.100.1 drop"] * 50, "ct state established accept"), ["50"]),
        (_nft("ct state established accept", *["ip saddr 198.51.100.1 drop"] * 50), []),
        (config(*[PF_HTTPS] * 60), []),
        (account([AWS_HTTPS] * 60, []), []),
    ],
    ids=[
        "behind fifty",
        "behind fewer",
        "in front",
        "in front, and again",
        "behind a chain",
        "for new ones too",
        "no such rule",
        "nft: behind",
        "nft: in front",
        "pf asks its states first",
        "AWS asks its states first",
    ],
)
def test_packets_of_known_connections_are_accepted_early(
    text: str, expected: list[str], tmp_path: Path
) -> None:
    found = findings(tmp_path, "FW318", export=text)

    assert [each.message.split()[5] for each in found] == expected


def test_the_words(tmp_path: Path) -> None:
    text = rules(_HTTPS, _INVALID, *_LIST, KEEP_IN)

    late, known = findings(tmp_path, "FW317", "FW318", web=text)

    assert late.message == (
        "this rule of web drops packets of no connection, and a rule before it accepts some of them"
    )
    assert known.message == (
        "packets of known connections pass 52 rules of INPUT on web before this one accepts them"
    )
    assert (late.level, known.level) == ("info", "info")

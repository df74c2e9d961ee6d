"""FW320 and FW321: rules that matched nothing, and rules that could be one."""

from pathlib import Path

import pytest

from tests.linter.checks.bare import findings
from tests.linter.checks.pf import HTTPS as PF_HTTPS
from tests.linter.checks.pf import config
from tests.linter.checks.samples import chains, rules

_BUSY = "[48211:3120042] -A INPUT -p tcp -m tcp --dport 443 -j ACCEPT"
_IDLE = "[0:0] -A INPUT -p tcp -m tcp --dport 21 -j ACCEPT"
_JUMP = "[9:500] -A INPUT -j a"
_NFT = """\
table inet {} {{
  chain input {{
    type filter hook input priority filter; policy drop;
    tcp dport 443 counter packets 48211 bytes 3120042 accept
    tcp dport 21 counter packets 0 bytes 0 accept
    tcp dport 22 accept
  }}
}}
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (rules(_BUSY, _IDLE), [6]),
        (rules(_BUSY, _IDLE.replace("21", "20:21"), _IDLE), [6]),
        (rules(_BUSY.replace("48211", "999"), _IDLE), []),
        (rules(_BUSY.removeprefix("[48211:3120042] "), _IDLE.removeprefix("[0:0] ")), []),
        (rules(_BUSY, "[0:0] -A INPUT -j DROP"), []),
        (rules(*chains("a"), _BUSY, _JUMP, _IDLE.replace("INPUT", "a")), []),
        (rules(*chains("a"), _BUSY, _JUMP.replace("9:", "9999:"), _IDLE.replace("INPUT", "a")),
         [8]),
        (rules(*chains("DOCKER"), _BUSY, _JUMP.replace("9:500] -A INPUT -j a", "0:0] -A INPUT -j "
               "DOCKER"), _IDLE.replace("INPUT", "DOCKER")), []),
        (_NFT.format("filter"), [5]),
        (_NFT.format("firewalld"), []),
        (config(PF_HTTPS), []),
    ],
    ids=[
        "beside a busy one",
        "two are one finding",
        "too few packets",
        "no counters",
        "the last rule",
        "in a chain with few packets",
        "in a chain with many packets",
        "in a chain of a tool",
        "nft",
        "nft: the table of a tool",
        "pf has none",
    ],
)  # fmt: skip
def test_rules_that_matched_nothing(text: str, expected: list[int], tmp_path: Path) -> None:
    assert [each.span.line for each in findings(tmp_path, "FW320", web=text)] == expected


_HTTP = "-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT"
_HTTPS = _HTTP.replace("80", "443")


def _office(number: int) -> str:
    return _HTTP.replace("-p", f"-s 10.{number}.0.0/16 -p")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (rules(_HTTP, _HTTPS), ["2 rules: their ports"]),
        (rules(_HTTP, _HTTP), ["2 rules: nothing"]),
        (rules(_HTTP, _HTTPS, _HTTP.replace("80", "8080")), ["3 rules: their ports"]),
        (rules(_office(1), _office(2)), ["2 rules: their sources"]),
        (rules(_office(1), _office(2), _office(2).replace("80", "81")),
         ["2 rules: their sources"]),
        (rules(_office(1), _office(2).replace("80", "81")), []),
        (rules(_HTTP, _HTTPS.replace("ACCEPT", "DROP")), []),
        (rules(_HTTP, _HTTPS.replace("tcp", "udp")), []),
        (rules(_HTTP, "-A INPUT -j LOG", _HTTPS), []),
        (rules(*(each.replace("-j", "-m limit --limit 3/min -j") for each in (_HTTP, _HTTPS))), []),
        (_NFT.format("filter"), ["3 rules: their ports"]),
        (_NFT.format("firewalld"), []),
        (config(PF_HTTPS), []),
    ],
)  # fmt: skip
def test_rules_that_could_be_one(text: str, expected: list[str], tmp_path: Path) -> None:
    found = findings(tmp_path, "FW321", web=text)
    said = [
        f"{each.message.partition(' of ')[0]}: {each.message.partition(' differ in ')[2]}"
        for each in found
    ]
    assert said == [f"{each} alone" for each in expected]

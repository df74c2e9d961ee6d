"""FW315: ports that are dropped for the machine itself, and published all the same."""

from pathlib import Path

import pytest

from tests import ROOT
from tests.linter.checks.bare import findings
from tests.linter.checks.pf import HTTPS as PF_HTTPS
from tests.linter.checks.pf import config
from tests.linter.checks.samples import rules

_HOST = ROOT / "fixtures/iproute/docker-host"
_ADDR, _ROUTE = ((_HOST / name).read_text("utf-8") for name in ("addr.json", "route.json"))
_PUBLISHED = """
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 5432 -j DNAT --to-destination 172.17.0.3:5432
"""
_BY_HAND = """
-A PREROUTING -i eth0 -p tcp -m tcp --dport 5432 -j DNAT --to-destination 172.17.0.3:5432
"""
_PASSES = "-A FORWARD -d 172.17.0.3/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 5432 -j ACCEPT"
_SERVE = "-A INPUT -s 10.1.0.0/16 -p tcp -m tcp --dport 5432 -j ACCEPT"
_DROP = "-A INPUT -p tcp -m tcp --dport 5432 -j DROP"


@pytest.mark.parametrize(
    ("body", "nat", "expected"),
    [
        ((_SERVE, _PASSES), _PUBLISHED, ["warning"]),
        ((_DROP, _PASSES), _PUBLISHED, ["warning"]),
        ((_DROP, _PASSES), _BY_HAND, ["warning"]),
        ((_PASSES,), _PUBLISHED, ["info"]),
        ((_PASSES,), _BY_HAND, []),
        ((_SERVE.replace("-s 10.1.0.0/16 ", ""), _PASSES), _PUBLISHED, []),
        ((_SERVE, "-A FORWARD -s 10.1.0.0/16 -j ACCEPT"), _PUBLISHED, []),
        ((_SERVE,), _PUBLISHED, []),
        ((_SERVE.replace("5432", "22"), _PASSES), _PUBLISHED, ["info"]),
        ((_SERVE, _PASSES), "", []),
        (
            (_SERVE, _PASSES),
            _PUBLISHED.replace("DNAT --to-destination 172.17.0.3:5432", "REDIRECT --to-ports 5432"),
            [],
        ),
        ((_SERVE, _PASSES), _PUBLISHED.replace("-p tcp", "-d 127.0.0.1 -p tcp"), []),
    ],
    ids=[
        "input is for some senders, Docker publishes",
        "input drops the port, Docker publishes",
        "input drops the port, a rule forwards",
        "input drops everything, Docker publishes",
        "input drops everything, a rule forwards",
        "input permits the port",
        "published for the same senders",
        "what is published is dropped",
        "input is about another port",
        "nothing is published",
        "it stays on the machine",
        "published for the machine itself",
    ],
)
@pytest.mark.parametrize("is_told", [True, False], ids=["addresses told", "nothing told"])
def test_what_is_published_is_what_input_permits(
    body: tuple[str, ...], nat: str, expected: list[str], *, is_told: bool, tmp_path: Path
) -> None:
    beside = {"addr": _ADDR, "route": _ROUTE} if is_told else {}

    actual = findings(tmp_path, "FW315", ipv6="no", web=rules(*body, nat=nat), **beside)

    certainty = "certain" if is_told else "possible"
    assert [(each.level, each.certainty) for each in actual] == [
        (level, certainty) for level in expected
    ]


def test_both_rules_are_named(tmp_path: Path) -> None:
    text = rules(_SERVE, _PASSES, nat=_PUBLISHED)

    (only,) = findings(tmp_path, "FW315", web=text)

    assert only.message == "web sends on to 172.17.0.3 what its own rules for input drop"
    assert only.extent == "tcp 5432 from any address except 10.1.0.0/16 to any address"
    assert [(each.span.line, each.label) for each in (only.place, *only.related)] == [
        (13, "this sends packets past them"),
        (5, "this permits the port for fewer packets"),
    ]


_NFT = """\
table inet filter {{
  chain input {{
    type filter hook input priority filter; policy drop;
    {input}
  }}
  chain forward {{
    type filter hook forward priority filter; policy drop;
    oifname "br0" accept
  }}
}}
table ip nat {{
  chain prerouting {{
    type nat hook prerouting priority dstnat;
    iifname "eth0" tcp dport 5432 dnat to 172.17.0.3
  }}
}}
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (_NFT.format(input="tcp dport 5432 drop"), ["warning"]),
        (_NFT.format(input="tcp dport { 22, 5432 } ip saddr 10.1.0.0/16 accept"), ["warning"]),
        (_NFT.format(input="tcp dport 22 accept"), []),
        (config(PF_HTTPS), []),
    ],
    ids=["nft drops", "nft permits some", "nft is about another port", "pf filters behind rdr"],
)
def test_other_formats(text: str, expected: list[str], tmp_path: Path) -> None:
    assert [each.level for each in findings(tmp_path, "FW315", export=text)] == expected

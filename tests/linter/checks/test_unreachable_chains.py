"""FW304: chains that nothing leads to."""

from pathlib import Path

import pytest

from tests.linter.checks.aws import HTTPS as AWS_HTTPS
from tests.linter.checks.aws import account
from tests.linter.checks.bare import findings, said
from tests.linter.checks.pf import HTTPS as PF_HTTPS
from tests.linter.checks.pf import config
from tests.linter.checks.samples import chains, rules

_DROP = "-A guests -d 10.0.0.0/8 -j DROP"
_NFT = """\
table inet filter {{
  chain input {{
    type filter hook input priority filter; policy drop;
    {jump}
  }}
  chain guests {{
    ip daddr 10.0.0.0/8 drop
  }}
}}
"""


def _iptables(*body: str, more: tuple[str, ...] = ()) -> str:
    return rules(*chains("guests", *more), *body)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (_iptables("-A INPUT -j guests", _DROP), []),
        (_iptables("-A INPUT -g guests", _DROP), []),
        (_iptables(_DROP), ["guests"]),
        (_iptables(), []),
        (
            _iptables("-A INPUT -p tcp -j a", "-A a -p udp -j guests", _DROP, more=("a",)),
            ["guests"],
        ),
        (_iptables("-A INPUT -p tcp -j a", "-A a -j guests", _DROP, more=("a",)), []),
        (_iptables("-A a -j guests", _DROP, more=("a",)), ["a"]),
        (_iptables("-A INPUT -j DROP", "-A INPUT -j guests", _DROP), []),
        (_iptables("-A INPUT -m geoip --source-country DE -j guests", _DROP), []),
        (rules(*chains("DOCKER-USER"), "-A DOCKER-USER -j RETURN"), []),
        (rules(*chains("IN_home"), "-A IN_home -j ACCEPT"), []),
        (rules(nat=":guests - [0:0]\n-A guests -j MASQUERADE"), ["guests"]),
        (_NFT.format(jump="jump guests"), []),
        (_NFT.format(jump="ip saddr vmap { 10.9.0.0/16 : jump guests }"), []),
        (_NFT.format(jump="accept"), ["guests"]),
        (config(PF_HTTPS), []),
        (account([AWS_HTTPS], []), []),
    ],
    ids=[
        "a jump",
        "a goto",
        "no jump",
        "empty",
        "a jump that matches nothing",
        "a jump from a chain that is reached",
        "a jump from a chain that is not",
        "a jump behind a rule that drops everything",
        "an unread jump",
        "a chain that Docker keeps",
        "a chain that firewalld keeps",
        "a chain that translates",
        "nft: a jump",
        "nft: a jump of a map",
        "nft: no jump",
        "pf has no such chains",
        "AWS: a group that is attached",
    ],
)
def test_a_chain_with_rules_is_led_to(text: str, expected: list[str], tmp_path: Path) -> None:
    assert [each.key[-1] for each in findings(tmp_path, "FW304", export=text)] == expected


def test_what_only_the_chain_leads_to_is_counted_with_it(tmp_path: Path) -> None:
    text = _iptables("-A a -j guests", _DROP, more=("a",))

    assert said(tmp_path, "FW304", web=text) == [
        "web:6: FW304 warning: no packet comes to chain a of web, nor to 1 more behind it"
    ]


def test_a_jump_that_matches_nothing_is_shown(tmp_path: Path) -> None:
    text = _iptables("-A INPUT -p tcp -j a", "-A a -p udp -j guests", _DROP, more=("a",))

    (only,) = findings(tmp_path, "FW304", web=text)

    assert [(each.span.line, each.label) for each in only.related] == [
        (8, "this matches no packet that comes to it")
    ]


def test_each_family_of_a_chain_for_both_counts(tmp_path: Path) -> None:
    jump = "meta nfproto ipv6 jump guests"

    (only,) = findings(tmp_path, "FW304", web=_NFT.format(jump="accept"))

    assert only.extent == "1 rule"
    assert findings(tmp_path, "FW304", web=_NFT.format(jump=jump)) == []

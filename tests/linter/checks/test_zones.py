"""What firewalld writes for each zone alike, and ufw in chains that are switched off."""

from pathlib import Path

import pytest

from tests.linter.checks.bare import findings
from tests.linter.checks.samples import chains, rules

_ZONE = """\
table inet filter {{
  chain work {{
    tcp dport 22 accept
    {rule}
  }}
  chain input {{
    type filter hook input priority filter; policy drop;
    {jump}
  }}
}}
"""
_V6 = "ip6 daddr fe80::/64 udp dport 546 accept"


@pytest.mark.parametrize(
    ("jump", "rule", "expected"),
    [
        ("ip saddr 10.9.0.0/16 goto work", _V6, ["FW303 info"]),
        ("ip saddr 10.9.0.0/16 goto work", "ip saddr 10.8.0.1 accept", ["FW303 warning"]),
        ("goto work", _V6, []),
        ("goto work", "ip6 daddr fe80::/64 meta nfproto ipv4 drop", ["FW303 warning"]),
    ],
    ids=[
        "the zone has addresses of the other family",
        "the zone has other addresses",
        "the zone has both families",
        "no packet is of both families",
    ],
)
def test_a_rule_for_the_family_that_does_not_come(
    tmp_path: Path, jump: str, rule: str, expected: list[str]
) -> None:
    text = _ZONE.format(jump=jump, rule=rule)
    found = findings(tmp_path, "FW303", **{"host.nft": text})

    assert [f"{each.check} {each.level}" for each in found] == expected


@pytest.mark.parametrize(
    ("last", "level"),
    [
        ("-p tcp -j LOG", "info"),
        ("-p tcp -j MARK --set-mark 1", "warning"),
        ("-p udp -j ACCEPT", "warning"),
    ],
)
def test_a_log_to_which_nothing_comes_is_a_note(tmp_path: Path, last: str, level: str) -> None:
    lines = (*chains("all"), "-A all -j DROP", "-A INPUT -j all", f"-A INPUT {last}")
    found = findings(tmp_path, "FW301", ipv6="no", **{"host.v4": rules(*lines)})

    assert [each.level for each in found] == [level]

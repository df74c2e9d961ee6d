"""ICMP answers have other types than what they answer (RFC 792, RFC 4443)."""

from pathlib import Path

import pytest

from tests.linter.checks.samples import HOST, KEEP_IN, REQUIRED, Asking, policy, rules, site

found = Asking(*REQUIRED)

_NETWORKS = "{dmz: [192.0.2.0/24, '2001:db8:2::/64']}"
_BIND = "{web: [192.0.2.10, '2001:db8:2::10'], db: [192.0.2.20, '2001:db8:2::20'], users: dmz}"
_HOST = HOST.replace("config: web.rules", "config: [web.v4, web.v6]").replace(", ipv6: no", "")
_FOUR = "-A INPUT -p icmp -m icmp --icmp-type {} -j ACCEPT"
_SIX = "-A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type {} -j ACCEPT"
_NEIGHBOURS = _SIX.format(135), _SIX.format(136)


@pytest.mark.parametrize(
    ("service", "four", "six", "expected"),
    [
        ("8/icmp", _FOUR.format(8), "", ["FW104"]),
        ("8/icmp", _FOUR.format(0), "", []),
        ("8/icmp", KEEP_IN, "", []),
        ("13/icmp", _FOUR.format(13), "", ["FW104"]),
        ("13/icmp", _FOUR.format(14), "", []),
        ("128/icmpv6", "", _SIX.format(128), ["FW104"]),
        ("128/icmpv6", "", _SIX.format(129), []),
        ("443/tcp", _FOUR.format(0), _SIX.format(129), ["FW104", "FW104"]),
    ],
)
def test_who_asks_has_to_let_in_the_answer(
    service: str, four: str, six: str, expected: list[str], tmp_path: Path
) -> None:
    flow = policy(f"id: ask, from: web, to: db, service: {service}")
    exports = {"web.v4": rules(four), "web.v6": rules(*_NEIGHBOURS, six)}

    actual = found(tmp_path, flow, site(_HOST, bind=_BIND, networks=_NETWORKS), exports)

    assert [each.check for each in actual if each.check not in ("FW113", "FW115")] == expected

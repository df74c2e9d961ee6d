"""Services that rules translate to others are asked about with these."""

from pathlib import Path

import pytest

from flowmodel.fields import TCP, UDP
from flowmodel.values import Values, full
from linter.engine.device.wanted import Services, before_translation
from parsers import read_exports

_SSH: Services = {TCP: ((22, 22),), UDP: ((161, 161),)}
_PUBLISHED: Values = ((22, 22), (2222, 2222))


def _before(folder: Path, *rules: str, others: str = "") -> Services | None:
    export = folder / "box.nft"
    lines = "".join(f"  {rule}\n" for rule in rules)
    export.write_text(
        f"table ip box {{\n{others} chain pre {{\n"
        f"  type nat hook prerouting priority dstnat; policy accept;\n{lines} }}\n}}\n"
    )
    return before_translation(read_exports([str(export)]), 4, _SSH)


@pytest.mark.parametrize(
    ("rule", "ports"),
    [
        ("tcp dport 2222 accept", _SSH[TCP]),
        ("tcp dport 2222 dnat to 10.0.0.5:22", _PUBLISHED),
        ("tcp dport 2222 redirect to :22", _PUBLISHED),
        ("tcp dport { 22, 2222 } dnat to 10.0.0.5:20-25", _PUBLISHED),
        ("ip protocol tcp iif eth0 dnat to 10.0.0.5:22", full(16)),
        ("tcp dport 2222 dnat to 10.0.0.5:80", _SSH[TCP]),
        ("tcp dport 2222 dnat to 10.0.0.5", _SSH[TCP]),
        ("udp dport 2222 dnat to 10.0.0.5:22", _SSH[TCP]),
        ("tcp dport 22 dnat to 10.0.0.5:80", _SSH[TCP]),
    ],
)
def test_ports_that_become_a_service_belong_to_it(rule: str, ports: Values, tmp_path: Path) -> None:
    assert _before(tmp_path, rule) == {TCP: ports, UDP: _SSH[UDP]}


def test_what_calls_a_translation_may_match_whatever_its_own_rule_does(tmp_path: Path) -> None:
    others = " chain to {\n  meta l4proto tcp dnat to 10.0.0.5:22\n }\n"

    found = _before(tmp_path, "tcp dport 2222 jump to", others=others)

    assert found == {TCP: full(16), UDP: _SSH[UDP]}


def test_of_ports_that_two_chains_give_nobody_knows_what_they_were(tmp_path: Path) -> None:
    others = (
        " chain first {\n  type nat hook prerouting priority -150; policy accept;\n"
        "  tcp dport 4444 dnat to 10.0.0.5:3333\n }\n"
    )

    assert _before(tmp_path, "tcp dport 3333 dnat to 10.0.0.5:22", others=others) is None

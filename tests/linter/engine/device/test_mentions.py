"""What rules say of addresses counts for the packets that they can meet, and for no others."""

from pathlib import Path

import pytest

from flowmodel.fields import Family
from flowmodel.ruleset import RuleSet
from flowmodel.values import full
from linter.engine.device.mentions import forwards, input_destinations, translation_targets
from parsers import read_exports

_OWN = ((0x0A0B001E, 0x0A0B001E),)
_TO = ((0x0A000001, 0x0A000001),)


def _read(folder: Path, table: str, own: str, translation: str) -> tuple[RuleSet, ...]:
    export = folder / "box.nft"
    export.write_text(
        f"table {table} {{\n"
        " chain in {\n  type filter hook input priority filter; policy accept;\n"
        f"  {own} tcp dport 22 accept\n }}\n"
        " chain pre {\n  type nat hook prerouting priority dstnat; policy accept;\n"
        f"  {translation}\n }}\n}}\n"
    )
    return read_exports([str(export)])


@pytest.mark.parametrize("table", ["ip box", "inet box"])
@pytest.mark.parametrize(
    ("family", "own", "targets"), [(4, [_OWN], _TO), (6, [], ())], ids=["IPv4", "IPv6"]
)
def test_addresses_of_ipv4_are_none_of_ipv6(
    table: str, family: Family, own: object, targets: object, tmp_path: Path
) -> None:
    """No number of one family is taken for an address of the other."""
    to = "ip to" if table.startswith("inet") else "to"
    rulesets = _read(tmp_path, table, "ip daddr 10.11.0.30", f"tcp dport 80 dnat {to} 10.0.0.1")

    assert list(input_destinations(rulesets, family)) == own
    assert translation_targets(rulesets, family) == targets
    assert forwards(rulesets, family) == [(full(32), _TO)] * (family == 4)


def test_a_rule_without_addresses_names_none(tmp_path: Path) -> None:
    rulesets = _read(tmp_path, "inet box", "", "tcp dport 80 accept")

    assert [list(input_destinations(rulesets, family)) for family in (4, 6)] == [[], []]
    assert [translation_targets(rulesets, family) for family in (4, 6)] == [(), ()]

"""What the rules of a chain mention: each thing once, and nothing of rules that do not have it."""

from pathlib import Path

import pytest

from flowmodel.match import Condition, Masked, Name
from flowmodel.match import Test as Plain
from flowmodel.mentioned import Mentioned, mentioned
from flowmodel.verdict import SetMark, TranslateDestination
from parsers import read_exports

_MANY = ", ".join(f"10.{n // 250}.{n % 250}.1" for n in range(1001))
_SET = f"set many {{ type ipv4_addr; elements = {{ {_MANY} }} }}"


def _read(folder: Path, *rules: str, before: str = "") -> Mentioned:
    export = folder / "box.nft"
    hook = "type filter hook input priority 0; policy drop;"
    body = "\n".join(rules)
    export.write_text(f"table ip box {{\n{before}\nchain in {{ {hook}\n{body}\n}}\n}}\n")
    (ruleset,) = read_exports([str(export)])
    return ruleset.tables[0].chains["in"].mentioned


def _names(conditions: tuple[Condition, ...]) -> list[str]:
    return [type(each).__name__ for each in conditions]


@pytest.mark.parametrize(
    ("rules", "conditions"),
    [
        ((), []),
        (("ip saddr 10.0.0.1 drop", "udp sport 53 accept"), [Plain]),
        (("iifname eth0 accept", "iifname eth1 drop"), [Name, Name]),
        (("meta mark and 1 == 1 accept",), [Masked]),
    ],
    ids=["no rule", "ends are left out, the protocol is not", "names", "a mark"],
)
def test_conditions(rules: tuple[str, ...], conditions: list[type], tmp_path: Path) -> None:
    found = _read(tmp_path, *rules).conditions

    assert _names(found) == [each.__name__ for each in conditions]
    assert not any(isinstance(each, Plain) and each.field == "src" for each in found)


def test_what_rules_share_is_one(tmp_path: Path) -> None:
    export = tmp_path / "box.nft"
    export.write_text("table ip box {\nchain c {\niifname eth0 meta mark set 1 accept\n}\n}\n")
    (ruleset,) = read_exports([str(export)])
    (rule,) = ruleset.tables[0].chains["c"].rules
    once, twice = mentioned((rule,)), mentioned((rule, rule))

    assert (once.conditions, once.effects) == (rule.match, rule.effects)
    assert (twice.conditions, twice.effects) == (rule.match, rule.effects)


@pytest.mark.parametrize(
    ("rules", "products"),
    [
        ((), 0),
        (("accept", "ip saddr 10.0.0.1 drop"), 2),
        (("ip saddr { 10.0.0.1, 10.0.0.3 } tcp dport { 1, 3, 5 } accept", "drop"), 7),
    ],
    ids=["no rule", "one range each", "two ranges by three, and one"],
)
def test_products(rules: tuple[str, ...], products: int, tmp_path: Path) -> None:
    assert _read(tmp_path, *rules).products == products


def test_a_long_set_is_one_however_many_rules_name_it(tmp_path: Path) -> None:
    rules = "ip saddr @many drop", "ip saddr @many tcp dport 22 drop"

    assert [len(each.values) for each in _read(tmp_path, *rules, before=_SET).several] == [1001]
    assert _read(tmp_path, "ip saddr 10.0.0.1 drop").several == ()


def test_effects_and_translations(tmp_path: Path) -> None:
    found = _read(tmp_path, "meta mark set 1 accept", "meta mark set 1", "accept")

    assert {type(each) for each in found.effects} == {SetMark}
    assert found.translating == ()
    export = tmp_path / "nat.rules"
    export.write_text(
        "*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
        ":POSTROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -j DNAT --to-destination 10.0.0.2\n"
        "-A PREROUTING -j ACCEPT\nCOMMIT\n"
    )
    (ruleset,) = read_exports([str(export)])
    (rule,) = ruleset.tables[0].chains["PREROUTING"].mentioned.translating
    assert isinstance(rule.verdict, TranslateDestination)

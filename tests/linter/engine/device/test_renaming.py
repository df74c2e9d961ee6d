"""Interfaces with other names: rules are about them as they were, and about no other ones."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from flowmodel.match import All as Every
from flowmodel.match import Any, Condition, Name, Not, name_holds
from flowmodel.ruleset import Rule, RuleSet, Table
from flowmodel.source import Source, Span
from flowmodel.verdict import ACCEPT
from linter.engine.device.renaming import is_named, renamed
from parsers import read_exports
from tests.chains import user_chain

_NAMES = ("eth0", "eth1", "eth10", "wan", "lan")
_OTHERS = ("eth7", "wlan0", "tun0")


@st.composite
def _conditions(draw: st.DrawFn) -> Name:
    names = draw(st.lists(st.sampled_from(_NAMES), max_size=2))
    prefixes = draw(st.lists(st.sampled_from(["eth", "eth1", "w"]), max_size=1))
    return Name("in", frozenset(names), tuple(prefixes))


def _holds(condition: Condition, name: str) -> bool:
    match condition:
        case Name():
            return name_holds(condition, name)
        case Not(inner):
            return not _holds(inner, name)
        case Every(several):
            return all(_holds(each, name) for each in several)
        case Any(several):
            return any(_holds(each, name) for each in several)
        case _:
            raise AssertionError(condition)


def _one(condition: Condition) -> RuleSet:
    rule = Rule((condition,), ACCEPT, Source("a", []), 1)
    chain = user_chain("c", (rule,), Span("a", 1, 1, 1, 1))
    return RuleSet("a", "x", (Table("t", frozenset({4}), {"c": chain}),), frozenset({4}))


@given(
    _conditions(),
    st.permutations(_NAMES),
    st.integers(0, len(_NAMES)),
    st.booleans(),
)
def test_an_interface_fulfils_with_its_new_name_what_it_did_with_the_old_one(
    condition: Name, new: list[str], count: int, is_negated: bool
) -> None:
    names = dict(zip(_NAMES[:count], new, strict=False))
    asked = Not(condition) if is_negated else condition

    (ruleset,) = renamed([_one(asked)], names)

    (made,) = ruleset.tables[0].chains["c"].rules[0].match
    for before, after in names.items():
        assert _holds(made, after) == _holds(asked, before)
    for name in (*_OTHERS, *(set(_NAMES) - names.keys() - set(names.values()))):
        assert _holds(made, name) == _holds(asked, name)


def test_an_interface_is_meant_by_each_of_its_names(tmp_path: Path) -> None:
    path = tmp_path / "config.xml"
    path.write_text(
        "<pfsense><version>23.3</version><interfaces><wan><if>em0</if><enable/></wan>"
        "<lan><if>em1</if><enable/><ipaddr>10.0.0.1</ipaddr><subnet>24</subnet></lan>"
        "</interfaces><filter/></pfsense>",
        encoding="utf-8",
    )
    rulesets = read_exports([str(path)])

    (ruleset,) = renamed(rulesets, {"em1": "inside"})

    names = ("wan", "em0", "lan", "em1", "inside")
    assert [is_named(rulesets, each) for each in names] == [True, True, True, True, False]
    assert [is_named([ruleset], each) for each in names] == [True, True, False, False, True]

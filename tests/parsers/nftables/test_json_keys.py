"""Keys of JSON that nft does not read are said, and what it does not understand is an error."""

import json

import pytest

from flowmodel import match as model
from flowmodel.source import InputError
from tests.parsers.nftables.samples import export

TABLE = {"family": "inet", "table": "t"}
BASE = {"type": "filter", "hook": "input", "prio": 0}


def text(*objects: object) -> str:
    return json.dumps({"nftables": [{"table": {"family": "inet", "name": "t"}}, *objects]})


def chain(**more: object) -> dict[str, object]:
    return {"chain": {**TABLE, "name": "c", **BASE, **more}}


def rule(*statements: object, **more: object) -> dict[str, object]:
    return {"rule": {**TABLE, "chain": "c", "expr": list(statements), **more}}


def match(**more: object) -> dict[str, object]:
    left = {"payload": {"protocol": "tcp", "field": "dport"}}
    return {"match": {"op": "==", "left": left, "right": 22, **more}}


@pytest.mark.parametrize("policy", ["accept", "drop"])
def test_a_policy_without_a_hook_changes_nothing(policy: str) -> None:
    base = chain(policy="drop" if policy == "accept" else "accept")
    again = {"chain": {**TABLE, "name": "c", "policy": policy}}
    found = export(text(base, again))

    assert found.tables[0].chains["c"].end == export(text(base)).tables[0].chains["c"].end
    assert "`policy` in `chain` without `hook`: nft passes over it" in [
        gap.message for gap in found.gaps
    ]


WORDS = {
    "a priority": (
        text(chain(prio="filter")),
        '`prio` is no number, and nft passes over it: "filter"',
    ),
    "an index": (
        text(chain(), rule(match()), rule({"drop": None}, index="0")),
        '`index` is no number, and nft passes over it: "0"',
    ),
    "a truth": (
        text(chain(), rule(match()), rule({"drop": None}, index=False)),
        "`index` is no number, and nft passes over it: false",
    ),
}


@pytest.mark.parametrize(("content", "message"), WORDS.values(), ids=WORDS)
def test_where_nft_reads_a_number_any_other_value_is_an_error(content: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        export(content)

    assert caught.value.message == message


UNKNOWN = {
    "a policy": (text(chain(polcy="drop")), "unknown key `polcy` in `chain`"),
    "a table": (
        text({"table": {"family": "inet", "name": "u", "flag": "dormant"}}),
        "unknown key `flag` in `table`",
    ),
    "a rule": (text(chain(), rule({"drop": None}, indx=0)), "unknown key `indx` in `rule`"),
    "a match": (text(chain(), rule(match(not_=True))), "unknown key `not_` in `match`"),
    "a set": (
        text({"set": {**TABLE, "name": "s", "type": "ipv4_addr", "elems": ["192.0.2.1"]}}),
        "unknown key `elems` in `set`",
    ),
    "a translation": (
        text(chain(), rule({"dnat": {"addr": "192.0.2.1", "family": "ip", "prt": 1}})),
        "unknown key `prt` in `dnat`",
    ),
    "a limit": (
        text(chain(), rule({"limit": {"rate": 1, "per": "second", "invert": True}})),
        "unknown key `invert` in `limit`",
    ),
}


@pytest.mark.parametrize(("content", "message"), UNKNOWN.values(), ids=UNKNOWN)
def test_a_key_that_nft_passes_over_is_said(content: str, message: str) -> None:
    found = [gap.message for gap in export(content).gaps]

    assert f"{message}: nft passes over it" in found


@pytest.mark.parametrize("colon", [": ", ":", " : "])
@pytest.mark.parametrize("comment", ["", "a: b", ': \\"c\\":'])
def test_of_two_equal_keys_the_last_one_counts_and_that_is_said(comment: str, colon: str) -> None:
    made = text(chain(policy="drop", comment="X"), rule({"drop": None}))
    plain = made.replace("X", comment)
    twice = plain.replace('"policy": "drop"', '"policy": "drop", "policy": "accept"')
    once, found = (export(each.replace('": ', f'"{colon}')) for each in (plain, twice))

    assert once.gaps == ()
    assert type(once.tables[0].chains["c"].end).__name__ == "Drop"
    assert type(found.tables[0].chains["c"].end).__name__ == "Accept"
    assert [gap.message for gap in found.gaps] == [
        "the key `policy` stands twice: the last one counts"
    ]


def test_what_nft_prints_has_no_strange_key() -> None:
    found = export(
        text(
            chain(handle=1, policy="drop"),
            rule(match(), {"counter": {"packets": 1, "bytes": 2}}, {"accept": None}, handle=2),
        )
    )

    assert found.gaps == ()


def test_a_dormant_table_is_listed() -> None:
    found = export(text({"table": {"family": "inet", "name": "u", "flags": "dormant"}}))

    assert [gap.message for gap in found.gaps] == [
        "the table is dormant: its chains see no packets"
    ]


WRONG = {
    "a flag of a table": (
        text({"table": {"family": "inet", "name": "u", "flags": ["dorment"]}}),
        "`dorment` is no flag of a table",
    ),
    "a flag that nft 1.0.6 cannot print": (
        text({"table": {"family": "inet", "name": "u", "flags": "t"}}),
        "nft 1.0.6 prints a flag of this table wrongly in JSON: export as text",
    ),
    "the name of the table in place of a flag": (
        text({"table": {"family": "inet", "name": "zone", "flags": "zone"}}),
        "nft 1.0.6 prints a flag of this table wrongly in JSON: export as text",
    ),
    "a flag in a command": (
        text({"add": {"table": {"family": "inet", "name": "u", "flags": ["dormant"]}}}),
        "nft 1.0.6 passes over the flags of a table that a command adds: write it as text",
    ),
    "and a name that is a flag": (
        text({"table": {"family": "inet", "name": "owner", "flags": "owner"}}),
        "nft 1.0.6 prints a flag of this table wrongly in JSON: export as text",
    ),
    "a flag of a set": (
        text({"set": {**TABLE, "name": "s", "type": "ipv4_addr", "flags": ["intervall"]}}),
        "`intervall` is no flag of a set",
    ),
    "a type": (
        text({"set": {**TABLE, "name": "s", "type": "ipv4_adr"}}),
        "`ipv4_adr` is no type of value",
    ),
    "no type": (
        text({"set": {**TABLE, "name": "s", "type": None}}),
        "the type of a set is a name, a list of names or `typeof`",
    ),
    "the type of a chain": (
        text(chain(type="filtre")),
        "`filtre` is no type of chain: filter, nat or route is meant",
    ),
    "a type that is no word": (
        text(chain(type={"a": 1})),
        "`{'a': 1}` is no type of chain: filter, nat or route is meant",
    ),
    "the hook of a chain of type nat": (
        text(chain(type="nat", hook="forward")),
        "a chain of type nat has no place at the hook forward",
    ),
    "the hook of a chain of type route": (
        text(chain(type="route")),
        "a chain of type route has its place at the hook output",
    ),
    "a hook": (text(chain(hook="inputt")), "the family inet has no hook `inputt`"),
    "a chain of another kind": (
        text(chain(), chain(prio=5)),
        "the chain `c` is declared above, in another way",
    ),
}


@pytest.mark.parametrize(("content", "message"), WRONG.values(), ids=WRONG)
def test_what_nft_refuses_is_an_error(content: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        export(content)

    assert caught.value.message == message


@pytest.mark.parametrize("ends", [[], ["192.0.2.1"], ["192.0.2.1", "192.0.2.2", "192.0.2.3"]])
def test_a_range_has_two_ends(ends: list[str]) -> None:
    elements = [{"range": ends}]
    made = {"set": {**TABLE, "name": "s", "type": "ipv4_addr", "elem": elements}}

    with pytest.raises(InputError) as caught:
        export(text(made))

    assert caught.value.message.startswith("this object is not understood (ValueError")


# As nft prints `1-3`, `& 7 2-5` and `3-3`.
RANGES = [
    ("==", ["fin", 3], {1, 2, 3}),
    ("!=", ["fin", 3], {*range(256)} - {1, 2, 3}),
    ("==", ["syn", {"|": ["fin", "rst"]}], {2, 3, 4, 5}),
    ("==", [{"|": ["fin", "syn"]}, {"|": ["fin", "rst"]}], {3, 4, 5}),
    ("==", [3, 3], {3}),
]


@pytest.mark.parametrize(("relation", "ends", "expected"), RANGES)
def test_a_range_of_flags_is_one_of_numbers(
    relation: str, ends: list[object], expected: set[int]
) -> None:
    left = {"payload": {"protocol": "tcp", "field": "flags"}}
    tested = match(op=relation, left=left, right={"range": ends})
    ruleset = export(text(chain(), rule(tested, {"drop": None})))
    (made,) = ruleset.tables[0].chains["c"].rules
    (values,) = (
        each.values
        for each in made.match
        if isinstance(each, model.Test) and each.field == "tcp_flags"
    )

    assert {raw for low, high in values for raw in range(low, high + 1)} == expected


_FLAGS = {"payload": {"protocol": "tcp", "field": "flags"}}
_THREE = ["fin", "syn", "rst"]


@pytest.mark.parametrize("operands", [[], ["syn"], "syn", {"a": 1}], ids=str)
@pytest.mark.parametrize("operator", ["|", "&", "^"])
def test_an_operation_has_two_operands_at_least(operator: str, operands: object) -> None:
    with pytest.raises(InputError, match="has no two operands"):
        export(text(chain(), rule(match(left=_FLAGS, right={operator: operands}))))


@pytest.mark.parametrize("element", ["22 ", " 22", "22\xa0", "\t22"], ids=ascii)
def test_an_element_has_no_blanks_around_it(element: str) -> None:
    with pytest.raises(InputError, match="has blanks around it"):
        export(text(chain(), rule(match(right={"set": [element, 80]}))))


@pytest.mark.parametrize("operands", [_THREE[:2], _THREE])
def test_an_operation_may_have_more(operands: list[str]) -> None:
    (found,) = (
        export(text(chain(), rule(match(left=_FLAGS, right={"|": operands}), {"drop": None})))
        .tables[0]
        .chains["c"]
        .rules
    )

    assert found.match

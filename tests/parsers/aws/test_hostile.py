"""Broken and hostile exports give one clear error with its place, or are unknown: never a crash."""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from flowmodel.match import All, Condition, Not, Unread
from flowmodel.match import Any as Either
from flowmodel.ruleset import RuleSet
from flowmodel.source import InputError, Source
from linter.cli import main
from parsers.aws.read import parse
from parsers.shared.context import Context
from tests.oracles.aws.hand_made import hand_made
from tests.oracles.aws.writing import documents
from tests.parsers.aws.shapes import Element, KeyPath, at, members

DEEP = 100_000
PACKET = "tcp 198.51.100.99:40000 > 10.0.1.10:443"

REFUSED = {
    "truncated behind a bracket": (
        '{"SecurityGroups": [\n {"GroupId": "sg-1", "IpPermissions": [',
        "export:2:39: this is no JSON: expecting value",
    ),
    "truncated in a text": (
        '{"SecurityGroups": [\n {"GroupId": "sg-1", "IpPer',
        "export:2:22: this is no JSON: unterminated string starting at",
    ),
    "a key twice": (
        '{"SecurityGroups": [\n {"GroupId": "sg-1", "GroupId": "sg-2"}]}',
        "export:2:22: `GroupId` is here twice",
    ),
    "a comma too many": (
        '{"SecurityGroups": [],}',
        "export:1:23: this is no JSON: expecting property name enclosed in double quotes",
    ),
    "no number": (
        '{"SecurityGroups": [{"GroupId": "NaN",\n "IpPermissions": [{"FromPort": NaN}]}]}',
        "export:2:33: `NaN` is nothing that the AWS CLI prints",
    ),
    "an endless number": (
        '{"SecurityGroups": [{"GroupId": "sg-1",\n "FromPort": -Infinity}]}',
        "export:2:14: `-Infinity` is nothing that the AWS CLI prints",
    ),
    "a number of many digits": (
        '{"SecurityGroups": [\n{"FromPort": ' + "9" * 5000 + "}]}",
        "export:2:14: a number of 5000 digits is nothing that the AWS CLI prints",
    ),
    "lists in lists": (
        '{"SecurityGroups": ' + "[" * DEEP,
        "export:1:1: this is nested too deeply for an export of AWS",
    ),
    "objects in objects": (
        '{"SecurityGroups": [' + '{"a":' * 70 + "1" + "}" * 70 + "]}",
        "export:1:336: this is nested too deeply for an export of AWS",
    ),
    "a number for a list": (
        '{"SecurityGroups": 3}',
        "export:1:20: `SecurityGroups` is no list of objects",
    ),
    "something behind": (
        '{"SecurityGroups": []} x',
        "export:1:24: this is no JSON: expecting value",
    ),
    "a key twice in YAML": (
        "SecurityGroups:\n- GroupId: sg-1\n  GroupId: sg-2\n",
        "export:3:3: `GroupId` is here twice",
    ),
    "an alias in YAML": (
        "SecurityGroups:\n- &one\n  GroupId: sg-1\n- *one\n",
        "export:2:3: anchors and aliases are nothing that the AWS CLI prints",
    ),
    "a tag in YAML": (
        "SecurityGroups:\n- GroupId: !!python/name:os.system sg-1\n",
        "export:2:12: tags are nothing that the CLI prints",
    ),
    "lists in lists in YAML": (
        "SecurityGroups: " + "[" * DEEP,
        "export:1:80: this is nested too deeply for an export of AWS",
    ),
    "a tab in YAML": (
        "SecurityGroups:\n- GroupId: sg-1\n\tGroupName: x\n",
        "export:3:1: this is no YAML: found a tab character that violates indentation",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_export_is_one_error_with_its_line_and_a_caret(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text, expected = REFUSED[name]
    (tmp_path / "export").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    status = main(["trace", "export", "--hook", "input", "--at", "eni-0web", PACKET])
    headline, *excerpt = capsys.readouterr().err.rstrip("\n").split("\n")

    assert (status, headline) == (2, expected)
    line, column = (int(each) for each in expected.split(":")[1:3])
    at_fault = text.split("\n")[line - 1]
    if expected.endswith("that fwlint reads"):
        assert excerpt == []
    elif len(at_fault) <= 200:
        shown, carets = excerpt
        assert shown == "  " + at_fault.replace("\t", "→   ")
        assert carets.index("^") == 2 + column - 1
    else:
        assert excerpt == []


@pytest.mark.parametrize("is_fast", [True, False], ids=["libyaml", "PyYAML"])
@pytest.mark.parametrize(
    ("before", "again", "column"),
    [
        ("SecurityGroups: ", "[", 80),
        ("SecurityGroups: ", "{a: ", 266),
        ("SecurityGroups: [{a: b}, '[[', ", "[", 94),
        ("SecurityGroups: [{a: b}, '[[', ", "{", 94),
    ],
)
def test_depth_is_refused_at_the_same_place_by_every_reader_of_yaml(
    before: str, again: str, column: int, is_fast: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_fast:
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    with pytest.raises(InputError) as caught:
        parse([Source("export", [before + again * 3000])], Context())

    assert str(caught.value.span) == f"export:1:{column}"
    assert caught.value.message == "this is nested too deeply for an export of AWS"


def account() -> dict[str, Element]:
    return dict(documents(hand_made()))


def read(found: dict[str, Element]) -> tuple[RuleSet, ...]:
    sources = [
        Source(name, json.dumps(document, indent=1).split("\n")) for name, document in found.items()
    ]
    return parse(sources, Context())


def said(rulesets: tuple[RuleSet, ...]) -> set[str]:
    """All remarks about the rule sets, and all that is unread in them."""
    chains = [
        chain for each in rulesets for table in each.tables for chain in table.chains.values()
    ]
    return {gap.message for each in rulesets for gap in each.gaps} | {
        text
        for chain in chains
        for rule in chain.rules
        for condition in rule.match
        for text in unread(condition)
    }


def unread(condition: Condition) -> Iterator[str]:
    match condition:
        case Unread(text):
            yield text
        case Not(inside):
            yield from unread(inside)
        case All(several) | Either(several):
            for each in several:
                yield from unread(each)
        case _:
            pass


LABELS = frozenset(
    [
        "SecurityGroups.Description",
        "PrefixLists.PrefixListName",
        "PrefixLists.AddressFamily",
        "PrefixLists.State",
        "PrefixLists.OwnerId",
        "PrivateIpAddresses.Primary",
        "NetworkInterfaces.InterfaceType",
        "NetworkInterfaces.Status",
        "NetworkAcls.Tags",
        "NetworkAcls.IsDefault",
        "NetworkAcls.VpcId",
        "NetworkAcls.OwnerId",
        "Associations.NetworkAclAssociationId",
        "Associations.NetworkAclId",
        "Subnets.OwnerId",
        "Subnets.State",
        "Ipv6CidrBlockAssociationSet.AssociationId",
    ]
)
"""Keys that decide no verdict, and the family of prefix lists of which the entries are known."""
STRANGE: tuple[Any, ...] = (1.5, [1], {"a": 1}, [[]])


def label(way: KeyPath) -> str:
    """The last two keys of a way."""
    return ".".join([str(step) for step in way if isinstance(step, str)][-2:])


def test_a_wrong_type_in_any_field_is_an_error_or_unknown() -> None:
    whole = account()
    before = said(read(whole))
    silent: list[str] = []
    assert {label(way) for each in whole.values() for way in members(each)} >= LABELS
    for name, document in whole.items():
        for way in members(document):
            if label(way) in LABELS:
                continue
            for strange in STRANGE:
                changed = deepcopy(document)
                at(changed, way[:-1])[way[-1]] = strange
                try:
                    after = said(read(whole | {name: changed}))
                except InputError:
                    continue
                if not after - before:
                    silent.append(f"{name} {way} {strange}")

    assert not silent, "\n".join(silent)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inside: (
        st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3)
    ),
    max_leaves=5,
)


@given(st.integers(0, 1 << 32), JSON_VALUES, st.booleans())
def test_any_value_in_any_place_is_an_answer_or_one_error(
    seed: int, value: Any, is_yaml: bool
) -> None:
    random = Random(seed)
    whole = account()
    name = random.choice(sorted(whole))
    way = random.choice(list(members(whole[name])))
    at(whole[name], way[:-1])[way[-1]] = value
    if is_yaml:
        texts = {each: yaml.safe_dump(found, sort_keys=False) for each, found in whole.items()}
    else:
        texts = {each: json.dumps(found) for each, found in whole.items()}
    answer_or_error(texts)


@given(st.integers(0, 1 << 32), st.text(max_size=4))
def test_any_change_of_the_text_is_an_answer_or_one_error(seed: int, inserted: str) -> None:
    random = Random(seed)
    texts = {name: json.dumps(found, indent=1) for name, found in account().items()}
    name = random.choice(sorted(texts))
    text = texts[name]
    first = random.randrange(len(text))
    last = first + random.choice((0, 1, 1, 7, 300))
    texts[name] = text[:first] + inserted + text[last:]
    answer_or_error(texts)


def answer_or_error(texts: dict[str, str]) -> None:
    """Raises whatever is neither rule sets nor one error with a place in one of the files."""
    sources = {name: Source(name, text.split("\n")) for name, text in texts.items()}
    error: InputError | None = None
    try:
        parse(list(sources.values()), Context())
    except InputError as raised:
        error = raised
    if error:
        span, lines = error.span, sources[error.span.path].lines

        assert 1 <= span.line <= span.last_line <= len(lines)
        assert 1 <= span.column <= len(lines[span.line - 1]) + 1
        assert error.text in ("", lines[span.line - 1])
        assert "\n" not in error.message

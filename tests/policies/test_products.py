"""The shipped policies: counts of their documents, the whole table, and the proof."""

from collections.abc import Callable
from pathlib import Path

import pytest

import policies
from linter.report.policy_table import render_policy
from policies.coverage import uncited
from policies.model import Policy

GOLDEN = Path(__file__).with_name("golden")


def tuples(policy: Policy) -> set[tuple[str, str, str, tuple[int, int]]]:
    """Who opens to whom on which protocol and port range, at the defaults."""
    values = policy.values()
    return {
        (source, target, protocol, interval)
        for flow in policy.flows
        for source in flow.sources
        for target in flow.targets
        for pattern in flow.services
        for protocol in pattern.protocols
        for atom in pattern.atoms
        for interval in (values[atom] if isinstance(atom, str) else atom).values
    }


@pytest.mark.parametrize(
    ("name", "table_rows", "sentences", "flows", "combinations"),
    [("onion-id", 20, 3, 20, 24), ("1e", 49, 0, 30, 43), ("leap", 10, 0, 10, 17)],
)
def test_no_row_of_the_document_is_lost(
    name: str, table_rows: int, sentences: int, flows: int, combinations: int
) -> None:
    policy = policies.load_policy(name)
    # The two notes and the introduction of Onion ID are cited as rows too.
    notes = [
        row for row in policy.rows if row in ("N1", "N2") or (name == "onion-id" and row == "P1")
    ]

    assert len(notes) == sentences
    assert len(policy.rows) - len(notes) == table_rows
    assert len(list(policy.flows)) == flows
    assert len(tuples(policy)) == combinations


def test_the_three_documents_have_79_table_rows() -> None:
    assert sum(len(policies.load_policy(name).rows) for name in SECTIONS) == 79 + 3


SECTIONS = {
    "onion-id": {"Li": 5, "Lo": 8, "N": 2, "P": 1, "Wi": 2, "Wo": 5},
    "1e": {"A": 13, "B": 5, "C": 6, "D": 6, "E": 12, "F": 7},
    "leap": {"P": 8, "S": 2},
}


@pytest.mark.parametrize(("name", "expected"), SECTIONS.items(), ids=SECTIONS)
def test_every_section_of_the_document_has_its_rows(name: str, expected: dict[str, int]) -> None:
    found: dict[str, int] = {}
    for row in policies.load_policy(name).rows:
        section = row.rstrip("0123456789")
        found[section] = found.get(section, 0) + 1

    assert found == expected


@pytest.mark.parametrize("name", policies.PRODUCTS)
def test_the_flows_are_the_rows_and_nothing_else(name: str) -> None:
    assert uncited(policies.load_policy(name)) == ()


@pytest.mark.parametrize("name", policies.PRODUCTS)
def test_rows_stand_in_the_order_of_their_lines(name: str) -> None:
    lines = [row.line for row in policies.load_policy(name).rows.values()]

    assert lines == sorted(set(lines)) or name == "onion-id"


@pytest.mark.parametrize("name", policies.PRODUCTS)
def test_every_declared_name_is_used(name: str) -> None:
    policy = policies.load_policy(name)
    flows = list(policy.flows)
    cited = [part for line in policy.source.lines for part in line.split(",")]
    derived = {one.base for one in policy.parameters.values() if one.base}
    used = {parameter for flow in flows for parameter in flow.parameters} | derived

    assert set(policy.parameters) == used
    assert set(policy.options) == {one.option for flow in flows for one in flow.when + flow.unless}
    ends = {one.partition(".")[0] for flow in flows for one in flow.ends}
    assert set(policy.peers) <= ends
    assert set(policy.roles) <= ends or "all" in ends
    for source in policy.sources:
        assert any(line.rstrip(" }").endswith(f": {source}") for line in cited), source


@pytest.mark.parametrize("name", policies.PRODUCTS)
def test_the_table_for_people_is_as_reviewed(
    name: str, golden: Callable[[Path, str], None]
) -> None:
    text = render_policy(policies.load_policy(name))

    golden(GOLDEN / f"show-{name}.txt", text)
    assert max(map(len, text.splitlines())) <= 100


def test_the_list_of_products_is_the_files_that_ship() -> None:
    folder = Path(policies.__file__).with_name("products")

    assert sorted(path.stem for path in folder.glob("*.yaml")) == sorted(policies.PRODUCTS)
    for name in policies.PRODUCTS:
        assert policies.load_policy(name).name == name

"""Whatever a format reads becomes chains that say what they are and where they end."""

from collections.abc import Iterator

from flowmodel.ruleset import Chain, Rule, RuleSet, Table
from flowmodel.source import InputError
from flowmodel.verdict import Accept, Drop, Goto, Jump, Return
from parsers import read_exports
from tests.parsers.contract.subjects import Subject, each_subject, readings

_PASSES = {
    "prerouting": {"input", "forward"},
    "input": {"input"},
    "forward": {"forward"},
    "output": {"output"},
    "postrouting": {"forward", "output"},
}


def _rulesets(subject: Subject) -> list[RuleSet]:
    found: list[RuleSet] = []
    for paths in readings(subject):
        try:
            found += read_exports([str(path) for path in paths])
        except InputError:
            continue  # some fixtures are there to be refused
    assert found, f"there are fixtures in {subject.folder} that can be read"
    return found


def _chains(subject: Subject) -> Iterator[tuple[RuleSet, Table, Chain]]:
    for ruleset in _rulesets(subject):
        for table in ruleset.tables:
            yield from ((ruleset, table, chain) for chain in table.chains.values())


def _rules(chain: Chain) -> list[Rule]:
    return [*chain.rules, *(rule for _, rule in chain.disabled)]


@each_subject
def test_a_base_chain_accepts_or_drops_at_its_end_and_any_other_returns(subject: Subject) -> None:
    for _, table, chain in _chains(subject):
        expected = Return if chain.base is None else (Accept, Drop)

        assert isinstance(chain.end, expected), f"{table.name} {chain.name} ends in {chain.end}"


@each_subject
def test_every_chain_that_a_rule_goes_to_is_there(subject: Subject) -> None:
    for _, table, chain in _chains(subject):
        for rule in _rules(chain):
            if isinstance(rule.verdict, Jump | Goto):
                assert rule.verdict.chain in table.chains, rule.text


@each_subject
def test_a_chain_judges_what_passes_its_hook_and_nothing_where_it_translates(
    subject: Subject,
) -> None:
    for _, table, chain in _chains(subject):
        if chain.base is None:
            continue
        allowed = set() if chain.base.purpose == "translate" else _PASSES[chain.base.hook]

        assert chain.base.judges <= allowed, f"{table.name} {chain.name}"


@each_subject
def test_some_chain_judges(subject: Subject) -> None:
    judging = [chain for _, _, chain in _chains(subject) if chain.base and chain.base.judges]

    assert judging
    assert all(chain.base and chain.base.purpose != "translate" for chain in judging)


@each_subject
def test_chains_are_named_as_their_tables_call_them(subject: Subject) -> None:
    for _, table, chain in _chains(subject):
        assert table.chains[chain.name] is chain


@each_subject
def test_everything_has_its_place_in_a_file_that_was_read(subject: Subject) -> None:
    for ruleset, _, chain in _chains(subject):
        lines = {source.path: source.lines for source in ruleset.sources}
        gaps = [gap.span for gap in ruleset.gaps]

        for span in (chain.span, *(rule.span for rule in _rules(chain)), *gaps):
            assert 1 <= span.line <= span.last_line <= len(lines[span.path]), span
            assert 1 <= span.column <= len(lines[span.path][span.line - 1]) + 1, span


@each_subject
def test_rule_sets_say_their_format_and_families(subject: Subject) -> None:
    for ruleset in _rulesets(subject):
        families = {family for table in ruleset.tables for family in table.families}

        assert families <= ruleset.families
        assert ruleset.format
        assert bool(ruleset.place) == bool(subject.format.parts)

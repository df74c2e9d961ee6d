"""Exports with rules switched off: iptables has no such thing, other formats do."""

from pathlib import Path

from flowmodel.finding import Finding
from flowmodel.record import replace
from flowmodel.ruleset import Chain, Rule, RuleSet, Table
from fwlint.loading import read
from tests.linter.checks.samples import Asking, load

OFF = '-m comment --comment "off" '
"""What a rule of an export says that is switched off."""
PAIR = '-m comment --comment "pair" '
"""The same; all rules that say this are one rule of the export."""


def found(
    folder: Path, policy: str, site: str, exports: dict[str, str], *checks: str
) -> list[Finding]:
    """What the checks find where the rules with such comments are switched off; or FW108 alone."""
    loaded = load(folder, policy, site, exports)
    reading = read(loaded)

    assert [failure.error.message for failure in reading.failures] == []
    rulesets = {name: tuple(map(switched, each)) for name, each in reading.rulesets.items()}
    return Asking(*(checks or ("FW108",))).of(loaded, rulesets)


def switched(ruleset: RuleSet) -> RuleSet:
    """The rule set with the rules that say so in its list of disabled ones."""
    return replace(ruleset, tables=tuple(map(_table, ruleset.tables)))


def _table(table: Table) -> Table:
    return replace(table, chains={name: _chain(each) for name, each in table.chains.items()})


def _chain(chain: Chain) -> Chain:
    on: list[Rule] = []
    off: list[tuple[int, Rule]] = []
    for rule in chain.rules:
        if PAIR in rule.text:
            off.append((len(on), rule._replace(line=1, last_line=1, last_column=1)))
        elif OFF in rule.text:
            off.append((len(on), rule))
        else:
            on.append(rule)
    return replace(chain, rules=tuple(on), disabled=tuple(off))

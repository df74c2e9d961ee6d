"""Destinations that a policy knows by name, permitted by literal addresses: part of FW110."""

from flowmodel.match import All, Condition, Relation, Test
from flowmodel.ruleset import Rule
from linter.checks.required.judgements import Judgement
from linter.engine.device.openings import openings


def pinned(judgement: Judgement) -> Rule | None:
    """The first rule for a flow to a name, if all rules for it permit literal addresses only."""
    first: Rule | None = None
    if not judgement.requirement.fqdn:
        return None
    for trial in judgement.trials:
        passing = trial.packets & trial.answered.connections.opening.possible
        for opening in openings(trial.answered.answer, passing):
            if opening.rule is None or not _names_destination(opening.rule.match):
                return None
            first = first or opening.rule
    return first


def _names_destination(conditions: tuple[Condition, ...]) -> bool:
    """Whether the conditions list addresses that a packet must go to."""
    for condition in conditions:
        match condition:
            case Test("dst", _):
                return True
            case Relation(fields, _) if "dst" in fields:
                return True
            case All(several) if _names_destination(several):
                return True
            case _:
                pass
    return False

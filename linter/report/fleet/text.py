"""A fleet's answers as text."""

from collections.abc import Iterator, Mapping
from typing import Final

from linter.report.fleet.found import Kind
from linter.report.fleet.groups import Group
from linter.report.fleet.overview import Change, Overview
from linter.report.summary import counted, levels_in_words
from linter.report.visible import as_text, visible

_SHOWN: Final = 20
"""How many groups of a list are shown; JSON has all of them."""
_LONGEST: Final = 160
"""Characters of a rule."""


def render(it: Overview) -> str:
    """The answers, in sections."""
    lines = [*_head(it), *_trend(it)]
    for title, section in (
        ("By check", _plain({" ".join(key): its for key, its in it.by_check.items()})),
        ("By rule", _rules(it.by_rule, it)),
        ("By owner", _plain(it.by_owner)),
        ("By policy", _plain({of_policy(key, it): its for key, its in it.by_policy.items()})),
    ):
        if it.by_rule:
            lines += ["", title, *section]
    return as_text("\n".join(lines)) + "\n"


def _head(it: Overview) -> Iterator[str]:
    yield summary(it)
    yield from map(visible, it.notes)
    if it.failed:
        yield ""
        yield "Could not be evaluated"
        for name, failures in it.failed.items():
            yield visible(f"  {name}: {failures[0].message} ({failures[0].place}{_more(failures)})")


def summary(it: Overview) -> str:
    """How much was found, in a sentence or two."""
    its = it.numbers
    found = ", ".join(levels_in_words(its))
    possible = f" ({its.possible:,} of them only possible)" if its.possible else ""
    inputs = counted(its.inputs, "input")
    if found:
        have = "has" if its.with_findings == 1 else "have"
        text = f"{its.with_findings:,} of {inputs} {have} findings: {found}{possible}."
    else:
        text = f"No findings in {inputs}."
    if its.failures:
        text += f" {counted(its.failures, 'input')} could not be evaluated."
    if it.settled:
        text += f" {counted(it.settled, 'finding')} waived or accepted."
    return text


def since(it: Overview) -> Iterator[str]:
    """What became of the inputs and findings of the run before, in sentences."""
    if it.trend is None:
        return
    numbers = [f"{len(each.findings):,} {each.words}" for each in it.changes if each.findings]
    unsure = sum(not each.size for each in it.trend.unchanged)
    note = f" ({unsure:,} of them could be worse: their packets cannot be compared)" * bool(unsure)
    yield ", ".join([*numbers, f"{len(it.trend.unchanged):,} unchanged{note}"]) + "."
    for names, text in (
        (it.trend.added, "Not in the run before"),
        (it.trend.missing, "Not in this run, so that nothing is known of them"),
    ):
        if names.number:
            yield f"{text}: {counted(names.number, 'input')} ({names.words})."


def of_policy(name: str, it: Overview) -> str:
    """A policy in words, with how many inputs use it."""
    users = it.users.get(name, 0)
    if not name:
        return "no policy"
    return f"{name} (used by {counted(users, 'input')})" if users else name


def _trend(it: Overview) -> Iterator[str]:
    if it.trend is None:
        return
    yield ""
    yield "Since the run before"
    yield from (visible(f"  {line}") for line in since(it))
    for change in it.changes:
        yield from _change(change, it)


def _change(change: Change, it: Overview) -> Iterator[str]:
    if change.findings:
        yield ""
        yield f"{change.words.capitalize()}: {counted(len(change.findings), 'finding')}"
        yield from _rules(change.by_rule, it)


def _rules(groups: Mapping[Kind, Group], it: Overview) -> Iterator[str]:
    for kind, group in list(groups.items())[:_SHOWN]:
        yield f"  {_numbers(group)}  {visible(_rule(kind, it))}"
        yield f"{' ' * 12}{visible(group.inputs.words)}"
    yield from _rest(groups)


def _rule(kind: Kind, it: Overview) -> str:
    """A kind in words: its rule, or its first finding where there is none."""
    rule = kind.rule or f"the first of them: {it.examples[kind].message}"
    shown = rule if len(rule) <= _LONGEST else f"{rule[:_LONGEST]} …"
    return f"{kind.check} {kind.name}: {shown}"


def _plain(groups: Mapping[str, Group]) -> Iterator[str]:
    for name, group in list(groups.items())[:_SHOWN]:
        yield f"  {_numbers(group)}  {visible(name)}"
    yield from _rest(groups)


def _rest(groups: Mapping[Kind, Group] | Mapping[str, Group]) -> Iterator[str]:
    if len(groups) > _SHOWN:
        yield f"  … and {len(groups) - _SHOWN:,} more (-o json has all of them)"


def _numbers(group: Group) -> str:
    findings = counted(group.findings, "finding")
    return f"{group.level:8}  {findings} on {counted(group.inputs.number, 'input')}"


def _more(failures: tuple[object, ...]) -> str:
    return f", and {len(failures) - 1:,} more" if len(failures) > 1 else ""

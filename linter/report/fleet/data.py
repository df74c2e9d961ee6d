"""A fleet's answers as one JSON object, described in docs/fleet.md."""

from collections.abc import Iterable, Mapping
from typing import Any

import linter
from linter.report.fleet.found import Kind
from linter.report.fleet.groups import Group, Names
from linter.report.fleet.overview import Overview
from linter.report.visible import as_json, storable

VERSION = 1
"""Changes when a reader of the old shape would go wrong."""


def render(it: Overview) -> str:
    """The whole object; all groups are in it."""
    document = {
        "version": VERSION,
        "tool": {"name": "fwlint", "version": linter.__version__},
        "files": _texts(it.files),
        "notes": _texts(it.notes),
        "summary": {
            "inputs": it.numbers.inputs,
            "inputs_with_findings": it.numbers.with_findings,
            "inputs_not_evaluated": it.numbers.failures,
            **it.numbers.counts,
            "possible": it.numbers.possible,
            "settled": it.settled,
        },
        "not_evaluated": [
            {"input": storable(name), "message": storable(each.message), "place": _place(each)}
            for name, failures in it.failed.items()
            for each in failures
        ],
        "by_check": [
            {"check": check, "name": storable(name), **_group(group)}
            for (check, name), group in it.by_check.items()
        ],
        "by_rule": _rules(it.by_rule, it),
        "by_owner": _named(it.by_owner, "owner"),
        "by_policy": [
            {"policy": storable(name), "users": it.users.get(name, 0), **_group(group)}
            for name, group in it.by_policy.items()
        ],
        "trend": _trend(it),
    }
    return as_json(document, indent=2) + "\n"


def _trend(it: Overview) -> dict[str, Any] | None:
    if it.trend is None:
        return None
    return {
        "files": _texts(it.trend.files),
        "inputs_added": _names(it.trend.added),
        "inputs_missing": _names(it.trend.missing),
        "unchanged": len(it.trend.unchanged),
        "unchanged_by_name": sum(not each.size for each in it.trend.unchanged),
        **{
            change.name: {
                "findings": len(change.findings),
                "by_rule": _rules(change.by_rule, it),
            }
            for change in it.changes
        },
    }


def _rules(groups: Mapping[Kind, Group], it: Overview) -> list[dict[str, Any]]:
    return [
        {
            "check": kind.check,
            "name": storable(kind.name),
            "rule": storable(kind.rule),
            "message": storable(it.examples[kind].message),
            "place": _place(it.examples[kind]),
            **_group(group),
        }
        for kind, group in groups.items()
    ]


def _named(groups: Mapping[str, Group], member: str) -> list[dict[str, Any]]:
    return [{member: storable(name), **_group(group)} for name, group in groups.items()]


def _group(group: Group) -> dict[str, Any]:
    return {
        "level": group.level,
        "findings": group.findings,
        "possible": group.possible,
        "inputs": _names(group.inputs),
    }


def _names(names: Names) -> dict[str, Any]:
    return {"number": names.number, "named": _texts(names.shown)}


def _place(each: Any) -> str:
    return storable(each.place)


def _texts(texts: Iterable[str]) -> list[str]:
    return [storable(each) for each in texts]

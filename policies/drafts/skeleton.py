"""A policy before a person has read it, and its text: what is known, and what is asked for."""

import re
from collections.abc import Iterable
from typing import Any, Final

from flowmodel.record import dataclass, field

ASKED: Final = "clients"
"""The peer that stands for whoever opens connections, where the source does not say who does."""
_WORD: Final = 48
_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9_-]+")

Cells = dict[str, str | list[str]]
"""The cells of a row by their keys, as a policy has them."""


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One row of a source, and the flow that it becomes; without `cells` there is no source.

    `inferred` are the fields that the source does not give; `cells` is the row as it stands there.
    """

    id: str
    line: int
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    services: tuple[str, ...]
    cells: Cells
    inferred: tuple[str, ...] = ()
    is_either: bool = False
    extra: dict[str, str | list[str]] = field(default_factory=dict)
    """More keys of the flow, such as `app`, `purpose` or `group`."""


@dataclass(frozen=True, slots=True)
class DraftSection:
    """Rows under one heading."""

    title: str
    rows: tuple[DraftRow, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """All of a policy; `remarks` say on its first lines what is left to do."""

    name: str
    title: str
    document: str
    roles: dict[str, str]
    peers: dict[str, str]
    sections: tuple[DraftSection, ...]
    not_covered: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def name_for(text: str, missing: str = "policy") -> str:
    """A name of small letters, digits, `-` and `_` that is nearest to a text."""
    return _NOT_IN_NAMES.sub("-", text.lower()).strip("-_") or missing


def numbered(names: Iterable[str]) -> list[str]:
    """The names, those that were there before with a number behind them."""
    found: list[str] = []
    for name in names:
        number, unique = 1, name
        while unique in found:
            number += 1
            unique = f"{name}-{number}"
        found.append(unique)
    return found


def draft_text(draft: Draft) -> str:
    """The draft as a policy file."""
    names = iter(numbered(row.id for section in draft.sections for row in section.rows))
    rows: dict[str, Any] = {}
    sections = []
    for section in draft.sections:
        flows = []
        for row in section.rows:
            flow = _flow(row, next(names))
            if row.cells:
                label = f"R{len(rows) + 1}"
                rows[label] = _Cells(line=row.line, **row.cells)
                flow["rows"] = [label]
            flows.append(flow)
        if flows:
            sections.append({"title": section.title, "flows": flows})
    data: dict[str, Any] = {
        "fwlint": "policy/1",
        "name": draft.name,
        "title": draft.title,
        "document": {"title": draft.document} if draft.document else {},
        "roles": draft.roles,
        "peers": draft.peers,
        "sections": sections,
        "not_covered": list(draft.not_covered),
        "rows": rows,
    }
    filled = {key: value for key, value in data.items() if value or key == "sections"}
    return "".join(f"# {line}\n" for line in draft.remarks) + _dumped(filled)


class _Cells(dict[str, Any]):
    """A row, which stands in one line."""


def _dumped(data: dict[str, Any]) -> str:
    """YAML as people write policies: lists of words and rows are in one line each."""
    import yaml

    class _Dumper(yaml.SafeDumper):
        pass

    def _list(dumper: Any, items: list[Any]) -> Any:
        is_short = all(isinstance(one, str) and len(one) <= _WORD for one in items)
        return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=is_short)

    def _cells(dumper: Any, cells: _Cells) -> Any:
        return dumper.represent_mapping("tag:yaml.org,2002:map", cells, flow_style=True)

    _Dumper.add_representer(list, _list)
    _Dumper.add_representer(_Cells, _cells)
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return text


def _flow(row: DraftRow, name: str) -> dict[str, Any]:
    ends = {"from": _listed(row.sources), "to": _listed(row.targets)}
    if row.is_either:
        ends = {"between": [_listed(row.sources), _listed(row.targets)]}
    inferred = {"inferred": list(row.inferred)} if row.inferred else {}
    return {"id": name, **ends, "service": _listed(row.services), **row.extra, **inferred}


def _listed(values: tuple[str, ...]) -> Any:
    return values[0] if len(values) == 1 else list(values)

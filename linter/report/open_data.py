"""What is open as members of a JSON object: docs/json.md describes them."""

from collections.abc import Sequence
from typing import Any, Final

import linter
from flowmodel.fields import ICMP, ICMPV6, PORT_PROTOCOLS
from flowmodel.opened import By, Offered, Row, Section, SentOn
from flowmodel.values import Values, intersection
from linter.report.json_data import both_families, numbers
from linter.report.visible import as_json, compact_ranges, storable

VERSION: Final = 1
_PORTED: Final[Values] = tuple((number, number) for number in sorted(PORT_PROTOCOLS))
_TYPED: Final[Values] = ((ICMP, ICMP), (ICMPV6, ICMPV6))
_TEXT_LIMIT: Final = 1000


def as_json_document(sections: Sequence[Section]) -> str:
    """The tables for programs; docs/json.md describes the members."""
    document = {
        "version": VERSION,
        "tool": {"name": "fwlint", "version": linter.__version__},
        "open": as_data(sections),
    }
    return compact_ranges(as_json(document, indent=2))


def as_data(sections: Sequence[Section]) -> list[dict[str, Any]]:
    """The sections, each with its rows."""
    return [
        {
            "device": storable(each.device),
            "place": storable(each.place),
            "hook": each.traffic,
            "title": each.title,
            "decided": each.is_decided,
            "notes": list(map(storable, each.notes)),
            "rows": list(map(_row, each.rows)),
        }
        for each in sections
    ]


def _row(row: Row) -> dict[str, Any]:
    return {
        "families": list(row.families),
        "certainty": row.certainty,
        "service": storable(row.service),
        "source": storable(row.source),
        "destination": storable(row.destination),
        "in": list(map(storable, row.incoming)),
        "out": list(map(storable, row.outgoing)),
        "services": list(map(_offered, row.offered)),
        "sources": both_families(row.sources),
        "source_ports": numbers(row.source_ports),
        "destinations": both_families(row.destinations),
        "rules": list(map(_by, row.by)),
        "more_rules": row.more,
        "sent_on": _sent_on(row.sent_on) if row.sent_on else None,
        "also_direct": row.is_direct,
        "reasons": list(map(storable, row.reasons)),
        "marks": list(map(storable, row.marks)),
    }


def _offered(offered: Offered) -> dict[str, Any]:
    has_ports = intersection(offered.protocols, _PORTED)
    is_icmp = intersection(offered.protocols, _TYPED)
    return {
        "protocols": numbers(offered.protocols),
        "ports": numbers(offered.ports) if has_ports else [],
        "icmp_types": numbers(offered.types) if is_icmp else [],
        "icmp_codes": numbers(offered.codes) if is_icmp else [],
    }


def _by(by: By) -> dict[str, Any]:
    return {
        "kind": by.kind,
        "path": storable(by.span.path) if by.span else "",
        "line": by.span.line if by.span else 0,
        "text": storable(by.text[:_TEXT_LIMIT]),
    }


def _sent_on(sent: SentOn) -> dict[str, Any]:
    return {
        "text": storable(sent.words),
        "addresses": both_families(sent.addresses),
        "ports": numbers(sent.ports),
        "rule": _by(sent.by),
    }

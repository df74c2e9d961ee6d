"""Packets, flows and places as members of the JSON object: docs/json.md describes them."""

from collections.abc import Iterable
from typing import Any

from flowmodel.addresses import Addresses, address_in_words
from flowmodel.affected import Affected, PacketBox, Witness
from flowmodel.fields import ICMP, ICMPV6, PORT_PROTOCOLS, TCP, Family
from flowmodel.finding import Agreed, Related, Report, Settings
from flowmodel.fix import Fix
from flowmodel.packet import Packet, flags_in_words
from flowmodel.proved import Proved
from flowmodel.site import End, Requirement, Service
from flowmodel.source import COMMAND_LINE
from flowmodel.used import CheckedFile, Used
from flowmodel.values import Values
from linter.report.excerpt import source_line
from linter.report.visible import storable

TEXT_LIMIT = 1000
"""Characters of a line that is told."""


def packets(affected: Affected | None) -> dict[str, Any]:
    """The packets of a finding: no boxes where it is about none, or nobody can tell which."""
    return {
        "complete": affected is not None and affected.is_complete,
        "boxes": [_box(box) for box in affected.boxes] if affected else [],
    }


def _box(box: PacketBox) -> dict[str, Any]:
    return {
        "family": box.family,
        "certainty": box.certainty,
        "hook": box.hook,
        "in": storable(box.in_name),
        "out": storable(box.out_name),
        "protocols": numbers(box.protocols),
        "sources": _addresses(box.sources, box.family),
        "destinations": _addresses(box.destinations, box.family),
        "source_ports": numbers(box.source_ports),
        "destination_ports": numbers(box.destination_ports),
        "icmp_types": numbers(box.icmp_types),
        "icmp_codes": numbers(box.icmp_codes),
    }


def witness(example: Witness | None) -> dict[str, Any] | None:
    """The packet that was sent through the rules; what its protocol does not have is null."""
    if example is None:
        return None
    data = packet_as_data(example.packet)
    return {
        "family": data.pop("family"),
        "phase": example.phase,
        "hook": example.hook,
        **data,
    }


def packet_as_data(packet: Packet) -> dict[str, Any]:
    """One packet; what its protocol does not have is null."""
    has_ports = packet.proto in PORT_PROTOCOLS
    is_icmp = packet.proto in (ICMP, ICMPV6)
    return {
        "family": packet.family,
        "in": storable(packet.in_name or ""),
        "out": storable(packet.out_name or ""),
        "protocol": packet.proto,
        "source": address_in_words(packet.src, packet.family),
        "destination": address_in_words(packet.dst, packet.family),
        "source_port": packet.sport if has_ports else None,
        "destination_port": packet.dport if has_ports else None,
        "icmp_type": packet.icmp_type if is_icmp else None,
        "icmp_code": packet.icmp_code if is_icmp else None,
        "tcp_flags": flags_in_words(packet.tcp_flags) if packet.proto == TCP else None,
    }


def proved(each: Proved, report: Report) -> dict[str, Any]:
    """A flow, and what became of it."""
    flow = each.requirement
    return {
        "flow": storable(flow.name),
        "policy": storable(flow.policy),
        "need": flow.need,
        "purpose": storable(flow.purpose),
        "rows": [storable(str(row)) for row in flow.rows],
        "any_of": flow.any_of,
        "self": flow.is_self,
        "place": place_of(Related(flow.span, ""), report),
        "ends": [{"from": _end(source), "to": _end(to)} for source, to in flow.ends],
        "services": [_service(service) for service in flow.services],
        "devices": [
            {"device": storable(judged.device), "family": judged.family, "result": judged.result}
            for judged in each.devices
        ],
        "result": each.result,
        "because": [storable(reason) for reason in each.because],
    }


def unused(flow: Requirement, report: Report) -> dict[str, Any]:
    """A flow that was not asked about, and why."""
    return {
        "flow": storable(flow.name),
        "policy": storable(flow.policy),
        "need": flow.need,
        "place": place_of(Related(flow.span, ""), report),
        "because": [storable(flow.inactive_because or "an end of it is bound to nothing")],
    }


def checked(each: CheckedFile) -> dict[str, Any]:
    """A file that was read of a device."""
    source = each.source
    return {
        "device": storable(each.device),
        "path": storable(source.path),
        "format": source.format,
        "date": source.made,
        "sha256": source.sha256,
    }


def policy(used: Used) -> dict[str, Any]:
    """A policy with its document, and what the site says of it."""
    document = used.document
    return {
        "name": storable(used.name),
        "title": storable(used.title),
        "path": storable(used.source.path),
        "sha256": used.source.sha256,
        "document": {
            "title": storable(document.title),
            "url": storable(document.url),
            "date": storable(document.date),
            "read": storable(document.read),
            "sha256": storable(document.sha256),
        },
        "options": {storable(name): storable(answer) for name, answer in used.answers},
        "parameters": {storable(name): storable(ports) for name, ports in used.ports},
        "not_covered": [storable(text) for text in used.not_covered],
    }


def _end(end: End) -> dict[str, Any]:
    return {
        "name": storable(end.name),
        "kind": end.kind,
        "addresses": both_families(end.addresses),
        "public": both_families(end.public),
        "public_ports": [
            {
                "addresses": both_families(each.addresses),
                "ports": [list(pair) for pair in each.ports],
            }
            for each in end.published
            if each.ports
        ],
    }


def _service(service: Service) -> dict[str, Any]:
    has_ports = service.proto in PORT_PROTOCOLS
    is_icmp = service.proto in (ICMP, ICMPV6)
    return {
        "text": storable(service.text),
        "protocol": service.proto,
        "ports": numbers(service.ports) if has_ports else [],
        "icmp_types": numbers(service.types) if is_icmp else [],
        "icmp_codes": numbers(service.codes) if is_icmp else [],
    }


def both_families(addresses: Addresses) -> list[list[str]]:
    """Ranges of addresses, IPv4 first."""
    return [*_addresses(addresses.of(4), 4), *_addresses(addresses.of(6), 6)]


def _addresses(values: Values, family: Family) -> list[list[str]]:
    return [
        [address_in_words(first, family), address_in_words(last, family)] for first, last in values
    ]


def numbers(values: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Ranges of numbers."""
    return [[first, last] for first, last in values]


def edit_of(fix: Fix | None) -> dict[str, Any] | None:
    """The proved edit of a finding; null where none was asked for, or none is proved."""
    if fix is None:
        return None
    return {
        "changes": [
            {
                "path": storable(each.path),
                "line": each.line,
                "column": each.column,
                "old": [storable(line) for line in each.old],
                "new": [storable(line) for line in each.new],
            }
            for each in fix.edits
        ],
        "commands": [storable(each) for each in fix.commands],
        "steps": [storable(each) for each in fix.steps],
        "effect": storable(fix.effect),
    }


def baseline(agreed: Agreed | None) -> dict[str, Any] | None:
    """The baseline that the run knew; null where it knew none."""
    if agreed is None:
        return None
    return {
        "path": storable(agreed.path),
        "expires": agreed.expires,
        "expired": agreed.is_over,
        "entries": agreed.entries,
    }


def settings(said: Settings | None) -> dict[str, Any] | None:
    """What a file of settings had a say in; null where there is no such file."""
    if said is None:
        return None
    return {
        "path": storable(said.path),
        "site": storable(said.site),
        "fail_on": said.fail_on,
        "select": list(said.select),
        "ignore": list(said.ignore),
        "baseline": storable(said.baseline),
        "marked": list(said.marked),
        "unmarked": list(said.unmarked),
    }


def place_of(place: Related, report: Report) -> dict[str, Any]:
    """A position in a file, with what stands there."""
    span = place.span
    text = place.title or source_line(report.sources, span) or ""
    # What arguments were made into has lines too, which nobody has ever seen.
    is_file = span.path != COMMAND_LINE
    return {
        "path": storable(span.path),
        "line": span.line if is_file else 0,
        "column": span.column if is_file else 0,
        "last_line": span.last_line if is_file else 0,
        "last_column": span.last_column if is_file else 0,
        "text": storable(text[:TEXT_LIMIT]),
        "label": storable(place.label),
    }

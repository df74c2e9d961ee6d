"""Reads which services a site marks as worth a look where they are open, and which it does not."""

from typing import Final

from flowmodel.fields import PORT_PROTOCOLS
from flowmodel.site import Service
from flowmodel.values import full
from policies.schema import record
from policies.service_cells import read_services
from policies.yaml_nodes import Errors, Node

MARKED_KEYS: Final = ("add", "remove")


def read_marked(
    errors: Errors, node: Node | None
) -> tuple[tuple[Service, ...], tuple[Service, ...]]:
    """The services that are marked beside the known ones, and those of them that are not."""
    if node is None:
        return (), ()
    values = record(errors, node, "`marked`", MARKED_KEYS)
    added, removed = (_ported(errors, values.get(key)) for key in MARKED_KEYS)
    return added, removed


def _ported(errors: Errors, node: Node | None) -> tuple[Service, ...]:
    found = []
    for pattern in read_services(errors, node, ()):
        for service in pattern.services({}):
            if service.proto in PORT_PROTOCOLS and service.ports != full(16):
                found.append(service)
            else:
                errors.add(
                    f"`{service.text}` has no ports; write them, as in 8080/tcp", pattern.span
                )
    return tuple(found)

"""Reads services and ports where a file names them."""

from collections.abc import Collection

from policies.schema import did_you_mean, texts
from policies.services import Pattern, Ports, parse_ports, parse_service
from policies.yaml_nodes import Errors, Node


def read_services(errors: Errors, node: Node | None, known: Collection[str]) -> tuple[Pattern, ...]:
    """The services of a text or a list; their parameters are among the known ones."""
    found = []
    for item in texts(errors, node, "a service"):
        try:
            pattern = parse_service(" ".join(item.value.split()), item.span)
        except ValueError as error:
            from policies.spellings import hinted, service_meant

            errors.add(hinted(str(error), service_meant(item.value)), item.span)
            continue
        unknown = [one for one in pattern.names if one not in known]
        for one in unknown:
            hint = did_you_mean(f"${one}", [f"${each}" for each in known])
            errors.add(f"unknown parameter `${one}`{hint}", item.span)
        if not unknown:
            found.append(pattern)
    return tuple(found)


def read_ports(errors: Errors, node: Node, what: str) -> Ports | None:
    """Ports as text or as a list; a number past 65535 is read, 0 too."""
    parts = texts(errors, node, what)
    if not parts:
        return None
    try:
        return parse_ports(",".join(part.value for part in parts))
    except ValueError as error:
        errors.add(f"{what}: {error}", node.span)
        return None

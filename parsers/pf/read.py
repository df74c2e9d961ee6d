"""Reads config.xml of pfSense and OPNsense."""

from collections.abc import Container
from datetime import UTC, datetime

from flowmodel.record import replace
from flowmodel.ruleset import RuleSet
from flowmodel.source import InputError, Source
from parsers.pf.masking import SHOWN, shown
from parsers.pf.rules import Configuration
from parsers.pf.xml import Element, read_xml
from parsers.shared.context import Context
from parsers.shared.digits import is_decimal


def parse(source: Source, context: Context) -> RuleSet:
    """The rule set of a config.xml; raises InputError."""
    del context
    root = read_xml(source)
    _refuse_twice(root)
    configuration = _read(root)
    from parsers.pf.administration import administration
    from parsers.pf.lower import lower
    from parsers.pf.unused import unused

    source = replace(shown(source, root), made=_made(root))
    try:
        return replace(
            lower(source, configuration),
            administration=administration(root),
            unused=tuple(unused(root)),
        )
    finally:
        root.document.forget()


def _made(root: Element) -> str:
    """When the configuration was last changed: seconds since 1970, with a fraction in OPNsense."""
    revision = root.find("revision")
    seconds = revision.get("time").partition(".")[0] if revision else ""
    # The year 9999 is the last one that has a date.
    if not is_decimal(seconds) or len(seconds) > len("253402300799"):
        return ""
    if int(seconds) > 253402300799:
        return ""
    return f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%d %H:%M:%S} UTC"


_ONCE = frozenset(
    {
        *SHOWN, "opnsense", "system", "bridges", "captiveportal", "dhcpd", "dhcpdv6", "dhcrelay",
        "dhcrelay6", "gifs", "gres", "hasync", "installedpackages", "ipsec", "l2tp", "openvpn",
        "pppoes", "sysctl", "version", "wireguard",
    }
)  # fmt: skip


def _refuse_twice(root: Element) -> None:
    """Raises InputError for a section that stands there twice: neither is the whole of it."""
    _refuse_double(root, _ONCE, "config.xml")
    ports = root.child("interfaces")
    if ports and len(ports.children) > _INTERFACES:
        shown_line = root.document.line(ports.place.line)
        raise InputError(f"has more than {_INTERFACES} interfaces", ports.span, shown_line)
    for path in _ONCE_BELOW:
        for parent in root.below(*path[:-1]):
            tags = {each.tag for each in parent.children} if path[-1] == "*" else {path[-1]}
            _refuse_double(parent, tags, f"<{parent.tag}>")


_INTERFACES = 2048
"""Interfaces of a device; what is asked of each about all others grows with their square."""
_FIREWALL = ("opnsense", "firewall")
_ONCE_BELOW = (
    ("interfaces", "*"), ("nat", "outbound"), ("nat", "outbound", "mode"), ("system", "webgui"),
    ("system", "ssh"), _FIREWALL, (*_FIREWALL, "alias"), (*_FIREWALL, "alias", "aliases"),
    (*_FIREWALL, "filter"),
    *((*_FIREWALL, "filter", tag) for tag in ("rules", "snatrules", "onetoone", "npt", "settings")),
)  # fmt: skip
"""What stands once in its section; `*` is everything in it."""


def _refuse_double(parent: Element, tags: Container[str], where: str) -> None:
    seen: dict[str, Element] = {}
    for child in parent.children:
        if child.tag in tags and child.tag in seen:
            line = seen[child.tag].place.line
            raise InputError(
                f"<{child.tag}> stands in line {line} already, and {where} has it once",
                child.span,
                parent.document.line(child.place.line),
            )
        seen[child.tag] = child


def _read(root: Element) -> Configuration:
    if root.tag == "pfsense":
        from parsers.pf.pfsense import read as read_pfsense

        return read_pfsense(root)
    if root.tag == "opnsense":
        from parsers.pf.opnsense import read as read_opnsense

        return read_opnsense(root)
    raise InputError(
        "is no config.xml: its root is neither <pfsense> nor <opnsense>",
        root.span,
        root.document.line(root.place.line),
    )

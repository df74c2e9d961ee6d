"""Reads config.xml of pfSense and OPNsense."""

from flowmodel.ruleset import RuleSet
from flowmodel.source import InputError, Source
from parsers.pf.masking import SHOWN, shown
from parsers.pf.rules import Configuration
from parsers.pf.xml import Element, read_xml
from parsers.shared.context import Context


def parse(source: Source, context: Context) -> RuleSet:
    """The rule set of a config.xml; raises InputError."""
    del context
    root = read_xml(source)
    _refuse_twice(root)
    configuration = _read(root)
    from parsers.pf.lower import lower

    return lower(shown(source, root), configuration)


_ONCE = frozenset({*SHOWN, "opnsense", "system"})


def _refuse_twice(root: Element) -> None:
    """Raises InputError for a section that stands there twice: neither is the whole of it."""
    seen: dict[str, Element] = {}
    for section in root.children:
        if section.tag in _ONCE and section.tag in seen:
            line = seen[section.tag].place.line
            raise InputError(
                f"<{section.tag}> stands in line {line} already, and config.xml has it once",
                section.span,
                root.document.line(section.place.line),
            )
        seen[section.tag] = section


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

"""Reads config.xml of pfSense and OPNsense."""

from linter.model.ruleset import RuleSet
from linter.model.source import InputError, Source
from parsers.context import Context
from parsers.pf.xml import read_xml


def parse(source: Source, context: Context) -> RuleSet:
    """The rule set of a config.xml; raises InputError."""
    del context
    root = read_xml(source)
    if root.tag == "pfsense":
        from parsers.pf.pfsense import read
    elif root.tag == "opnsense":
        from parsers.pf.opnsense import read
    else:
        place = root.span
        raise InputError(
            "is no config.xml: its root is neither <pfsense> nor <opnsense>",
            place,
            root.document.line(place.line),
        )
    from parsers.pf.lower import lower

    return lower(source, read(root))

"""Which elements the report on an input has: a page is merged of nothing that could be more.

A text that files say is escaped, so that every `<` begins an element; what is none of these, or has
another attribute, a browser is never asked to read.
"""

import re
from typing import Final

ELEMENTS: Final = (
    *("a", "article", "b", "br", "code", "dd", "defs", "del", "details", "div", "dl", "dt"),
    *("figcaption", "figure", "h2", "h3", "h4", "ins", "li", "mark", "marker", "p", "path", "pre"),
    *("rect", "section", "small", "span", "summary", "svg", "table", "tbody", "td", "text", "th"),
    *("thead", "title", "tr", "ul"),
)
ATTRIBUTES: Final = (
    *("aria-hidden", "aria-label", "aria-labelledby", "class", "colspan", "d", "fill", "height"),
    *("id", "marker-end", "marker-start", "markerHeight", "markerUnits", "markerWidth", "open"),
    *("orient", "refX", "refY", "rel", "role", "rowspan", "rx", "scope", "tabindex", "viewBox"),
    *("width", "x", "xml:space", "y"),
)
_ELEMENT: Final = re.compile(
    r"</?(?:{elements})"
    r'(?:\s+(?:(?:{attributes})(?:="[^"<>]*")?|href="(?:#|https?://)[^"<>]*"))*\s*/?>'.format(
        elements="|".join(sorted(ELEMENTS, key=len, reverse=True)),
        attributes="|".join(sorted(ATTRIBUTES, key=len, reverse=True)),
    )
)


def foreign(text: str) -> str:
    """How the first element begins that no report has; empty where there is none."""
    at = text.find("<")
    while at >= 0:
        found = _ELEMENT.match(text, at)
        if found is None:
            return text[at : at + 80]
        at = text.find("<", found.end())
    return ""

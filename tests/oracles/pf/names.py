"""Aliases as pfSense writes them: tables of addresses, and lists of ports.

The source is filter_generate_nested_alias_recurse and filter_generate_alias_tables of filter.inc,
is_hostname of util.inc.
"""

import re
from ipaddress import ip_network
from xml.etree.ElementTree import Element

from tests.oracles.pf.tree import text

_HOSTNAME = re.compile(
    r"(?:[a-z_0-9](?:[a-z_0-9-]*[a-z_0-9])?\.)*[a-z_0-9](?:[a-z_0-9-]*[a-z_0-9])?\.?"
)


def is_address(word: str) -> bool:
    """Whether the word is an address or a subnet."""
    try:
        ip_network(word, strict=False)
    except ValueError:
        return False
    return True


def is_port(word: str) -> bool:
    """Whether the word is a port or a range of ports with a colon."""
    return re.fullmatch(r"\d+(:\d+)?", word) is not None


class Names:
    """The aliases of a config."""

    def __init__(self, root: Element) -> None:
        self.aliases = {text(each, "name"): each for each in root.findall("aliases/alias")}

    def kind(self, name: str) -> str:
        """The type of an alias; empty where there is none."""
        return text(self.aliases.get(name), "type")

    def words(self, name: str) -> tuple[str, ...]:
        """What the alias stands for when all nested ones are written out.

        An alias of addresses with a hostname anywhere in it is one word, `?alias NAME`: its table
        is empty at first, and filterdns fills it with all that belongs there.
        """
        if self.kind(name) == "urltable":
            return (f"?alias {name}",)
        found: dict[str, None] = {}
        is_dynamic = self._collect(name, self.kind(name), found, set())
        return (f"?alias {name}",) if is_dynamic else tuple(found)

    def _collect(self, name: str, kind: str, found: dict[str, None], seen: set[str]) -> bool:
        """Add the words of an alias; whether a hostname is among them."""
        seen.add(name)
        is_dynamic = False
        for word in text(self.aliases[name], "address").split():
            if self.kind(word) == "urltable":
                found[f"?alias {word}"] = None
            elif word in self.aliases:
                if word not in seen:
                    is_dynamic |= self._collect(word, kind, found, seen)
            elif is_address(word) or (kind == "port" and is_port(word)):
                found[word] = None
            elif _HOSTNAME.fullmatch(word.lower()):
                is_dynamic = True
            else:
                found[word] = None
        return is_dynamic

    def expand_address(self, word: str) -> str:
        """What a rule has for an address or the name of an alias; empty if it is neither."""
        if word in self.aliases:
            return f"<{word}>"
        return word if is_address(word) else ""

    def expand_port(self, word: str) -> str:
        """What a rule has for a port or the name of an alias; empty if it is neither."""
        if word in self.aliases:
            return "{ " + " ".join(self.words(word)) + " }"
        return word if is_port(word) else ""

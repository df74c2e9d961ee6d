"""What in an entry of config.xml is not understood: unknown elements and words, and what is twice.

Whatever depends on such an entry is possible: the device may read what is unknown here, and which
of two elements counts is not told (pfSense refuses the file, OPNsense makes a list of them).
"""

from collections import Counter
from collections.abc import Collection, Container, Iterator, Mapping
from types import MappingProxyType

from flowmodel.record import NamedTuple
from parsers.pf.values import network
from parsers.pf.xml import Element

SIDE = frozenset({"any", "network", "address", "port", "not"})
"""The elements of a `<source>` or `<destination>`."""
_SIDES = ("source", "destination")


class Known:
    """The elements that an entry can have, by their tags.

    `starts` are beginnings of other tags that it can have. `words` has what elements hold that are
    for some words only, also those of its source and destination: any other word decides in a way
    that is not known, as the product writes it into pf's rules, where it may be wrong, or takes it
    for one of the few.
    """

    __slots__ = ("side", "starts", "tags", "words")

    def __init__(
        self,
        tags: frozenset[str],
        starts: tuple[str, ...] = (),
        words: Mapping[str, Container[str]] = MappingProxyType({}),
    ) -> None:
        self.tags = tags
        self.starts = starts
        self.words = words
        in_sides = {tag: some for tag, some in words.items() if tag in SIDE}
        self.side: Known = self if tags is SIDE else Known(SIDE, (), in_sides)

    def __call__(self, tag: str) -> bool:
        """Whether the entry can have the element."""
        return tag in self.tags or (bool(self.starts) and tag.startswith(self.starts))

    def has_all(self, entry: Element, children: Mapping[str, Element]) -> bool:
        """Whether an entry has nothing but such elements, each of them once, and known words."""
        if len(children) != len(entry.children) or not children.keys() <= self.tags:
            return False
        for tag, some in self.words.items():
            if tag in children and children[tag].text not in some:
                return False
        return True


class Strange(NamedTuple):
    """Something that is not understood."""

    element: Element
    message: str
    reason: str
    """What a packet must be besides: one of a kind, so that each is answered by itself."""


def strange(
    entry: Element, known: Known, children: Mapping[str, Element] | None = None
) -> list[Strange]:
    """What is not understood in an entry, and in its source and destination.

    `children` are its own by their tags, where somebody has them already.
    """
    if children is None:
        children = entry.by_tag()
    found = [] if known.has_all(entry, children) else [*_in(entry, known)]
    # Most elements have no children, so that nothing can be strange in them.
    for child in entry.children:
        if child.children and child.tag in _SIDES and not known.side.has_all(child, child.by_tag()):
            found += _in(child, known.side)
    return found


def _in(entry: Element, known: Known) -> Iterator[Strange]:
    words = known.words
    for tag, count in Counter(child.tag for child in entry.children).items():
        is_strange = not known(tag)
        if count == 1 and not is_strange and tag not in words:
            continue
        child = next(each for each in entry.children if each.tag == tag)
        line = child.place.line if count > 1 or is_strange else 0
        if count > 1:
            # Its text is not quoted: it may be a secret.
            message = f"<{tag}> stands in it {count} times"
            yield Strange(entry, message, f"which <{tag}> counts in line {line}")
        if is_strange:
            yield Strange(child, f"<{tag}> is not understood", f"<{tag}> in line {line}")
        elif tag in words and child.text not in words[tag]:
            line = child.place.line
            message = f"<{tag}> has a word that is not known here"
            yield Strange(child, message, f"what <{tag}> says in line {line}")


def doubled(entry: Element) -> frozenset[str]:
    """The tags of the elements that stand more than once in an entry, or in a side of it."""
    sides = [child for child in entry.children if child.children and child.tag in _SIDES]
    return frozenset(tag for each in (entry, *sides) for tag in _twice(each))


def _twice(entry: Element) -> list[str]:
    tags = [child.tag for child in entry.children]
    # Most entries have none.
    if len(set(tags)) == len(tags):
        return []
    return [tag for tag, count in Counter(tags).items() if count > 1]


def without_prefix(root: Element) -> Iterator[Strange]:
    """The addresses of interfaces that do not say the length of their network's prefix."""
    section = root.child("interfaces")
    for entry in section.children if section else ():
        for tag, length in (("ipaddr", "subnet"), ("ipaddrv6", "subnetv6")):
            child = entry.child(tag)
            if child and network(child.text) and not entry.get(length):
                line = child.place.line
                yield Strange(
                    child, f"<{tag}> has no <{length}> beside it", f"the network in line {line}"
                )


def reasons(entry: Element, known: Known) -> tuple[str, ...]:
    """Why what depends on the entry is only possible; empty if all of it is understood."""
    return tuple(each.reason for each in strange(entry, known))


def resembles(tag: str, known: Collection[str]) -> bool:
    """Whether a tag looks like a known one that is misspelt."""
    from difflib import get_close_matches

    return bool(get_close_matches(tag, known, 1, 0.8))

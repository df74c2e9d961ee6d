"""Mutations of XML: elements and attributes deleted, doubled, moved, renamed, nested, garbled."""

import copy
from functools import cache
from random import Random
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from tests.fuzz.texts import garbled
from tests.fuzz.words import ODD, phrases, words


def root_of(text: str) -> Element:
    """The root of a text, for one's own use; ET.ParseError if it is no XML."""
    return copy.deepcopy(_root(text))


@cache
def _root(text: str) -> Element:
    return ET.fromstring(text)


def mutate_markup(random: Random, root: Element, kind: str, other: Element) -> None:
    """Makes one change in the tree, which may take an element from another tree."""
    pairs = [(parent, child) for parent in root.iter() for child in parent]
    if not pairs:
        root.append(copy.deepcopy(other))
        return
    parent, child = random.choice(pairs)
    to, _ = random.choice(pairs)
    match random.randrange(12):
        case 0:
            parent.remove(child)
        case 1:
            at = random.randrange(len(parent) + 1)
            for _ in range(random.choice((1, 1, 1, 30))):
                parent.insert(at, copy.deepcopy(child))
        case 2:
            moved = copy.deepcopy(child)
            to.insert(random.randrange(len(to) + 1), moved)
            parent.remove(child)
        case 3:
            child.tag = _tag(random, kind, pairs)
        case 4:
            _nest(random, parent, child, _tag(random, kind, pairs))
        case 5:
            child.set(_tag(random, kind, pairs), garbled(random, child.text or "", kind))
            child.attrib.pop(random.choice(list(child.attrib)))
        case 6:
            found = copy.deepcopy(random.choice(list(other.iter())))
            to.insert(random.randrange(len(to) + 1), found)
        case 7:
            made = ET.SubElement(to, _tag(random, kind, pairs))
            made.text = random.choice((None, "", "1", garbled(random, "1", kind)))
        case 8:
            known = _phrase(random, kind)
            to.append(copy.deepcopy(child) if known is None else known)
        case _:
            leaves = [each for _, each in pairs if not len(each)] or [child]
            leaf = random.choice(leaves)
            leaf.text = garbled(random, leaf.text or "", kind)


def _tag(random: Random, kind: str, pairs: list[tuple[Element, Element]]) -> str:
    known = random.choice(words(kind))
    return known if known.isidentifier() and random.random() < 0.5 else random.choice(pairs)[1].tag


def _nest(random: Random, parent: Element, child: Element, tag: str) -> None:
    parent.remove(child)
    for _ in range(random.choice((1, 1, 1, 2, 30, 200))):
        outer = Element(tag)
        outer.append(child)
        child = outer
    parent.append(child)


def _phrase(random: Random, kind: str) -> Element | None:
    """Elements that a test lets the reader read."""
    text = random.choice([each for each in phrases(kind) if each.startswith("<")] or [""])
    try:
        return ET.fromstring(f"<rule>{text}</rule>")
    except ET.ParseError:
        return None


def as_text(random: Random, root: Element) -> str:
    """The tree as XML; characters that it cannot have stand in it all the same."""
    text = ET.tostring(root, "unicode", short_empty_elements=random.random() < 0.5)
    head = random.choice(("", '<?xml version="1.0"?>\n', '<?xml version="1.0"?><!-- x -->\n'))
    odd = random.choice(ODD) if random.random() < 0.02 else ""
    return f"{head}{text}{odd}\n"

"""What OPNsense's models say: switches, and lists whose entries have a uuid."""

from collections.abc import Iterable, Iterator

from parsers.pf.xml import Element

_LISTS = (
    *((("filter", each), "rule") for each in ("rules", "snatrules", "onetoone", "npt")),
    (("alias", "aliases"), "alias"),
)
"""Those of the firewall: where each is, and the tag of its entries."""


def truth(element: Element, tag: str, *, default: bool = False) -> bool:
    """What PHP takes for true: a text that is neither empty nor 0."""
    child = element.child(tag)
    return child.text not in {"", "0"} if child else default


def counting(entries: Iterable[Element]) -> list[Element]:
    """The entries of a model that count: of those with one uuid the last.

    BaseModel.php, parseXml: each is put where its uuid is, in place of what was there.
    """
    found: dict[str | int, Element] = {}
    for index, entry in enumerate(entries):
        found[entry.attributes.get("uuid", index)] = entry
    return list(found.values())


def forwards(root: Element) -> list[Element]:
    """The port forwards that count: those with a number are of a model."""
    section = root.child("nat")
    rules = section.all("rule") if section else []
    kept = {id(each) for each in counting(filter(_is_of_model, rules))}
    return [each for each in rules if not _is_of_model(each) or id(each) in kept]


def _is_of_model(forward: Element) -> bool:
    return forward.has("sequence")


def replaced(root: Element) -> Iterator[Element]:
    """The entries of the model that others with their uuid replace."""
    for path, tag in _LISTS:
        section = root.find("opnsense", "firewall", *path)
        entries = section.all(tag) if section else []
        kept = {id(each) for each in counting(entries)}
        yield from (each for each in entries if id(each) not in kept)
    nat, kept = root.child("nat"), {id(each) for each in forwards(root)}
    yield from (each for each in (nat.all("rule") if nat else ()) if id(each) not in kept)

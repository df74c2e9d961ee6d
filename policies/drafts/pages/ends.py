"""Who connects to whom in a row, and what of that the page does not say."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from flowmodel.record import dataclass
from policies.drafts.pages.directions import Direction
from policies.drafts.pages.lines import Found
from policies.drafts.skeleton import ASKED, name_for
from policies.model import BUILT_IN_ENDS

UNKNOWN: Final = f"?{ASKED}"
"""Who opens connections, where nothing says who does."""
UNKNOWN_TARGET: Final = "?servers"
UNKNOWN_MACHINE: Final = "?server"
_TITLES: Final = {
    UNKNOWN: "Who connects; the page does not say",
    UNKNOWN_TARGET: "What it connects to; the page does not say",
    UNKNOWN_MACHINE: "The machine that the page is about",
}
_CUT: Final = re.compile(r"\n|(?:[;,]|\s/\s)(?![^()]*\))")
_ANY: Final = re.compile(
    r"(?:any|anywhere|everywhere|\*|0\.0\.0\.0/0|::/0|any(?: ip)?(?: address)?"
    r"|any host|any source|all sources|(?:all|any) others?)"
)
_INTERNET: Final = re.compile(r"(?:the )?(?:public )?internet|world|www")
_SELF: Final = re.compile(r"(?:it)?self|localhost|loopback|same (?:host|machine|server|node)|local")
_LONGEST: Final = 48


@dataclass(frozen=True, slots=True)
class Ends:
    """The two sides of a flow in the page's own words, and the cells of its row that say them.

    A word with `!` before it is one of the language, with `?` one for what nobody says.
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    device: tuple[str, ...] = ()
    direction: Direction = ""
    inferred: tuple[str, ...] = ()
    is_either: bool = False


def ends_of(found: Found) -> Ends:
    """The ends of a row."""
    devices = _names(found.ends.get("device", ""), "!all", "!all")
    named = devices or _names(found.machine, "!all", "!all")
    named = tuple(one for one in named if one != "!self") or (UNKNOWN_MACHINE,)
    sources = _names(found.ends.get("source", ""), "!any", "!any")
    users = _names(found.ends.get("user", ""), "!any", "!any")
    targets = _names(found.ends.get("destination", ""), "!all", "!any")
    given = {
        "from" if kind == "source" else "to" if kind == "destination" else kind
        for kind in ("source", "destination", "device")
        if kind in found.ends and kind not in found.repeated
    }
    way = found.direction
    one, other, is_both = found.pair
    if one and not found.ends:
        return _of_pair(_name(one, "!any", "!any"), _name(other, "!all", "!any"), is_both)
    if not sources and not targets:
        return _of_device(named, users, way, is_given="device" in given, is_titled=found.is_titled)
    sides = set(given) & {"from", "to"}
    if not targets:
        targets = named if way != "out" or devices else (UNKNOWN_TARGET,)
        sides |= {"to"} if devices and "device" in given else set()
    if not sources:
        sources = users or (named if way != "in" or devices else (UNKNOWN,))
        sides |= {"from"} if devices and "device" in given and not users else set()
    sources, targets = _with_self(sources, targets)
    if way == "in+out" and _can_be_either(sources, targets):
        device = tuple(dict.fromkeys((*sources, *targets)))
        is_said = sides == {"from", "to"} and _can_stand(device)
        inferred = () if is_said else ("between",)
        return Ends(sources, targets, device if is_said else (), way, inferred, is_either=True)
    return _directed(sources, targets, sides, way)


def _can_be_either(sources: tuple[str, ...], targets: tuple[str, ...]) -> bool:
    """Whether either side can open; of one side alone, each machine opens to each other one."""
    return targets != ("!self",) and set(sources) != set(targets)


def _directed(
    sources: tuple[str, ...], targets: tuple[str, ...], sides: set[str], way: Direction
) -> Ends:
    """A flow from the sources to the targets; `sides` are those that the row gives."""
    device: tuple[str, ...] = ()
    direction: Direction = ""
    own = sources if targets == ("!self",) else targets
    if "to" in sides and _can_stand(own) and not (way == "out" and "from" in sides):
        device, direction = own, "in+out" if way == "in+out" else "in"
    elif "from" in sides and _can_stand(sources):
        device, direction = sources, "in+out" if way == "in+out" else "out"
    else:
        direction = way
    inferred = {side for side in ("from", "to") if side not in sides}
    if not device:
        # The row cannot say an end that is a word of the language.
        inferred |= {"in": {"to"}, "out": {"from"}}.get(direction, {"from", "to"})
    return Ends(sources, targets, device, direction, tuple(sorted(inferred)))


def _of_pair(sources: tuple[str, ...], targets: tuple[str, ...], is_both: Direction) -> Ends:
    """A flow whose ends are those of a heading, which may mean more or less than machines."""
    sources, targets = sources or (UNKNOWN,), targets or (UNKNOWN_MACHINE,)
    sources, targets = _with_self(sources, targets)
    if is_both and _can_be_either(sources, targets):
        return Ends(sources, targets, (), "", ("between",), is_either=True)
    return _directed(sources, targets, set(), "")


def _of_device(
    named: tuple[str, ...],
    users: tuple[str, ...],
    way: Direction,
    *,
    is_given: bool,
    is_titled: bool,
) -> Ends:
    """A flow of a row that has no more than a machine and a direction.

    A title within the table is a device too, but that it is one is a guess.
    """
    is_there = (is_given or is_titled) and bool(way) and _can_stand(named)
    device = named if is_there else ()
    inferred: tuple[str, ...] = ("between",)
    if way == "in+out":
        one, other = _with_self(named, users or (UNKNOWN,))
        if _can_be_either(one, other):
            return Ends(one, other, device, way, inferred, is_either=True)
    if way == "out":
        sources, targets = _with_self(named, users or (UNKNOWN_TARGET,))
        inferred = ("to",) if device and is_given else ("from", "to")
    else:
        sources, targets = _with_self(users or (UNKNOWN,), named)
        inferred = ("from",) if device and is_given else ("from", "to")
    return Ends(sources, targets, device, way, inferred)


def _with_self(
    sources: tuple[str, ...], targets: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The sides, where `self` stands for the other side, or for each source itself."""
    others = tuple(one for one in sources if one != "!self")
    own = tuple(one for one in targets if one != "!self")
    if not others and not own:
        return (UNKNOWN_MACHINE,), ("!self",)
    if not own:
        return others, ("!self",) if _can_be_self(others) else (UNKNOWN_MACHINE,)
    if not others:
        return own, ("!self",) if _can_be_self(own) else own
    others = tuple(dict.fromkeys((*others, *own))) if "!self" in sources else others
    own = tuple(dict.fromkeys((*own, *others))) if "!self" in targets else own
    return others, own


def _can_be_self(names: tuple[str, ...]) -> bool:
    return not any(one.startswith("!") for one in names)


def _can_stand(names: tuple[str, ...]) -> bool:
    """Whether a row can have the names as its devices: built-in words but `all` are none."""
    return bool(names) and not any(one.startswith("!") and one != "!all" for one in names)


def _names(text: str, everyone: str, anyone: str) -> tuple[str, ...]:
    """The names in a cell."""
    found = (name for part in _CUT.split(text) for name in _name(part, everyone, anyone))
    return tuple(dict.fromkeys(found))


def _name(text: str, everyone: str, anyone: str) -> tuple[str, ...]:
    """The one name of a text; none where it names nobody. `all` is everyone, `any` is anyone."""
    name = " ".join(text.split()).strip(" .:†‡")
    plain = name.lower()
    if plain != "*" and not re.search(r"[^\W_]", name):
        return ()
    if plain in ("all", "everyone"):
        return (everyone,)
    if _ANY.fullmatch(plain):
        return (anyone,)
    if _INTERNET.fullmatch(plain):
        return ("!internet",)
    return ("!self",) if _SELF.fullmatch(plain) else (name.strip("*"),)


class Names:
    """The names that a policy gives to what a page names: roles, and peers for the rest."""

    def __init__(self, every: Iterable[Ends], machines: Iterable[str]) -> None:
        self._of: dict[str, str] = {}
        self.roles: dict[str, str] = {}
        self.peers: dict[str, str] = {}
        flows = list(every)
        roles = set(machines)
        for one in flows:
            roles |= {*one.targets, *one.device} if not one.is_either else {*one.sources}
            roles |= {*one.targets} if one.is_either else set()
        peers_only = {UNKNOWN, UNKNOWN_TARGET}
        texts = dict.fromkeys(text for one in flows for text in (*one.sources, *one.targets))
        # What the page names itself has its own name; what it leaves open has what is left.
        for text in sorted(texts, key=lambda one: one.startswith("?")):
            if text.startswith("!"):
                self._of[text] = text[1:]
                continue
            name, is_new = self._name(text)
            self._of[text] = name
            if is_new:
                title = _TITLES.get(text, text)
                is_role = text in roles and text not in peers_only
                (self.roles if is_role else self.peers)[name] = title
            elif text in roles and name in self.peers:
                self.roles[name] = self.peers.pop(name)
        if not self.roles:
            self.roles[self._name(UNKNOWN_MACHINE)[0]] = _TITLES[UNKNOWN_MACHINE]

    def _name(self, text: str) -> tuple[str, bool]:
        """The name of a text, and whether nothing has it yet; spellings of one name share it."""
        plain = re.sub(r"-{2,}", "-", name_for(text.strip("?"), "machine"))[:_LONGEST].strip("-_")
        known = {**self.roles, **self.peers}
        if text.startswith("?") and plain in known:
            plain = f"unknown-{plain}"
        number, name = 1, plain
        while name in BUILT_IN_ENDS or (name in known and not _is_same(known[name], text)):
            number += 1
            name = f"{plain}-{number}"
        return name, name not in known

    def of(self, texts: Sequence[str]) -> tuple[str, ...]:
        """The names of some texts."""
        return tuple(dict.fromkeys(self._of[text] for text in texts))


def _is_same(title: str, text: str) -> bool:
    return name_for(title) == name_for(_TITLES.get(text, text))

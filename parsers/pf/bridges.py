"""Where pf is asked about what crosses a bridge: if_bridge(4), PACKET FILTERING.

It is asked on the members, and not on the bridge, unless tunables say otherwise. What a bridge
takes for the device itself, or for a route, it hands on as its own, whatever the tunables.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Final

from flowmodel.record import NamedTuple
from parsers.pf.remarks import Remarks
from parsers.pf.rules import PfRule, Translation
from parsers.pf.tunables import setting, tunables
from parsers.pf.xml import Element, words_of

_MEMBERS: Final = "net.link.bridge.pfil_member"
_BRIDGE: Final = "net.link.bridge.pfil_bridge"
_UNASKED: Final = (
    f"pf asks no rule of a bridge's members about what crosses the bridge ({_MEMBERS})"
)
_TWICE: Final = f"pf asks the rules of a bridge, too, about what crosses it ({_BRIDGE})"


class Bridges(NamedTuple):
    """The bridges about whose members pf's rules do not say everything."""

    members: tuple[tuple[str, tuple[str, ...]], ...]
    """Each bridge's device, and all names of its members; none is any, as one is not known."""
    unasked: Element | None
    """The tunable by which pf is not asked on the members, if there is one."""
    twice: Element | None
    """The tunable by which pf is asked on the bridge, if there is one."""


def bridges(root: Element, names: Callable[[str], tuple[str, ...]]) -> Bridges:
    """The bridges of a config.xml; `names` tells all names of the interface with an id."""
    chosen = tunables(root)
    unasked = setting(root, _MEMBERS) if chosen.get(_MEMBERS, 1) != 1 else None
    twice = setting(root, _BRIDGE) if chosen.get(_BRIDGE, 0) != 0 else None
    section = root.child("bridges")
    found = []
    for each in section.all("bridged") if section and (unasked or twice) else ():
        members = [names(id_) for id_ in words_of(each.get("members").replace(",", " "))]
        known = dict.fromkeys(chain.from_iterable(members)) if all(members) else ()
        if members:
            found.append((each.get("bridgeif") or "the bridge", tuple(known)))
    return Bridges(tuple(found), unasked, twice)


def crossed(rules: Iterable[PfRule], found: Bridges, remarks: Remarks) -> Iterator[PfRule]:
    """The rules, behind some for what crosses a bridge: members' rules decide nothing surely."""
    for element, why in ((found.unasked, _UNASKED), (found.twice, _TWICE)):
        if element and found.members:
            remarks.say("FW902", why, element)
    for bridge, members in found.members:
        if found.twice:
            reason = f"what rules of {bridge} say of what crosses it"
            title = f"block quick on members of {bridge}: {reason}"
            yield PfRule(found.twice, title, "block", on=members, unread=(reason,))
        if found.unasked:
            reason = f"that pf is not asked on members of {bridge}"
            title = f"pass quick on members of {bridge}: pf is not asked there"
            yield PfRule(found.unasked, title, "pass", on=members, unread=(reason,))
    yield from rules


def moved(several: Iterable[Translation], found: Bridges) -> Iterator[Translation]:
    """The translations; those on members of a bridge that pf is not asked on are uncertain."""
    for each in several:
        reasons = {
            f"that pf is asked on members of {bridge}"
            for bridge, names in found.members
            if found.unasked
            and (each.not_on or not each.on or not names or not set(names).isdisjoint(each.on))
        }
        yield each._replace(unread=(*each.unread, *sorted(reasons))) if reasons else each

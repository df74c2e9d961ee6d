"""Flags, limits and the words of pfSense's rules: filter.inc, filter_generate_user_rule."""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from operator import or_

from flowmodel.fields import ACK, CWR, ECE, FIN, PSH, RST, SYN, TCP, UDP, URG
from flowmodel.values import union
from parsers.pf.pfsense.endpoints import Meant, MeantPorts
from parsers.pf.rules import Action, Direction, Flags, Protocol
from parsers.pf.xml import Element

Children = dict[str, Element]

S_SA = Flags(SYN | ACK, SYN)
_LETTERS = {"f": FIN, "s": SYN, "r": RST, "p": PSH, "a": ACK, "u": URG, "e": ECE}
_LETTERS |= {"c": CWR, "w": CWR}
TCP_UDP = Protocol(union(((TCP, TCP), (UDP, UDP))), union(((TCP, TCP), (UDP, UDP))))
_LIMITS = {
    "max": "at most {} states",
    "max-src-nodes": "at most {} sources",
    "max-src-states": "at most {} states a source",
}
_TCP_LIMITS = _LIMITS | {"max-src-conn": "at most {} connections a source"}


NOTHING = frozenset({"", "0"})
"""What PHP's `empty` takes for nothing: filter.inc asks so for most elements of a rule."""
_ASKED_BY_PRESENCE = frozenset(
    {
        *("interface", "direction", "statetype", "os", "gateway"),
        *("max-src-conn-rate", "max-src-conn-rates", *_TCP_LIMITS),
    }
)
"""Those of which it asks whether they are another text than the empty one."""


def said_by(children: Children) -> dict[str, str]:
    """What the elements of a rule say, by tag; an element that PHP takes for nothing is empty."""
    return {
        tag: "" if child.text == "0" and tag not in _ASKED_BY_PRESENCE else child.text
        for tag, child in children.items()
        if not child.children
    }


def flags(
    text: Mapping[str, str], children: Children, action: Action, *, keeps_state: bool
) -> Flags | None:
    """The TCP flags, which filter.inc writes for every rule about TCP alone, block rules too.

    Pass rules that keep state have S/SA by default (pf.conf(5), "flags").
    """
    if text.get("protocol") == "tcp":
        if "tcpflags_any" in children or are_refused(text, children):
            return None
        if (names := text.get("tcpflags2")) and (mask := _bits(names)):
            return Flags(mask, _bits(text.get("tcpflags1", "")) or 0)
        return S_SA
    return S_SA if action == "pass" and keeps_state else None


def are_refused(text: Mapping[str, str], children: Children) -> bool:
    """Whether pf refuses the flags, and all rules with them.

    They have a letter that is none, or one that is not among those looked at: "flags always false".
    """
    if text.get("protocol") != "tcp" or "tcpflags_any" in children or not text.get("tcpflags2"):
        return False
    value, mask = (_bits(text.get(tag, "")) for tag in ("tcpflags1", "tcpflags2"))
    return value is None or not mask or bool(value & ~mask)


def _bits(names: str) -> int | None:
    """The flags by their first letters, as filter.inc takes them; None if one is none of pf's."""
    letters = [name[0] for name in names.split(",") if name]
    if not all(letter.lower() in _LETTERS and letter != "C" for letter in letters):
        return None
    return reduce(or_, (_LETTERS[letter.lower()] for letter in letters), 0)


def evaluated(
    text: dict[str, str], *, is_floating: bool, has_quick: bool
) -> tuple[Direction, bool]:
    """The direction in which pf asks the rule, and whether the rule ends the search."""
    if not is_floating:
        return "in", True
    direction = text.get("direction", "")
    if text.get("floating") != "yes":
        return "in", has_quick
    return ("in" if direction == "in" else "out" if direction == "out" else "any"), has_quick


def limits(text: Mapping[str, str]) -> str:
    """The limits that pf sets on states, in words."""
    has_tcp = text.get("protocol") in {"tcp", "tcp/udp"}
    wanted = _TCP_LIMITS if has_tcp else _LIMITS
    words = [said.format(text[tag]) for tag, said in wanted.items() if text.get(tag)]
    rate, seconds = text.get("max-src-conn-rate"), text.get("max-src-conn-rates")
    if has_tcp and rate and seconds:
        words.append(f"at most {rate} connections a source in {seconds} s")
    return ", ".join(words)


def _as_written(children: Children) -> Iterator[str]:
    """Source and destination of a rule that pfSense leaves out, whatever they mean."""
    for way, tag in (("from", "source"), ("to", "destination")):
        if side := children.get(tag):
            named = "any" if side.has("any") else side.get("network") or side.get("address")
            yield f"{way} {'!' if side.has('not') and named != 'any' else ''}{named or '(nothing)'}"
            if port := side.get("port"):
                yield f"port {port}"


def title_of(
    children: Children, meant: Sequence[Meant] = (), ports: Sequence[MeantPorts] = ()
) -> str:
    """The rule in words."""

    def text(tag: str) -> str:
        return children[tag].text if tag in children else ""

    words = [text("type") or "pass"]
    if "floating" in children:
        words += [text("direction")] if text("direction") in {"in", "out"} else []
        words += ["quick"] if "quick" in children else []
    else:
        words += ["in", "quick"]
    if name := text("interface"):
        words.append(f"on {name.replace(',', ', ')}")
    if (family := text("ipprotocol")) and family != "inet":
        words.append(family)
    if name := text("protocol"):
        types = text("icmptype")
        words.append(f"proto {name}" + (f" type {types}" if types and types != "any" else ""))
    if meant and ports:
        for way, side, port in zip(("from", "to"), meant, ports, strict=True):
            words.append(f"{way} {side.title}" + (f" port {port.title}" if port.title else ""))
    else:
        words += _as_written(children)
    if schedule := text("sched"):
        words.append(f"schedule {schedule}")
    title = " ".join(words)
    if descr := text("descr"):
        title += f' "{descr}"'
    if tracker := text("tracker"):
        title += f" (tracker {tracker})"
    return title

"""Flags, limits and the words of pfSense's rules: filter.inc, filter_generate_user_rule."""

from collections.abc import Iterator, Mapping, Sequence

from flowmodel.fields import ACK, CWR, ECE, FIN, PSH, RST, SYN, TCP, UDP, URG
from flowmodel.values import union
from parsers.pf.pfsense.endpoints import Meant, MeantPorts
from parsers.pf.rules import Action, Flags, Protocol
from parsers.pf.xml import BLANKS, Element

Children = dict[str, Element]

S_SA = Flags(SYN | ACK, SYN)
_LETTERS = {"fin": FIN, "syn": SYN, "rst": RST, "psh": PSH, "ack": ACK, "urg": URG}
_LETTERS |= {"ece": ECE, "cwr": CWR}
TCP_UDP = Protocol(union(((TCP, TCP), (UDP, UDP))), union(((TCP, TCP), (UDP, UDP))))
_LIMITS = {
    "max": "at most {} states",
    "max-src-nodes": "at most {} sources",
    "max-src-states": "at most {} states a source",
}
_TCP_LIMITS = {"max-src-conn": "at most {} connections a source"}


def flags(
    text: Mapping[str, str], children: Children, action: Action, *, keeps_state: bool
) -> Flags | None:
    """The TCP flags, which filter.inc writes for every rule about TCP alone, block rules too.

    Pass rules that keep state have S/SA by default (pf.conf(5), "flags").
    """
    if text.get("protocol") == "tcp":
        if "tcpflags_any" in children:
            return None
        if mask := _bits(text.get("tcpflags2", "")):
            return Flags(mask, _bits(text.get("tcpflags1", "")) & mask)
        return S_SA
    return S_SA if action == "pass" and keeps_state else None


def _bits(names: str) -> int:
    bits = 0
    for name in names.split(",") if names else ():
        bits |= _LETTERS.get(name.strip(BLANKS).lower(), 0)
    return bits


def limits(text: Mapping[str, str]) -> str:
    """The limits that pf sets on states, in words."""
    has_tcp = text.get("protocol") in {"tcp", "tcp/udp"}
    wanted = {**_LIMITS, **(_TCP_LIMITS if has_tcp else {})}
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

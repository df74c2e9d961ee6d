"""Rules in the config.xml of pfSense and OPNsense: new ones, and the same with other conditions."""

import re
from collections.abc import Collection, Iterator
from xml.sax.saxutils import escape

from flowmodel.affected import PacketBox
from linter.fixes.boxes import NAMES

_FAMILIES = {4: "IPv4", 6: "IPv6"}
_PORT = re.compile(r"\s*<port>.*?</port>", re.DOTALL)
_DESTINATION = re.compile(r"<destination>.*?</destination>", re.DOTALL)
_BOTH = re.compile("<ipprotocol>inet46</ipprotocol>")
_PROTOCOL = re.compile(r"<protocol>.*?</protocol>")
_OWN = re.compile(
    r"\n\s*<(tracker|associated-rule-id|created|updated)>.*?</\1>|\suuid=\"[^\"]*\"", re.DOTALL
)
"""What only one rule may have."""


class Rule:
    """One rule that passes packets: its ends and its service."""

    def __init__(self, box: PacketBox, source: str, to: str, service: tuple[str, str]) -> None:
        self.family = box.family
        self.source, self.to = source, to
        self.protocol, self.detail = service

    def xml(self, interface: str, comment: str) -> Iterator[str]:
        """The element, line by line."""
        is_icmp_type = self.protocol == "icmp"
        yield "<rule>"
        yield "\t<type>pass</type>"
        yield f"\t<interface>{escape(interface)}</interface>"
        yield f"\t<ipprotocol>{'inet' if self.family == 4 else 'inet6'}</ipprotocol>"
        if self.protocol:
            yield f"\t<protocol>{self.protocol}</protocol>"
        if is_icmp_type and self.detail:
            yield f"\t<icmptype>{self.detail}</icmptype>"
        port = "" if is_icmp_type else self.detail
        for tag, address, its_port in (
            ("source", self.source, ""),
            ("destination", self.to, port),
        ):
            yield f"\t<{tag}>"
            yield f"\t\t<address>{address}</address>" if address else "\t\t<any></any>"
            if its_port:
                yield f"\t\t<port>{its_port}</port>"
            yield f"\t</{tag}>"
        yield f"\t<descr>{escape(comment)}</descr>"
        yield "</rule>"

    def settings(self) -> Iterator[tuple[str, str]]:
        """What to choose on the page, each with what it is about: `src`, `service`, `family`."""
        yield "family", f"Address Family {_FAMILIES[self.family]}"
        yield "service", f"Protocol {self.protocol.upper() or 'Any'}"
        yield "src", f"Source {self.source or 'Any'}"
        yield "dst", f"Destination {self.to or 'Any'}"
        if self.protocol == "icmp":
            yield "service", f"ICMP Type {self.detail or 'Any'}"
        elif self.protocol in NAMES.values():
            yield "service", f"Destination Port {self.detail or 'Any'}"

    def words(self, comment: str) -> str:
        """What to choose on the page for a new rule."""
        told = ["Action Pass", *(words for _, words in self.settings())]
        return ", ".join([*told, f"Description {comment}"] if comment else told)

    def changes(self, text: str, fields: Collection[str]) -> str:
        """What to choose on the page for what `narrower` makes of an element."""
        about = {*fields, "family"} if _BOTH.search(text) else fields
        return ", ".join(words for name, words in self.settings() if name in about)


def narrower(text: str, fields: Collection[str], rule: Rule) -> str:
    """The element with the conditions of another rule in these fields: src, dst and service."""
    indent = _indent(text)
    family = "inet" if rule.family == 4 else "inet6"
    text = _BOTH.sub(f"<ipprotocol>{family}</ipprotocol>", text)
    port = rule.detail if "service" in fields and rule.protocol != "icmp" else ""
    if "service" in fields:
        kind = rule.detail if rule.protocol == "icmp" else ""
        text = re.sub(r"\n\s*<icmptype>.*?</icmptype>", "", text, flags=re.DOTALL)
        told = f"<protocol>{rule.protocol}</protocol>" if rule.protocol else ""
        told += f"\n{indent}<icmptype>{kind}</icmptype>" if kind else ""
        if _PROTOCOL.search(text):
            text = _PROTOCOL.sub(told, text, count=1)
        elif told:
            text = text.replace("<source", f"{told}\n{indent}<source", 1)
        text = _DESTINATION.sub(lambda end: _PORT.sub("", end[0]), text, count=1)
    if "src" in fields:
        text = _with_end(text, "source", rule.source, "")
    if "dst" in fields or port:
        text = _with_end(text, "destination", rule.to if "dst" in fields else "", port)
    return text


def copied(text: str) -> str:
    """The element once more: without what tells it from others."""
    return _OWN.sub("", text)


def _indent(text: str) -> str:
    found = re.search(r"\n(\s*)<", text)
    return found[1] if found else ""


def _with_end(text: str, tag: str, address: str, port: str) -> str:
    """The element with another address or port at one of its ends; what is empty stays."""
    found = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
    if found is None:
        return text
    indent = _indent(text)
    inner = f"\n{indent}{_step(indent)}"
    own = _PORT.search(found[1])
    its_port = f"{inner}<port>{port}</port>" if port else own[0] if own else ""
    its_address = _PORT.sub("", found[1]).rstrip()
    if address:
        its_address = f"{inner}<address>{address}</address>"
    new = f"<{tag}>{its_address}{its_port}\n{indent}</{tag}>"
    return text[: found.start()] + new + text[found.end() :]


def _step(indent: str) -> str:
    """By how much what an element has stands further in than the element."""
    return "\t" if "\t" in indent else "  "

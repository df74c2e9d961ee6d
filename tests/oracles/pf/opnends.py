"""OPNsense's aliases, and rules with their ends in pf.conf's words.

The source is Rule.php (reader, convertAddress) and FilterRule.php (parseFilterRules).
"""

import re
from collections.abc import Iterator
from ipaddress import ip_network
from xml.etree.ElementTree import Element

from tests.oracles.pf.device import Device
from tests.oracles.pf.names import Names, is_address, is_port
from tests.oracles.pf.tree import has, text

_WITH_PORTS = frozenset({"tcp", "udp", "tcp/udp"})
_LETTERS = {"cwr": "W"}


class OpnNames(Names):
    """The aliases of the model: what has a name in it, or a URL, is filled from outside too."""

    def __init__(self, root: Element) -> None:
        found = root.findall("OPNsense/Firewall/Alias/aliases/alias")
        self.aliases = {text(each, "name"): each for each in found}

    def words(self, name: str) -> tuple[str, ...]:
        """The static entries, and `?alias NAME` for what programs add."""
        found: dict[str, None] = {}
        self._words(name, found, set())
        return tuple(found)

    def _words(self, name: str, found: dict[str, None], seen: set[str]) -> None:
        seen.add(name)
        if self.kind(name) == "urltable":
            found[f"?alias {name}"] = None
            return
        for word in text(self.aliases[name], "content").split():
            if word in self.aliases:
                if word not in seen:
                    self._words(word, found, seen)
            elif is_address(word) or is_port(word):
                found[word] = None
            else:
                found[f"?alias {name}"] = None


class OpnEnds:
    """Writes rules for one firewall."""

    def __init__(self, device: Device, names: OpnNames) -> None:
        self.device = device
        self.names = names

    def tables(self) -> dict[str, tuple[str, ...]]:
        """All tables, and what stands in parentheses."""
        device = self.device
        found = {
            name: self.names.words(name)
            for name in self.names.aliases
            if self.names.kind(name) != "port"
        }
        found |= {"bogons": ("?bogons",), "bogonsv6": ("?bogonsv6",)}
        found["(self)"] = tuple(device.itself())
        for name in device.interfaces:
            on = device.device(name)
            found[f"({on})"] = tuple(device.addresses(name))
            found[f"({on}:network)"] = self._network(name)
        for name, members in device.groups.items():
            nets = (net for member in members for net in self._network(member))
            found[f"({name}:network)"] = tuple(nets)
        return found

    def apart(self) -> dict[str, tuple[str, ...]]:
        """The static networks of other interfaces: a dynamic address is taken to be in none."""
        device = self.device
        inside = {
            name: tuple(each for each in self._network(name) if each[0] != "?")
            for name in device.interfaces
        }
        found = {"(self)": tuple(net for nets in inside.values() for net in nets)}
        for name in (*device.interfaces, *device.groups):
            own = device.groups.get(name, [name])
            others = [net for each, nets in inside.items() if each not in own for net in nets]
            found[f"({device.on(name)})"] = found[f"({device.on(name)}:network)"] = tuple(others)
        return found

    def _network(self, name: str) -> tuple[str, ...]:
        """pf's `em0:network`: the networks of all addresses that the interface has."""
        device = self.device
        own = [device.network(name, 4), device.network(name, 6)]
        own += [vip.network for vip in device.vips(name) if vip.is_own]
        return tuple(each for each in own if each)

    def address(self, end: Element | None) -> str:
        """The address of one end, `any` where there is no such end, or empty for none."""
        if end is None or has(end, "any") or not (text(end, "network") or text(end, "address")):
            return "any"
        name, negation = text(end, "network"), "! " if has(end, "not") else ""
        found = self._named(name) if name else self.literal(text(end, "address"))
        if found == "any":
            return found
        return negation + found if found else ""

    def _named(self, name: str) -> str:
        if name == "(self)":
            return name
        match = re.fullmatch(r"(wan|lan|opt[0-9]+)ip", name)
        if match:
            return f"({self.device.on(match[1])})" if self.device.on(match[1]) else ""
        on = self.device.on(name)
        if on:
            return f"({on}:network)"
        return "any" if name == "any" else self.literal(name)

    def literal(self, word: str) -> str:
        """What a rule has for an address or an alias; empty for anything else."""
        if word in self.names.aliases:
            return f"<{word}>"
        return word if is_address(word) else ""

    def port(self, given: str) -> str | None:
        """` port …`; None where no port can be made of it."""
        word = given.replace("-", ":")
        if not word or word == "any":
            return ""
        if is_port(word):
            return f" port {word}"
        words = self.names.words(given) if given in self.names.aliases else ()
        return f" port {{ {' '.join(words)} }}" if words else None

    def rule(self, rule: Element) -> Iterator[str]:
        """The lines of one rule: one for each of its interfaces and families."""
        if text(rule, "disabled") not in ("", "0"):
            return
        protocol = text(rule, "protocol")
        ends = []
        for name in ("source", "destination"):
            found = self.address(rule.find(name))
            port: str | None = ""
            if protocol in _WITH_PORTS:
                port = self.port(text(rule, f"{name}/port"))
            if not found or port is None:
                return
            ends.append(found + port)
        given = text(rule, "ipprotocol")
        for name in text(rule, "interface").split(",") or [""]:
            on = self.device.on(name) if name else ""
            if name and not on:
                continue
            for family in ("inet", "inet6") if given == "inet46" else (given,):
                if text(rule, "gateway") and family == "inet6":
                    # The gateways here are IPv4: `Gateway protocol mismatch` (FilterRule.php).
                    continue
                words = [_action(rule), f"on {on}" if on else "", family]
                words += [_protocol(protocol, family), f"from {ends[0]} to {ends[1]}"]
                words += [_icmp(rule, family), _flags(rule), _tags(rule), _states(rule)]
                yield " ".join(filter(None, words))


def _action(rule: Element) -> str:
    kind = text(rule, "type") or "pass"
    direction = text(rule, "direction") or "in"
    words = ["block return" if kind == "reject" else kind]
    words.append("" if direction == "any" else direction)
    is_quick = not has(rule, "floating")
    if has(rule, "quick"):
        is_quick = text(rule, "quick") not in ("", "0")
    return " ".join(filter(None, [*words, "quick" if is_quick else ""]))


def _protocol(protocol: str, family: str) -> str:
    if not protocol:
        return ""
    if protocol == "icmp" and family == "inet6":
        return "proto ipv6-icmp"
    return "proto { tcp udp }" if protocol == "tcp/udp" else f"proto {protocol}"


def _icmp(rule: Element, family: str) -> str:
    given = text(rule, "icmptype").replace("skip", "39").replace(",", " ")
    if text(rule, "protocol") != "icmp" or not given or not family:
        return ""
    return f"{'icmp6-type' if family == 'inet6' else 'icmp-type'} {{ {given} }}"


def _flags(rule: Element) -> str:
    if text(rule, "protocol") != "tcp":
        return ""
    if has(rule, "tcpflags_any"):
        return "flags any"
    if not text(rule, "tcpflags2"):
        return ""
    wanted, mask = (
        "".join(_LETTERS.get(word, word[0].upper()) for word in text(rule, name).split(",") if word)
        for name in ("tcpflags1", "tcpflags2")
    )
    return f"flags {wanted}/{mask}"


def _tags(rule: Element) -> str:
    words = [f'{name} "{text(rule, name)}"' for name in ("tag", "tagged") if text(rule, name)]
    return " ".join(words)


def _states(rule: Element) -> str:
    given = text(rule, "statetype")
    if not given or text(rule, "type") not in ("pass", ""):
        return ""
    if given == "none":
        return "no state"
    kind = given.split()[0]
    limits = [
        f"{name} {text(rule, name)}"
        for name in ("max", "max-src-nodes", "max-src-states")
        if text(rule, name)
    ]
    state = f"{'keep' if kind == 'sloppy' else kind} state"
    return f"{state} ({' '.join(limits)})" if limits else state


def host(address: str) -> str:
    """The address without its prefix's length."""
    return str(ip_network(address, strict=False)[0]) if address[0] != "?" else address

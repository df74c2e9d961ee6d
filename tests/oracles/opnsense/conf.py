"""From an OPNsense config.xml to the rules that it loads: an own reading of its PHP.

Names in the docstrings are those of src/opnsense/mvc/app/library/OPNsense/Firewall and
src/etc/inc/filter.lib.inc (26.7). Every rule becomes lines as `Rule::reader` makes them: one for
each source, destination, interface and family.
"""

import re
from collections.abc import Iterator
from itertools import product
from typing import Any
from xml.etree.ElementTree import Element

from tests.oracles.opnsense.order import place
from tests.oracles.opnsense.tables import Tables
from tests.oracles.pf.evaluate import Pf
from tests.oracles.pf.lines import Line, PfConf
from tests.oracles.pf.tree import has, text

Rule = dict[str, Any]
_SERVICES = {"http": "80", "https": "443", "ssh": "22", "domain": "53"}


def oracle(root: Element) -> Pf:
    """The rules, ready for questions."""
    return Pf(pf_conf(root))


def pf_conf(root: Element) -> PfConf:
    """All tables and rules for the config."""
    return Writer(root).written()


def truth(value: str) -> bool:
    """PHP's `!empty`."""
    return value not in ("", "0")


class Writer:
    """Writes the rules of one config."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.tables = Tables(root)
        self.mapping = {**self.tables.devices, **{name: name for name in self.tables.groups}}
        self.names: dict[str, str] = {"any": "any", "(self)": "(self)"}
        for name, device in self.mapping.items():
            self.names[name] = f"({device}:network)"
            if re.fullmatch("wan|lan|opt[0-9]+", name):
                self.names[f"{name}ip"] = f"({device})"
        for name, alias in self.tables.aliases.items():
            if text(alias, "type") != "port":
                self.names[name] = f"<{name}>"

    def written(self) -> PfConf:
        """Tables, translations and rules in pf's order."""
        lines = [Line("pass quick on { lo0 pfsync0 }")]
        for _, rule in sorted(self.filters(), key=lambda each: each[0]):
            lines += self.filter_lines(rule)
        groups = {
            name: frozenset(self.tables.devices[each] for each in members if each in self.mapping)
            for name, members in self.tables.groups.items()
        }
        translations = [Line("no nat proto carp from any to any")]
        translations += [Line("no rdr proto carp from any to any")]
        translations += [line for rule in self.nat_rules() for line in rule]
        tables = {name.strip("<>"): words for name, words in self.tables.all.items()}
        return PfConf(
            is_enabled=not has(self.root, "system/disablefilter"),
            tables=tables,
            groups=groups,
            translations=tuple(translations),
            filters=tuple(lines),
        )

    def filters(self) -> Iterator[tuple[int, Rule]]:
        """The rules with their priorities."""
        yield from self.system()
        for rule in self.root.findall("nat/rule"):
            if text(rule, "pass") == "rule" and not truth(text(rule, "disabled")):
                yield 500000, self.associated(rule)
        model = self.root.findall("OPNsense/Firewall/Filter/rules/rule")
        for rule in sorted(model, key=place):
            names = [each for each in text(rule, "interface").split(",") if each]
            priority = 200000
            if len(names) == 1:
                priority = (
                    300000 + self.sequence(names[0]) if names[0] in self.tables.groups else 400000
                )
            yield priority, self.of_model(rule)
        for rule in self.root.findall("filter/rule"):
            name = text(rule, "interface")
            priority = 300000 + self.sequence(name) if name in self.tables.groups else 400000
            if has(rule, "floating"):
                priority = 200000
            yield priority, self.of_legacy(rule)

    def sequence(self, group: str) -> int:
        """The number of a group."""
        for entry in self.root.findall("ifgroups/ifgroupentry"):
            if text(entry, "ifname") == group:
                return int(text(entry, "sequence") or "0")
        return 0

    def of_model(self, rule: Element) -> Rule:
        """FilterRuleContainerField::serialize."""
        found: Rule = {child.tag: (child.text or "").strip() for child in rule}
        protocol = found.get("protocol", "any").lower()
        found |= {
            "protocol": "" if protocol == "any" else protocol,
            "from": text(rule, "source_net"),
            "from_not": truth(text(rule, "source_not")),
            "from_port": text(rule, "source_port"),
            "to": text(rule, "destination_net"),
            "to_not": truth(text(rule, "destination_not")),
            "to_port": text(rule, "destination_port"),
            # A model fills in its defaults (Filter.xml).
            "ipprotocol": found.get("ipprotocol", "inet"),
            "disabled": has(rule, "enabled") and not truth(text(rule, "enabled")),
            "type": text(rule, "action"),
            "quick": not has(rule, "quick") or truth(text(rule, "quick")),
            "interfacenot": truth(text(rule, "interfacenot")),
        }
        return found

    def of_legacy(self, rule: Element) -> Rule:
        """legacyMoveAddressFields."""
        found: Rule = {child.tag: (child.text or "").strip() for child in rule}
        protocol = found.get("protocol", "").lower()
        for tag, side in (("from", "source"), ("to", "destination")):
            found |= self.side(rule, tag, side, protocol)
        found |= {
            "disabled": truth(text(rule, "disabled")),
            "quick": truth(found["quick"]) if "quick" in found else "floating" not in found,
            "interfacenot": truth(text(rule, "interfacenot")),
            "protocol": protocol,
            "statetype": found.get("statetype", "").split(" ")[0],
        }
        return found

    def side(self, rule: Element, tag: str, side: str, protocol: str) -> Rule:
        """What `<source>` or `<destination>` become."""
        name = text(rule, f"{side}/network") or text(rule, f"{side}/address") or "any"
        port = text(rule, f"{side}/port")
        is_not = truth(text(rule, f"{side}/not"))
        found: Rule = {tag: name, f"{tag}_not": is_not, f"{tag}_port": ""}
        if protocol in ("tcp", "udp", "tcp/udp"):
            found[f"{tag}_port"] = port
        return found

    def associated(self, rule: Element) -> Rule:
        """The auto-generated rule of a port forward."""
        found = self.of_legacy(rule)
        found |= {"type": "pass", "quick": True, "to": text(rule, "target"), "to_not": False}
        found["direction"] = "in"
        local, port = text(rule, "local-port"), text(rule, "destination/port")
        parts = port.split("-")
        if port and local.isdigit():
            found["to_port"] = local
            if len(parts) == 2:
                end = min(int(parts[1]) - int(parts[0]) + int(local), 65535)
                found["to_port"] = f"{local}-{end}"
        elif local:
            found["to_port"] = local
        return found

    def filter_lines(self, rule: Rule) -> Iterator[Line]:
        """FilterRule::parseFilterRules and ruleToText."""
        if rule.get("disabled"):
            return
        for made in self.reader(rule):
            words = ["block return" if rule.get("type") == "reject" else rule.get("type") or "pass"]
            direction = rule.get("direction") or "in"
            words += [direction] if direction != "any" else []
            words += ["quick"] if rule["quick"] else []
            if made["interface"]:
                words += ["on", "!" if rule.get("interfacenot") else "", made["interface"]]
            words.append(made["ipprotocol"])
            protocol = rule.get("protocol", "")
            if protocol == "icmp" and made["ipprotocol"] == "inet6":
                protocol = "ipv6-icmp"
            if protocol:
                words += ["proto", "{ tcp udp }" if protocol == "tcp/udp" else protocol]
            words += ["from", made["from"], made["from_port"], "to", made["to"], made["to_port"]]
            words += self.types(rule, made["ipprotocol"])
            words += self.flags(rule)
            words += ["tag", rule["tag"]] if rule.get("tag") else []
            words += ["tagged", rule["tagged"]] if rule.get("tagged") else []
            words += self.state(rule)
            yield Line(" ".join(word for word in words if word), self.holds(rule))

    def holds(self, rule: Rule) -> str:
        """What else must hold, of which only the device knows."""
        there = {text(each, "name") for each in self.root.findall("schedules/schedule")}
        also = [rule["sched"]] if rule.get("sched") in there else []
        also += [f"{tag} {rule[tag]}" for tag in ("os", "prio", "tos") if rule.get(tag)]
        if rule.get("received-on"):
            sign = "not " if truth(rule.get("received-on-not", "")) else ""
            also.append(f"{sign}received on {rule['received-on']}")
        return "|".join(also)

    def types(self, rule: Rule, family: str) -> list[str]:
        """ICMP types."""
        if rule.get("protocol") not in ("icmp", "ipv6-icmp"):
            return []
        if family == "inet" and rule.get("icmptype"):
            return ["icmp-type", "{", *rule["icmptype"].split(","), "}"]
        types = rule.get("icmp6type") or rule.get("icmp6-type")
        if family == "inet6" and types:
            return ["icmp6-type", "{", *types.split(","), "}"]
        return []

    def flags(self, rule: Rule) -> list[str]:
        """TCP flags."""
        if rule.get("protocol") != "tcp":
            return []
        if truth(rule.get("tcpflags_any", "")):
            return ["flags", "any"]
        if not rule.get("tcpflags2"):
            return []
        letters = [
            "".join("W" if each[0] == "c" else each[0].upper() for each in names.split(",") if each)
            for names in (rule.get("tcpflags1", ""), rule["tcpflags2"])
        ]
        return ["flags", "/".join(letters)]

    def state(self, rule: Rule) -> list[str]:
        """The state and its limits."""
        kind = rule.get("statetype", "")
        if not kind or rule.get("type", "pass") not in ("", "pass"):
            return []
        if kind == "none":
            return ["no", "state"]
        tags = ("max", "max-src-nodes", "max-src-conn", "max-src-states", "divert-to")
        limits = [tag for tag in tags if truth(rule.get(tag, ""))]
        for count, seconds in (
            ("max-src-conn-rate", "max-src-conn-rates"),
            ("max-pkt-rate-number", "max-pkt-rate-seconds"),
        ):
            limits += [count] if rule.get(count) and rule.get(seconds) else []
        return ["keep", "state", *(["(", *limits, ")"] if limits else [])]

    def reader(self, rule: Rule) -> Iterator[Rule]:
        """Rule::reader and Rule::mapAddressInfo."""
        interfaces = (rule.get("interface") or "").split(",")
        families = {"inet46": ["inet", "inet6"], "": [""]}.get(
            rule.get("ipprotocol", ""), [rule.get("ipprotocol", "")]
        )
        froms, tos = (rule.get(tag) or "" for tag in ("from", "to"))
        for one, two, interface, family in product(
            froms.split(","), tos.split(","), interfaces, families
        ):
            made: Rule = {"ipprotocol": family, "interface": self.mapping.get(interface, "")}
            if interface and interface not in self.mapping:
                continue
            ends = [self.address(rule, "from", one, family), self.address(rule, "to", two, family)]
            ports = [self.port(rule.get(f"{tag}_port", "")) for tag in ("from", "to")]
            if None in ends or None in ports:
                continue
            for first, second in product(ends[0] or [], ends[1] or []):
                yield {
                    **made,
                    "from": first,
                    "to": second,
                    "from_port": ports[0],
                    "to_port": ports[1],
                }

    def address(self, rule: Rule, tag: str, name: str, family: str) -> list[str] | None:
        """The addresses of one name: a list where pf makes a rule for each member."""
        if name in ("", "any"):
            return ["any"]
        sign = "! " if rule.get(f"{tag}_not") else ""
        if name.startswith(("<", "(")):
            return [sign + name]
        if name in self.names:
            found = [sign + self.names[name]]
            if family == "inet6" and name in self.mapping and rule.get("of_filter", True):
                found.append("fe80::/10")
            return found
        if re.fullmatch(r"[0-9.]+(/[0-9]+)?|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(/[0-9]+)?", name):
            return [sign + name]
        return None

    def port(self, name: str) -> str | None:
        """`port …`, or None for what is no port."""
        word = name.replace("-", ":")
        if word in ("", "any"):
            return ""
        word = re.sub(":any$", ":65535", re.sub("^any:", "1:", word))
        parts = [_SERVICES.get(part, part) for part in word.split(":")]
        if all(part.isdigit() for part in parts) and len(parts) < 3:
            return f"port {':'.join(parts)}"
        if name not in self.tables.aliases:
            return None
        ports = [each.replace("-", ":") for each in self.tables.ports(name)]
        if not ports and not text(self.tables.aliases[name], "content"):
            return None
        # A macro without ports is `0 <> 65535`, which nothing matches.
        return f"port {{ {' '.join(ports)} }}" if ports else "port { 1:0 }"

    def system(self) -> Iterator[tuple[int, Rule]]:
        """filter_core_rules_system, as far as nothing but the running system decides."""
        has_ipv6 = not truth(text(self.root, "OPNsense/Interfaces/settings/disableipv6"))
        if not has_ipv6:
            yield 1, {"type": "block", "ipprotocol": "inet6", "quick": True}
        yield 1, {"type": "block", "ipprotocol": "inet46", "quick": False}
        needed = [("in", "1,2,3,4,135,136", "", "")]
        needed += [("out", "128,129,133,134,135,136", "(self)", "fe80::/10,ff02::/16")]
        for source, there in (
            ("fe80::/10", "fe80::/10,ff02::/16"),
            ("ff02::/16", "fe80::/10"),
            ("::", "ff02::/16"),
        ):
            needed.append(("in", "128,133,134,135,136", source, there))
        for direction, types, source, there in needed if has_ipv6 else ():
            yield 1, {
                "direction": direction, "ipprotocol": "inet6", "protocol": "ipv6-icmp",
                "icmp6type": types, "from": source, "to": there, "quick": True,
            }  # fmt: skip
        for tag in ("from_port", "to_port"):
            yield 1, {"type": "block", "protocol": "tcp/udp", tag: "0", "quick": True}
        if any(text(vip, "mode") == "carp" for vip in self.root.findall("virtualip/vip")):
            for to in ("ff02::12", "224.0.0.18"):
                yield 1, {"direction": "any", "protocol": "carp", "to": to, "quick": True}
        for name in self.tables.devices:
            yield from self.bogus(name, has_ipv6=has_ipv6)
        yield 5, {"direction": "out", "quick": False}
        if not has(self.root, "system/webgui/noantilockout") and "lan" in self.tables.devices:
            for port in ("443", "80"):
                yield 5, {"interface": "lan", "protocol": "tcp", "to": "(self)", "to_port": port,
                          "quick": True}  # fmt: skip

    def bogus(self, name: str, *, has_ipv6: bool) -> Iterator[tuple[int, Rule]]:
        """Bogons and private networks."""
        element = self.root.find(f"interfaces/{name}")
        usual = {"type": "block", "interface": name, "quick": True}
        if truth(text(element, "blockbogons")):
            yield 5, {**usual, "ipprotocol": "inet", "from": "<bogons>"}
            if has_ipv6:
                yield 5, {**usual, "ipprotocol": "inet6", "from": "<bogonsv6>"}
        if truth(text(element, "blockpriv")):
            private = "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,169.254.0.0/16"
            yield 5, {**usual, "ipprotocol": "inet", "from": private}
            if has_ipv6:
                yield 5, {**usual, "ipprotocol": "inet6", "from": "fd00::/8,fe80::/10"}

    def nat_rules(self) -> Iterator[list[Line]]:
        """Translations in the order of their priorities."""
        from tests.oracles.opnsense.natconf import nat_lines

        yield from nat_lines(self)

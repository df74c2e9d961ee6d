"""pfSense's own rules: filter.inc, filter_generate_user_rule and filter_rules_generate."""

from collections.abc import Iterator

from flowmodel.fields import Family
from parsers.pf.coverage import RULE_IGNORED, RULE_READ
from parsers.pf.pfsense.device import LINK_LOCAL, Device
from parsers.pf.pfsense.endpoints import Endpoints, Meant, MeantPorts
from parsers.pf.pfsense.options import (
    NOTHING,
    Children,
    are_refused,
    evaluated,
    flags,
    limits,
    said_by,
    title_of,
)
from parsers.pf.pfsense.protocols import is_type, protocol_of
from parsers.pf.remarks import Check
from parsers.pf.rules import (
    ANY_PORT,
    ANY_PROTOCOL,
    BOTH,
    Action,
    PfRule,
    Protocol,
)
from parsers.pf.strange import SIDE, Known, Strange, doubled, strange
from parsers.pf.values import protocol
from parsers.pf.xml import Element

_FAMILIES: dict[str, frozenset[Family]] = {"inet6": frozenset({6}), "inet46": BOTH}
_V4: frozenset[Family] = frozenset({4})
_PORTS = {"tcp", "udp", "tcp/udp"}
_NO_PORTS = MeantPorts("", ANY_PORT)
_FLOATING, _GROUPS, _INTERFACES = range(3)
_VIRTUAL = frozenset({"l2tp", "pptp", "pppoe", "enc0", "openvpn", "wireguard"})
_BY_GROUP = 22.9
"""The version of the configuration (CE 2.7) from which group rules come in the groups' order."""
_MATCHES_ON = (22.9, 23.4)
"""The versions of CE 2.7, whose FreeBSD 14 has no end at a match rule."""
_MATCH_ENDS = "whether quick ends the search at a match rule"
_STATES = frozenset({"", "none", "keep state", "sloppy state", "modulate state", "synproxy state"})
_KNOWN = Known(RULE_READ | RULE_IGNORED.keys(), words={"statetype": _STATES})

Said = list[tuple[Check, str, Element | None]]
"""What is to be remarked about a rule, and about which part of it."""


class Left(Exception):  # noqa: N818 (it is no error of the file)
    """pfSense leaves the rule out."""

    def __init__(self, why: str, field: Element | None) -> None:
        super().__init__(why)
        self.why = why
        self.field = field


def user_rules(device: Device, endpoints: Endpoints) -> Iterator[PfRule]:
    """The rules of the web interface in the order in which pf gets them.

    Floating rules, then those of groups and tunnels, then those of interfaces.
    """
    several: tuple[list[tuple[str, PfRule]], ...] = ([], [], [])
    reader = _Reader(device, endpoints)
    for element in device.section("filter", "rule"):
        children = element.by_tag()
        if "separator" in children:
            continue
        made = reader.read(element, children)
        if not made:
            continue
        name = children["interface"].text if "interface" in children else ""
        if "floating" in children:
            kind = _FLOATING
        elif name in _VIRTUAL or ((port := device.ports.get(name)) and port.is_virtual):
            kind = _GROUPS
        else:
            kind = _INTERFACES
        several[kind].extend((name, rule) for rule in made)
    for part in (several[_FLOATING], _of_groups(device, several[_GROUPS]), several[_INTERFACES]):
        yield from (rule for _, rule in part)


def _of_groups(device: Device, rules: list[tuple[str, PfRule]]) -> list[tuple[str, PfRule]]:
    """The rules of groups: from CE 2.7 on in the groups' order, before in that of the file."""
    is_by_group = device.is_since(_BY_GROUP)
    order = [each.get("ifname") for each in device.section("ifgroups", "ifgroupentry")]
    places = {name: place for place, name in enumerate(order)}
    found = sorted(rules, key=lambda each: places.get(each[0], len(places)))
    if is_by_group or found == rules:
        return found
    if is_by_group is False:
        return rules
    # Any of them may be the first that matches; each has an answer of its own.
    reason = "pfSense's version, which decides about the place of the rule in line {}"
    return [
        (name, rule._replace(unread=(*rule.unread, reason.format(rule.element.place.line))))
        for name, rule in found
    ]


class _Reader:
    """Reads `<rule>` elements."""

    def __init__(self, device: Device, endpoints: Endpoints) -> None:
        self.device = device
        self.endpoints = endpoints
        self.schedules = {each.get("name") for each in device.section("schedules", "schedule")}
        groups = device.section("gateways", "gateway_group")
        self.gateways = {*device.gateways(), *(each.get("name") for each in groups)}
        self._protocols: dict[tuple[str, str], Protocol] = {}
        self.limits = device.system.has("skip_rules_gw_down")

    def read(self, element: Element, children: Children) -> tuple[PfRule, ...]:
        """The rule as pf gets it; none where pfSense leaves it out, which is remarked."""
        is_disabled = "disabled" in children
        odd = strange(element, _KNOWN, children)
        # What stands there twice is strange, and most rules have nothing that is.
        if odd and doubled(element) & (RULE_READ | SIDE):
            return self._anything(element, children, odd)
        said: Said = []
        try:
            rule = self._rule(element, children, odd, said)
        except Left as left:
            if not is_disabled:
                message = f"pfSense leaves the rule out: {left.why}"
                title = title_of(children)
                self.device.remarks.say("FW307", message, element, title, left.field)
            return self._perhaps(element, children, odd)
        if not is_disabled:
            for check, message, field in said:
                self.device.remarks.say(check, message, element, rule.title, field)
        return self._matching(rule) if rule.action == "match" and rule.quick else (rule,)

    def _perhaps(
        self, element: Element, children: Children, odd: list[Strange]
    ) -> tuple[PfRule, ...]:
        """What a rule may be that is left out, but of which something is not understood."""
        unread = tuple(self._strange(odd, children))
        if not unread:
            return ()
        kind = children["type"].text if "type" in children else ""
        action: Action = kind if kind in {"block", "reject"} else "pass"  # type: ignore[assignment]
        is_quick = "floating" not in children or "quick" in children
        rule = PfRule(element, title_of(children), action, "any", is_quick, unread=unread)
        return (rule._replace(is_disabled="disabled" in children),)

    def _anything(
        self, element: Element, children: Children, odd: list[Strange]
    ) -> tuple[PfRule, ...]:
        """What a rule may be of which it is not known what it says: one that passes or blocks."""
        unread = tuple(self._strange(odd, children))
        passes = f"whether the rule in line {element.place.line} passes"
        blocks = PfRule(element, title_of(children), "block", unread=unread)
        blocks = blocks._replace(is_disabled="disabled" in children)
        return blocks._replace(action="pass", unread=(*unread, passes)), blocks

    def _strange(self, odd: list[Strange], children: Children) -> Iterator[str]:
        for each in odd:
            if "disabled" not in children:
                more = ": the rule may mean less" if each.message.endswith("understood") else ""
                title = title_of(children)
                self.device.remarks.say("FW901", each.message + more, each.element, title)
            yield each.reason

    def _matching(self, rule: PfRule) -> tuple[PfRule, ...]:
        """A `match quick` rule, by what its pf makes of `quick`.

        pf.c, pf_test_rule: FreeBSD 14 (CE 2.7) asks the last rule with a verdict whether it is
        quick, and a match rule has none; FreeBSD's main asks the rule that matches, whatever it is.
        """
        plain = rule._replace(quick=False)
        version = self.device.version
        if version is not None and _MATCHES_ON[0] <= version < _MATCHES_ON[1]:
            return (plain,)
        if not rule.is_disabled:
            why = "whether `quick` ends at a match rule depends on the version"
            self.device.remarks.say("FW902", why, rule.element, rule.title)
        return rule._replace(unread=(*rule.unread, _MATCH_ENDS)), plain

    def _rule(self, element: Element, children: Children, odd: list[Strange], said: Said) -> PfRule:
        text = said_by(children)
        text["protocol"] = text.get("protocol", "").lower()
        kind = text.get("type", "")
        action: Action = kind if kind in {"block", "reject", "match"} else "pass"  # type: ignore[assignment]
        is_floating = "floating" in children
        on, unread = self._on(text, children, said, is_floating=is_floating)
        source, destination = children.get("source"), children.get("destination")
        written_ports = [side.get("port") if side else "" for side in (source, destination)]
        # In filter.inc's order: what is wrong first is what its log says.
        meant = [self.endpoints.read(side) for side in (source, destination)]
        families = self._families(text, children, meant)
        ports = [
            self._ports(port, side, text, said, unread)
            for port, side in zip(written_ports, (source, destination), strict=True)
        ]
        found = self._protocol(text, families, has_ports=any(written_ports))
        direction, quick = evaluated(text, is_floating=is_floating, has_quick="quick" in children)
        keeps_state = text.get("statetype") != "none"
        unread += self._conditions(odd, text, children, action, families, said)
        _say_dynamic(meant, (source, destination), ports, families, said)
        tagged = text.get("tagged", "")
        if tagged and "nottagged" in children:
            tagged = f"!{tagged}"
        return PfRule(
            element,
            title_of(children, meant, ports),
            action,
            direction,
            quick,
            on,
            families=families,
            protocol=found,
            source=meant[0].endpoint,
            source_ports=ports[0].ports,
            destination=meant[1].endpoint,
            destination_ports=ports[1].ports,
            flags=flags(text, children, action, keeps_state=keeps_state),
            keeps_state=keeps_state or action != "pass",
            tag=text.get("tag", ""),
            tagged=tagged,
            limits=limits(text) if keeps_state and action == "pass" else "",
            unread=tuple(unread),
            is_disabled="disabled" in children,
        )

    def _on(
        self, text: dict[str, str], children: Children, said: Said, *, is_floating: bool
    ) -> tuple[tuple[str, ...], list[str]]:
        """The names of the rule's interfaces, and what makes it uncertain on which it is."""
        listed, field = text.get("interface", ""), children.get("interface")
        if not is_floating:
            port = self.device.ports.get(listed)
            if port is None:
                why = f"the interface {listed or '(none)'} does not exist or is disabled"
                raise Left(why, field)
            return port.names, []
        if not listed or listed == "any":
            return (), []
        ports = [self.device.ports.get(name) for name in listed.split(",")]
        names = tuple(dict.fromkeys(name for port in ports if port for name in port.names))
        if not names:
            if self.device.is_since(_BY_GROUP):
                raise Left(f"none of its interfaces exists or is enabled: {listed}", field)
            # CE 2.4 to 2.6 put such a rule on every interface.
            said.append(("FW307", f"none of its interfaces exists or is enabled: {listed}", field))
            return (), ["pfSense's version, which decides about rules without an interface"]
        return names, []

    def _families(
        self, text: dict[str, str], children: Children, meant: list[Meant]
    ) -> frozenset[Family]:
        families = _FAMILIES.get(text.get("ipprotocol", ""), _V4)
        for each, side in zip(meant, ("source", "destination"), strict=True):
            if not families & each.families:
                why = f"its {side} means no address: {each.missing}"
                raise Left(why, _named(children.get(side)))
            families &= each.families
        return families

    def _ports(
        self,
        port: str,
        side: Element | None,
        text: dict[str, str],
        said: Said,
        unread: list[str],
    ) -> MeantPorts:
        if not side or port in NOTHING:
            return _NO_PORTS
        found = self.endpoints.ports(port)
        name = text.get("protocol", "")
        if name in _PORTS and not found.missing:
            return found
        field = side.child("port")
        if name in _PORTS:
            raise Left(found.missing, field)
        if found.missing:
            # filter_generate_user_rule left the rule out, and asks for the protocol first by 2.8.
            why = f"{found.missing}: whether it is loaded depends on the version"
            said.append(("FW307", why, field))
            unread.append("pfSense's version, which decides about ports without TCP or UDP")
            return _NO_PORTS
        if name == "sctp":
            said.append(("FW902", "whether SCTP has ports depends on the version", field))
            unread.append(f"the port {port} of SCTP")
            return _NO_PORTS
        if name:
            why = f"pfSense loads it without the port {port}: it has ports for TCP and UDP only"
        else:
            why = f"it names no protocol: pfSense loads it for all of TCP, without the port {port}"
        said.append(("FW313", why, field))
        return _NO_PORTS

    def _protocol(
        self, text: dict[str, str], families: frozenset[Family], *, has_ports: bool
    ) -> Protocol:
        name = text.get("protocol", "")
        if not name:
            return self._of("tcp", "") if has_ports else ANY_PROTOCOL
        types = text.get("icmptype", "") if name == "icmp" else ""
        is_known = all(is_type(each, families) for each in types.split(","))
        return self._of(name, types if is_known else "")

    def _of(self, name: str, types: str) -> Protocol:
        key = (name, types)
        if key not in self._protocols:
            self._protocols[key] = protocol_of(name, types)
        return self._protocols[key]

    def _conditions(
        self,
        odd: list[Strange],
        text: dict[str, str],
        children: Children,
        action: Action,
        families: frozenset[Family],
        said: Said,
    ) -> Iterator[str]:
        """What else must hold, of which the model knows nothing."""
        name = text.get("protocol", "")
        if name and not self._is_known(name):
            said.append(("FW901", f"`{name}` is no protocol that is known here", None))
            yield f"protocol {name}"
        if name == "icmp" and (types := text.get("icmptype", "")):
            for each in types.split(","):
                if not is_type(each, families):
                    said.append(("FW901", f"`{each}` is no ICMP type that is known here", None))
                    yield f"ICMP type {types}"
        if name == "tcp" and (system := text.get("os")):
            yield f"operating system {system}"
        if are_refused(text, children):
            field = children.get("tcpflags1") or children["tcpflags2"]
            said.append(("FW901", "its TCP flags are none that pf takes", field))
            yield "TCP flags that pf refuses"
        if (priority := text.get("vlanprio")) and priority != "none":
            yield f"VLAN priority {priority}"
        if dscp := text.get("dscp"):
            yield f"DSCP {dscp}"
        if schedule := text.get("sched"):
            if schedule in self.schedules:
                said.append(
                    ("FW902", f"it holds at the times of the schedule {schedule} only", None)
                )
                yield f"schedule {schedule}"
            else:
                why = f"there is no schedule {schedule}: it holds at all times"
                said.append(("FW307", why, children["sched"]))
        if (gateway := text.get("gateway")) and action == "pass":
            if gateway not in self.gateways:
                if self.limits:
                    raise Left(f"there is no gateway {gateway}", children["gateway"])
                why = f"there is no gateway {gateway}: routes as for other packets"
                said.append(("FW307", why, children["gateway"]))
            elif self.limits:
                said.append(("FW902", f"it is left out while the gateway {gateway} is down", None))
                yield f"gateway {gateway} is up"
        yield from self._strange(odd, children)
        direction = text.get("direction", "")
        if "floating" in children and direction not in {"", "in", "out", "any"}:
            said.append(("FW901", f"`{direction}` is no direction", None))
            yield f"direction {direction}"

    def _is_known(self, name: str) -> bool:
        return name in {"tcp/udp", "any"} or protocol(name) is not None


def _named(side: Element | None) -> Element | None:
    """What a `<source>` or `<destination>` names."""
    return (side.child("network") or side.child("address") or side) if side else None


def _say_dynamic(
    meant: list[Meant],
    sides: tuple[Element | None, ...],
    ports: list[MeantPorts],
    families: frozenset[Family],
    said: Said,
) -> None:
    """Remark what of the rule only the device knows."""
    things: list[str] = []
    for each, side in zip(meant, sides, strict=True):
        if each.hostnames:
            names = ", ".join(each.hostnames[:3]) + (" …" if len(each.hostnames) > 3 else "")
            alias = each.title.lstrip("!")
            why = f"pfSense loads {alias} empty and resolves its host names later: {names}"
            said.append(("FW313", why, _named(side)))
        if dynamic := each.dynamic(families):
            things += [thing for thing in dynamic if not thing.startswith(LINK_LOCAL)]
    for port in ports:
        things += port.dynamic
    if things:
        why = "only the device knows " + ", ".join(dict.fromkeys(things))
        said.append(("FW902", why, None))

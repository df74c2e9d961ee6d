"""The filter rules of a config as lines of pf.conf.

The source is filter_generate_user_rule and filter_rules_generate of filter.inc: floating rules
first, then those of groups, in the order of the groups, then those of interfaces.
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from tests.oracles.pf.ends import FAMILIES, WITH_PORTS, Ends
from tests.oracles.pf.lines import Line
from tests.oracles.pf.names import is_port
from tests.oracles.pf.tree import has, text

_LETTERS = {"cwr": "W"}


def user_rules(root: Element, ends: Ends) -> Iterator[Line]:
    """All lines of enabled rules, in pf's order."""
    every = [each for each in root.findall("filter/rule") if not has(each, "disabled")]
    every = [each for each in every if not has(each, "separator")]
    floating = [each for each in every if has(each, "floating")]
    others = [each for each in every if not has(each, "floating")]
    groups = list(ends.device.groups)
    of_groups = [r for name in groups for r in others if text(r, "interface") == name]
    rest = [each for each in others if text(each, "interface") not in groups]
    for rule in [*floating, *of_groups, *rest]:
        kind = text(rule, "ipprotocol")
        families = ["inet", "inet6"] if kind == "inet46" else [kind]
        for family in families:
            line = _line(root, ends, rule, family if family in FAMILIES else "inet")
            if line:
                yield line


def _line(root: Element, ends: Ends, rule: Element, family: str) -> Line | None:
    """One rule for one address family; None where pfSense leaves it out."""
    interface = _interface(ends, rule)
    protocol = text(rule, "protocol")
    if interface is None or not _ports_resolve(ends, rule, protocol):
        return None
    number = FAMILIES[family]
    source = ends.address(rule.find("source"), number)
    target = ends.address(rule.find("destination"), number)
    if not source or not target:
        return None
    kind = text(rule, "type")
    kind = kind if kind in ("pass", "block", "reject", "match") else "pass"
    action = "block return" if kind == "reject" else kind
    words = [action, _direction(rule)]
    if not has(rule, "floating") or has(rule, "quick"):
        words.append("quick")
    source += ends.port(rule, "source", protocol)
    target += ends.port(rule, "destination", protocol)
    words += [interface, family, _protocol(rule, protocol, family)]
    words += [f"from {source} to {target}", _icmp(rule, protocol, family), _tags(rule)]
    words.append(_flags(rule, protocol) + _states(rule, protocol, kind))
    schedules = {text(each, "name") for each in root.findall("schedules/schedule")}
    schedule = text(rule, "sched")
    also = [schedule] if schedule in schedules else []
    also += [f"os {text(rule, 'os')}"] if protocol == "tcp" and text(rule, "os") else []
    also += [f"dscp {text(rule, 'dscp')}"] if text(rule, "dscp") else []
    also += [f"prio {text(rule, 'vlanprio')}"] if text(rule, "vlanprio") not in ("", "none") else []
    return Line(" ".join(filter(None, words)), "|".join(also))


def _interface(ends: Ends, rule: Element) -> str | None:
    """`on …`, empty for all interfaces, or None where there is no such enabled interface."""
    given = text(rule, "interface")
    if not has(rule, "floating"):
        found = ends.device.on(given)
        return f"on {found}" if found else None
    if given in ("", "any"):
        return ""
    on = [ends.device.on(name) for name in given.split(",") if ends.device.on(name)]
    return "on { " + " ".join(on) + " }" if on else None


def _ports_resolve(ends: Ends, rule: Element, protocol: str) -> bool:
    """Whether each name of ports is that of an alias that is not empty."""
    for end in ("source", "destination"):
        port = text(rule, f"{end}/port")
        if not port or protocol.lower() not in WITH_PORTS or is_port(port.replace("-", ":")):
            continue
        if port not in ends.names.aliases or not ends.names.words(port):
            return False
    return True


def _direction(rule: Element) -> str:
    if not has(rule, "floating"):
        return "in"
    given = text(rule, "direction")
    return "" if given == "any" else given


def _protocol(rule: Element, protocol: str, family: str) -> str:
    if not protocol:
        with_port = text(rule, "source/port") or text(rule, "destination/port")
        return "proto tcp" if with_port else ""
    if protocol == "tcp/udp":
        return "proto { tcp udp }"
    if protocol == "icmp" and family == "inet6":
        return "proto ipv6-icmp"
    return "" if protocol == "any" else f"proto {protocol}"


def _icmp(rule: Element, protocol: str, family: str) -> str:
    given = text(rule, "icmptype")
    if protocol != "icmp" or not given or given == "any":
        return ""
    words = ["39" if each == "skip" else each for each in given.split(",")]
    option = "icmp6-type" if family == "inet6" else "icmp-type"
    return f"{option} {{ {' '.join(words)} }}"


def _tags(rule: Element) -> str:
    words = [f'tag "{text(rule, "tag")}"'] if text(rule, "tag") else []
    if text(rule, "tagged"):
        negation = "! " if has(rule, "nottagged") else ""
        words.append(f'{negation}tagged "{text(rule, "tagged")}"')
    return " ".join(words)


def _flags(rule: Element, protocol: str) -> str:
    """`flags …` for TCP, whatever the rule's type: also a block rule tests for S/SA."""
    if protocol != "tcp":
        return ""
    if has(rule, "tcpflags_any"):
        return "flags any "
    if not text(rule, "tcpflags2"):
        return "flags S/SA "
    wanted, mask = (
        "".join(_LETTERS.get(word, word[0].upper()) for word in text(rule, name).split(",") if word)
        for name in ("tcpflags1", "tcpflags2")
    )
    return f"flags {wanted}/{mask} "


def _states(rule: Element, protocol: str, kind: str) -> str:
    if kind != "pass":
        return ""
    given = text(rule, "statetype")
    if given == "none":
        return "no state"
    if given in ("modulate state", "synproxy state"):
        return given + _limits(rule) if protocol == "tcp" else ""
    return "keep state" + _limits(rule)


def _limits(rule: Element) -> str:
    limits = [
        f"{name} {text(rule, name)}"
        for name in ("max", "max-src-nodes", "max-src-states")
        if text(rule, name)
    ]
    if text(rule, "protocol") in ("tcp", "tcp/udp"):
        connections, rate = text(rule, "max-src-conn"), text(rule, "max-src-conn-rate")
        limits += [f"max-src-conn {connections}"] if connections else []
        seconds = text(rule, "max-src-conn-rates")
        limits += [f"max-src-conn-rate {rate}/{seconds}"] if rate and seconds else []
    return f" ({' '.join(limits)})" if limits else ""

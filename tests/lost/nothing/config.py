"""What says nothing in a config.xml because of what stands beside it, or nowhere."""

import re
from collections.abc import Iterator

_INTERFACE = r"<(\w+)>(?:(?!</\1>)[\s\S])*?</\1>"


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Where it stands."""
    for match in re.finditer(r"<uniqid>([^<]*)</uniqid>", text):
        # Interfaces name a virtual address `_vip` and its id (interfaces.inc).
        if f"_vip{match[1]}" not in text:
            yield match.span()
    for rule in re.finditer(r"<rule>(?:(?!</?rule>)[\s\S])*</rule>", text):
        # filter_nat_rules_generate asks for them where the target is `other-subnet`.
        if "<target>other-subnet</target>" not in rule[0]:
            yield from _below(rule, r"<(targetip(?:_subnet)?)>[^<]*</\1>")
        if _is_on(text, rule[0], "nonat"):
            # filter_nat_rules_generate_if writes `no nat`, and nothing behind an arrow.
            yield from _below(rule, r"<(target_subnet)>[^<]*</\1>")
    if not _is_reflected(text):
        yield from (
            match.span()
            for match in re.finditer(r"<disablenatreflection>[^<]*</disablenatreflection>", text)
        )
    section = re.search(r"<interfaces>[\s\S]*?</interfaces>", text)
    inside = section[0] if section else ""
    for found in re.finditer(_INTERFACE, inside[len("<interfaces>") :]):
        at = (section.start() if section else 0) + len("<interfaces>")
        if "<enable" not in found[0]:
            # filter_generate_optcfg_array, filter.lib.inc: only what is enabled is asked for.
            yield at + found.start(), at + found.end()
        elif re.search(r"<gateway>[^<]", found[0]):
            # interface_has_gateway: that there is one for IPv4 is enough.
            for first, last in _below(found, r"<gatewayv6>[^<]*</gatewayv6>"):
                yield at + first, at + last


def _is_reflected(text: str) -> bool:
    """Whether the switch of reflection is about anything: a port forward, and an inside.

    filter_generate_nat_rules, filter_get_reflection_interfaces: 1:1 rules have a switch of their
    own, and nothing is reflected for the interface itself, nor for those with gateways. A forward
    that says `no rdr`, or that comes in where no interface is enabled, is not reflected.
    """
    nat = re.search(r"<nat>[\s\S]*?</nat>", text)
    forwards = re.sub(r"<outbound>[\s\S]*?</outbound>", "", nat[0]) if nat else ""
    section = re.search(r"<interfaces>[\s\S]*?</interfaces>", text)
    # OPNsense lists the loopback and groups there too; pfSense adds groups and tunnels itself.
    virtual = r"<(\w+)>(?:(?!</\1>)[\s\S])*?<virtual>(?:(?!</\1>)[\s\S])*</\1>"
    inside = section[0].removeprefix("<interfaces>") if section else ""
    enabled = re.sub(virtual, "", inside).count("<enable")
    others = re.search(r"<pfsense[\s\S]*<(?:openvpn|ipsec|wireguard|ifgroups|l2tp|pppoes)>", text)
    idle = {each[1] for each in re.finditer(_INTERFACE, inside) if "<enable" not in each[0]}
    reflected = any(
        not _is_on(text, rule[0], "nordr")
        and not idle & set(re.findall(r"<interface>(\w+)<", rule[0]))
        for rule in re.finditer(r"<rule\b[\s\S]*?</rule>", forwards)
    )
    return reflected and (enabled > 1 or others is not None)


def _is_on(text: str, rule: str, tag: str) -> bool:
    """Whether a switch of a rule is on: where it is there, or (in OPNsense) true in PHP."""
    found = re.search(rf"<{tag}\s*(?:/>|>([^<]*)<)", rule)
    return found is not None and ("<pfsense" in text or found[1] not in (None, "", "0"))


def _below(above: re.Match[str], pattern: str) -> Iterator[tuple[int, int]]:
    for match in re.finditer(pattern, above[0]):
        yield above.start() + match.start(), above.start() + match.end()

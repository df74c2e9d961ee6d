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
    """Whether the switch of reflection is about anything: a port forward, and an inside for it.

    filter_generate_nat_rules, filter_get_reflection_interfaces: 1:1 rules have a switch of their
    own, and nothing is reflected for the interface itself, nor for those with gateways. A forward
    that says `no rdr`, that is disabled, that comes in where no interface is enabled, or is for an
    address that its interface does not have, is not reflected.
    """
    nat = re.search(r"<nat>[\s\S]*?</nat>", text)
    forwards = re.sub(r"<outbound>[\s\S]*?</outbound>", "", nat[0]) if nat else ""
    section = re.search(r"<interfaces>[\s\S]*?</interfaces>", text)
    # OPNsense lists the loopback and groups there too; pfSense adds groups and tunnels itself.
    virtual = r"<(\w+)>(?:(?!</\1>)[\s\S])*?<virtual>(?:(?!</\1>)[\s\S])*</\1>"
    inside = section[0].removeprefix("<interfaces>") if section else ""
    every = {each[1]: each[0] for each in re.finditer(_INTERFACE, re.sub(virtual, "", inside))}
    others = re.search(r"<pfsense[\s\S]*<(?:openvpn|ipsec|wireguard|ifgroups|l2tp|pppoes)>", text)
    idle = {each[1] for each in re.finditer(_INTERFACE, inside) if "<enable" not in each[0]}
    behind = {
        name
        for name, its in every.items()
        if "<enable" in its and not ("<pfsense" in text and re.search(r"<gateway>[^<]", its))
    }
    for rule in re.finditer(r"<rule\b[\s\S]*?</rule>", forwards):
        on = set(re.findall(r"<interface>(\w+)<", rule[0])) or {"wan"}
        is_left = _is_on(text, rule[0], "nordr") or _is_on(text, rule[0], "disabled")
        if not (is_left or idle & on or _has_no_address(text, rule[0], every)) and (
            others or behind - on
        ):
            return True
    return False


def _has_no_address(text: str, rule: str, interfaces: dict[str, str]) -> bool:
    """Whether pfSense leaves the forward out: its interface has no address of the family."""
    found = re.search(r"<destination>\s*<network>(\w+)ip</network>", rule)
    its = interfaces.get(found[1]) if found else None
    is_four = "<ipprotocol>inet6" not in rule
    return its is not None and "<pfsense" in text and is_four and "<ipaddr>" not in its


def _is_on(text: str, rule: str, tag: str) -> bool:
    """Whether a switch of a rule is on: where it is there, or (in OPNsense) true in PHP."""
    found = re.search(rf"<{tag}\s*(?:/>|>([^<]*)<)", rule)
    return found is not None and ("<pfsense" in text or found[1] not in (None, "", "0"))


def _below(above: re.Match[str], pattern: str) -> Iterator[tuple[int, int]]:
    for match in re.finditer(pattern, above[0]):
        yield above.start() + match.start(), above.start() + match.end()

"""The rules that pfSense writes before and behind those of the user.

The source is filter_rules_generate of filter.inc, in the order of PFCONFIG_CATEGORIES in util.inc.
Tables that only programs fill while the system runs (snort2c, sshguard, virusprot) have no rules
here: they are empty when the rules are loaded.
"""

from collections.abc import Iterator

from tests.oracles.pf.device import Device
from tests.oracles.pf.tree import has, text

_LOCAL, _ALL = "fe80::/10", "ff02::/16"
_PRIVATE = ("10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")


def before_user_rules(device: Device) -> Iterator[str]:
    """Everything from the default deny to the anti-lockout rule."""
    root = device.root
    has_ipv6 = has(root, "system/ipv6allow")
    if not has_ipv6:
        yield "pass in quick on lo0 inet6 all"
        yield "pass out quick on lo0 inet6 all"
        yield "block in quick inet6 all"
        yield "block out quick inet6 all"
    if not has(root, "system/no_apipa_block"):
        yield "block in quick from 169.254.0.0/16 to any"
        yield "block in quick from any to 169.254.0.0/16"
    for family in ("inet", "inet6"):
        yield f"block in {family} all"
        yield f"block out {family} all"
    if has_ipv6:
        yield from _icmp6()
    for family in ("inet", "inet6") if has_ipv6 else ("inet",):
        yield f"block quick {family} proto {{ tcp udp }} from any port 0 to any"
        yield f"block quick {family} proto {{ tcp udp }} from any to any port 0"
    if any(text(vip, "mode") == "carp" for vip in root.findall("virtualip/vip")):
        yield "block in quick proto carp from (self) to any"
        yield "pass quick proto carp from any to any no state"
    yield 'block out quick proto udp from any port 67 to any port 68 tagged "dhcpin"'
    for name in device.interfaces:
        yield from _of_interface(device, name, has_ipv6=has_ipv6)
    for family in ("inet", "inet6") if has_ipv6 else ("inet",):
        yield f"pass in on lo0 {family} all"
        yield f"pass out on lo0 {family} all"
    for family in ("inet", "inet6") if has_ipv6 else ("inet",):
        yield f"pass out {family} all keep state"
    yield from _anti_lockout(device)


def _icmp6() -> Iterator[str]:
    start = "quick inet6 proto ipv6-icmp from"
    yield f"pass {start} any to any icmp6-type {{ 1 2 135 136 }} keep state"
    for target in (_LOCAL, _ALL):
        types = "icmp6-type { 129 133 134 135 136 }"
        yield f"pass out {start} {_LOCAL} to {target} {types} keep state"
    for source, target in ((_LOCAL, _LOCAL), (_ALL, _LOCAL), (_LOCAL, _ALL), ("::", _ALL)):
        types = "icmp6-type { 128 133 134 135 136 }"
        yield f"pass in {start} {source} to {target} {types} keep state"


def _of_interface(device: Device, name: str, *, has_ipv6: bool) -> Iterator[str]:
    """The rules for one interface, in the order of the loop over $FilterIflist."""
    interface, on = device.interfaces[name], device.device(name)
    given4, given6 = text(interface, "ipaddr"), text(interface, "ipaddrv6")
    if given4 == "dhcp":
        udp = f"quick on {on} proto udp from any port"
        yield f'pass in {udp} 67 to any port 68 tag "dhcpin" no state'
        yield f"pass out {udp} 68 to any port 67 no state"
    if has_ipv6 and given6 in ("slaac", "dhcp6"):
        udp = f"quick on {on} proto udp from"
        yield f"pass in {udp} {_LOCAL} port 546 to {_LOCAL} port 546"
        yield f"pass in {udp} any port 547 to any port 546"
        yield f"pass out {udp} any port 546 to any port 547"
    if has(interface, "blockbogons"):
        yield f"block in quick on {on} from <bogons> to any"
        if has_ipv6:
            yield f"block in quick on {on} from <bogonsv6> to any"
    if given4:
        yield from _antispoof(device, name)
    if has(interface, "blockpriv"):
        for network in _PRIVATE:
            yield f"block in quick on {on} from {network} to any"
    if given4 not in ("pppoe", "none", "pptp") and has(device.root, f"dhcpd/{name}/enable"):
        yield from _dhcp_server(device, name)


def _antispoof(device: Device, name: str) -> Iterator[str]:
    """What pfctl makes of `antispoof for em0` (pf.conf(5), BLOCKING SPOOFED TRAFFIC)."""
    on = device.device(name)
    own = [device.network(name, 4), device.network(name, 6), f"?local:{on}"]
    own += [each.network for each in device.vips(name) if each.is_own]
    for network in filter(None, own):
        yield f"block in on ! {on} from {network} to any"
    for address in device.addresses(name):
        yield f"block in from {address} to any"


def _dhcp_server(device: Device, name: str) -> Iterator[str]:
    udp, address = f"quick on {device.device(name)} proto udp from", device.address(name, 4)
    yield f"pass in {udp} any port 68 to 255.255.255.255 port 67"
    if address:
        yield f"pass in {udp} any port 68 to {address} port 67"
        yield f"pass out {udp} {address} port 67 to any port 68"


def _anti_lockout(device: Device) -> Iterator[str]:
    """Access to the web interface and SSH (filter_get_antilockout_ports)."""
    root = device.root
    name = "wan" if device.count == 1 else "lan"
    if has(root, "system/webgui/noantilockout") or name not in device.interfaces:
        return
    is_https = text(root, "system/webgui/protocol") == "https"
    port = text(root, "system/webgui/port") or ("443" if is_https else "80")
    ports = [port]
    if is_https and not has(root, "system/webgui/disablehttpredirect") and port != "80":
        ports.append("80")
    if has(root, "system/ssh/enable"):
        ports.append(text(root, "system/ssh/port") or "22")
    on = device.device(name)
    target = f"({on}) port {{ {' '.join(ports)} }}"
    yield f"pass in quick on {on} proto tcp from any to {target} keep state"

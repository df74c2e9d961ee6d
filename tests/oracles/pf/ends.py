"""Sources and destinations of rules as pf.conf has them.

The source is filter_generate_address and filter_generate_port of filter.inc.
"""

import re
from xml.etree.ElementTree import Element

from tests.oracles.pf.device import Device
from tests.oracles.pf.names import Names
from tests.oracles.pf.tree import has, text

WITH_PORTS = frozenset({"tcp", "udp", "tcp/udp", "sctp"})
FAMILIES = {"inet": 4, "inet6": 6}


class Ends:
    """Writes the ends of rules for one firewall."""

    def __init__(self, device: Device, names: Names) -> None:
        self.device = device
        self.names = names

    def address(self, end: Element | None, family: int, network: str = "") -> str:
        """The address of one end; empty where pfSense finds none, so that the rule is left out.

        `network` replaces what the element names (outbound NAT has subnets there).
        """
        name = network or text(end, "network")
        negation = "! " if has(end, "not") else ""
        if has(end, "any") or name == "any":
            return "any"
        if not name:
            found = self.names.expand_address(text(end, "address"))
            return negation + found if found else ""
        if network and self.names.expand_address(name):
            return negation + self.names.expand_address(name)
        found = self._special(name, family)
        if negation and found.startswith("{ "):
            raise ValueError("`{ !a !b }` of older versions, which are two rules")
        return negation + found if found else ""

    def _special(self, name: str, family: int) -> str:
        device = self.device
        if not device.has_tables and re.fullmatch(r"wan|lan|opt\d*", name):
            nets = device.networks_of(name, family) if name in device.interfaces else []
            return f"{{ {' '.join(nets)} }}" if nets[1:] else "".join(nets)
        if name in device.groups or re.fullmatch(r"wan|lan|opt\d*", name):
            is_known = name in device.groups or name in device.interfaces
            return f"<{name.upper()}__NETWORK>" if is_known and device.networks(name) else ""
        if match := re.fullmatch(r"(wan|lan|opt\d*)ip", name):
            return device.address(match[1], family) if match[1] in device.interfaces else ""
        return "(self)" if name == "(self)" else ""

    def port(self, rule: Element, end: str, protocol: str, *, nat: bool = False) -> str:
        """` port …`, or nothing; ranges are exclusive in filter rules."""
        given = text(rule, f"{end}/port")
        if protocol not in WITH_PORTS or not given:
            return ""
        return self.ports(given, nat=nat)

    def ports(self, given: str, *, nat: bool) -> str:
        """The same for the text of a port, a range `a-b` or the name of an alias."""
        first, _, last = given.partition("-")
        start = self.names.expand_port(first)
        if not start:
            return ""
        if not last or first == last:
            return f" port {start}"
        if (first, last) == ("1", "65535"):
            return ""
        if nat:
            return f" port {first}:{last}"
        if last == "65535":
            return f" port >= {first}"
        if first == "1":
            return f" port <= {last}"
        return f" port {int(first) - 1} >< {int(last) + 1}"

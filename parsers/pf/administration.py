"""By which ports a device is administered: its web interface, and ssh where it is switched on."""

from flowmodel.values import Values, union
from parsers.pf.values import port_range
from parsers.pf.xml import Element


def administration(root: Element) -> Values:
    """The TCP ports; those that are no numbers are the usual ones.

    What is not `https` is HTTP (filter.inc, filter_get_antilockout_ports).
    """
    web = root.find("system", "webgui")
    is_https = web is not None and web.get("protocol") == "https"
    found = [_port(web, 443 if is_https else 80)]
    ssh = root.find("system", "ssh")
    if ssh and (ssh.has("enable") or ssh.has("enabled")):
        found.append(_port(ssh, 22))
    return union((each, each) for each in found)


def _port(service: Element | None, usual: int) -> int:
    ends = port_range(service.get("port")) if service and service.get("port") else None
    return ends[0] if ends and ends[0] == ends[1] else usual

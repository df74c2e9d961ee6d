"""Programs of OPNsense that drop, pass or translate packets beside the rules of config.xml.

What they do is theirs at run time; that they are switched on is in the export. IDS/IDS.xml of
opnsense/core; crowdsec.inc, ftpproxy.inc, relayd.inc and tayga.inc of opnsense/plugins.
"""

from collections.abc import Iterator
from typing import Final

from parsers.pf.opnsense.models import truth
from parsers.pf.xml import Element

_PROGRAMS: Final[tuple[tuple[tuple[str, ...], tuple[str, ...], str], ...]] = (
    (
        ("ids", "general"),
        ("enabled", "ips"),
        "Suricata can drop packets at run time (intrusion prevention)",
    ),
    (
        ("crowdsec", "general"),
        ("firewall_bouncer_enabled",),
        "CrowdSec blocks the addresses of lists that it fills at run time, before all other rules",
    ),
    (
        ("relayd", "general"),
        ("enabled",),
        "relayd redirects to its servers, and passes what it redirects, at run time",
    ),
    (
        ("ftpproxy", "ftpproxy"),
        ("enabled",),
        "the FTP proxy passes and redirects connections at run time",
    ),
    (
        ("tayga", "general"),
        ("enabled",),
        "Tayga translates between IPv6 and IPv4, which is not followed",
    ),
)
"""Where each has its settings, the switches that are all on where it acts, and what it does."""


def programs(root: Element) -> Iterator[tuple[Element, str]]:
    """The settings of the programs that act, and what each does."""
    for path, switches, what in _PROGRAMS:
        for settings in root.below("opnsense", *path):
            if all(truth(settings, tag) for tag in switches):
                yield settings, what

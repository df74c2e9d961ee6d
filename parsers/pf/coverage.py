"""What of pfSense's config.xml is read and what ignored on purpose, for docs/formats.md."""

from functools import lru_cache

from parsers.pf.strange import SIDE, Known

RULE_READ = frozenset(
    {
        "id", "tracker", "type", "interface", "ipprotocol", "protocol", "icmptype", "source",
        "destination", "descr", "disabled", "quick", "floating", "direction", "statetype",
        "gateway", "sched", "tag", "tagged", "nottagged", "max", "max-src-nodes", "max-src-conn",
        "max-src-states", "max-src-conn-rate", "max-src-conn-rates", "os", "dscp", "vlanprio",
        "tcpflags1", "tcpflags2", "tcpflags_any", "separator",
    }
)  # fmt: skip
# filter.inc, filter_generate_user_rule of 2.4.5 to 2.8 asks for none of these, or only writes with
# them what changes no packet's fate.
RULE_IGNORED = {
    "log": "it only logs",
    "enabled": "pfSense does not ask for it: only `<disabled>` switches a rule off",
    "wizard": "which wizard made the rule",
    "labels": "labels of the rule",
    "created": "who made the rule",
    "updated": "who changed it",
    "associated-rule-id": "the port forward it belongs to: the rule says all itself",
    "statetimeout": "how long states live",
    "statepolicy": "on which interfaces a state counts: connections keep to theirs here",
    "source-track": "what limits count by",
    "nopfsync": "states on the other node of a cluster",
    "nosync": "configuration of the other node",
    "allowopts": "packets with IP options, of which there are none here",
    "disablereplyto": "the way of answers",
    "vlanprioset": "it sets the priority of VLAN frames",
    "defaultqueue": "traffic shaping",
    "ackqueue": "traffic shaping",
    "dnpipe": "traffic shaping",
    "pdnpipe": "traffic shaping",
    "pflow": "traffic statistics",
}

_META = {"created": "who made it", "updated": "who changed it", "descr": "shown in findings"}

CHILDREN: dict[tuple[str, ...], frozenset[str]] = {
    ("filter",): frozenset({"rule", "separator", "bypassstaticroutes"}),
    ("nat",): frozenset({"rule", "onetoone", "npt", "outbound", "separator"}),
    ("nat", "outbound"): frozenset({"mode", "rule"}),
    ("aliases",): frozenset({"alias"}),
    ("virtualip",): frozenset({"vip"}),
    ("ifgroups",): frozenset({"ifgroupentry"}),
    ("schedules",): frozenset({"schedule"}),
    ("schedules", "schedule", "timerange"): frozenset(
        {"month", "day", "hour", "position", "rangedescr"}
    ),
    ("nat", "*", "source"): SIDE,
    ("nat", "*", "destination"): SIDE,
    ("nat", "outbound", "rule", "source"): SIDE,
    ("nat", "outbound", "rule", "destination"): SIDE,
}
"""The elements that the sections may have."""

Leaves = tuple[frozenset[str], dict[str, str]]
LEAVES: dict[tuple[str, ...], Leaves] = {
    ("nat", "rule"): (
        frozenset(
            {
                "source", "destination", "ipprotocol", "protocol", "target", "local-port",
                "interface", "associated-rule-id", "natreflection", "disabled", "nordr",
            }
        ),
        _META | {"nosync": "configuration of the other node", "ipproto": "unused"},
    ),
    ("nat", "onetoone"): (
        frozenset(
            {
                "external", "source", "destination", "interface", "ipprotocol", "disabled",
                "nobinat", "natreflection",
            }
        ),
        dict(_META),
    ),
    ("nat", "npt"): (
        frozenset({"source", "destination", "interface", "disabled"}),
        dict(_META),
    ),
    ("nat", "outbound", "rule"): (
        frozenset(
            {
                "source", "destination", "interface", "protocol", "ipprotocol", "sourceport",
                "dstport", "target", "target_subnet", "targetip", "targetip_subnet", "natport",
                "staticnatport", "nonat", "disabled",
            }
        ),
        _META
        | {
            "poolopts": "which address of several is taken",
            "source_hash_key": "which address of several is taken",
            "eimnat": "which source port is taken",
            "nosync": "configuration of the other node",
        },
    ),
    ("aliases", "alias"): (
        frozenset({"name", "type", "address"}),
        _META
        | {
            "detail": "remarks on its members",
            "url": "where its contents come from",
            "aliasurl": "where its contents come from",
            "updatefreq": "how often they are fetched",
        },
    ),
    ("virtualip", "vip"): (
        frozenset({"mode", "interface", "uniqid", "subnet", "subnet_bits"}),
        _META
        | {
            "type": "whether it is an address or a network",
            "range": "its addresses again",
            "noexpand": "how the web interface shows it",
            "vhid": "CARP between nodes",
            "advskew": "CARP between nodes",
            "advbase": "CARP between nodes",
            "password": "CARP between nodes",
            "carp_mode": "CARP between nodes",
            "carp_peer": "CARP between nodes",
        },
    ),
    ("ifgroups", "ifgroupentry"): (frozenset({"ifname", "members"}), dict(_META)),
    ("schedules", "schedule"): (
        frozenset({"name"}),
        _META
        | {
            "timerange": "when it holds: findings call what depends on it possible",
            "schedlabel": "the name of its states",
        },
    ),
    ("interfaces", "*"): (
        frozenset(
            {
                "enable", "if", "descr", "ipaddr", "subnet", "gateway", "ipaddrv6", "subnetv6",
                "gatewayv6", "blockpriv", "blockbogons", "alias-address", "alias-subnet",
                "track6-interface", "gateway-6rd", "nonat",
            }
        ),
        {
            "spoofmac": "the hardware address",
            "media": "the cable",
            "mediaopt": "the cable",
            "mtu": "the size of packets",
            "mss": "the size of packets",
            "hw_settings": "hardware offloading",
            "wireless": "radio settings",
            "username": "the provider's account",
            "password": "the provider's account",
            "provider": "the provider's account",
            "timeout": "dial-up settings",
            "ondemand": "dial-up settings",
            "slaacusev4iface": "IPv6 over PPP",
            "ipv6usev4iface": "IPv6 over PPP",
            "bridge": "bridge membership",
        },
    ),
}  # fmt: skip
"""The elements of their entries: read, and ignored with the reason."""
IGNORED_STARTS = (
    "adv_dhcp", "dhcp", "track6-prefix", "prefix", "pppoe", "pptp", "l2tp", "ppp", "wireless",
    "local", "remote", "mac_", "sa", "media",
)  # fmt: skip
"""Beginnings of settings of DHCP clients, prefixes and dial-up links."""


@lru_cache(maxsize=4096)
def is_known(*path: str) -> Known:
    """The elements of an entry that are read, or ignored on purpose."""
    read, ignored = LEAVES[path]
    return Known(read | ignored.keys(), IGNORED_STARTS if path == ("interfaces", "*") else ())


VERSIONS: dict[str, str] = {
    "target_subnet": "from 23.1 on, which is CE 2.7.1",
    "targetip": "before 23.1",
    "targetip_subnet": "before 23.1",
    "quick": "at a match rule it ends nothing from 22.9 to 23.3, and may end the search in others",
}
"""The versions of the configuration for which an element holds, if not for all."""


def section() -> str:
    """The part of docs/formats.md, from the tables that the reader works with."""
    rows = [_row("filter/rule", RULE_READ, RULE_IGNORED)]
    rows += [_row("/".join(path), *leaves) for path, leaves in LEAVES.items()]
    return _INTRODUCTION + "| element | read | ignored |\n|---|---|---|\n" + "".join(rows)


def _row(path: str, known: frozenset[str], ignored: dict[str, str]) -> str:
    reasons: dict[str, list[str]] = {}
    for tag, reason in sorted(ignored.items()):
        reasons.setdefault(reason, []).append(f"`{tag}`")
    why = "; ".join(f"{', '.join(tags)} ({reason})" for reason, tags in reasons.items())
    read = ", ".join(
        f"`{tag}`" + (f" ({VERSIONS[tag]})" if tag in VERSIONS else "") for tag in sorted(known)
    )
    return f"| `{path}` | {read} | {why} |\n"


_INTRODUCTION = """\
## pfSense

fwlint reads `config.xml` of pfSense CE 2.4 and later, and of pfSense Plus.
The model is the list of rules that pfSense's own `filter.inc` generates from it, in the same
order: system rules, floating rules, rules of groups and tunnels, of interfaces, of static routes
and IPsec.

* A forwarded packet is judged when it comes in and when it leaves; among rules that are not
  `quick`, the last one that matches decides.
* What pfSense leaves out or loads differently from how it is written is treated in the same way
  here, and reported as FW307 or FW313: a rule with an alias that does not exist, a port without a
  protocol, an interface that is disabled.
* Aliases: host, network and port, nested; the downloaded contents of URL aliases as far as the
  export has them. Host names, URL tables, addresses from DHCP, PPPoE or a tracked interface, and
  schedules are unread: what depends on them is possible, and FW902 names them.
* Port forwards, 1:1, outbound NAT (automatic, hybrid, manual) and NPt are read.
* Gateways change the path of packets, not the verdict.
* Rules for the interface of a routed IPsec tunnel (VTI) are asked about nothing that comes in:
  pf is asked on `enc0`, unless `filtermode` or the tunables (`sysctl`) say that it is otherwise.
* The table holds for `filter.inc` of CE 2.4.5 to 2.8, unless it names versions (those of the
  configuration, `<version>`). What depends on the version is certain only if the export tells it.
* Any other element in these sections is reported as FW901, and so is one that occurs twice.
  In a rule, a translation or an alias, what depends on it is possible.
* `<network>` holds names of interfaces and groups, `(self)` and the like; pfSense leaves out a rule
  that has an address, a prefix or a range there.
* What a rule about the device's own addresses passes is delivered, not forwarded.
* Interfaces and the networks behind them come from the export, so the site file does not need them.
  Networks that the site does not name are called `opt3 of edge`; an interface without a network in
  the export is reported as FW902. Behind tunnels are the networks of their servers and peers.
* The internet is behind interfaces with a gateway, those of the default gateway or its group, and
  those of static routes for all addresses. If no default gateway is chosen, it is the first one in
  pfSense, and the one with the best priority in OPNsense. Networks as large as a /6 are no networks
  of a site.
* A section that occurs twice is refused.
* A document type declaration is refused. Passwords, keys and certificates are masked before
  anything else happens.

"""


if __name__ == "__main__":
    print(section(), end="")

"""What of OPNsense's config.xml is read, and what ignored on purpose, for docs/formats.md."""

from collections.abc import Iterator
from functools import lru_cache

from flowmodel.record import NamedTuple
from parsers.pf.opnsense.choices import choices
from parsers.pf.strange import SIDE, Known, Strange, resembles, strange, without_prefix
from parsers.pf.values import network
from parsers.pf.xml import Element
from parsers.shared.digits import is_decimal


class Section(NamedTuple):
    """A part of config.xml: the tags below it that are read, and why others do not matter."""

    path: tuple[str, ...]
    """The tags from the root to one of its elements; `*` is any tag."""
    read: frozenset[str]
    ignored: dict[str, str]


def _tags(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WHO = {"created": "who made it", "updated": "who changed it", "audit": "who changed it"}
_SHOWN = {"category": "for people", "categories": "for people", "sort_order": "for people"}
_SHOWN |= {"prio_group": "for people", "nosync": "configuration of the other node"}
_TIMES = dict.fromkeys(
    ("statetimeout", "udp-first", "udp-multiple", "udp-single", "adaptivestart", "adaptiveend"),
    "how long states live",
)
_RULE = _tags(
    "tcpflags1 tcpflags2 tcpflags_any statetype gateway sched tag tagged interface interfacenot "
    "ipprotocol protocol icmptype direction quick max max-src-nodes max-src-conn max-src-states "
    "max-src-conn-rate max-src-conn-rates overload prio tos os"
)
_RULE_IGNORED = {
    "log": "it only logs",
    "state-policy": "on which interfaces a state counts: connections keep to theirs here",
    "allowopts": "packets with IP options, of which there are none here",
    "nopfsync": "states on the other node of a cluster",
    "disablereplyto": "the way of answers",
    "replyto": "the way of answers",
    "reply-to": "the way of answers",
    "set-prio": "it sets the priority of VLAN frames",
    "set-prio-low": "it sets the priority of VLAN frames",
    "shaper1": "traffic shaping",
    "shaper2": "traffic shaping",
    **_WHO,
    **_SHOWN,
    **_TIMES,
}
# FilterRule.php (2016 to 25.7) has none of them in its `procorder`; exports of pfSense bring them.
_OF_PFSENSE = {
    **dict.fromkeys(("defaultqueue", "ackqueue", "dnpipe", "pdnpipe"), "traffic shaping"),
    "wizard": "which wizard made the rule",
    "enabled": "OPNsense does not ask for it: only `<disabled>` switches an older rule off",
    "id": "its number",
    "source-track": "what limits count by",
    "vlanprioset": "it sets the priority of VLAN frames",
}
_SCRUB = dict.fromkeys(
    ("scrub_no_df", "scrub_random_id", "scrub_max_mss", "scrub_min_ttl", "scrub_set_tos"),
    "it changes what no rule asks for",
)
_TRANSLATION_IGNORED = {
    "log": "it only logs",
    "poolopts": "which of several addresses is taken",
    "poolopts_sourcehashkey": "which of several addresses is taken",
    "staticnatport": "whether the source port stays",
    "endpoint-independent": "whether the source port stays",
    **_WHO,
    **_SHOWN,
}

SECTIONS: tuple[Section, ...] = (
    Section(("filter",), _tags("rule bypassstaticroutes"), {
        "separator": "for people",
        "scrub": "it changes what no rule asks for",
    }),
    Section(
        ("filter", "rule"),
        _RULE | _tags("type floating disabled descr source destination icmp6-type tracker"),
        {"associated-rule-id": "the port forward it belongs to: the rule says all",
         **_OF_PFSENSE, **_RULE_IGNORED},
    ),
    Section(
        ("opnsense", "firewall", "filter"),
        _tags("rules snatrules npt onetoone settings"),
        {"general": "the mode of outbound rules, which stands in `<nat><outbound>`"},
    ),
    Section(
        ("opnsense", "firewall", "filter", "rules", "rule"),
        _RULE | _tags(
            "enabled sequence action icmp6type source_net source_not source_port destination_net "
            "destination_not destination_port divert-to received-on received-on-not description "
            "max-pkt-rate-number max-pkt-rate-seconds"
        ),
        {**_RULE_IGNORED, **_SCRUB},
    ),
    Section(
        ("opnsense", "firewall", "filter", "snatrules", "rule"),
        _tags(
            "enabled nonat sequence interface ipprotocol protocol source_net source_not "
            "source_port destination_net destination_not destination_port target tag tagged "
            "description"
        ),
        {"target_port": "the source port that is chosen", **_TRANSLATION_IGNORED},
    ),
    Section(
        ("opnsense", "firewall", "filter", "npt", "rule"),
        _tags("enabled sequence interface source_net destination_net trackif description"),
        _TRANSLATION_IGNORED,
    ),
    Section(
        ("opnsense", "firewall", "filter", "onetoone", "rule"),
        _tags(
            "enabled sequence interface type source_net source_not destination_net "
            "destination_not external description"
        ),
        {"natreflection": "docs/limits.md: 1:1 rules are not reflected", **_TRANSLATION_IGNORED},
    ),
    Section(("nat",), _tags("rule outbound onetoone npt"), {"separator": "for people"}),
    Section(
        ("nat", "rule"),
        _tags(
            "sequence disabled nordr interface ipprotocol protocol source destination target "
            "local-port tag tagged natreflection pass associated-rule-id descr"
        ),
        _TRANSLATION_IGNORED,
    ),
    Section(("nat", "outbound"), _tags("mode rule"), {}),
    Section(
        ("nat", "outbound", "rule"),
        _tags(
            "disabled nonat interface ipprotocol protocol source sourceport destination dstport "
            "target targetip targetip_subnet tag tagged descr"
        ),
        {"natport": "the source port that is chosen", **_TRANSLATION_IGNORED},
    ),
    Section(
        ("nat", "onetoone"),
        _tags("disabled interface type external source destination descr subnet"),
        {"natreflection": "docs/limits.md: 1:1 rules are not reflected", **_TRANSLATION_IGNORED},
    ),
    Section(
        ("nat", "npt"), _tags("disabled interface source destination descr"), _TRANSLATION_IGNORED
    ),
    Section(
        ("opnsense", "firewall", "alias"),
        _tags("aliases"),
        {"geoip": "where the lists of countries come from"},
    ),
    Section(
        ("opnsense", "firewall", "alias", "aliases", "alias"),
        _tags("enabled name type content"),
        {
            **dict.fromkeys(("proto", "interface", "path_expression", "authtype", "username",
                             "password"), "how a list is made that only the device has"),
            "updatefreq": "how often a list is fetched",
            "expire": "how long an entry stays",
            "counters": "statistics",
            "current_items": "statistics",
            "last_updated": "statistics",
            "description": "for people",
            **_SHOWN,
        },
    ),
    Section(
        ("aliases", "alias"),
        _tags("name type address"),
        {
            **dict.fromkeys(("url", "aliasurl", "updatefreq", "proto"),
                            "how a list is made that only the device has"),
            "descr": "for people",
            "detail": "for people",
        },
    ),
    Section(
        ("ifgroups", "ifgroupentry"),
        _tags("ifname members sequence"),
        {"descr": "for people", "nogroup": "for people"},
    ),
    Section(
        ("virtualip", "vip"),
        _tags("interface mode subnet subnet_bits"),
        {
            **dict.fromkeys(("vhid", "advbase", "advskew", "password", "peer", "peer6", "nosync",
                             "type", "noexpand", "nobind", "gateway", "uniqid", "vhid_txt",
                             "address", "network"), "how the address is kept"),
            "descr": "for people",
        },
    ),
    Section(
        ("schedules", "schedule"),
        _tags("name"),
        {"timerange": "when it is, which is possible at any time", "descr": "for people",
         "schedlabel": "for people"},
    ),
    Section(
        ("interfaces", "*"),
        _tags(
            "if enable descr ipaddr subnet ipaddrv6 subnetv6 gateway gatewayv6 blockpriv "
            "blockbogons virtual type alias-address alias-subnet gateway-6rd"
        ),
        {
            **dict.fromkeys(("mtu", "mss", "media", "mediaopt", "spoofmac", "promisc", "lock",
                             "hw_settings_overwrite", "disablechecksumoffloading",
                             "disablesegmentationoffloading", "disablelargereceiveoffloading",
                             "disablevlanhwfilter", "networks", "internal_dynamic", "identifier"),
                            "the device itself"),
            **dict.fromkeys(("dhcphostname", "dhcprejectfrom", "dhcpvlanprio", "dhcpoverridemtu",
                             "adv_", "ptpid", "ppp", "pppoe_idletimeout", "provider", "username",
                             "password", "local-subnet", "pptp_subnet", "prefix-6rd",
                             "prefix-6rd-len", "prefix-6rd-v4addr", "prefix-6rd-v4plen",
                             "track6-interface", "track6-prefix-id", "track6_ifid",
                             "slaacusev4iface", "ipv6usev4iface", "wireless", "gateway_interface",
                             "dhcp6usev4iface", "dhcp6prefixonly", "dhcp6sendsolicit",
                             "dhcp6vlanprio", "dhcp6debug", "dhcp6norelease", "dhcp6-ia-pd-len",
                             "dhcp6_ifid", "dhcp6-ia-pd-send-hint", "dhcpd6track6allowoverride"),
                            "how an address is got"),
        },
    ),
    *(
        Section((*path, side), SIDE, {})
        for path in (("filter", "rule"), ("nat", "rule"), ("nat", "outbound", "rule"),
                     ("nat", "onetoone"), ("nat", "npt"))
        for side in ("source", "destination")
    ),
    *(
        Section(path, _tags(inside), {})
        for path, inside in (
            (("aliases",), "alias"),
            (("virtualip",), "vip"),
            (("ifgroups",), "ifgroupentry"),
            (("schedules",), "schedule"),
            (("opnsense", "firewall", "alias", "aliases"), "alias"),
            (("opnsense", "firewall", "filter", "rules"), "rule"),
            (("opnsense", "firewall", "filter", "snatrules"), "rule"),
            (("opnsense", "firewall", "filter", "npt"), "rule"),
            (("opnsense", "firewall", "filter", "onetoone"), "rule"),
        )
    ),
    Section(
        ("schedules", "schedule", "timerange"),
        frozenset(),
        dict.fromkeys(("month", "day", "position", "hour", "rangedescr"),
                      "when it is, which is possible at any time"),
    ),
    Section(
        ("opnsense", "firewall"),
        _tags("alias filter"),
        {"category": "for people", "lvtemplate": "for people", "group": "stands in `<ifgroups>`"},
    ),
    Section(
        ("opnsense", "firewall", "filter", "settings"),
        _tags("filter nat"),
        {"logging": "it only logs", "alias": "how often lists are fetched"},
    ),
    Section(
        ("opnsense", "firewall", "filter", "settings", "filter"),
        _tags(
            "disable_filter no_antilockout no_ipv6_rfc4890_req no_port0_block no_virusprot "
            "skip_rules_gw_down bypass_static_routes"
        ),
        {
            "no_sshlockout": "docs/limits.md: the table that it is about is empty here",
            **dict.fromkeys(("scrub_enabled", "scrub_no_df", "scrub_random_id"),
                            "it changes what no rule asks for"),
            **dict.fromkeys(("lb_use_sticky", "source_tracking_timeout", "pf_share_forward",
                             "pf_disable_force_gw", "disable_reply_to"), "the way of packets"),
            **dict.fromkeys(("optimization", "state_policy", "adaptive_start", "adaptive_end",
                             "schedule_states", "maximum_states", "maximum_fragments",
                             "maximum_table_entries", "syncookies", "syncookies_adaptive_start",
                             "syncookies_adaptive_end"), "how long and how many states live"),
            "keep_counters": "statistics",
        },
    ),
    Section(
        ("opnsense", "firewall", "filter", "settings", "nat"),
        _tags("reflection_dnat reflection_binat reflection_snat"),
        {"snat_mode": "it stands in `<nat><outbound>`"},
    ),
)  # fmt: skip

PREFIXES = ("adv_", "dhcp6", "track6", "prefix-6rd", "idassoc6", "ipv6_")
"""Beginnings of the tags of interfaces that say how an address is got."""


@lru_cache(maxsize=4096)
def is_known(*path: str) -> Known:
    """The elements of a section that are read, or ignored on purpose."""
    found = next(section for section in SECTIONS if section.path == path)
    starts = PREFIXES if path == ("interfaces", "*") else ()
    return Known(found.read | frozenset(found.ignored), starts, choices(*path))


_LISTS = frozenset(
    {"rule", "onetoone", "npt", "alias", "vip", "ifgroupentry", "schedule", "timerange",
     "month", "day", "position", "hour", "rangedescr"}
)  # fmt: skip
"""The elements that may stand in a section many times."""


def strangers(root: Element) -> Iterator[Strange]:
    """What of the sections is neither read nor ignored on purpose, or stands there twice."""
    for section in SECTIONS:
        known = is_known(*section.path)
        for element in root.below(*section.path):
            for each in strange(element, known):
                is_list = each.element is element and each.message.split(">")[0][1:] in _LISTS
                if not is_list:
                    yield each
    for child in root.children:
        if not child.tag.islower():
            yield Strange(child, f"<{child.tag}> is not understood", f"<{child.tag}>")
    yield from without_prefix(root)
    for vip in root.below("virtualip", "vip"):
        yield from _without_length(vip)


def odd_virtual(vip: Element) -> tuple[str, ...]:
    """Why what depends on a virtual address is only possible."""
    known = is_known("virtualip", "vip")
    return tuple(each.reason for each in (*strange(vip, known), *_without_length(vip)))


def _without_length(vip: Element) -> Iterator[Strange]:
    """That its address is missing, or the length of its network, or longer than the address."""
    text, length = vip.get("subnet"), vip.get("subnet_bits")
    if not text and vip.get("interface") and vip.get("mode"):
        line = vip.place.line
        message = "<vip> without an address in <subnet>"
        yield Strange(vip, message, f"the address of the virtual address in line {line}")
    is_number = not length or is_decimal(length)
    if is_number and network(text) and network(f"{text}/{length}") is None:
        line = vip.place.line
        message = "<subnet_bits> is no length of a network that is known here"
        yield Strange(vip, message, f"the network of the virtual address in line {line}")


def odd(interface: Element) -> bool:
    """Whether an interface has elements twice, or such that look like misspelt ones."""
    read = next(section.read for section in SECTIONS if section.path == ("interfaces", "*"))
    return any(
        each.element is interface or resembles(each.element.tag, read)
        for each in strange(interface, is_known("interfaces", "*"))
    )


def table() -> str:
    """The table for docs/formats.md."""
    lines = ["| section | read | ignored on purpose |", "|---|---|---|"]
    for section in SECTIONS:
        read = ", ".join(f"`{tag}`" for tag in sorted(section.read))
        reasons: dict[str, list[str]] = {}
        for tag, reason in sorted(section.ignored.items()):
            reasons.setdefault(reason, []).append(f"`{tag}`")
        ignored = "; ".join(f"{', '.join(tags)}: {reason}" for reason, tags in reasons.items())
        lines.append(f"| `{'/'.join(section.path)}` | {read} | {ignored} |")
    return "\n".join(lines) + "\n"

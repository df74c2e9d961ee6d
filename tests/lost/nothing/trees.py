"""What says nothing about packets in config.xml and in the answers of AWS.

Most of it is what the formats themselves ignore on purpose: docs/formats.md has those tables, and
tests hold them against the products' own lists of keys.
"""

from collections.abc import Iterator, Mapping

from parsers.aws import shapes
from parsers.aws.network_firewall import shapes as inspection
from parsers.aws.shapes import Shape
from parsers.pf import coverage
from parsers.pf.opnsense.coverage import PREFIXES, SECTIONS
from tests.lost.nothing.place import Nothing

_PF = (
    Nothing("/descr(?:iption)?(?:$|/)", "a description"),
    Nothing("/(?:created|updated|revision)(?:$|/)", "who wrote it, and when"),
    Nothing("/(?:tracker|id|associated-rule-id|@uuid|@version|@descr)$", "names of the interface"),
    Nothing("/log$", "whether a packet is written down"),
    Nothing(
        "^/(?:version|lastchange|theme|syslog|cert|ca|widgets|rrd|diag|cron|sysctl|notifications)",
        "about the device itself",
    ),
    Nothing(
        "^/system/(?:hostname|domain|timezone|timeservers|language|optimization|group|user|dns"
        "|nextuid|nextgid|firmware|bogons|backup|powerd|serial)",
        "about the device itself",
    ),
    Nothing("^/(?:OPNsense/)?(?:[gG]ateways|staticroutes)(?:$|/)", "where packets go, not whether"),
    Nothing("^/interfaces/lo0(?:$|/)", "the loopback: pf skips it (set skip on lo0)"),
    Nothing("^/interfaces/(?:INSIDE|BOTH|inner)(?:$|/)", "<ifgroups> says all about a group"),
    Nothing("^/interfaces/opt1$", "the id of an interface without rules", "garble misspell"),
    Nothing("/(?:shared_key|tls|crypto|digest|data_ciphers)$", "keys and ciphers of tunnels"),
    Nothing("^/openvpn/openvpn-client/remote_network$", "the static route of the fixture says it"),
    Nothing(
        "^/openvpn/openvpn-(?:client|server)/(?!(?:vpnid|disable|mode|dev_mode"
        "|(?:tunnel|remote)_network(?:v6)?)$)[^/]+$",
        "filter.inc asks for the networks, and for the number of the device",
    ),
    Nothing(r"<disablenatreflection>([^<]+)</", "any word is on (filter.inc)", "garble misspell"),
    Nothing("^/system/disablenatreflection$", "it is on whichever of both counts", "double"),
    Nothing("^/openvpn/openvpn-client$", "the networks of another one are the same", "double"),
    Nothing("^/filter/rule/shiny$", "an unknown element is remarked, whatever it says"),
    Nothing("^/schedules/schedule/timerange", "when a schedule holds: its rules are possible"),
)


def _below(path: tuple[str, ...], tags: Mapping[str, str]) -> Iterator[Nothing]:
    way = "".join(f"/{'[^/]+' if tag == '*' else tag}" for tag in path)
    for tag, because in tags.items():
        yield Nothing(f"(?i)^{way}/{tag}(?:$|/)", because)


def _opnsense() -> Iterator[Nothing]:
    yield _starting(PREFIXES)
    for section in SECTIONS:
        yield from _below(section.path, section.ignored)


def _starting(starts: tuple[str, ...]) -> Nothing:
    way = "^/interfaces/[^/]+/"
    return Nothing(f"{way}(?:{'|'.join(starts)})", "how an address is got")


def _pfsense() -> Iterator[Nothing]:
    yield _starting(coverage.IGNORED_STARTS)
    inside = r"((?:(?!</?rule>)[\s\S])*)"
    for pattern in (rf"<rule>{inside}<separator ?/>", rf"<separator ?/>{inside}</rule>"):
        yield Nothing(pattern, "filter.inc passes over a rule that is a separator")
    yield Nothing(r"<disablenatreflection>([^<]*)</", "filter.inc asks whether it is there (isset)")
    yield Nothing(
        r"<track6-interface>([^<]+)</", "filter.inc asks whether it is there", "garble misspell"
    )
    yield Nothing(r"<ipsec>\s*</ipsec>", "no tunnel is in it (ipsec.inc, ipsec_enabled)")
    yield Nothing(r"<target_subnet>(?:32|128)</target_subnet>", "one address alone", "delete")
    yield Nothing("^/unbound(?:$|/)", "who answers DNS: filter.inc never asks for it")
    yield Nothing(
        "^/system/webgui/(?!(?:protocol|port|noantilockout|disablehttpredirect)$)[^/]+$",
        "filter_get_antilockout_ports asks for four elements",
    )
    yield from _below(("filter", "rule"), coverage.RULE_IGNORED)
    for path, (_, ignored) in coverage.LEAVES.items():
        yield from _below(path, ignored)


_SAYS_NOTHING = "a key that says nothing of which packets pass (docs/formats.md)"
_LISTS = {
    "SecurityGroups": shapes.GROUP,
    "SecurityGroupRules": shapes.GROUP_RULE,
    "NetworkAcls": shapes.ACL,
    "PrefixLists": shapes.PREFIX_LIST,
    "NetworkInterfaces": shapes.INTERFACE,
    "Reservations": shapes.RESERVATION,
    "Subnets": shapes.SUBNET,
    "Vpcs": shapes.VPC,
    "RouteTables": shapes.ROUTE_TABLE,
}


def _ignored(shape: Shape, way: str) -> Iterator[Nothing]:
    if shape.ignored:
        yield Nothing(f"{way}/(?:{'|'.join(sorted(shape.ignored))})(?:$|/)", _SAYS_NOTHING)
    for key, part in shape.parts:
        yield from _ignored(part, f"{way}/{key}(?:/[*])?")


def _aws() -> Iterator[Nothing]:
    for key, shape in _LISTS.items():
        yield from _ignored(shape, f"^/{key}/[*]")
    yield from _ignored(shapes.ENTRIES, "^")
    for shape in inspection.RESPONSES.values():
        yield from _ignored(shape, "^")
    read: set[str] = set()
    ignored: set[str] = set()
    for shape in (*_LISTS.values(), shapes.ENTRIES, *inspection.RESPONSES.values()):
        _collect(shape, read, ignored)
    keys = "|".join(sorted(ignored - read))
    # In YAML a key is a line, and with it what stands deeper.
    yield Nothing(rf"^ *(?:- )?(?:{keys}):.*\n?", _SAYS_NOTHING)


def _collect(shape: Shape, read: set[str], ignored: set[str]) -> None:
    read |= shape.read
    ignored |= shape.ignored
    for _, part in shape.parts:
        _collect(part, read, ignored)


PFSENSE = (*_PF, *_pfsense())
OPNSENSE = (*_PF, *_opnsense())
AWS = (
    *_aws(),
    Nothing("/Description$", "a description"),
    Nothing(r"/GroupName$", "the name of a group, which findings show"),
    Nothing(r"^\s*#.*\n?", "a comment"),
    Nothing(r"(?<=\\n)#(?:[^\\\"]|\\[^n])*", "a comment of Suricata"),
    Nothing(r'(?<=")#(?:[^\\"]|\\[^n])*', "a comment of Suricata"),
    Nothing(r'msg:\\?"(?:[^"\\]|\\[^"])*\\?"', "the message of a rule"),
    Nothing(r"\bsid:\d+;?\)?", "the number of a rule", "misspell"),
    Nothing("/RuleOptions/[*]/Settings/[*]$", "the number of a rule", "misspell"),
    Nothing("/NextToken$", "that there is one says that something is missing", "garble misspell"),
    Nothing("^/Vpcs/[*]/CidrBlockAssociationSet", "the first block is also the VPC's CidrBlock"),
    Nothing(
        "^/NetworkInterfaces/[*]/PrivateIpAddress$",
        "the first of its PrivateIpAddresses; a list without it is remarked",
        "delete empty",
    ),
    Nothing("^/NetworkInterfaces/[*]/InterfaceType$", "one that has groups is no gateway's"),
    Nothing(
        "/Attachment/DeviceIndex$|/Instances/.*/Attachment$",
        "which of an instance's interfaces it is: none is a local one here",
    ),
    Nothing(
        "^/RouteTables/[*]/Routes/[*]/(?:Origin|InstanceId|NatGatewayId|NetworkInterfaceId"
        "|VpcPeeringConnectionId)$",
        "where a route leads to: any target but `local` leads elsewhere, and no list is there",
    ),
    Nothing("/RuleGroupResponse/Type$", "its rules say it, too", "delete empty"),
    Nothing(
        "/FirewallStatus(?:/ConfigurationSyncStateSummary|/Status)?$",
        "that it is in sync is what counts where nobody says it",
        "delete empty",
    ),
    Nothing(
        r',?\s*"StatefulDefaultActions": \[(?:\s*"aws:alert_\w+",?)+\s*\],?\s*',
        "it writes to logs (StatefulDefaultActions)",
        "delete empty",
    ),
    Nothing(r',\s*"aws:alert_\w+"', "it writes to logs (StatefulDefaultActions)", "delete"),
    Nothing(r'"aws:alert_\w+",\s*', "it writes to logs (StatefulDefaultActions)", "delete"),
    Nothing(
        r'"Actions": \[\s*"aws:\w+"(,\s*"\w+")',
        "the name of a custom action, which publishes metrics (CustomAction)",
        "delete",
    ),
    Nothing("/StatelessFragmentDefaultActions", "fragments, of which there are none here"),
    Nothing("^/SecurityGroups/[*]/(?:OwnerId|GroupName)$", "names that findings show"),
    Nothing(r"flow:[^;]*;", "a test that stands twice lets the same packets through", "double"),
    Nothing(r"^ *- .*\n", "what stands twice in a list is in it once", "double"),
    Nothing(r"^ *Type: \S+\n?", "whether a group is stateful: its rules say it too"),
    Nothing(r"Priority: (\d+)", "a number that only says the order", "misspell"),
    Nothing(r"FirewallPolicyArn: (\S+)", "a name that no other file of the fixture has"),
    Nothing(r"^---\n?", "where a document begins"),
    Nothing(r'^\s*RulesString: "(#[^"]*)"$', "a comment of Suricata"),
)

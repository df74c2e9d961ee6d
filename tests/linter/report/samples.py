"""A report with something of everything, for the tests of all formats."""

from flowmodel.addresses import Addresses
from flowmodel.affected import Affected, PacketBox, Witness
from flowmodel.fields import ICMP, TCP
from flowmodel.finding import Finding, Related, Report, Waived
from flowmodel.fix import Edit, Fix
from flowmodel.opened import By, Offered, Section, SentOn
from flowmodel.opened import Row as OpenRow
from flowmodel.packet import Packet
from flowmodel.proved import Judged, Proved
from flowmodel.record import replace
from flowmodel.site import Device, End, Interface, Requirement, Row, Service, Site
from flowmodel.source import Source, Span
from flowmodel.used import CheckedFile, Document, Used
from flowmodel.values import full

EXPORT = Source(
    "configs/edge.nft",
    [
        "table inet filter {",
        "\tchain forward {",
        "\t\ttype filter hook forward priority filter; policy drop;",
        '\t\tip saddr 10.10.8.0/22 tcp dport 4000 accept comment "Switch"',
        "\t\tmeta skuid 1000 accept",
        "\t}",
        "}",
    ],
)
SITE = Source(
    "site.yaml", ["fwlint: site/1", "use:", "  1e:", "    bind:", "      dmz: 192.0.2.11"]
)
_CLIENT, _DMZ, _PORT = 0xC6336407, 0xC000020B, ((4100, 4100),)
_INTERNET, _SERVER = ((0, 0x09FFFFFF), (0x0B000000, 0xFFFFFFFF)), ((_DMZ, _DMZ),)
_OPEN = PacketBox(
    4, "possible", "forward", "core0", "dmz0", ((ICMP, ICMP),), _INTERNET, _SERVER,
    icmp_types=((8, 8),), icmp_codes=((0, 255),),
)  # fmt: skip

_RULE = By(
    "rule",
    'ip saddr 10.10.8.0/22 tcp dport 4000 accept comment "Switch"',
    Span("configs/edge.nft", 4, 3, 4, 60),
)
OPENED = Section(
    "edge",
    "",
    "forward",
    "Through it, from core0",
    (
        OpenRow(
            (4, 6), "certain", "tcp 3306, 4000", "any address", "192.0.2.11", ("core0",), (), "",
            (Offered(((TCP, TCP),), ((3306, 3306), (4000, 4000)), full(8), full(8)),),
            Addresses(((0, 0xFFFFFFFF),), ((0, (1 << 128) - 1),)), full(16), Addresses(_SERVER),
            (_RULE,), more=2, marks=("tcp 3306 (MySQL)",),
            sent_on=SentOn("192.0.2.12", Addresses(((_DMZ + 1, _DMZ + 1),)), full(16), _RULE),
        ),
        OpenRow(
            (4,), "possible", "icmp echo request", "the internet", "any address", ("core0",), (),
            "",
            (Offered(((ICMP, ICMP),), full(16), ((8, 8),), full(8)),),
            Addresses(_INTERNET), full(16), Addresses(((0, 0xFFFFFFFF),)),
            (By("policy", "default policy of forward"),), reasons=("meta skuid 1000",),
        ),
    ),
)  # fmt: skip
CLOSED = Section("edge", "", "input", "To the machine itself", notes=("nothing is known of IPv6",))

BLOCKED = Finding(
    check="FW101",
    level="critical",
    certainty="certain",
    message="1e.dmz-switch is blocked on edge: no packet to 4100/tcp passes",
    span=Span("configs/edge.nft", 3, 46, 3, 57),
    label="dropped here, by the default policy",
    related=(
        Related(Span("site.yaml", 5, 7, 5, 9), "required for this role"),
        Related(Span("1e.yaml", 120, 3, 120, 20), "required by this flow"),
    ),
    device="edge",
    flow="1e.dmz-switch",
    rows=("1e E4, line 103: TCP 400n, Incoming",),
    witness="tcp 198.51.100.7:32768 > 192.0.2.11:4100 in wan0 out dmz0",
    example=Witness(
        Packet(4, _CLIENT, _DMZ, TCP, sport=32768, dport=4100, in_name="wan0", out_name="dmz0"),
        "forward",
        "opening",
    ),
    extent="every address of the internet, port 4100",
    affected=Affected(
        (
            PacketBox(
                4,
                "certain",
                "forward",
                "wan0",
                "dmz0",
                ((TCP, TCP),),
                _INTERNET,
                _SERVER,
                ((1024, 65535),),
                _PORT,
            ),
        ),
        is_complete=True,
    ),
    remedy="permit tcp from internet to 192.0.2.11 port 4100 before configs/edge.nft:4",
    trace=("configs/edge.nft:4: ip saddr 10.10.8.0/22 …", "configs/edge.nft:3: policy drop"),
    way=(
        Related(Span("configs/core save", 9, 1, 9, 40), "on core: accepted here"),
        Related(Span("configs/edge.nft", 3, 46, 3, 57), "on edge: dropped here"),
    ),
    key=("edge", "1e.dmz-switch", "tcp/4100"),
    fix=Fix(
        (
            Edit(EXPORT.path, 4, (), ("\t\ttcp dport 4100 accept",)),
            Edit(EXPORT.path, 5, (EXPORT.lines[4],), ()),
            Edit(EXPORT.path, 6, ("drop",), ("accept",), 9),
        ),
        ("nft 'insert rule inet filter forward index 0 tcp dport 4100 accept'",),
        ("Firewall > Rules: add it",),
        "opens tcp 4100 from any address to any address; no other packet is treated differently",
    ),
)
UNSURE = Finding(
    check="FW205",
    level="warning",
    certainty="possible",
    message="192.0.2.11 may be reached on 8080/tcp, which no policy asks for",
    span=Span("configs/edge.nft", 5, 3, 5, 24),
    label="accepted here, perhaps",
    device="edge",
    witness="tcp 10.10.0.1:32768 > 192.0.2.11:8080 in core0 out dmz0",
    affected=Affected((_OPEN,), is_complete=False),
    reasons=("meta skuid 1000 (configs/edge.nft:5) is outside the model",),
    key=("edge", "8080"),
)
UNREAD = Finding(
    check="FW902",
    level="info",
    certainty="certain",
    message="meta skuid is outside the model",
    span=Span("configs/edge.nft", 5, 3, 5, 17),
    device="edge",
    key=("edge", "meta skuid"),
)
ACCEPTED = Finding(
    check="FW202",
    level="warning",
    certainty="certain",
    message="4000/tcp is open for 10.10.8.0/22",
    span=Span("configs/edge.nft", 4, 3, 4, 63),
    device="edge",
    key=("edge", "4000"),
)
UNREADABLE = Finding(
    check="FW904",
    level="error",
    certainty="certain",
    message="expected a rule, found 'COMIT'",
    span=Span("configs/core save", 12, 1, 12, 5),
    device="core",
    key=("core", "expected a rule"),
)

_FLOW = Requirement(
    policy="1e",
    id="dmz-switch",
    ends=(
        (
            End("internet", "internet", Addresses(v4=_INTERNET)),
            End("1e.dmz", "role", Addresses(v4=_SERVER, v6=((1, 1),))),
        ),
    ),
    services=(
        Service(TCP, _PORT, "4100/tcp"),
        Service(47, ((0, 65535),), "gre"),
        Service(ICMP, ((0, 65535),), "3/4/icmp", ((3, 3),), ((4, 4),)),
    ),
    need="must",
    span=Span("1e.yaml", 120, 3, 120, 20),
)

_OTHER = replace(
    _FLOW,
    id="dmz-core",
    ends=tuple((to, source) for source, to in _FLOW.ends),
    rows=(Row("1e", "E9", 113, "TCP, Outgoing"),),
    purpose="The core",
)
_UNUSED = replace(_FLOW, id="catalog", ends=(), inactive_because="remote_catalog: no")
_FREE = replace(_FLOW, id="wake-up", need="may")
POLICY = Source("1e.yaml", ["fwlint: policy/1"], b"fwlint: policy/1\n")
STOOD = Site(
    "alder",
    {"dmz": Addresses(v4=_SERVER)},
    (
        Device(
            "edge", ("configs/edge.nft",), "",
            (Interface("dmz0", ("dmz",), Addresses(v4=_SERVER), _FLOW.span),),
            (), Addresses(), _FLOW.span,
        ),
        Device("core", (), "", (), ("1e.dmz",), Addresses(v4=_SERVER), _FLOW.span),
    ),
    (_FLOW, _OTHER, _UNUSED, _FREE),
    (_FLOW.ends[0][1],),
    used=(
        Used(
            "1e", "1E platform",
            Document("Communication Ports", "https://example.com/ports", "2020-05-05"),
            POLICY, (("dmz", "DMZ server"),), (("dmz_server", "yes"),), (("switch_port", "4100"),),
            ("Active Directory",),
        ),
    ),
)  # fmt: skip

REPORT = Report(
    findings=(BLOCKED, UNSURE, UNREAD),
    waived=(Waived(ACCEPTED, "Until the move, ticket NET-7", "2026-12-31"),),
    failures=(UNREADABLE,),
    sources={source.path: source for source in (EXPORT, SITE)},
    exports=1,
    rules=2,
    requirements=31,
    opened=(OPENED, CLOSED),
    proved=(
        Proved(_FLOW, (Judged("edge", 4, "blocked"), Judged("core", 6, "works")), "blocked"),
        Proved(_OTHER, (), "not judged", ("no device with an export is on its way",)),
    ),
    site=STOOD,
    checked=(CheckedFile("edge", replace(EXPORT, data=b"table", format="nft")),),
    left_out=("FW301",),
    day="2026-11-20",
)
CLEAN = Report(findings=(), exports=2, rules=40, requirements=31)


def report_of(finding: Finding, *lines: str) -> Report:
    """A report of one finding in a file with these lines."""
    source = Source(finding.span.path, list(lines))
    return Report((finding,), sources={source.path: source}, exports=1, rules=1, requirements=1)


def at(line: int, column: int, last_column: int, path: str = "x.rules") -> Finding:
    """A plain finding at a place of one line."""
    return Finding(
        "FW101", "error", "certain", "blocked", Span(path, line, column, line, last_column)
    )

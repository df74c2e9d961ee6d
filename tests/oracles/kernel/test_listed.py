"""What nft prints: JSON says what the listing says, and iptables-nft is listed as loaded."""

from collections.abc import Sequence
from random import Random

import pytest

from flowmodel.fields import ACK, ICMP, ICMPV6, SYN, TCP, UDP, Family
from flowmodel.packet import Packet
from flowmodel.record import replace
from flowmodel.ruleset import RuleSet
from linter.checks.rulebase.judged import judged
from linter.engine.device.trace import traced
from tests.oracles.kernel.compare import compare, read
from tests.oracles.kernel.deletions import subject_of
from tests.oracles.kernel.netfilter import Kind
from tests.oracles.kernel.nft.strategies import nft_cases
from tests.oracles.kernel.openings import table
from tests.oracles.kernel.oracle import Fate
from tests.oracles.kernel.packets import boundary_packets, tidied
from tests.oracles.kernel.runs import Record, fresh
from tests.oracles.kernel.strategies import iptables_cases
from tests.oracles.kernel.worker import Kernel, OracleDiedError

pytestmark = pytest.mark.kernel


def _told(rulesets: Sequence[RuleSet]) -> tuple[list[object], list[object]]:
    """What is open, and which rules decide nothing, whatever their places are."""
    rows = [
        (each.traffic, row.certainty, row.service, row.source, row.destination, row.incoming)
        for each in table(rulesets)
        for row in each.rows
    ]
    idle = [
        (each.table.name, each.chain.name, each.is_shadowed, each.is_redundant, each.never_matches)
        for each in judged(subject_of(rulesets))
    ]
    return list(rows), list(idle)


def _same(kernel: Kernel, count: int, first: int) -> int:
    """How many rule sets say the same as JSON."""
    same = 0
    for case in fresh(nft_cases(is_open=False), count, first):
        if kernel.load(case.files()):
            continue
        try:
            texts = {"rules.nft": kernel.save("nft")}, {"rules.json": kernel.save("nft-json")}
        except OracleDiedError:
            kernel.restart()
            continue
        listing, json = map(read, texts)
        # What nft 1.0.6 prints so that nobody can read it is said, and possible.
        if not any(gap.check == "FW901" for each in json for gap in each.gaps):
            assert _told(json) == _told(listing)
            same += 1
    return same


def test_json_has_the_same_openings_and_idle_rules_as_the_listing(kernel: Kernel) -> None:
    assert _same(kernel, 5, 0) >= 2


@pytest.mark.long
def test_json_of_many_rule_sets_has_the_same_openings(kernel: Kernel, first: int) -> None:
    assert _same(kernel, 300, first) >= 100


def _iptables(kernel: Kernel, count: int, first: int) -> int:
    """How many rule sets of iptables-nft were read as nft lists them."""
    held = 0
    for number, case in enumerate(fresh(iptables_cases(is_open=False), count, first)):
        packets = boundary_packets(case, 300, Random(number))
        if getattr(case, "variant", "") != "nft" or kernel.load(case.files()):
            continue
        fates = kernel.judge(case.hook, packets)
        assert compare(case, read({"rules.nft": kernel.save("nft-fresh")}), packets, fates) == []
        held += 1
    return held


def test_iptables_as_nft_lists_it_means_no_more_than_is_loaded(
    kernel: Kernel, record_property: Record
) -> None:
    held = _iptables(kernel, 40, 4_000)
    record_property("counted", f"{held} rule sets")

    assert held >= 8


@pytest.mark.long
def test_many_rule_sets_of_iptables_as_nft_lists_them(
    kernel: Kernel, record_property: Record, first: int
) -> None:
    held = _iptables(kernel, 1000, first)
    record_property("counted", f"{held} rule sets")

    assert held >= 200


_LIMITED = "-m hashlimit --hashlimit-upto 500/sec --hashlimit-mode srcip,dstport"
# What nft 1.0.6 lists otherwise than it is, or so that it cannot read it (libxtables 1.8.9).
_STRANGE: tuple[tuple[Family, str, str], ...] = (
    (4, "filter", "-m conntrack --ctstatus NONE -j ACCEPT"),
    (4, "filter", "-m conntrack ! --ctstatus NONE -j ACCEPT"),
    (4, "filter", "-m conntrack --ctstate INVALID --ctorigsrc 192.0.2.1 -j ACCEPT"),
    (4, "filter", "-m conntrack ! --ctstate DNAT -j ACCEPT"),
    (4, "filter", "-m addrtype --dst-type NAT -j ACCEPT"),
    (4, "filter", "-m addrtype ! --src-type LOCAL ! --dst-type UNICAST -j ACCEPT"),
    (4, "filter", "-m connlabel ! --label 40 --set -j ACCEPT"),
    (4, "filter", "-m helper ! --helper ftp -j ACCEPT"),
    (4, "filter", "-m iprange --src-range 10.0.0.9-10.0.0.1 -j ACCEPT"),
    (4, "filter", "-m iprange ! --src-range 10.0.0.9-10.0.0.1 -j ACCEPT"),
    (4, "filter", "-m mark --mark 0/0 -j ACCEPT"),
    (4, "filter", "-m mark ! --mark 0/0xf0000000 -j ACCEPT"),
    (4, "filter", "-p tcp -m ecn ! --ecn-tcp-ece -j ACCEPT"),
    (4, "filter", "-p tcp -m ecn --ecn-tcp-cwr ! --ecn-ip-ect 1 -j ACCEPT"),
    (4, "filter", "-p tcp -m multiport ! --ports 80 -j ACCEPT"),
    (4, "filter", "-p icmp -m icmp ! --icmp-type any -j ACCEPT"),
    (4, "filter", '-j LOG --log-prefix "a \\"b\\""'),
    (4, "filter", '-j LOG --log-prefix "\\" drop #"'),
    (4, "filter", '-j LOG --log-prefix "x\\" accept comment \\"y"'),
    (
        4,
        "filter",
        f"{_LIMITED} --hashlimit-name a -j ACCEPT",
    ),
    (
        4,
        "filter",
        f"-p udp {_LIMITED} --hashlimit-name b -j ACCEPT",
    ),
    (4, "mangle", "-j TOS --set-tos 0/0"),
    (6, "filter", "-m ecn --ecn-ip-ect 1 -j ACCEPT"),
    (6, "filter", "-p tcp -m multiport ! --ports 80 -j ACCEPT"),
)
_MARKS: tuple[str, ...] = (
    "CONNMARK --set-xmark 5/7",
    "CONNMARK --set-xmark 5/4",
    "CONNMARK --restore-mark --mask 0xf0",
    "CONNMARK --save-mark --mask 0xf",
)


def _packets(family: Family) -> list[Packet]:
    source, target = (
        (0x08080807, 0xC0000201) if family == 4 else (0x2A00 << 112, (0x2A00 << 112) + 9)
    )
    control = ICMP if family == 4 else ICMPV6
    made = [
        *(
            Packet(family, source, target, TCP, 40000, port, tcp_flags=flags)
            for port in (22, 80)
            for flags in (SYN, ACK, SYN | 0xC0)
        ),
        *(Packet(family, source, target, UDP, 40000, port) for port in (22, 80)),
        *(Packet(family, source, target, control, icmp_type=kind) for kind in (8, 3, 128)),
        Packet(family, source, target, 47),
    ]
    return [tidied(replace(each, in_name="eth0", out_name="eth1")) for each in made]


def _held(kernel: Kernel, family: Family, tables: str, form: Kind) -> None:
    """What the kernel does with packets is among what fwlint says of the listing."""
    packets = _packets(family)
    kind: Kind = "iptables-nft" if family == 4 else "ip6tables-nft"
    assert kernel.load([(kind, tables)]) == ""
    fates = kernel.judge("forward", packets)
    rulesets = read({f"rules.{'json' if form == 'nft-json' else 'nft'}": kernel.save(form)})
    for packet, fate, answer in zip(
        packets, fates, traced(rulesets, "forward", packets), strict=True
    ):
        assert ("accept" if fate == Fate.PASSED else "drop") in answer.possible, packet


@pytest.mark.parametrize("form", ["nft-fresh", "nft-json"])
@pytest.mark.parametrize(("family", "table", "rule"), _STRANGE)
def test_what_nft_lists_strangely_is_read_as_it_is_loaded_or_possible(
    kernel: Kernel, family: Family, table: str, rule: str, form: Kind
) -> None:
    policy = "DROP" if table == "filter" else "ACCEPT"
    _held(
        kernel,
        family,
        f"*{table}\n:FORWARD {policy}\n:~log0 -\n-A FORWARD {rule}\n-A FORWARD -j ~log0\nCOMMIT\n",
        form,
    )


@pytest.mark.parametrize("form", ["nft-fresh", "nft-json"])
@pytest.mark.parametrize("change", _MARKS)
def test_marks_under_masks_are_as_they_are_loaded(kernel: Kernel, change: str, form: Kind) -> None:
    lines = [
        "-A FORWARD -j MARK --set-mark 0x3c",
        "-A FORWARD -j CONNMARK --set-mark 0xa3",
        f"-A FORWARD -j {change}",
        *(
            f"-A FORWARD -p {name} -m mark --mark {mark} -m connmark --mark {connection} -j DROP"
            for name, mark, connection in (
                ("tcp", "0x3c", "0xa5"),
                ("udp", "0xac", "0xa3"),
                ("gre", "0x3c", "0xac"),
            )
        ),
    ]
    _held(kernel, 4, "\n".join(["*mangle", ":FORWARD ACCEPT", *lines, "COMMIT", ""]), form)

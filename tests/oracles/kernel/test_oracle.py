"""The judge itself: what it says of rule sets so small that everybody knows the answer."""

from ipaddress import ip_address
from random import Random

import pytest

from flowmodel.fields import (
    ESTABLISHED,
    ICMP,
    ICMPV6,
    INVALID,
    NEW,
    RELATED,
    TCP,
    UDP,
    UNTRACKED,
    Family,
)
from flowmodel.packet import Packet
from flowmodel.record import replace
from tests.oracles.kernel.cases import IptablesCase, RuleText, shrunk
from tests.oracles.kernel.netfilter import Kind
from tests.oracles.kernel.oracle import Fate, JudgedHook
from tests.oracles.kernel.packets import apart, connected, natural_state
from tests.oracles.kernel.worker import Kernel

pytestmark = pytest.mark.kernel

HOOKS: tuple[JudgedHook, ...] = ("input", "forward", "output")
FAMILIES: tuple[Family, ...] = (4, 6)
RULES = """*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT DROP [0:0]
:CHAIN - [0:0]
-A INPUT -i eth+ -j CHAIN
-A FORWARD -i eth0 -o eth1 -j CHAIN
-A OUTPUT -o eth1 -j CHAIN
-A CHAIN -p tcp -m multiport --dports 22,80 -j ACCEPT
-A CHAIN ! -s NETWORK -p udp -m udp --dport 53 -j REJECT
-A CHAIN -p udp -j ACCEPT
COMMIT
"""
NETWORKS: dict[Family, str] = {4: "10.0.0.0/8", 6: "2001:db8::/32"}
ADDRESSES: dict[Family, tuple[str, ...]] = {
    4: ("10.0.0.1", "198.51.100.9"),
    6: ("2001:db8::1", "fd00::9"),
}


def a_packet(random: Random, hook: JudgedHook, family: Family) -> Packet:
    source, target = (int(ip_address(random.choice(ADDRESSES[family]))) for _ in "sd")
    return Packet(
        family,
        source,
        target,
        random.choice((TCP, UDP, 47)),
        random.randrange(1024, 60000),
        random.choice((22, 53, 80, 443)),
        in_name="" if hook == "output" else random.choice(("eth0", "eth10", "wan")),
        out_name="" if hook == "input" else random.choice(("eth1", "tun0")),
    )


def by_hand(packet: Packet, hook: JudgedHook) -> Fate:
    placed = {
        "input": str(packet.in_name).startswith("eth"),
        "forward": (packet.in_name, packet.out_name) == ("eth0", "eth1"),
        "output": packet.out_name == "eth1",
    }
    inside = str(ip_address(packet.src)) == ADDRESSES[packet.family][0]
    is_open = (packet.proto == TCP and packet.dport in (22, 80)) or (
        packet.proto == UDP and (packet.dport != 53 or inside)
    )
    return Fate.PASSED if placed[hook] and is_open else Fate.GONE


@pytest.mark.parametrize("variant", ["legacy", "nft"])
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("hook", HOOKS)
def test_the_kernel_says_what_a_model_by_hand_says(
    kernel: Kernel, hook: JudgedHook, family: Family, variant: str
) -> None:
    random = Random(1)
    packets = [a_packet(random, hook, family) for _ in range(2000)]
    kinds: dict[tuple[int, str], Kind] = {
        (4, "legacy"): "iptables-legacy",
        (4, "nft"): "iptables-nft",
        (6, "legacy"): "ip6tables-legacy",
        (6, "nft"): "ip6tables-nft",
    }
    text = RULES.replace("NETWORK", NETWORKS[family])

    assert kernel.load([(kinds[family, variant], text)]) == ""
    expected = [by_hand(packet, hook) for packet in packets]
    actual = [Fate(fate) for fate in kernel.judge(hook, packets)]

    assert actual == expected
    assert {Fate.PASSED, Fate.GONE} == set(actual)


def test_without_rules_every_packet_passes(kernel: Kernel) -> None:
    random = Random(2)
    for hook in HOOKS:
        packets = [a_packet(random, hook, family) for family in FAMILIES for _ in range(50)]

        assert kernel.load([]) == ""
        assert kernel.judge(hook, packets) == bytes([Fate.PASSED]) * 100


def test_a_refused_rule_set_leaves_nothing_loaded(kernel: Kernel) -> None:
    refusal = kernel.load([("iptables-legacy", "*nat\n-A PREROUTING -j DROP\nCOMMIT\n")])
    packet = a_packet(Random(3), "forward", 4)

    assert "iptables-restore" in refusal
    assert list(kernel.judge("forward", [packet])) == [Fate.PASSED]


def test_a_packet_that_becomes_the_routers_own_is_elsewhere(kernel: Kernel) -> None:
    text = "*nat\n:PREROUTING ACCEPT\n-A PREROUTING -p tcp -j REDIRECT --to-ports 80\nCOMMIT\n"
    packet = replace(a_packet(Random(3), "forward", 4), proto=TCP)

    assert kernel.load([("iptables-legacy", text)]) == ""
    assert list(kernel.judge("forward", [packet])) == [Fate.ELSEWHERE]


STATE_NAMES = {
    NEW: "new",
    ESTABLISHED: "established",
    RELATED: "related",
    INVALID: "invalid",
    UNTRACKED: "untracked",
}


def states_by_the_kernel(
    kernel: Kernel, hook: JudgedHook, packets: list[Packet], *, are_open: bool = False
) -> list[int]:
    """Each packet's state: the one whose rule drops it."""
    found = [-1] * len(packets)
    for state, name in STATE_NAMES.items():
        assert kernel.load([]) == ""
        if are_open:
            assert kernel.open_connections(hook, packets) == len(packets)
        rules = f"type filter hook {hook} priority 0\nct state {name} drop\n"
        assert kernel.load([("nft", f"table inet t {{\nchain c {{\n{rules}}}\n}}\n")]) == ""
        for number, fate in enumerate(kernel.judge(hook, packets)):
            if fate == Fate.GONE:
                found[number] = state
    kernel.close_connections()
    return found


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("family", FAMILIES)
def test_packets_of_no_connection_have_the_state_that_we_say(
    kernel: Kernel, family: Family, hook: JudgedHook
) -> None:
    base = replace(a_packet(Random(4), hook, family), sport=1024, dport=80)
    packets = [replace(base, proto=TCP, tcp_flags=flags) for flags in range(256)]
    icmp = ICMP if family == 4 else ICMPV6
    echo = replace(base, proto=icmp, sport=0, dport=0)
    packets += [replace(echo, icmp_type=kind) for kind in range(256)]
    packets += [replace(base, proto=proto) for proto in (UDP, 33, 47, 50, 132, 136, 253)]
    expected = [natural_state(packet) for packet in packets]

    assert states_by_the_kernel(kernel, hook, packets) == expected


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("family", FAMILIES)
def test_packets_of_open_connections_have_the_state_that_we_say(
    kernel: Kernel, family: Family, hook: JudgedHook
) -> None:
    random = Random(5)
    starts = [a_packet(random, hook, family) for _ in range(100)]
    icmp = ICMP if family == 4 else ICMPV6
    starts += [
        replace(start, proto=icmp, src=start.src + number, sport=0, dport=0)
        for number, start in enumerate(starts)
    ]
    packets = connected(starts, random)
    expected = [packet.state for packet in packets]

    assert states_by_the_kernel(kernel, hook, packets, are_open=True) == expected
    assert {ESTABLISHED, RELATED} == set(expected)


def test_of_two_packets_between_the_same_ends_one_is_kept() -> None:
    packet = Packet(4, 1, 2, TCP, 1000, 80)
    reply = Packet(4, 2, 1, TCP, 80, 1000)
    other = Packet(4, 2, 1, TCP, 80, 1001)

    assert apart([packet, reply, other]) == [packet, other]


def test_shrinking_leaves_only_the_rules_that_matter() -> None:
    rules = tuple(RuleText("filter", "INPUT", f"-A INPUT -s 10.0.0.{n}/32") for n in range(20))
    case = IptablesCase(4, "input", "legacy", (("filter", "INPUT", "DROP"),), rules)
    wanted = {rules[3], rules[17]}

    assert shrunk(case, lambda smaller: wanted <= set(smaller.rules)).rules == (rules[3], rules[17])

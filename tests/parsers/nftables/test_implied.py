"""The conditions that nft, and the kernel, add to statements and expressions by themselves."""

from pathlib import Path

import pytest

from tests.parsers.nftables.bytecode import SAMPLES, TABLE, Sample, may_hold, may_match, printed
from tests.parsers.nftables.samples import export

LINES = Path(__file__).with_name("implied.txt").read_text(encoding="utf-8").splitlines()
TCP = (6,)
# What the kernel asks for beside the bytecode: net/netfilter/nft_exthdr.c, nft_synproxy.c,
# nft_tproxy.c, nft_osf.c, nft_ct.c, nft_rt.c, nft_fwd_netdev.c.
KERNEL: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "reset tcp option": ((4, 6), TCP),
    "tcp option maxseg size": ((4, 6), TCP),
    "tcp option timestamp": ((4, 6), TCP),
    "tcp option sack exists": ((4, 6), TCP),
    "tcp option sack-perm exists": ((4, 6), TCP),
    "sctp chunk init exists": ((4, 6), (132,)),
    "synproxy": ((4, 6), TCP),
    "osf": ((4, 6), TCP),
    "tcp dport 80 tproxy ip ": ((4,), TCP),
    "meta l4proto tcp tproxy ip ": ((4,), TCP),
    "ct original ip ": ((4,), ()),
    "ct original ip6 ": ((6,), ()),
    "rt ip ": ((4,), ()),
    "rt ip6 ": ((6,), ()),
    "ct l3proto ipv4": ((4,), ()),
    "fwd ip ": ((4,), ()),
    # nft_nat.c, nft_nat_inet_eval.
    "snat ip ": ((4,), ()),
    "dnat ip ": ((4,), ()),
    "dnat ip6 ": ((6,), ()),
    "tcp dport 80 dnat ip ": ((4,), TCP),
    # What the model has no packets with.
    "exthdr hbh exists": ((), ()),
    "rt type": ((), ()),
    "frag id": ((), ()),
    "hbh nexthdr": ((), ()),
    "exthdr frag missing": ((6,), ()),
}


def _kernel_lets_by(rule: str, sample: Sample) -> bool:
    for start, (families, protocols) in KERNEL.items():
        if rule.startswith(start):
            fits = not protocols or sample.protocol in protocols
            return sample.family in families and fits
    return True


@pytest.mark.parametrize("line", LINES)
@pytest.mark.usefixtures("nft")
def test_a_rule_is_for_the_packets_that_nft_makes_it_for(line: str) -> None:
    rule, family, kind = (*line.split(" || "), "", "")[:3]
    content = TABLE.format(
        rule=rule, family=family or "inet", kind=kind or "filter hook prerouting priority 0"
    )
    rules, errors = printed(content)
    if errors:
        pytest.skip(f"this nft does not take it: {errors}")
    table = export(content).tables[0]
    found = [
        each for name, chain in table.chains.items() if name != "other" for each in chain.rules
    ]
    if (family or "inet") in ("ip", "ip6"):
        samples = [each for each in SAMPLES if each.family == (4 if family == "ip" else 6)]
    else:
        samples = list(SAMPLES)
    if family == "netdev":
        # The chain sees one interface only: the first rule lets the packets of the others by.
        found = found[1:]
    expected = {
        each
        for each in samples
        if _kernel_lets_by(rule, each) and any(may_match(one, each) for one in rules)
    }

    assert rules
    assert {each for each in samples if any(may_hold(one.match, each) for one in found)} == expected

"""pf's plain rule, as the tests have it, is what the Linux kernel says of the same rules in nft."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

import pytest

from flowmodel.record import replace
from tests.oracles.kernel.conftest import kernel as kernel  # noqa: PLC0414 - the fixture of these tests
from tests.oracles.kernel.oracle import Fate, JudgedHook
from tests.oracles.kernel.worker import Kernel
from tests.oracles.pf.as_nft import DEVICES, as_nft, known_rules
from tests.oracles.pf.compare import oracle
from tests.oracles.pf.device import Device
from tests.oracles.pf.evaluate import Pf, Traffic
from tests.oracles.pf.generate import config
from tests.oracles.pf.packets import packets
from tests.oracles.pf.pfconf import pf_conf

pytestmark = pytest.mark.kernel
_SITUATIONS: tuple[tuple[Traffic, JudgedHook], ...] = (
    ("forward", "forward"),
    ("input", "input"),
)


def _without_unknown(seed: int) -> tuple[Pf, str, list[str]]:
    """The filter rules of a config that tell all, without translations, also in nft."""
    root = config(seed)
    pf = oracle(root)
    pf.filters = known_rules(pf_conf(root))
    pf.rdr = pf.binat = pf.nat = []
    pf.is_enabled = True
    # The rules are asked alone: in nft they do not know which addresses are the firewall's own.
    pf.own = frozenset()
    pf.unknown = frozenset()
    device = Device(root)
    devices = sorted(device.device(name) for name in device.interfaces)
    return pf, as_nft(pf.filters), devices


def _is_routable(address: int, family: int) -> bool:
    """Whether Linux takes it for an address that packets go to and come from."""
    found = IPv4Address(address) if family == 4 else IPv6Address(address)
    is_special = found.is_multicast or found.is_link_local or found.is_unspecified
    return not (is_special or found.is_loopback)


def _verdicts(kernel: Kernel, seeds: range) -> Iterator[tuple[frozenset[str], str, str]]:
    """What this oracle and the kernel say, and of which packet."""
    for seed in seeds:
        pf, text, devices = _without_unknown(seed)
        assert kernel.load([("nft", text)]) == ""
        for traffic, hook in _SITUATIONS:
            asked = [
                each
                for each in packets(pf, traffic, devices, 150, seed)
                if _is_routable(each.src, each.family) and _is_routable(each.dst, each.family)
            ]
            sent = [
                replace(
                    each,
                    in_name=DEVICES.get(each.in_name or "", ""),
                    out_name=DEVICES.get(each.out_name or "", ""),
                )
                for each in asked
            ]
            for packet, fate in zip(asked, kernel.judge(hook, sent), strict=True):
                word = {Fate.PASSED: "accept", Fate.GONE: "drop"}.get(Fate(fate), "elsewhere")
                yield pf.possible(packet, traffic), word, f"{seed} {traffic} {packet}"


def test_the_last_match_is_the_kernels(kernel: Kernel) -> None:
    count = 0
    for expected, word, packet in _verdicts(kernel, range(40)):
        if word != "elsewhere":
            assert expected == {word}, packet
            count += 1

    assert count >= 8_000

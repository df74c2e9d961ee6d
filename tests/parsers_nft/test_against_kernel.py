"""nftables: fwlint's verdicts against the kernel's, for random rule sets."""

from random import Random

import pytest

from linter.engine.trace import judge
from tests.kernel.conftest import kernel
from tests.kernel.oracle import Fate, JudgedHook
from tests.kernel.worker import Kernel
from tests.parsers_nft.random_rules import Writer, packets
from tests.parsers_nft.samples import export

__all__ = ["kernel"]

pytestmark = pytest.mark.kernel

WORDS = {Fate.GONE: "drop", Fate.PASSED: "accept"}
HOOKS: tuple[JudgedHook, ...] = ("input", "forward", "output")


@pytest.mark.parametrize("seed", range(30))
def test_every_verdict_is_the_kernels(kernel: Kernel, seed: int) -> None:
    random = Random(seed)
    family, hook = random.choice(("ip", "ip6", "inet")), random.choice(HOOKS)
    writer = Writer(random, family, hook)
    content = writer.table("t", -10) + writer.table("later", 10)
    refusal = kernel.load([("nft", content)])
    if refusal:
        # nft takes the last of several protocols for the only one, and sees a conflict.
        assert "conflicting protocols" in refusal
        return
    rulesets = [export(content)]
    asked = packets(random, family, hook, 300)
    fates = kernel.judge(hook, asked)

    wrong = [
        f"{packet}\n  kernel: {WORDS[Fate(fate)]}\n  fwlint: {answer.line}: {answer.text}"
        for packet, fate, answer in zip(asked, fates, judge(rulesets, hook, asked), strict=True)
        if fate != Fate.ELSEWHERE and WORDS[Fate(fate)] not in answer.possible
    ]

    assert wrong == [], content

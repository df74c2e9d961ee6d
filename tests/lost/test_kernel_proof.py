"""When the kernel lists the same of a set of nft: each case beside one where it does not."""

import pytest

from tests.lost.change import Change
from tests.lost.drawn import kernel
from tests.lost.exports import Export
from tests.lost.proofs.kernel import Proof, proof

_SET = """\
table ip t {{
  set s {{ type ipv4_addr; flags interval,timeout; auto-merge; elements = {{ {} }}; }}
  chain k {{ type filter hook input priority 0; ip saddr @s accept; }}
}}
"""
CASES: dict[str, tuple[str, str, Proof]] = {
    "within another": ("10.0.0.0/8, 10.1.0.0/16", ", 10.1.0.0/16", "same"),
    "beside another": ("10.0.0.0/8, 11.1.0.0/16", ", 11.1.0.0/16", "differs"),
    "over another": ("10.1.0.0/16, 10.0.0.0/8", ", 10.0.0.0/8", "differs"),
    "for a time, within another": (
        "10.0.0.0/8, 10.1.0.0/16 timeout 1h",
        ", 10.1.0.0/16 timeout 1h",
        "same",
    ),
    "for a time, over another": (
        "10.1.0.0/16, 10.0.0.0/8 timeout 1h",
        ", 10.0.0.0/8 timeout 1h",
        "differs",
    ),
    "within another that is there for a time": (
        "10.0.0.0/8 timeout 1h, 10.1.0.0/16",
        ", 10.1.0.0/16",
        "same",
    ),
    "with a comment": (
        '10.0.0.0/8 comment "a", 10.0.0.0/16 comment "b"',
        ', 10.0.0.0/16 comment "b"',
        "same",
    ),
}


@pytest.mark.parametrize(("elements", "gone", "expected"), CASES.values(), ids=CASES)
def test_a_set_holds_the_same(elements: str, gone: str, expected: Proof) -> None:
    if kernel() is None:
        pytest.skip("no kernel to ask")
    text = _SET.format(elements)
    at = text.index(gone)
    change = Change("delete", "word", "", at, at + len(gone), "")

    assert proof(Export("s", (("s.nft", text),), ("s.nft",), "s.nft"), change) == expected

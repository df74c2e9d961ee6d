"""What of nft's JSON says the same by its form alone."""

import json
from typing import Any

import pytest

from tests.lost.proofs.nft_json import is_same


def _flags(*values: Any) -> str:
    return json.dumps({"match": {"op": "==", "right": {"|": list(values)}}})


@pytest.mark.parametrize(
    "after",
    [
        _flags("syn", "syn", "ack"),
        _flags("syn", "ack", "ack"),
        _flags({"|": ["syn", "ack"]}, "syn"),
    ],
)
def test_a_bit_that_is_joined_twice_is_joined_once(after: str) -> None:
    assert is_same(_flags("syn", "ack"), after)


@pytest.mark.parametrize(
    "after",
    [_flags("syn", "rst"), _flags("syn"), _flags("syn", "ack", "rst"), _flags()],
)
def test_other_bits_are_other_bits(after: str) -> None:
    assert not is_same(_flags("syn", "ack"), after)


def test_what_stands_twice_elsewhere_counts_twice() -> None:
    assert not is_same('{"set": ["a"]}', '{"set": ["a", "a"]}')
    assert not is_same('{"<<": ["a"]}', '{"<<": ["a", "a"]}')

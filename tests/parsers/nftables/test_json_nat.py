"""Translations in JSON: which of its flags decides what becomes of a prefix.

What is right is from `nft -j --debug=netlink`: the flag `netmap` is in the instruction, and
`type_flags` of `prefix` alone leave the prefix a range.
"""

import json

import pytest

from flowmodel.source import InputError
from flowmodel.values import full
from flowmodel.verdict import MapNetwork, TranslateDestination, Verdict
from tests.parsers.nftables.samples import export

_TABLE = {"family": "ip", "table": "t"}
_BASE = {"type": "nat", "hook": "prerouting", "prio": -100}
_PREFIX = {"addr": {"prefix": {"addr": "203.0.113.0", "len": 24}}}
_RANGE = TranslateDestination(((0xCB007100, 0xCB0071FF),), full(16))
_NETWORK = MapNetwork("dst", 0xCB007100, 0xFFFFFF00)


def content(**given: object) -> str:
    rule = {**_TABLE, "chain": "c", "expr": [{"dnat": {**_PREFIX, **given}}]}
    objects = [
        {"table": {"family": "ip", "name": "t"}},
        {"chain": {**_TABLE, "name": "c", **_BASE}},
        {"rule": rule},
    ]
    return json.dumps({"nftables": objects})


FLAGS: dict[str, tuple[dict[str, object], Verdict]] = {
    "none": ({}, _RANGE),
    "as nft prints it": ({"flags": "netmap", "type_flags": "prefix"}, _NETWORK),
    "only the flag": ({"flags": "netmap"}, _NETWORK),
    "in lists": ({"flags": ["random", "netmap"], "type_flags": ["prefix"]}, _NETWORK),
    "only the type": ({"type_flags": "prefix"}, _RANGE),
    "another flag": ({"flags": "persistent"}, _RANGE),
}


@pytest.mark.parametrize(("given", "expected"), FLAGS.values(), ids=FLAGS)
def test_the_flag_maps_networks(given: dict[str, object], expected: Verdict) -> None:
    (found,) = export(content(**given)).tables[0].chains["c"].rules

    assert found.verdict == expected


@pytest.mark.parametrize("flag", ["netmop", "prefix"])
def test_another_flag_is_an_error(flag: str) -> None:
    with pytest.raises(InputError):
        export(content(flags=flag))

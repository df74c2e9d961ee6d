"""A bitmap has a range, and nothing else is in it: ipset refuses the rest."""

import pytest

from flowmodel.source import InputError, Source
from parsers.ipset.read import parse_sets


def read(*lines: str) -> None:
    parse_sets(Source("sets", list(lines)))


REFUSED = [
    ("bitmap:port range 0-100", "443", "`443` is not in the range 0-100 of the set"),
    ("bitmap:port range 0-100", "90-110", "`90-110` is not in the range 0-100 of the set"),
    (
        "bitmap:ip range 192.0.2.0/24",
        "198.51.100.1",
        "`198.51.100.1` is not in the range 192.0.2.0/24 of the set",
    ),
    ("bitmap:port", "443", "a set of type bitmap:port needs a range"),
]


@pytest.mark.parametrize(("kind", "entry", "message"), REFUSED)
def test_what_is_outside_the_range_is_refused(kind: str, entry: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        read(f"create s {kind}", f"add s {entry}")

    assert raised.value.message == message


@pytest.mark.parametrize(
    ("kind", "entry"),
    [
        ("bitmap:port range 0-1024", "443"),
        ("bitmap:port range 0-65535", "1-65535"),
        ("bitmap:ip range 192.0.2.0/24", "192.0.2.255"),
        ("bitmap:ip range 192.0.2.0-192.0.2.9", "192.0.2.1-192.0.2.9"),
        ("bitmap:ip,mac range 192.0.2.0/24", "192.0.2.7,02:00:00:00:00:01"),
    ],
)
def test_what_is_in_the_range_is_read(kind: str, entry: str) -> None:
    read(f"create s {kind}", f"add s {entry}")

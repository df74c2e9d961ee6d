"""Sets in words: small ones are read back, others as a reader sees them."""

import re
from ipaddress import ip_address, summarize_address_range

import netaddr
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowmodel.fields import Family
from flowmodel.values import Values, complement, full, single, union
from linter.engine.sets.space import Space
from linter.engine.sets.words import addresses_in_words, packets_in_words, ports_in_words

_port = st.integers(0, 65535)
_few_ports = st.lists(_port, min_size=1, max_size=4).map(lambda n: union((p, p) for p in n))
_WIDTHS: dict[Family, int] = {4: 32, 6: 128}


def _ports_back(text: str) -> Values:
    pairs = (each.partition("-") for each in text.split(", "))
    return union((int(first), int(last or first)) for first, _, last in pairs)


@given(_few_ports)
def test_few_ports_are_named_exactly(ports: Values) -> None:
    assert _ports_back(ports_in_words(ports)) == ports


def _addresses_back(text: str, family: Family) -> Values:
    if text == "any address":
        return full(_WIDTHS[family])
    is_rest = text.startswith("any address except ")
    found: list[tuple[int, int]] = []
    for each in text.removeprefix("any address except ").split(", "):
        if "-" in each:
            first, _, last = each.partition("-")
            found.append((int(ip_address(first)), int(ip_address(last))))
        else:
            network = netaddr.IPNetwork(each)
            found.append((network.first, network.last))
    values = union(found)
    return complement(values, _WIDTHS[family]) if is_rest else values


@given(st.sampled_from((4, 6)), st.data())
def test_few_address_ranges_are_named_exactly(family: Family, data: st.DataObject) -> None:
    address = st.integers(0, (1 << _WIDTHS[family]) - 1)
    pair = st.tuples(address, address).map(lambda two: (min(two), max(two)))
    values = union(data.draw(st.lists(pair, min_size=1, max_size=2)))

    text = addresses_in_words(values, family)

    assert "more" in text or _addresses_back(text, family) == values


@given(st.integers(0, 32), st.integers(0, (1 << 32) - 1))
def test_one_prefix_is_named_as_one(length: int, address: int) -> None:
    first = address >> (32 - length) << (32 - length)
    last = first + (1 << (32 - length)) - 1
    (prefix,) = summarize_address_range(ip_address(first), ip_address(last))
    expected = "any address" if length == 0 else str(prefix).removesuffix("/32")
    if length == 1:
        expected = {0: "0.0.0.0/1", 1 << 31: "128.0.0.0/1"}[first]

    assert addresses_in_words(((first, last),), 4) == expected


@pytest.mark.parametrize(
    ("ports", "text"),
    [
        (((80, 80),), "80"),
        (((80, 80), (443, 443)), "80, 443"),
        (((1024, 65535),), "1024-65535"),
        (tuple((n, n) for n in range(0, 20, 2)), "0, 2, 4, 6 and 6 more ranges"),
    ],
)
def test_ports_read_well(ports: Values, text: str) -> None:
    assert ports_in_words(ports) == text


@pytest.mark.parametrize(
    ("values", "family", "text"),
    [
        (full(32), 4, "any address"),
        (single(0xC000020A), 4, "192.0.2.10"),
        (((0x0A000000, 0x0AFFFFFF),), 4, "10.0.0.0/8"),
        (((0x0A000001, 0x0A000002),), 4, "10.0.0.1, 10.0.0.2"),
        (((0x0A000001, 0x0A0000C8),), 4, "10.0.0.1-10.0.0.200"),
        (complement(((0x0A000000, 0x0AFFFFFF),), 32), 4, "any address except 10.0.0.0/8"),
        (((0x20010DB8 << 96, (0x20010DB9 << 96) - 1),), 6, "2001:db8::/32"),
        (single(1), 6, "::1"),
    ],
)
def test_addresses_read_well(values: Values, family: Family, text: str) -> None:
    assert addresses_in_words(values, family) == text


def test_a_set_that_is_no_product_is_only_part_of_what_is_named() -> None:
    space = Space(4)
    tcp = space.within(space.fields["proto"], single(6))

    def at(port: int, host: int) -> object:
        return space.within(space.fields["dport"], single(port)) & space.within(
            space.fields["dst"], single(host)
        )

    whole = tcp & at(22, 0xC000020A)  # type: ignore[operator]
    part = tcp & (at(22, 0xC000020A) | at(80, 0xC000020B))  # type: ignore[operator]

    assert packets_in_words(space, whole) == "tcp 22 from any address to 192.0.2.10"
    text = packets_in_words(space, part)
    assert re.sub(r"^part of ", "", text) != text
    assert "22, 80" in text


def _address(text: str) -> int:
    return int(ip_address(text))


@pytest.mark.parametrize(
    ("addresses", "aside", "expected"),
    [
        ((("10.2.0.0", "10.2.0.0"), ("10.2.0.2", "10.2.0.255")), "10.2.0.1", "10.2.0.0/24"),
        ((("0.0.0.0", "255.255.255.254"),), "255.255.255.255", "any address"),
        ((("10.2.0.2", "10.2.0.2"),), "10.2.0.1", "10.2.0.2"),
        ((("10.2.0.0", "10.2.0.0"), ("10.2.0.2", "10.2.0.3")), "10.9.0.1", "10.2.0.0, 10.2.0.2/31"),
    ],
    ids=["within a network", "at the end of all", "beside one address", "elsewhere"],
)
def test_a_network_is_told_as_one_whichever_address_in_it_is_the_firewalls(
    addresses: tuple[tuple[str, str], ...], aside: str, expected: str
) -> None:
    space = Space(4)
    space.aside = single(_address(aside))
    values = tuple((_address(first), _address(last)) for first, last in addresses)
    packets = space.within(space.fields["dst"], values)

    assert packets_in_words(space, packets).endswith(f" to {expected}")

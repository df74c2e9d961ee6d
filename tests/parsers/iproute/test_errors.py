"""What is no output of ip, or not understood, is an error or a remark with its place."""

import json
from pathlib import Path
from typing import Any

import pytest

from flowmodel.source import InputError
from parsers import read_exports
from parsers.iproute.format import SURROUNDINGS
from tests import FIXTURES
from tests.parsers.iproute.samples import LO, RULES, address, interface, read, route

_BAD: list[tuple[Any, str]] = [
    ([{**LO, "ifname": 7}], "1:27: `ifname` is no text"),
    ([LO, LO], "1:{second}: `lo` is here a second time"),
    (
        [{"ifname": "lo", "flags": []}],
        "1:2: `addr_info` is missing: this is no interface of `ip -j addr`",
    ),
    (
        [{"ifname": "lo", "addr_info": []}],
        "1:2: `flags` is missing: this is no interface of `ip -j addr`",
    ),
    ([interface("e", address("192.0.2.2/33"))], "`prefixlen` is no number from 0 to 32"),
    ([interface("e", address("192.0.2/24"))], "`local` is no IPv4 address"),
    (
        [interface("e", {**address("192.0.2.2/24"), "family": "mpls"})],
        "`family` is neither inet nor inet6",
    ),
    ([route("10.0.0.0/x", "e")], "`10.0.0.0/x` is no prefix"),
    ([route("10.0.0/8", "e")], "`dst` is no IPv4 address"),
    ([route("10.0.0.0/8", "e", type="odd")], "`odd` is no type of route"),
    ([{"dst": "10.0.0.0/8"}], "`dev` is missing: nothing tells where the route leads"),
    ([LO, 7], "the list has something else than objects"),
]


@pytest.mark.parametrize(("document", "message"), _BAD)
def test_an_error_says(document: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, document)

    said = f"{caught.value.span.line}:{caught.value.span.column}: {caught.value.message}"
    text = json.dumps(document)
    assert said.endswith(message.format(second=text.rfind('"lo"') + 1))
    assert caught.value.span.path == str(tmp_path / "0.json")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            [LO, interface("e", address("192.0.2.2/24", odd=1))],
            ["`odd` of an address is not known"],
        ),
        ([LO, interface("e", address("192.0.2.2/24", scope="global"))], []),
        ([route("10.0.0.0/8", "e", odd=1)], ["`odd` of a route is not known"]),
        ([route("10.0.0.0/8", "e", protocol="kernel")], []),
        (
            [route("10.0.0.0/8", "e", table="vpn")],
            ["not all packets ask the main table for their route"],
        ),
        ([route("10.0.0.0/8", "e", table="main")], []),
        ([interface("e", "2001:db8::1/64")], ["no route of IPv6 is given: what lies behind"]),
        ([interface("e", "fe80::1/64", "192.0.2.2/24")], []),
    ],
)
def test_a_remark_says(document: Any, expected: list[str], tmp_path: Path) -> None:
    routes = [route("default", "e"), route("192.0.2.0/24", "e")]
    gaps = read(tmp_path, document, routes).gaps

    assert [gap.message.startswith(text) for gap, text in zip(gaps, expected, strict=True)] == [
        True
    ] * len(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (json.dumps([LO]), True),
        (json.dumps([LO], indent=4), True),
        (json.dumps([LO], sort_keys=True), True),
        (json.dumps([{}, {}, LO]), True),
        (json.dumps([route("default", "e")]), True),
        (json.dumps([{"priority": 0, "src": "all", "table": "local"}]), True),
        ("[]", True),
        ("[ ]\n", True),
        ('[{"GroupId": "sg-1"}]', False),
        ('{"nftables": []}', False),
        ("[{" * 100_000, False),
        ("[" + "{}," * 100_000, False),
        (RULES, False),
    ],
)
def test_a_beginning_is_known(text: str, *, expected: bool) -> None:
    assert SURROUNDINGS.detect(text) == expected


@pytest.mark.parametrize("name", ["addr.json", "route.json"])
def test_a_file_that_is_cut_short_is_refused(name: str, tmp_path: Path) -> None:
    text = (FIXTURES / "iproute" / "docker-host" / name).read_text().rstrip()
    for end in range(40, len(text), 7):
        with pytest.raises(InputError):
            read(tmp_path, text[:end])


@pytest.mark.parametrize("text", ["[" * 100_000, '[{"ifname": ' * 10_000, '[{"ifname":"a"} '])
def test_hostile_files_are_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read(tmp_path, text)


def test_addresses_alone_are_no_rules(tmp_path: Path) -> None:
    path = tmp_path / "addr.json"
    path.write_text(json.dumps([LO]))

    with pytest.raises(InputError) as caught:
        read_exports([str(path)])

    assert caught.value.message == "has no rules: add the export of the firewall"

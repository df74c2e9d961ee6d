"""Whose an address is: what exports tell of it, and what is open."""

import pytest

from flowmodel.addresses import Addresses
from flowmodel.site import Device
from flowmodel.source import Span
from linter.checks.guesses import whether_its
from policies.addresses import parse_addresses

_WHOSE = "whether {} is an address of web"
_LINK = "whether the other end is on a link of web, as {} is reached from there only"


@pytest.mark.parametrize(
    ("addresses", "local", "expected"),
    [
        ("fe80::/10", "", [_LINK]),
        ("fe80::/64", "", [_LINK]),
        ("fe80::/65", "", [_WHOSE]),
        ("fe80::1", "", [_WHOSE]),
        ("fe80::1", "fe80::1", [_LINK]),
        ("2001:db8::/32", "", [_WHOSE]),
        ("169.254.0.0/16", "", [_WHOSE]),
        ("192.0.2.0/24", "", [_WHOSE]),
    ],
)
def test_every_machine_has_some_address_of_its_links_and_which_one_nobody_knows(
    addresses: str, local: str, expected: list[str]
) -> None:
    own = parse_addresses(local) if local else Addresses()
    span = Span("site.yaml", 1, 1, 1, 1)
    web = Device("web", ("web.v6",), "iptables", (), ("web",), own, span, local=own)

    found = whether_its(web, parse_addresses(addresses))

    assert [reason for _, reason in found] == [each.format(addresses) for each in expected]

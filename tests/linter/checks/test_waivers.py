"""Which findings a site accepts."""

from datetime import date

import pytest

from flowmodel.addresses import Addresses
from flowmodel.finding import Destinations, Finding
from flowmodel.record import replace
from flowmodel.site import Service, Site, Waiver
from flowmodel.source import InputError, Span
from flowmodel.values import full
from linter.checks import catalogue
from linter.checks.subject import Failure, Subject
from linter.checks.waivers import matches, split

_V4, _V6 = 0xC000020C, 0x20010DB8 << 96
_FINDING = Finding(
    check="FW205",
    level="warning",
    certainty="certain",
    message="open",
    span=Span("edge.nft", 1, 1, 1, 1),
    device="edge",
    flow="1e.core",
    destinations=(Destinations(4, ((_V4, _V4),), ((6, 6),), ((8443, 8443),)),),
)
_WAIVER = Waiver("FW205", "old gateway", date(2026, 12, 31), Span("site.yaml", 9, 1, 9, 9))
_HTTPS = Service(6, ((8443, 8443),), "8443/tcp")
_DNS = Service(17, ((53, 53),), "53/udp")


@pytest.mark.parametrize(
    "waiver",
    [
        _WAIVER,
        replace(_WAIVER, finding="undeclared-opening"),
        replace(_WAIVER, device="edge", flow="1e.core"),
        replace(_WAIVER, to=Addresses(v4=((_V4 - 1, _V4 + 1),))),
        replace(_WAIVER, service=(_DNS, _HTTPS)),
    ],
    ids=["id", "name", "device and flow", "address", "service"],
)
def test_a_waiver_fits_where_everything_it_names_is_so(waiver: Waiver) -> None:
    assert matches(waiver, _FINDING)


@pytest.mark.parametrize(
    "waiver",
    [
        replace(_WAIVER, finding="FW20"),
        replace(_WAIVER, finding="source-too-broad"),
        replace(_WAIVER, device="core"),
        replace(_WAIVER, flow="1e.dmz"),
        replace(_WAIVER, to=Addresses(v4=((_V4 + 1, _V4 + 9),))),
        replace(_WAIVER, to=Addresses(v6=((_V4, _V4),))),
        replace(_WAIVER, service=(_DNS,)),
        replace(_WAIVER, service=(Service(17, ((8443, 8443),), "8443/udp"),)),
    ],
    ids=["id", "name", "device", "flow", "address", "family", "service", "protocol"],
)
def test_a_waiver_does_not_fit_where_one_thing_differs(waiver: Waiver) -> None:
    assert not matches(waiver, _FINDING)


def test_a_waiver_for_an_address_does_not_fit_a_finding_without_one() -> None:
    finding = replace(_FINDING, destinations=())

    assert not matches(replace(_WAIVER, to=Addresses(v4=((0, 1 << 31),))), finding)
    assert not matches(replace(_WAIVER, service=(_HTTPS,)), finding)
    assert matches(_WAIVER, finding)


@pytest.mark.parametrize(
    "destinations",
    [
        Destinations(4, ((_V4, _V4 + 1),), ((6, 6),), ((8443, 8443),)),
        Destinations(4, ((_V4, _V4),), ((6, 6),), ((8443, 8444),)),
        Destinations(4, ((_V4, _V4),), ((6, 6), (17, 17)), ((8443, 8443),)),
        Destinations(4, ((_V4, _V4),), ((0, 255),), ((8443, 8443),)),
    ],
    ids=["address", "port", "protocol", "every protocol"],
)
def test_a_waiver_does_not_hide_more_than_it_names(destinations: Destinations) -> None:
    waiver = replace(_WAIVER, to=Addresses(v4=((_V4, _V4),)), service=(_DNS, _HTTPS))

    assert matches(waiver, _FINDING)
    assert not matches(waiver, replace(_FINDING, destinations=(destinations,)))


def test_services_of_one_protocol_add_up() -> None:
    two = (_HTTPS, Service(6, ((8444, 8444),), "8444/tcp"))
    finding = replace(
        _FINDING, destinations=(Destinations(4, ((_V4, _V4),), ((6, 6),), ((8443, 8444),)),)
    )

    assert matches(replace(_WAIVER, service=two), finding)


def test_a_waiver_for_ipv6_fits_by_the_ipv6_address() -> None:
    waiver = replace(_WAIVER, to=Addresses(v6=((_V6, _V6 + 15),)))

    destinations = Destinations(6, ((_V6 + 3, _V6 + 4),), ((6, 6),), ((8443, 8443),))

    assert matches(waiver, replace(_FINDING, destinations=(destinations,)))


_PING = Destinations(4, ((_V4, _V4),), ((1, 1),), full(16), ((8, 8),), ((0, 0),))
_ECHO = Service(1, full(16), "8/icmp", ((8, 8),))
_REPLY = Service(1, full(16), "0/icmp", ((0, 0),))


@pytest.mark.parametrize(
    ("services", "where", "expected"),
    [
        ((_ECHO,), _PING, True),
        ((replace(_ECHO, codes=((0, 0),)),), _PING, True),
        ((replace(_ECHO, types=full(8)),), _PING, True),
        ((_REPLY, _ECHO), replace(_PING, types=((0, 0), (8, 8))), True),
        ((_REPLY,), _PING, False),
        ((_ECHO,), replace(_PING, types=((8, 9),)), False),
        ((_ECHO,), replace(_PING, types=full(8), codes=full(8)), False),
        ((replace(_ECHO, codes=((0, 0),)),), replace(_PING, codes=((0, 1),)), False),
        ((_REPLY, replace(_ECHO, codes=((1, 1),))), _PING, False),
        ((_ECHO,), replace(_PING, protocols=((58, 58),)), False),
        ((_ECHO,), replace(_PING, protocols=((1, 1), (6, 6))), False),
        ((_ECHO, _HTTPS), replace(_PING, protocols=((1, 1), (6, 6))), False),
        (
            (_ECHO, replace(_HTTPS, ports=full(16))),
            replace(_PING, protocols=((1, 1), (6, 6))),
            True,
        ),
    ],
)
def test_a_waiver_for_messages_of_icmp_is_for_their_types_and_codes(
    services: tuple[Service, ...], where: Destinations, expected: bool
) -> None:
    finding = replace(_FINDING, destinations=(where,))

    assert matches(replace(_WAIVER, service=services), finding) is expected


def _stale(
    waivers: tuple[Waiver, ...],
    found: tuple[Finding, ...] = (),
    failures: tuple[Failure, ...] = (),
) -> list[Finding]:
    """What FW510 says of the waivers after the other checks have found something."""
    site = Site("shop", {}, (), (), (), waivers=waivers)
    return list(catalogue.load("FW510").run(Subject(site, {}, {}, failures, found=found)))


def test_findings_are_split_and_the_reason_goes_with_them() -> None:
    other = replace(_FINDING, check="FW201")

    kept, waived = split((_WAIVER,), (_FINDING, other))

    assert kept == [other]
    assert [(each.finding, each.because, each.until) for each in waived] == [
        (_FINDING, "old gateway", "2026-12-31")
    ]


def test_a_waiver_that_fits_nothing_is_a_note() -> None:
    (stale,) = _stale((_WAIVER,))

    assert (stale.check, stale.level, stale.span) == ("FW510", "info", _WAIVER.span)
    assert stale.message == "the waiver for FW205 no longer matches any finding"


def test_no_waiver_is_called_unused_where_not_everything_was_evaluated() -> None:
    failure = Failure(InputError("no rule", _WAIVER.span))

    assert _stale((_WAIVER,), failures=(failure,)) == []


def test_a_waiver_for_a_finding_that_does_not_exist_is_a_warning() -> None:
    (stale,) = _stale((replace(_WAIVER, finding="undeclared-open"),), (_FINDING,))

    assert (stale.level, stale.message) == (
        "warning",
        "the waiver is for 'undeclared-open', which is not a check",
    )


def test_two_waivers_for_one_finding_are_both_used() -> None:
    both = (_WAIVER, replace(_WAIVER, device="edge"))

    assert _stale(both, (_FINDING,)) == []


def test_a_waiver_must_fit_a_finding_in_both_families() -> None:
    second = Destinations(6, ((_V6, _V6),), ((6, 6),), ((8443, 8443),))
    both = replace(_FINDING, destinations=(*_FINDING.destinations, second))
    one = Addresses(v4=((_V4, _V4),))

    assert not matches(replace(_WAIVER, to=one), both)
    assert matches(replace(_WAIVER, to=Addresses(one.v4, ((_V6, _V6),))), both)

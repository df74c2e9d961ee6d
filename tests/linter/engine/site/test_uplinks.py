"""Which interface a site means by the uplink of a public address, and what it cannot mean."""

import pytest

from flowmodel.record import replace
from flowmodel.site import Interface, Site, Uplink
from flowmodel.source import Span
from linter.engine.site.attachment import Attached, attached
from tests.linter.engine.site.test_attachment import (
    SPAN,
    addresses,
    device,
    errors,
    export,
    link,
    site,
)

_PLACE = Span("site.yaml", 1, 9, 1, 12)
_PUBLIC = addresses("203.0.113.10")


def _port(name: str, *networks: str) -> Interface:
    return Interface(name, networks, addresses(), SPAN)


def _router(name: str, *interfaces: Interface) -> object:
    return device(name, interfaces=interfaces)


def _site(*routers: object, via: str, of: str = "", **networks: str) -> Site:
    here = site(*routers, **networks)  # type: ignore[arg-type]
    return replace(here, uplinks=(Uplink(_PUBLIC, via, _PLACE, of),))


def _told(found: Attached) -> list[tuple[str, str]]:
    return [(each.device, each.interface) for each in found.site.uplinks]


_EDGE = _router("edge", _port("wan0", "internet"), _port("wan1", "internet"), _port("lan0", "lan"))
_SIDE = _router("side", _port("wan0", "internet"), _port("lan0", "lan"))


@pytest.mark.parametrize(
    ("routers", "via", "of", "expected"),
    [
        ((_EDGE,), "wan1", "", ("edge", "wan1")),
        ((_EDGE, _SIDE), "wan1", "", ("edge", "wan1")),
        ((_EDGE, _SIDE), "wan0", "side", ("side", "wan0")),
    ],
    ids=["of the only device", "of the only one that has it", "of a device"],
)
def test_an_uplink_is_an_interface_of_one_device(
    routers: tuple[object, ...], via: str, of: str, expected: tuple[str, str]
) -> None:
    found = attached(_site(*routers, via=via, of=of, lan="10.1.0.0/16"), {})

    assert errors(found) == []
    assert _told(found) == [expected]


@pytest.mark.parametrize(
    ("routers", "via", "of", "expected"),
    [
        (
            (_EDGE,),
            "wan2",
            "",
            "no device has an interface `wan2`; there is `wan0`, `wan1`",
        ),
        (
            (_EDGE, _SIDE),
            "wan0",
            "",
            (
                "edge and side have an interface `wan0`; write which, as in "
                "`{device: edge, interface: wan0}`"
            ),
        ),
        ((_EDGE,), "lan0", "", "`lan0` of edge has no internet behind it"),
        (
            (_EDGE, _SIDE),
            "wan0",
            "core",
            "`core` is no device between networks; there is `edge`, `side`",
        ),
        (
            (_EDGE, _SIDE),
            "wan1",
            "side",
            "no device has an interface `wan1`; there is `wan0`",
        ),
    ],
    ids=["unknown", "of two devices", "not to the internet", "unknown device", "of the other"],
)
def test_what_is_no_uplink_is_an_error_at_its_place(
    routers: tuple[object, ...], via: str, of: str, expected: str
) -> None:
    found = attached(_site(*routers, via=via, of=of, lan="10.1.0.0/16"), {})

    (misplaced,) = found.misplaced
    assert misplaced.error.message == expected
    assert (misplaced.error.span, misplaced.error.text) == (_PLACE, "fwlint: site/1")
    assert _told(found) == []


@pytest.mark.parametrize("name", ["em2", "wan", "WAN2"])
def test_an_export_knows_an_interface_by_several_names(name: str) -> None:
    links = (link("em1", behind="10.1.0.0/16"), link("em2", "wan", "WAN2", is_outside=True))
    rules = export(*links)

    found = attached(_site(device(), via=name, lan="10.1.0.0/16"), {"edge": (rules,)})

    assert errors(found) == []
    assert _told(found) == [("edge", "em2")]


def test_a_device_that_cannot_be_placed_may_have_the_uplink() -> None:
    found = attached(_site(device(), via="wan0", lan="10.1.0.0/16"), {"edge": (export(),)})

    assert ["needs `interfaces:`" in each for each in errors(found)] == [True]
    assert _told(found) == []

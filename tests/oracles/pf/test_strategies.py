"""The random configs have every element that the coverage tables call read; if not, why."""

from collections.abc import Callable
from functools import cache
from xml.etree.ElementTree import Element

import pytest

from parsers.pf.coverage import LEAVES, RULE_READ
from parsers.pf.opnsense.coverage import SECTIONS
from tests.oracles.opnsense.generate import config as opnsense
from tests.oracles.pf.generate import config as pfsense
from tests.oracles.pf.generate_opnsense import config as converted

Path = tuple[str, ...]
_SEEDS = range(150)
_OLD = "of versions before 23.1; the configs are of the newest: test_versions.py"
_REFLECTED = "reflection is switched off in the configs: test_translations.py"
_WAYS = "which way packets take: test_surroundings.py"
_PLUGINS = "rules of what only the device knows: test_system.py, test_limits.py"
_TABLE = "a table of test cases: test_gaps.py, test_elements.py"
PFSENSE: dict[Path, dict[str, str]] = {
    ("nat", "rule"): {"natreflection": _REFLECTED},
    ("nat", "onetoone"): {"natreflection": _REFLECTED},
    ("nat", "outbound", "rule"): {
        "natport": "no rule asks for the source port that is chosen: test_translations.py",
        "targetip": _OLD,
        "targetip_subnet": _OLD,
    },
    ("virtualip", "vip"): {"uniqid": "addresses on virtual addresses: test_surroundings.py"},
    ("interfaces", "*"): {
        "alias-address": _WAYS,
        "alias-subnet": _WAYS,
        "gateway-6rd": _PLUGINS,
        "gatewayv6": _WAYS,
        "nonat": _TABLE,
    },
}
_FILTER = ("opnsense", "firewall", "filter")
OPNSENSE: dict[Path, dict[str, str]] = {
    ("filter",): {"bypassstaticroutes": _PLUGINS},
    ("filter", "rule"): dict.fromkeys(
        ("icmp6-type", "interfacenot", "os", "overload", "prio", "tos"),
        "as in the newer model, whose rules have it",
    ),
    (*_FILTER,): {"settings": _PLUGINS},
    (*_FILTER, "rules", "rule"): {
        "gateway": "a gateway of one family: test_gaps.py",
        "overload": "tables that fill at run time: test_limits.py",
    },
    (*_FILTER, "snatrules", "rule"): dict.fromkeys(
        ("description", "destination_port", "source_port", "tag", "tagged"), _TABLE
    ),
    (*_FILTER, "npt", "rule"): dict.fromkeys(("description", "trackif"), _TABLE),
    (*_FILTER, "onetoone", "rule"): dict.fromkeys(("description", "source_not"), _TABLE),
    ("nat",): dict.fromkeys(("npt", "onetoone"), "as in the newer model, whose rules have it"),
    ("nat", "rule"): dict.fromkeys(("tag", "tagged"), _TABLE),
    ("nat", "outbound", "rule"): dict.fromkeys(
        ("descr", "tag", "tagged", "targetip", "targetip_subnet"), _TABLE
    ),
    ("aliases",): {"alias": "the older section of aliases: test_gaps.py"},
    ("interfaces", "*"): dict.fromkeys(
        ("alias-address", "alias-subnet", "gateway-6rd", "gatewayv6"), _WAYS
    ),
    ("nat", "rule", "source"): {"port": _TABLE},
    ("nat", "rule", "destination"): {"not": _TABLE},
    ("nat", "outbound", "rule", "source"): dict.fromkeys(
        ("address", "any", "not", "port"), "as in the newer model, whose rules have it"
    ),
    ("nat", "outbound", "rule", "destination"): dict.fromkeys(
        ("address", "port"), "as in the newer model, whose rules have it"
    ),
    (*_FILTER, "settings"): dict.fromkeys(("filter", "nat"), _PLUGINS),
}
_WHOLE = {
    ("nat", "onetoone"), ("nat", "npt"), ("aliases", "alias"), (*_FILTER, "settings", "filter"),
    (*_FILTER, "settings", "nat"), *((*("nat", kind), side) for kind in ("onetoone", "npt")
                                     for side in ("source", "destination")),
}  # fmt: skip
"""Sections that the configs do not have at all: their parents above say why."""


@cache
def _made(make: Callable[[int], Element]) -> tuple[Element, ...]:
    return tuple(make(seed) for seed in _SEEDS)


def _inside(make: Callable[[int], Element], path: Path) -> set[str]:
    found = list(_made(make))
    for tag in path:
        found = [each for above in found for each in above if tag in ("*", each.tag.lower())]
    return {child.tag.lower() for each in found for child in each}


READ = {("filter", "rule"): RULE_READ} | {path: read for path, (read, _) in LEAVES.items()}


@pytest.mark.parametrize("path", READ, ids="/".join)
def test_the_configs_of_pfsense_have_all_that_is_read(path: Path) -> None:
    assert READ[path] - _inside(pfsense, path) == PFSENSE.get(path, {}).keys()


@pytest.mark.parametrize(
    "path", [each.path for each in SECTIONS if each.path not in _WHOLE], ids="/".join
)
def test_the_configs_of_opnsense_have_all_that_is_read(path: Path) -> None:
    read = next(each.read for each in SECTIONS if each.path == path)
    found = _inside(opnsense, path) | _inside(converted, path)

    assert read - found == OPNSENSE.get(path, {}).keys()

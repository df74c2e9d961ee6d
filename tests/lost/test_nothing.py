"""What counts as saying nothing is nothing, and what is like it is not."""

import pytest

from tests.lost.nothing.config import spans

_INTERFACES = "<wan><enable/></wan><lan><enable/></lan><opt1></opt1>"
_SWITCH = "<disablenatreflection>yes</disablenatreflection>"
_POOL = "<target_subnet>24</target_subnet>"
SWITCHES = {
    "a forward": ("pfsense", "<rule></rule>", False),
    "no forward": ("pfsense", "", True),
    "a disabled forward": ("pfsense", "<rule><disabled/></rule>", True),
    "a forward for an address that is not there": (
        "pfsense",
        "<rule><destination><network>wanip</network></destination></rule>",
        True,
    ),
    "what is not forwarded": ("pfsense", "<rule><nordr/></rule>", True),
    "an empty switch of OPNsense": ("opnsense", "<rule><nordr/></rule>", False),
    "a switch of OPNsense that is off": ("opnsense", "<rule><nordr>0</nordr></rule>", False),
    "a switch of OPNsense that is on": ("opnsense", "<rule><nordr>1</nordr></rule>", True),
    "a rule with an id": ("opnsense", '<rule uuid="1"><nordr>0</nordr></rule>', False),
    "an interface that is off": ("pfsense", "<rule><interface>opt1</interface></rule>", True),
    "another one too": ("opnsense", "<rule><interface>opt1,wan</interface></rule>", False),
    "a group": ("pfsense", "<rule><interface>dmz</interface></rule>", False),
}
POOLS = {
    "a translation": ("pfsense", "", False),
    "none": ("pfsense", "<nonat/>", True),
    "one in OPNsense": ("opnsense", "<nonat>0</nonat>", False),
    "none in OPNsense": ("opnsense", "<nonat>1</nonat>", True),
}


def _nothing(system: str, nat: str, interfaces: str = _INTERFACES) -> list[str]:
    text = (
        f"<{system}><system>{_SWITCH}</system><interfaces>{interfaces}</interfaces>"
        f"<nat>{nat}</nat></{system}>"
    )
    return [text[first:last] for first, last in spans(text)]


@pytest.mark.parametrize(("system", "rules", "expected"), SWITCHES.values(), ids=SWITCHES)
def test_the_switch_of_reflection_says_nothing_where_nothing_is_reflected(
    system: str, rules: str, *, expected: bool
) -> None:
    assert (_SWITCH in _nothing(system, rules)) is expected


@pytest.mark.parametrize(("on", "expected"), [("lan", True), ("wan", False)])
def test_nothing_is_reflected_for_an_interface_with_a_gateway(on: str, *, expected: bool) -> None:
    interfaces = "<wan><enable/><gateway>GW</gateway></wan><lan><enable/></lan>"
    rule = f"<rule><interface>{on}</interface></rule>"

    assert (_SWITCH in _nothing("pfsense", rule, interfaces)) is expected


@pytest.mark.parametrize(("system", "switch", "expected"), POOLS.values(), ids=POOLS)
def test_a_pool_says_nothing_where_nothing_is_translated(
    system: str, switch: str, *, expected: bool
) -> None:
    outbound = f"<outbound><rule>{switch}{_POOL}</rule></outbound>"
    assert (_POOL in _nothing(system, outbound)) is expected

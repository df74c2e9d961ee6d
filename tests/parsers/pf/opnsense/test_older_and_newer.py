"""What OPNsense skips, takes as it stands, or does by version."""

from typing import Any

import pytest

from flowmodel.ruleset import RuleSet
from linter.engine.device.trace import traced
from tests.oracles.opnsense.facts import BASE
from tests.oracles.pf.facts import packet
from tests.parsers.pf.reading import of_text, said


def _read(model: str = "", older: str = "") -> RuleSet:
    return of_text(BASE.format(model=model, older=older))


def _possible(found: RuleSet, **given: Any) -> str:
    (answer,) = traced((found,), "forward", [packet(given)])
    return " ".join(sorted(answer.possible))


_PASS = (
    "<rule><type>pass</type><interface>wan</interface><ipprotocol>inet</ipprotocol>"
    "<source><any/></source><destination>{}</destination></rule>"
)
EMPTY = ("<rule/>", "<rule></rule>", "<rule>\n</rule>", "<rule>1</rule>", "<rule><!-- x --></rule>")


@pytest.mark.parametrize("empty", EMPTY)
@pytest.mark.parametrize("around", ["<filter>{}</filter>", "<nat>{}</nat>", None])
def test_an_older_rule_without_content_is_skipped(empty: str, around: str | None) -> None:
    around = around or "<nat><outbound><mode>advanced</mode>{}</outbound></nat>"
    found = _read(older=around.format(empty))

    assert _possible(found) == "drop"
    assert said(found) == ["FW307: OPNsense skips a rule in which nothing stands"]


def test_a_rule_with_one_element_is_none_that_is_skipped() -> None:
    assert _possible(_read(older="<filter><rule><type>pass</type></rule></filter>")) == "accept"


NETWORKS = {
    "10.1.0.0/24": "accept",
    "10.1.0.10": "accept",
    "10.1.0.10/32": "accept",
    "any": "accept",
    "lan": "accept",
    "lanip": "drop",
    "10.2.0.0/24": "drop",
    "10.1.0.1-10.1.0.20": "drop",
    "10.1.0.0/33": "drop",
    "GONE": "drop",
    "lan net": "drop",
}


@pytest.mark.parametrize("tag", ["network", "address"])
@pytest.mark.parametrize("text", NETWORKS)
def test_a_prefix_is_taken_as_it_stands_and_a_range_is_left_out(text: str, tag: str) -> None:
    end = f"<{tag}>{text}</{tag}>"
    found = _read(older=f"<filter>{_PASS.format(end)}</filter>")

    assert _possible(found) == NETWORKS[text]
    assert bool(said(found)) is (text in {"10.1.0.1-10.1.0.20", "10.1.0.0/33", "GONE", "lan net"})


@pytest.mark.parametrize("text", ["10.1.0.1-10.1.0.20", "10.1.0.0/33", "GONE"])
def test_what_is_no_network_leaves_a_rule_out_when_it_is_negated_too(text: str) -> None:
    end = f"<network>{text}</network><not>1</not>"

    assert _possible(_read(older=f"<filter>{_PASS.format(end)}</filter>")) == "drop"


_LAN = "<network>lan</network>"
SIDES = {
    "<any/>": "accept",
    "<any>1</any>": "accept",
    _LAN: "accept",
    f"{_LAN}<not>1</not>": "drop",
    "": "accept",
    "<any/><not/>": "accept",
    "<any/><network>any</network>": "accept",
    f"{_LAN}<not/>": "accept drop",
    f"{_LAN}<not>0</not>": "accept drop",
    "<network>opt1</network><not>0</not>": "accept drop",
    "<port>443</port>": "accept drop",
    "<network/><address></address>": "accept drop",
    "<not>1</not>": "accept drop",
    "<any/><network>opt1</network>": "accept drop",
}
"""The inside of an older `<destination>`: what it names is read in two ways, by version."""
_NOBODY = "<type>{}</type><interface>wan</interface><protocol>tcp</protocol><source><any/></source>"


@pytest.mark.parametrize("side", SIDES)
def test_a_side_that_versions_read_otherwise_is_possible(side: str) -> None:
    rule = f"{_NOBODY.format('pass')}<destination>{side}</destination>"

    assert _possible(_read(older=f"<filter><rule>{rule}</rule></filter>")) == SIDES[side]


@pytest.mark.parametrize("side", [side for side in SIDES if SIDES[side] == "accept drop"])
def test_what_may_be_switched_off_may_stop_nothing(side: str) -> None:
    block = f"<rule>{_NOBODY.format('block')}<destination>{side}</destination></rule>"
    other = _PASS.format("<any/>")

    found = _read(older=f"<filter>{block}{other}</filter>")
    assert _possible(found) == "accept drop"
    assert [text for text in said(found) if "version, which decides" in text]


_FORWARD = (
    "<rule>{}<interface>wan</interface><ipprotocol>inet</ipprotocol><protocol>tcp</protocol>"
    "<pass>pass</pass><source><any/></source><destination><network>wanip</network>{}"
    "<port>443</port></destination><target>10.1.0.10</target></rule>"
)


@pytest.mark.parametrize(
    ("number", "negation", "verdict"),
    [
        ("", "", "accept"),
        ("", "<not>0</not>", "accept drop"),
        ("<sequence>1</sequence>", "", "accept"),
        ("<sequence>1</sequence>", "<not>0</not>", "accept"),
        ("<sequence>1</sequence>", "<not/>", "accept"),
        ("<sequence>1</sequence>", "<not>1</not>", "drop"),
    ],
)
def test_a_port_forward_with_a_number_is_one_of_a_newer_version(
    number: str, negation: str, verdict: str
) -> None:
    found = _read(older=f"<nat>{_FORWARD.format(number, negation)}</nat>")

    assert _possible(found, dst="198.51.100.2") == verdict


def _rule(sequence: int, what: str) -> str:
    return (
        f"<rule><enabled>1</enabled><sequence>{sequence}</sequence><ipprotocol>inet</ipprotocol>"
        f"<source_net>any</source_net><destination_net>any</destination_net>{what}</rule>"
    )


_OTHERS = "<interface>lan</interface><interfacenot>1</interfacenot>"
_WAN = "<interface>wan</interface>"
# By its sequence the rule of WAN may come first in older versions; floating rules always do.
PLACES = {
    (1, "pass", "block", "1"): "drop",
    (3, "pass", "block", "1"): "accept drop",
    (3, "block", "pass", "1"): "accept drop",
    (3, "pass", "pass", "1"): "accept",
    (3, "block", "block", "1"): "drop",
    (1, "", "block", "1"): "drop",
    (1, "", "pass", "1"): "accept",
    (1, "", "pass", "0"): "accept",
    (3, "block", "pass", "0"): "drop",
}


@pytest.mark.parametrize("case", PLACES)
def test_a_rule_for_all_but_an_interface_is_floating_by_version(
    case: tuple[int, str, str, str],
) -> None:
    sequence, wan, others, quick = case
    rules = _rule(2, f"<action>{wan}</action>{_WAN}") if wan else ""
    rules += _rule(sequence, f"<action>{others}</action><quick>{quick}</quick>{_OTHERS}")

    assert _possible(_read(f"<Filter><rules>{rules}</rules></Filter>")) == PLACES[case]


@pytest.mark.parametrize("action", ["pass", "match"])
def test_a_tag_of_a_rule_for_all_but_an_interface_is_possible(action: str) -> None:
    tags = _rule(1, f"<action>{action}</action><quick>0</quick><tag>A</tag>{_OTHERS}")
    asks = _rule(2, f"<action>pass</action><tagged>A</tagged>{_WAN}")

    assert _possible(_read(f"<Filter><rules>{tags}{asks}</rules></Filter>")) == "accept drop"


# PHP's `empty` takes `0` for nothing.
ZEROS = {
    "<interface>wan</interface><destination><any/><port>0</port></destination>": "accept",
    "<interface>0</interface><destination><any/></destination>": "accept",
    "<interface>wan</interface><destination><network>0</network></destination>": "accept drop",
    "<interface>wan</interface><destination><network>0</network><address>lan</address>"
    "</destination>": "accept",
    "<interface>wan</interface><destination><any/><network>0</network></destination>": "accept",
}


@pytest.mark.parametrize("what", ZEROS)
def test_what_says_zero_in_an_older_rule_says_nothing(what: str) -> None:
    rule = f"<rule><type>pass</type><protocol>tcp</protocol><source><any/></source>{what}</rule>"

    assert _possible(_read(older=f"<filter>{rule}</filter>")) == ZEROS[what]


@pytest.mark.parametrize(("off", "expected"), [("0", "accept drop"), ("1", "accept")])
def test_a_translation_that_is_not_understood_may_be_what_a_switch_of_zero_leaves_on(
    off: str, expected: str
) -> None:
    forward = _FORWARD.format(f"<disabled>{off}</disabled><strange>1</strange>", "")
    forward = forward.replace("<source><any/>", "<source><network>GONE</network>")
    passes = f"<filter>{_PASS.format('<address>10.1.0.10</address>')}</filter>"

    assert _possible(_read(older=f"{passes}<nat>{forward}</nat>")) == expected


PASSES = {
    "pass": "accept",
    "1": "accept drop",
    "yes": "accept drop",
    "rule": "accept",
    "0": "drop",
    "": "drop",
}


@pytest.mark.parametrize("word", PASSES)
def test_an_unknown_word_of_pass_may_pass(word: str) -> None:
    forward = _FORWARD.format("", "").replace("<pass>pass</pass>", f"<pass>{word}</pass>")

    found = _read(older=f"<nat>{forward}</nat>")
    assert _possible(found, dst="198.51.100.2") == PASSES[word]


@pytest.mark.parametrize("target", ["<target>GONE</target>", "<target/>", ""])
def test_a_port_forward_to_nobody_is_possible(target: str) -> None:
    forward = _FORWARD.format("", "").replace("<target>10.1.0.10</target>", target)

    found = _read(older=f"<nat>{forward}</nat>")
    assert _possible(found, dst="198.51.100.2") == "accept drop"


OFF = {"": "accept drop", "0": "accept drop", "1": "accept", "enabled": "accept"}


@pytest.mark.parametrize("text", OFF)
def test_an_older_switch_without_a_word_may_switch_the_filter_off(text: str) -> None:
    switch = f"</webgui><disablefilter>{text}</disablefilter>"
    found = of_text(BASE.format(model="", older="").replace("</webgui>", switch))

    assert _possible(found) == OFF[text]
    assert any("packet filtering" in each for each in said(found))


def test_nor_is_it_certain_that_a_port_forward_takes_what_is_for_the_device_itself() -> None:
    forward = f"<nat>{_FORWARD.format('', '')}</nat>"
    switch = "</webgui><disablefilter/>"
    found = of_text(BASE.format(model="", older=forward).replace("</webgui>", switch))

    assert _possible(found, dst="198.51.100.2") == "accept drop"


CAPITALS = {
    "<disabled>1</disabled>": "drop",
    "<Disabled>1</Disabled>": "accept drop",
    "<Type>block</Type>": "accept drop",
    "<DISABLED>1</DISABLED>": "accept drop",
}


@pytest.mark.parametrize("what", CAPITALS)
def test_an_element_in_capitals_is_none_that_opnsense_knows(what: str) -> None:
    kind = "" if "Type" in what else "<type>pass</type>"
    rule = f"<rule>{kind}<interface>wan</interface>{what}<source><any/></source></rule>"

    assert _possible(_read(older=f"<filter>{rule}</filter>")) == CAPITALS[what]


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("enabled", "drop"), ("Enabled", "accept drop"), ("ENABLED", "accept drop")],
)
def test_a_model_knows_its_elements_in_small_letters_too(tag: str, expected: str) -> None:
    rule = _rule(1, f"<action>pass</action>{_WAN}").replace("enabled>1", f"{tag}>0")
    rule = rule.replace("</enabled>", f"</{tag}>")

    assert _possible(_read(f"<Filter><rules>{rule}</rules></Filter>")) == expected


_REPLACED = "FW307: another one has the same uuid and takes its place"


@pytest.mark.parametrize("second", ["a", "b", None])
@pytest.mark.parametrize("kind", ["pass", "block"])
def test_of_rules_with_one_uuid_the_last_counts(kind: str, second: str | None) -> None:
    other = "block" if kind == "pass" else "pass"
    named = "" if second is None else f' uuid="{second}"'
    rules = _rule(1, f"<action>{other}</action>{_WAN}").replace("<rule>", '<rule uuid="a">')
    rules += _rule(2, f"<action>{kind}</action>{_WAN}").replace("<rule>", f"<rule{named}>")

    found = _read(f"<Filter><rules>{rules}</rules></Filter>")
    counts = kind if second == "a" else other
    assert _possible(found) == {"pass": "accept", "block": "drop"}[counts]
    assert (_REPLACED in said(found)) is (second == "a")


@pytest.mark.parametrize(("uuid", "expected"), [("a", "drop"), ("b", "accept")])
def test_of_aliases_with_one_uuid_the_last_counts(uuid: str, expected: str) -> None:
    alias = (
        '<alias uuid="{}"><enabled>1</enabled><name>{}</name><type>host</type>'
        "<content>10.1.0.10</content></alias>"
    )
    aliases = f"<Alias><aliases>{alias.format('a', 'WEB')}{alias.format(uuid, 'DB')}</aliases>"
    rule = _rule(1, f"<action>pass</action>{_WAN}").replace("net>any</dest", "net>WEB</dest")

    found = _read(f"{aliases}</Alias><Filter><rules>{rule}</rules></Filter>")
    assert _possible(found) == expected
    assert (_REPLACED in said(found)) is (uuid == "a")


@pytest.mark.parametrize(
    ("number", "uuid", "expected"),
    [
        ("<sequence>1</sequence>", "a", "drop"),
        ("<sequence>1</sequence>", "b", "accept"),
        ("", "a", "accept"),
    ],
)
def test_of_port_forwards_of_a_model_with_one_uuid_the_last_counts(
    number: str, uuid: str, expected: str
) -> None:
    rule = _FORWARD.format(number, "")
    first, last = rule.replace("<rule>", '<rule uuid="a">'), rule.replace("443", "25")
    forwards = first + last.replace("<rule>", f'<rule uuid="{uuid}">')

    found = _read(older=f"<nat>{forwards}</nat>")
    assert _possible(found, dst="198.51.100.2") == expected
    assert (_REPLACED in said(found)) is (expected == "drop")


TWICE = (
    "<enabled>0</enabled>",
    "<enabled>1</enabled>",
    "<action>block</action>",
    "<action>pass</action>",
    "<interface>lan</interface>",
    "<destination_net>opt1</destination_net>",
)


@pytest.mark.parametrize("more", TWICE)
@pytest.mark.parametrize("action", ["pass", "block"])
def test_of_an_element_that_stands_twice_in_a_rule_of_a_model_either_may_count(
    more: str, action: str
) -> None:
    rest = _rule(2, f"<action>{'block' if action == 'pass' else 'pass'}</action>{_WAN}")
    rule = _rule(1, f"<action>{action}</action>{_WAN}").replace("<rule>", f"<rule>{more}")

    found = _read(f"<Filter><rules>{rule}{rest}</rules></Filter>")
    assert _possible(found) == "accept drop"
    assert any("stands in it 2 times" in each for each in said(found))


def test_a_section_in_capitals_is_none_that_opnsense_knows() -> None:
    found = _read(older=f"<Filter>{_PASS.format('<any/>')}</Filter>")

    assert _possible(found) == "drop"
    assert any(each.startswith("FW901: <Filter> is not understood") for each in said(found))

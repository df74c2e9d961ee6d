"""Words that OPNsense does not know are said, and so is what it leaves out of aliases."""

import pytest

from tests.oracles.opnsense.facts import BASE, aliases, older, rules
from tests.parsers.pf.opnsense.reading import configuration, of_text, said

_LESS = "has a word that is not known here: what it is about may mean less or more"
_ALIAS = "<virtualip><vip><interface>wan</interface><mode>ipalias</mode>"
_ALIAS += "<subnet>{}</subnet><subnet_bits>{}</subnet_bits></vip></virtualip>"
_GROUP = "<ifgroups><ifgroupentry><ifname>both</ifname><members>lan</members>"
_GROUP += "<sequence>{}</sequence></ifgroupentry></ifgroups>"
_OLDER = "<interface>lan</interface><ipprotocol>inet</ipprotocol>"
_OLDER += "<source><any/></source><destination><any/></destination>"
ODD = {
    "an action": (rules({"action": "passx9"}), "", "passx9", "action"),
    "a direction": (rules({"direction": "il"}), "", "il", "direction"),
    "a switch": (rules({"enabled": "2"}), "", "2", "enabled"),
    "quick": (rules({"quick": "1x9"}), "", "1x9", "quick"),
    "a negation": (rules({"source_not": "yes"}), "", "yes", "source_not"),
    "a state": (rules({"statetype": "keeps"}), "", "keeps", "statetype"),
    "an older type": ("", older(f"<type>pas</type>{_OLDER}"), "pas", "type"),
    "an older switch": (
        "",
        older(f"<type>pass</type><disabled>1x9</disabled>{_OLDER}"),
        "1x9",
        "disabled",
    ),
    "a place": (rules({"sequence": "2x9"}), "", "2x9", "sequence"),
    "a place of a group": ("", _GROUP.format("2x9"), "2x9", "sequence"),
    "a virtual address": ("", _ALIAS.format("192.0.2.9x9", "29"), "192.0.2.9x9", "subnet"),
    "its prefix": ("", _ALIAS.format("192.0.2.9", "2x9"), "2x9", "subnet_bits"),
}


@pytest.mark.parametrize(("model", "sections", "word", "tag"), ODD.values(), ids=ODD)
def test_a_word_that_is_none_is_said(model: str, sections: str, word: str, tag: str) -> None:
    found = said(configuration(model, sections).gaps)

    assert f"FW901: <{tag}> {_LESS}" in found
    assert not any(f"`{word}`" in each for each in found if f"<{tag}>" in each)


def test_what_depends_on_such_a_word_is_possible() -> None:
    (rule,) = (
        each
        for each in configuration(rules({"action": "passx9", "description": "odd"})).rules
        if "odd" in each.title
    )

    assert any(text.startswith("what <action> says in line") for text in rule.unread)


KNOWN = {
    "words of the model": rules({"action": "block", "direction": "any", "quick": "0"}),
    "no words": rules({"action": "", "direction": "", "statetype": ""}),
    "a place": rules({"sequence": "12"}),
}


@pytest.mark.parametrize("model", KNOWN.values(), ids=KNOWN)
def test_a_known_word_is_not_remarked(model: str) -> None:
    assert [text for text in said(configuration(model).gaps) if _LESS in text] == []


@pytest.mark.parametrize("older", [_GROUP.format("2"), _ALIAS.format("192.0.2.9", "29")])
def test_a_number_and_an_address_are_not_remarked(older: str) -> None:
    assert [text for text in said(configuration("", older).gaps) if _LESS in text] == []


def test_older_words_for_on_are_not_remarked() -> None:
    for word in ("1", "yes", "on"):
        text = f"<type>pass</type><quick>{word}</quick><statetype>keep state</statetype>{_OLDER}"
        gaps = said(configuration("", older(text)).gaps)

        assert [each for each in gaps if _LESS in each] == []


CONTENTS = {
    "a prefix": ("network", "2001:db8:5::/64x9"),
    "a network": ("network", "10.0.0.0/333"),
    "a range": ("host", "10.1.0.40-10.1.0"),
    "a port": ("port", "80:x"),
}


@pytest.mark.parametrize(("kind", "word"), CONTENTS.values(), ids=CONTENTS)
def test_what_no_alias_can_hold_is_said(kind: str, word: str) -> None:
    found = said(configuration(aliases(("odd", kind, word))).gaps)
    message = f"`{word}` is nothing that an alias of the kind {kind} can hold"

    assert f"FW901: {message}: OPNsense leaves it out" in found


def test_addresses_names_ports_and_services_are_held() -> None:
    several = (
        ("hosts", "host", "10.1.0.20\n10.1.0.30-10.1.0.40\nwww.example.org\n2001:db8::1"),
        ("nets", "network", "10.0.0.0/8\n!10.1.0.0/24\nhosts"),
        ("ports", "port", "80\n8000:8010\nhttps"),
    )
    found = said(configuration(aliases(*several)).gaps)

    assert [each for each in found if "can hold" in each] == []


_VIP = "<virtualip><vip><interface>lan</interface><mode>carp</mode><subnet>10.1.0.21</subnet>"
_VIP += "{}</vip></virtualip>"
LENGTHS = {
    "none": (_VIP.format(""), True),
    "an empty one": (_VIP.format("<subnet_bits/>"), True),
    "a long one": (_VIP.format("<subnet_bits>42</subnet_bits>"), True),
    "its own": (_VIP.format("<subnet_bits>24</subnet_bits>"), False),
}


@pytest.mark.parametrize(("older_sections", "is_odd"), LENGTHS.values(), ids=LENGTHS)
def test_a_virtual_address_has_a_network_of_some_length(
    older_sections: str, *, is_odd: bool
) -> None:
    found = said(configuration(older=older_sections).gaps)

    assert any("<subnet_bits> is no length of a network" in each for each in found) is is_odd


@pytest.mark.parametrize(("length", "is_odd"), [("42", True), ("33", True), ("32", False)])
def test_the_network_of_an_interface_is_no_longer_than_its_address(
    length: str, *, is_odd: bool
) -> None:
    text = BASE.format(model="", older="").replace(
        "<ipaddr>10.1.0.1</ipaddr>\n<subnet>24", f"<ipaddr>10.1.0.1</ipaddr>\n<subnet>{length}"
    )

    assert (f"FW901: <subnet> {_LESS}" in said(of_text(text).gaps)) is is_odd


@pytest.mark.parametrize(("family", "is_sure"), [("inet", True), ("", True), ("int", False)])
def test_a_gateway_of_no_known_family_may_be_of_any(family: str, *, is_sure: bool) -> None:
    base = BASE.format(model=rules({"gateway": "GW", "description": "Mine"}), older="")
    text = base.replace(
        "<ipprotocol>inet</ipprotocol><gateway>", f"<ipprotocol>{family}</ipprotocol><gateway>"
    )
    (rule,) = (each for each in of_text(text).rules if "Mine" in each.title)

    assert (rule.unread == ()) is is_sure

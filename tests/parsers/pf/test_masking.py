"""Only what findings quote is kept of a config.xml."""

import re

import pytest

from flowmodel.source import InputError, Source
from parsers.pf.masking import shown
from parsers.pf.xml import read_xml
from tests.parsers.pf.opnsense.reading import configuration
from tests.parsers.pf.reading import of_text, read, rules, said

_TEXT = """<?xml version="1.0"?><!-- secret0 -->
<pfsense>
<version>23.3</version>
<system><hostname>edge</hostname>
<user><bcrypt-hash>secret1</bcrypt-hash></user></system>
<!-- secret2 -->
<interfaces><wan><if>em0</if><password>secret3</password></wan></interfaces>
<cert uuid="secret4"><prv>secret5
secret6</prv></cert>
<virtualip><vip><password>secret7</password></vip></virtualip>
<aliases><alias><url>https://user:secret8@lists.example.org/a?key=secret9</url></alias></aliases>
<filter><rule><descr>Web</descr></rule></filter>
</pfsense><!-- secretA -->"""


def test_secrets_are_masked_and_everything_stays_at_its_place() -> None:
    source = Source("config.xml", _TEXT.split("\n"))

    found = shown(source, read_xml(source)).lines

    assert [line for line in found if "secret" in line] == []
    assert [len(line) for line in source.lines] == [len(line) for line in found]
    assert found[3] == "<system><hostname>****</hostname>"
    assert found[11] == "<filter><rule><descr>Web</descr></rule></filter>"
    assert "lists.example.org" in found[10]


def test_what_is_read_keeps_no_secret() -> None:
    (source,) = of_text(_TEXT).sources

    assert [line for line in source.lines if "secret" in line] == []


def test_a_comment_beside_an_address_is_masked() -> None:
    text = _TEXT.replace("<url>", "<address>192.0.2.1<!-- secret --></address><url>")
    source = Source("config.xml", text.split("\n"))

    found = shown(source, read_xml(source)).lines

    assert [line for line in found if "secret" in line] == []
    assert "<address>192.0.2.1" in found[10]


_URL = "https://user:secret@lists.example.org/a?key=secret"


@pytest.mark.parametrize("kind", ["host", "network", "url", "port"])
def test_an_address_in_an_alias_that_is_a_url_is_named_without_its_secrets(kind: str) -> None:
    alias = f"<aliases><alias><name>U</name><type>{kind}</type><address>{_URL}</address></alias>"
    side = "<address>U</address>" if kind != "port" else "<any/><port>U</port>"

    found = read(
        f"{alias}</aliases>"
        + rules(f"<protocol>tcp</protocol><source><any/></source><destination>{side}</destination>")
    )

    assert said(found) == [
        (
            "FW902: only the device knows `https://************lists.example.org/a?**********` "
            "in the alias U"
        )
    ]
    assert "secret" not in repr(found.tables)


def test_an_address_that_is_a_url_is_named_without_its_secrets() -> None:
    found = read(rules(f"<source><address>{_URL}</address></source>"))

    assert [gap.message for gap in found.gaps] == [
        (
            "pfSense leaves the rule out: its source means no address: there is no alias "
            "`https://************lists.example.org/a?**********`"
        )
    ]
    assert "secret" not in repr(found.gaps)


def test_an_unknown_element_that_may_be_a_secret_is_named_without_its_text() -> None:
    found = read(rules("<apikey>secret</apikey>", "<apple>secret</apple>"))

    assert "Unread(text='<apikey> in line 12'" in repr(found.tables)
    assert "<apple> in line 13" in repr(found.tables)
    assert "secret" not in repr(found)


_ODD = """<pfsense><version>23.3</version><filter>stray-secret<rule>stray-secret<type>pass</type>
<interface>wan</interface>stray-secret<odd>secret</odd><source><any/><odd a='secret'>secret</odd>
</source><destination odd="secret"><any/></destination><descr><![CDATA[Web <b> ]]></descr>
<x y="secret"/>
<odder><deep><type>pass</type><deeper>secret</deeper></deep>stray-secret</odder>stray-secret</rule>
stray-secret<!-- <secret> secret --></filter><cert><prv><![CDATA[<secret>
<secret></prv>]]></prv></cert></pfsense>"""


def test_what_is_not_recognised_in_a_shown_section_is_masked() -> None:
    source = Source("config.xml", _ODD.split("\n"))

    found = shown(source, read_xml(source)).lines

    assert [line for line in found if "secret" in line] == []
    assert [len(line) for line in source.lines] == [len(line) for line in found]
    assert "<type>pass</type>" in found[0]
    assert "<descr><![CDATA[Web <b> ]]></descr>" in found[2]


def test_opnsense_s_names_that_are_urls_are_said_without_their_secrets() -> None:
    older = f"<filter><rule><source><address>{_URL}</address></source></rule></filter>"

    found = configuration("", older).gaps

    assert [gap for gap in found if "lists.example.org" in gap.message]
    assert "secret" not in repr([(gap.message, gap.text) for gap in found])


_PLAIN = """<?xml version="1.0"?>
<pfsense>
<version>23.3</version>
<filter><rule><descr><![CDATA[Web]]></descr><type>pass</type><disabled/>
<source><any></any></source></rule></filter>
</pfsense>"""


@pytest.mark.parametrize("place", [each.end() for each in re.finditer(r">|CDATA\[|pass", _PLAIN)])
@pytest.mark.parametrize(
    "piece",
    [
        *("secret", " secret > secret ", "<!-- secret -->", "<!-- > secret <a> -->", "<?a > b?>"),
        *("<![CDATA[secret]]>", "<![CDATA[</a> secret]]>", "<a>/> secret</a>", '<a b="/> c"/>'),
        *("</a> secret", "<a/> secret <a/>", "<a>\n<![CDATA[> secret <a>]]>\n</a>", "/> secret"),
    ],
)
def test_what_stands_beside_elements_is_looked_for_wherever_there_may_be_some(
    piece: str, place: int
) -> None:
    source = Source("config.xml", (_PLAIN[:place] + piece + _PLAIN[place:]).split("\n"))
    try:
        root = read_xml(source)
    except InputError:
        return

    found = shown(source, root).lines

    root.document.is_plain = False
    assert found == shown(source, root).lines


def test_a_usual_file_has_nothing_but_elements() -> None:
    assert read_xml(Source("config.xml", _PLAIN.split("\n"))).document.is_plain

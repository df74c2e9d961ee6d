"""Only what findings quote is kept of a config.xml."""

from linter.model.source import Source
from parsers.pf.masking import shown
from parsers.pf.xml import read_xml
from tests.parsers_pf.reading import of_text

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

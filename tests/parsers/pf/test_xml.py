"""Elements of XML with their places and texts, and errors that show no text of an element."""

import gc
import tracemalloc
from contextlib import suppress
from time import process_time

import pytest

from flowmodel.source import InputError, Source
from parsers.pf.format import FORMAT
from parsers.pf.xml import DEEPEST, Document, Element, masked, read_xml
from tests.parsers.pf.reading import of_text, whole


def _read(text: str) -> Element:
    return read_xml(Source("config.xml", text.split("\n")))


TEXTS = {
    "<a>x</a>": "x",
    "<a> x\n</a>": "x",
    "<a></a>": "",
    "<a/>": "",
    "<a><b/></a>": "",
    "<a><![CDATA[ <x> & ]]></a>": "<x> &",
    "<a>1<![CDATA[2]]>3</a>": "123",
    "<a><![CDATA[]]]]><![CDATA[>]]></a>": "]]>",
    "<a>&lt;&amp;&#65;&#x42;&quot;</a>": '<&AB"',
    "<a>x<!-- y -->z</a>": "xz",
    '<a b="&gt;>">x</a>': "x",
    "<a >x</a >": "x",
    "<a>Ärger</a>": "Ärger",
}


@pytest.mark.parametrize("text", TEXTS)
def test_an_element_has_its_text(text: str) -> None:
    assert TEXTS[text] == _read(text).text


def test_an_element_has_its_place_in_code_points() -> None:
    root = _read("<pfsense>\n <ä>ö</ä><Rule\n  uuid='1>2'>é</Rule>\n</pfsense>")
    rule = root.children[1]

    assert (rule.tag, rule.attributes, rule.text) == ("rule", {"uuid": "1>2"}, "é")
    assert rule.place == (2, 10, 3, 21)
    assert root.place == (1, 1, 4, 10)


def test_children_are_found_by_their_tags() -> None:
    root = _read("<a><b>1</b><c><d>2</d></c><b>3</b></a>")

    assert (root.get("b"), root.get("x"), [b.text for b in root.all("b")]) == ("1", "", ["1", "3"])
    assert (root.find("c", "d") or root).text == "2"
    assert root.find("x", "d") is None
    assert (root.has("c"), root.has("d")) == (True, False)
    assert [each.tag for each in root.walk()] == ["a", "b", "c", "d", "b"]


ERRORS = {
    "<a>\n<b>secret</c>\n</a>": "2:12: this is no well-formed XML: mismatched tag\n<b>******</c>",
    "<a><b>secret</b>": "1:17: is cut off: this is no well-formed XML: no element found\n"
    "<a><b>******</b>",
    "<a>secret&x;</a>": "1:10: this is no well-formed XML: undefined entity\n<a>*********</a>",
    "<a k='secret' k='x'/>": "1:15: this is no well-formed XML: duplicate attribute\n"
    "<* ********** *****/>",
    "<!DOCTYPE a [<!ENTITY x 'secret'>]><a>&x;</a>": "1:13: a document type is refused: config.xml "
    "has none, and entities can hide anything\n",
    "<a><![CDATA[<secret>]]></a><b>": "1:28: this is no well-formed XML: junk after document "
    "element\n",
    "<a/><b/>": "1:5: this is no well-formed XML: junk after document element\n<a/><b/>",
    "<a>\r\r\n<b>x</b>\r\n<c": "3:1: is cut off: this is no well-formed XML: unclosed token\n<*",
    "<a" * 3: "1:3: this is no well-formed XML: not well-formed (invalid token)\n<*<*<*",
}


@pytest.mark.parametrize("text", ERRORS)
def test_an_error_has_its_place_and_shows_no_text(text: str) -> None:
    with pytest.raises(InputError) as caught:
        _read(text)

    error = caught.value
    assert ERRORS[text] == f"{error.span.line}:{error.span.column}: {error.message}\n{error.text}"


@pytest.mark.parametrize("tag", ["<a>", "<a b='c'>", "<a >"])
def test_elements_too_deep_inside_each_other_are_refused(tag: str) -> None:
    with pytest.raises(InputError, match=f"more than {DEEPEST} elements"):
        _read(tag * 6_000 + "</a>" * 6_000)


SHORT = ("<a/>", "<a></a>", "<a b='c'/>", "<a>b</a>", "<ab/>\n", "<!---->", "<?a?>", "<a>\n</a>")


@pytest.mark.parametrize("piece", SHORT)
def test_the_memory_is_at_most_30_times_the_size_however_short_the_elements(piece: str) -> None:
    text = f"<pfsense>{piece * (600_000 // len(piece))}</pfsense>"
    source = Source("config.xml", text.split("\n"))
    tracemalloc.start()
    with suppress(InputError):
        read_xml(source)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 30 * len(text)


WRONG = ("&#{};", "&#x{};", "&{};", "&{}", "&" * 5_000 + "{}")


@pytest.mark.parametrize("form", WRONG)
def test_a_reference_that_is_none_is_refused_however_long_it_is(form: str) -> None:
    reference = form.format("9" * 100_000)
    for text in (f"<a>{reference}</a>", f"<a b='{reference}'/>", f"<a>{reference}<!-- --></a>"):
        with pytest.raises(InputError, match="no well-formed XML"):
            _read(text)


BEGINNINGS = {
    "<pfsense>": True,
    "\ufeff<pfsense>": True,
    "\ufeff<?xml version='1.0'?>\n<opnsense>": True,
    "<!-- a > b --><?x?>\n<!-- c --> <pfsense a='b'>": True,
    "<!DOCTYPE pfsense [<!ENTITY a 'b'>]>\n<pfsense>": True,
    "<m0n0wall><pfsense>": False,
    "<!a><pfsenses>": False,
}


@pytest.mark.parametrize("text", BEGINNINGS)
def test_a_config_is_known_by_its_root(text: str) -> None:
    assert FORMAT.detect(text) is BEGINNINGS[text]


PIECES = ("<!a>", "<!--", "<!---->", "<!", "<?", "<?a?>", "<!a[", "<!a[]>", "<!-->", "\n", "<!a[<")


@pytest.mark.parametrize("piece", PIECES)
def test_looking_for_the_root_takes_no_long_time(piece: str) -> None:
    begun = process_time()
    assert not FORMAT.detect(piece * (1_000_000 // len(piece)))
    assert not FORMAT.detect("<?xml?>" + piece * (1_000_000 // len(piece)) + "<a>")
    assert process_time() - begun < 2


def test_a_file_of_unclosed_pieces_takes_no_long_time() -> None:
    for piece in ("<a><![CDATA[", "<!--", "<a b='", "<?x ", "<a>&", "</a>"):
        with pytest.raises(InputError):
            _read(piece * 200_000)


def test_a_long_line_is_not_shown() -> None:
    assert masked("x" * 10_000) == ""
    assert masked("<password>secret</") == "<password>******</"


def test_nothing_of_a_file_waits_for_the_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        of_text(whole("<aliases><alias><name>A</name></alias></aliases>"))
        kept = [each for each in gc.get_objects() if isinstance(each, Document)]
    finally:
        gc.enable()

    assert kept == []

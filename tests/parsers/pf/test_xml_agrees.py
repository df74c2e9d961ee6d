"""The regular expression that cuts XML finds the elements that expat finds, in any file."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowmodel.source import InputError, Source
from parsers.pf.xml import Element, read_xml

_PIECES = (
    *("<a>", "</a>", "<b>", "</b>", "<a/>", "<b />", "<A>", "</A>", "</a >", "<a\n>"),
    *('<a x="1">', "<b y='>'/>", '<a x="</a>">', "<a x='\"' y=\"'\">", '<a x="&lt;" >'),
    *("<!-- <a> -->", "<!---->", "<!-- </a> ", "<?p <a> ?>", "<![CDATA[<a>]]>"),
    *(
        "<![CDATA[]]>",
        "<![CDATA[ ]] > ]]>",
        "&amp;",
        "&#60;",
        "&#x3c;a>",
        "&lt;a&gt;",
        "&",
        "<",
        ">",
    ),
    *("text", " ", "\n", "\t", "ü", "é", "]]", "--", "-->", "/>", '"', "'", "=", "<é>", "</é>"),
)
_TREES = st.recursive(
    st.lists(st.sampled_from(_PIECES), max_size=3).map("".join),
    lambda inner: st.builds(
        "{0}{1}{2}".format,
        st.sampled_from(["<a>", "<b >", '<c x="1">', "<d\n>"]),
        st.lists(inner, max_size=4).map("".join),
        st.sampled_from(["</a>", "</b>", "</c>", "</d>"]),
    ),
    max_leaves=12,
)


def _plain(element: Element) -> object:
    children = [_plain(child) for child in element.children]
    return element.tag, dict(element.attributes), children, element.text


def _expected(element: ET.Element) -> object:
    children = [_expected(child) for child in element]
    # Of an element with children no text is kept: config.xml has none there.
    text = "" if children else (element.text or "").strip()
    return element.tag.lower(), dict(element.attrib), children, text


def _compare(text: str) -> bool:
    """Whether the text is XML; fails where the two read it differently."""
    try:
        wanted = ET.fromstring(text)
    except ET.ParseError:
        with pytest.raises(InputError):
            read_xml(Source("config.xml", text.split("\n")))
        return False
    assert _plain(read_xml(Source("config.xml", text.split("\n")))) == _expected(wanted)
    return True


@given(st.lists(st.sampled_from(_PIECES), max_size=8).map(lambda each: f"<a>{''.join(each)}</a>"))
def test_pieces_in_any_order_are_read_as_expat_reads_them(text: str) -> None:
    _compare(text)


@given(_TREES)
def test_trees_are_read_as_expat_reads_them(text: str) -> None:
    _compare(f"<root>{text}</root>")


@pytest.mark.parametrize(
    "text",
    [
        "<a><b>x</b><!-- <b>y</b> --><b>z</b></a>",
        "<a><b><![CDATA[<b>&amp;</b>]]></b></a>",
        "<a><b>x<![CDATA[y]]>z</b><b> <![CDATA[ y ]]> </b></a>",
        "<a>\n<b p='<'/></a>".replace("<'", "&lt;'"),
        "<a><b>x<!-- y -->z<?p q?>&#33;</b></a>",
    ],
)
def test_what_config_xml_can_have_is_xml(text: str) -> None:
    assert _compare(text)

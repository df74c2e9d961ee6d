"""A translation in which an element stands twice may be any: which of the two counts is unknown."""

import pytest

from flowmodel.verdict import TranslateDestination
from parsers.pf.rules import Translation
from tests.parsers.pf.opnsense.reading import configuration
from tests.parsers.pf.reading import read, said

_ENDS = (
    "<source><any/></source><destination><network>wanip</network><port>8022</port></destination>"
)
_FORWARD = (
    f"<interface>wan</interface><ipprotocol>inet</ipprotocol><protocol>tcp</protocol>{_ENDS}"
    "<target>10.1.0.10</target><local-port>22</local-port>"
)
_AGAIN = "<target>10.2.0.5</target>"

CASES = [
    ("", 1, []),
    (_AGAIN, 3, ["FW901: <target> stands in it 2 times"]),
    (f"{_AGAIN}<disabled/>", 0, ["FW901: <target> stands in it 2 times"]),
    ("<descr>a</descr><descr>b</descr>", 3, ["FW901: <descr> stands in it 2 times"]),
]


@pytest.mark.parametrize(("more", "translating", "remarks"), CASES)
def test_a_forward_of_pfsense(more: str, translating: int, remarks: list[str]) -> None:
    ruleset = read(f"<nat><rule>{_FORWARD}{more}</rule></nat>")

    rules = ruleset.tables[0].chains["rdr in"].rules
    found = [each for each in rules if isinstance(each.verdict, TranslateDestination)]
    assert (len(found), said(ruleset)) == (translating, remarks)


_OLDER_BINAT = """<nat><onetoone><interface>wan</interface><external>198.51.100.9</external>
<source><address>10.1.0.10</address></source><destination><any/></destination>{}</onetoone></nat>"""
_RULE = "<rule uuid='a'><enabled>1</enabled><interface>wan</interface>"
_BINAT = f"""<onetoone>{_RULE}<external>198.51.100.9</external>
<source_net>10.1.0.10</source_net><destination_net>any</destination_net>{{}}</rule></onetoone>"""
_PREFIX = f"""<npt>{_RULE}<source_net>fd00:1::/64</source_net>
<destination_net>2001:db8:9::/64</destination_net>{{}}</rule></npt>"""
_SOURCE = f"""<snatrules>{_RULE}<source_net>10.1.0.0/24</source_net>
<destination_net>any</destination_net><target>198.51.100.9</target>{{}}</rule></snatrules>"""
_ADVANCED = "<nat><outbound><mode>advanced</mode></outbound></nat>"

OPNSENSE = {
    "a forward": ("", f"<nat><rule>{_FORWARD}{{}}</rule></nat>", _AGAIN),
    "1:1": ("", _OLDER_BINAT, "<external>198.51.100.8</external>"),
    "1:1 of the model": (_BINAT, "", "<external>198.51.100.8</external>"),
    "NPT of the model": (_PREFIX, "", "<source_net>fd00:2::/64</source_net>"),
    "source NAT of the model": (_SOURCE, _ADVANCED, "<target>198.51.100.8</target>"),
}


def _anything(model: str, older: str) -> list[Translation]:
    """The translations of which nothing is known."""
    found = configuration(model and f"<Filter>{model}</Filter>", older)
    return [each for each in found.translations if each.target and each.target.unread]


@pytest.mark.parametrize(("model", "older", "again"), OPNSENSE.values(), ids=OPNSENSE)
def test_a_translation_of_opnsense(model: str, older: str, again: str) -> None:
    assert _anything(model.replace("{}", ""), older.replace("{}", "")) == []
    assert len(_anything(model.replace("{}", again), older.replace("{}", again))) == 4

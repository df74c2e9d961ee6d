"""Documents of AWS that say the same in other words."""

import pytest

from tests.lost.change import Change
from tests.lost.exports import Export
from tests.lost.proofs.forms import proof

_ALL = '"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"'
_FLAGS = '{{"TCPFlags": [{{"Flags": ["SYN"]{0}}}]}}'
_HEADER = '{{"Header": {{"DestinationPort": "{0}", "Direction": "ANY"}}}}'
CASES = {
    "all masks": (_FLAGS, f', "Masks": [{_ALL}]', "", True),
    "masks in another order": (_FLAGS, f', "Masks": [{_ALL}]', ', "Masks": null', True),
    "one mask": (_FLAGS, ', "Masks": ["SYN"]', "", False),
    "any port": (_HEADER, "ANY", "AnY", True),
    "another port": (_HEADER, "ANY", "80", False),
}


@pytest.mark.parametrize(("document", "old", "new", "is_same"), CASES.values(), ids=CASES)
def test_they_are_the_same(document: str, old: str, new: str, *, is_same: bool) -> None:
    text = document.format(old)
    at = text.index(old)
    change = Change("garble", "value", "", at, at + len(old), new)

    found = proof(Export("e", (("e.json", text),), ("e.json",), "e.json"), change)

    assert found == ("same" if is_same else "unknown")

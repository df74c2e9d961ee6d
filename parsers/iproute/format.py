"""The format of `ip -j addr`, `ip -j route` and `ip -j rule`: where a machine with rules stands."""

import re
from collections.abc import Sequence

from flowmodel.source import Source
from parsers.shared.format import Surroundings
from parsers.shared.standing import Standing

_KEYS = "ifname|addr_info|dst|priority"
# ip prints an empty list where there is no route; objects are empty where a filter left them out.
_BEGINNING = re.compile(
    rf'\s*\[\s*(?:\]\s*\Z|(?:\{{\s*\}}\s*,\s*)*\{{[^{{}}\[\]]*?"(?:{_KEYS})"\s*:)'
)


def _detect(text: str) -> bool:
    return bool(_BEGINNING.match(text))


def _read(sources: Sequence[Source]) -> Standing:
    from parsers.iproute.read import read

    return read(sources)


SURROUNDINGS = Surroundings(
    name="ip -j addr", endings=("json",), detect=_detect, read=_read, begins=r"\["
)

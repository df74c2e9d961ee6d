"""Which words the sources of a second reading name: it proves nothing about others."""

import re
from functools import cache
from pathlib import Path

from tests import ROOT


@cache
def named(*folders: str) -> frozenset[str]:
    """The words in quotes in the sources of oracles, but for what makes random exports."""
    paths = [path for each in folders for path in Path(ROOT, "tests/oracles", each).glob("*.py")]
    readers = [path for path in paths if not re.search("generat|test_|fact", path.name)]
    found: set[str] = set()
    for path in readers:
        for quoted in re.findall(r'"([^"\n]*)"', path.read_text(encoding="utf-8")):
            found |= set(re.findall(r"[\w-]+", quoted))
    return frozenset(found)


def is_named(tag: str, *folders: str) -> bool:
    """Whether they name it; `f"{end}_port"` names every tag that ends so."""
    words = named(*folders)
    return tag in words or any(word[:1] == "_" and tag.endswith(word) for word in words)

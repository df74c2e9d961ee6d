"""What mutations put in: odd values, each format's own words, and the phrases of its tests."""

import ast
import re
from functools import cache
from pathlib import Path

from parsers import COMPANIONS, FORMATS
from parsers.shared.format import Readable
from tests import ROOT

ODD = (
    *("\x85", "\u2028", "\u2029", "\ufeff", "\0", "\x0b", "\x0c", "\x1c", "\x1f", "\x7f", "\xa0"),
    *("\u3000", "\u200b", "\u202e", "\ud800", "\U0001f525", "e\u0301", "\u017f", "ß", "²", "é"),
    *("\u0663", "\r", "\r\n", "\t", "\n", " ", "  ", "\x1b[31m", "\\", "\\\n", "\\u0000", "%s"),
)
NUMBERS = (
    *("0", "-0", "1", "-1", "00", "08", "0x10", "0x", "+1", "1.0", "0.5", "1e9", "1e999", "-1e-9"),
    *("255", "256", "32", "33", "128", "129", "65535", "65536", "99999", "2147483648"),
    *("4294967295", "4294967296", "18446744073709551616", "9" * 40, "9" * 5000, "1_000", "NaN"),
)
PLACES = (
    *("0.0.0.0", "0.0.0.0/0", "255.255.255.255/32", "10.0.0.0/8", "10.0.0.1/-1", "10.0.0.0/33"),
    *("::", "::/0", "::1", "fe80::1%eth0", "::ffff:10.0.0.1", "2001:db8::/129", "10.0.0"),
    *("10.0.0.9-10.0.0.1", "10.0.0.1-10.0.0.9", "1-0", "0-65535", "80:", ":80", "80-", "any"),
    *("10.0.0.0/255.255.0.0", "10.0.0.0/0.255.0.255", "02:00:00:00:00:01", "", "eth0", "lo", "e+"),
)
MARKS = tuple("\"'`{}[]()<>,;:=!|&#@*?-./\\$%^~")
_READERS: tuple[Readable, ...] = (*FORMATS, *COMPANIONS)
_FOLDERS = {each.name: each.detect.__module__.split(".")[1] for each in _READERS}
_LITERAL = re.compile(r'"([^"\s\\]{1,40})"')


@cache
def words(kind: str) -> tuple[str, ...]:
    """The words that a kind's reader knows: whatever its source has in quotes."""
    folder = _folder(kind)
    sources = sorted(path for end in ("py", "lark") for path in folder.rglob(f"*.{end}"))
    found = (_LITERAL.findall(path.read_text(encoding="utf-8")) for path in sources)
    return tuple(dict.fromkeys(word for each in found for word in each))


@cache
def phrases(kind: str) -> tuple[str, ...]:
    """What the tests of a kind's reader let it read: rules, declarations, elements."""
    folder = ROOT / "tests" / _folder(kind).relative_to(ROOT)
    found: dict[str, None] = {}
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
                if 4 <= len(text) <= 400 and re.search(r"[ <:{]", text.strip()):
                    found[text] = None
    return tuple(found)


def _folder(kind: str) -> Path:
    if kind in _FOLDERS:
        return ROOT / "parsers" / _FOLDERS[kind]
    return ROOT / ("policies" if kind in ("site", "policy") else "fwlint")

"""Words of exports and of people as YAML: each is read again as what it was."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from linter.report.visible import as_text, visible

WIDTH: Final = 100
_LONG: Final = 150
_PLAIN: Final = re.compile(r"[A-Za-z0-9_./$][A-Za-z0-9_./$+-]*(?: [A-Za-z0-9_./$+-]+)*")
# What YAML 1.1 and 1.2 do not take for text; fwlint does, and editors do not.
_TYPED: Final = re.compile(
    r"~|null|true|false|on|off|y|n|[-+]?[0-9_.]+(?:e[-+]?[0-9]+)?|0[xo][0-9a-f_]+"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}.*|[-+]?\.(?:inf|nan)",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(r"[0-9]+(?:\.[0-9]+){3}")


def quoted(text: str) -> str:
    """A text as a scalar: bare where no reader of YAML takes that for anything else."""
    is_typed = _TYPED.fullmatch(text) and not _ADDRESS.fullmatch(text)
    if _PLAIN.fullmatch(text) and not is_typed:
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    # YAML has no control characters, and its line ends are more than those of Python's `\n`.
    if char.isprintable():
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def listed(texts: Sequence[str]) -> str:
    """One text, or a list of several in one line."""
    if len(texts) == 1:
        return quoted(texts[0])
    return "[" + ", ".join(map(quoted, texts)) + "]"


def comment(text: str, indent: int = 0) -> str:
    """A comment of one line, long ones cut off."""
    text = visible(text)
    shown = text if len(text) <= _LONG else f"{text[:_LONG]}…"
    return as_text(f"{' ' * indent}# {shown}".rstrip())


def paragraph(text: str, indent: int = 0) -> Iterator[str]:
    """Some sentences as a comment, broken into lines."""
    words, line = text.split(), ""
    for word in words:
        if line and indent + 2 + len(line) + 1 + len(word) > WIDTH:
            yield comment(line, indent)
            line = word
        else:
            line = f"{line} {word}".strip()
    yield comment(line, indent)


def beside(text: str, remark: str) -> str:
    """A line with a remark behind it."""
    return f"{text:<30}  {comment(remark)}" if remark else text


def hidden(lines: Sequence[str], indent: int) -> Iterator[str]:
    """Lines as comments; without the `#` and the blank behind it they are what they were."""
    yield from (f"{line[:indent]}# {line[indent:]}" for line in lines)

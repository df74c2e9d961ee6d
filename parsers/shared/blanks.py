"""Characters that Python takes for blanks, and the tools that load rule sets do not.

nft (src/scanner.l), iptables-restore (add_param_to_argv in iptables/xshared.c) and ipset
(lib/parse.c) know the space, the tab and the end of a line. So another blank is part of a word
there, and no line with one is read as if it were none. A carriage return is one of them wherever it
is not part of the end of a line.
"""

import re
from typing import Final

from flowmodel.source import InputError, Source, Span

_ODD: Final = (
    "\r\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
    "\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
_IN_ASCII: Final = tuple(each for each in _ODD if each.isascii())


class Odd:
    """Finds such characters, but for where any character may stand.

    `apart` is the pattern of that: strings and comments.
    """

    def __init__(self, apart: str) -> None:
        self._pattern = rf"(?m){apart}|([{_ODD}])"

    def first(self, text: str) -> int:
        """The offset of the first one; -1 if there is none."""
        if not any(each in text for each in (_IN_ASCII if text.isascii() else _ODD)):
            return -1
        return next((each.start() for each in re.finditer(self._pattern, text) if each[1]), -1)

    def refuse(self, source: Source) -> None:
        """Raises InputError at the first one of the source."""
        text = source.text
        if (start := self.first(text)) >= 0:
            line, column = text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
            place = Span(source.path, line, column, line, column)
            raise InputError(in_words(text[start]), place, source.lines[line - 1])


def in_words(character: str) -> str:
    """The message about one."""
    return f"the character U+{ord(character):04X} is not expected here"

"""A file of settings, `fwlint.toml` or `[tool.fwlint]` in a pyproject.toml, as TOML with places."""

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

from flowfiles.reach import Reach, RefusedError
from flowmodel.source import InputError, InputErrors, Span
from policies.schema import did_you_mean

Path = tuple[str | int, ...]

OWN: Final = "fwlint.toml"
SHARED: Final = "pyproject.toml"
_TABLE: Final = ("tool", "fwlint")
_LARGEST: Final = 1 << 20
_DOTS: Final = 5_000_000
_PLACE: Final = r" \(at (?:line (\d+), column (\d+)|end of document)\)$"
_KINDS: Final[Mapping[type, str]] = {
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a table",
}


class Toml:
    """The settings of a file, with the errors about them; places are worked out for these alone."""

    def __init__(self, path: str, text: str, table: dict[str, Any], within: Sequence[str]) -> None:
        self.path = path
        self.table = table
        self._text = text
        self._within = tuple(within)
        self.found: list[InputError] = []

    def error(self, message: str, *at: str | int, is_key: bool = False) -> None:
        """Notes an error about a value, or about a key."""
        self.found.append(InputError(message, *self._place((*self._within, *at), is_key=is_key)))

    def stop_if_any(self) -> None:
        """Raises InputErrors, in the order of lines."""
        if self.found:
            raise InputErrors(tuple(sorted(self.found, key=lambda each: each.span)))

    def _place(self, path: Path, *, is_key: bool) -> tuple[Span, str]:
        from lark.exceptions import LarkError

        from linter.commands.toml_places import places

        try:
            keys, values = places(self._text)
        except LarkError:
            return Span(self.path, 1, 1, 1, 1), ""
        tables = (keys, values) if is_key else (values, keys)
        where = next((each[path] for each in tables if path in each), None)
        if where is None:
            return Span(self.path, 1, 1, 1, 1), ""
        first, last = (_line_column(self._text, each) for each in where)
        return Span(self.path, *first, *last), self._text.split("\n")[first[0] - 1]

    def only(self, known: Sequence[str], elsewhere: Mapping[str, str], *at: str) -> None:
        """Notes an error for each key that is not known."""
        for key in _within(self.table, at):
            if key not in known:
                hint = elsewhere.get(key) or did_you_mean(key, known)
                self.error(f"unknown setting `{key}`{hint}", *at, key, is_key=True)

    def text(self, *at: str) -> str:
        """A text; empty where there is none. Notes an error for anything else."""
        value = _within(self.table, at[:-1]).get(at[-1], "")
        if type(value) is str:
            if at[-1] in _within(self.table, at[:-1]) and not value:
                self.error(f"`{at[-1]}` is empty; leave it out", *at)
            return value
        self._wrong(value, "a text", *at)
        return ""

    def texts(self, *at: str) -> list[tuple[str, Path]]:
        """The texts of a list, or the one there is, each with its place.

        Notes an error for anything else.
        """
        value = _within(self.table, at[:-1]).get(at[-1], [])
        if type(value) is str:
            return [(value, at)]
        if type(value) is not list:
            self._wrong(value, "a list of texts", *at)
            return []
        for number, each in enumerate(value):
            if type(each) is not str:
                self._wrong(each, "a text", *at, number)
        return [(each, (*at, number)) for number, each in enumerate(value) if type(each) is str]

    def is_table(self, *at: str) -> bool:
        """Whether a setting is a table, or is not there; notes an error where it is another one."""
        value = _within(self.table, at[:-1]).get(at[-1], {})
        if type(value) is not dict:
            self._wrong(value, "a table", *at)
            return False
        return True

    def _wrong(self, value: object, expected: str, *at: str | int) -> None:
        kind = _KINDS.get(type(value), "a day or time")
        self.error(f"expected {expected}, and this is {kind}", *at)


def _within(table: Any, at: Sequence[str]) -> dict[str, Any]:
    for key in at:
        table = table.get(key, {})
    found: dict[str, Any] = table
    return found


def _line_column(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1


def settings_of(path: str, reach: Reach) -> Toml | None:
    """The settings in a file; None in a pyproject.toml that has none. Raises InputError."""
    data = _bytes(path, reach)
    is_shared = os.path.basename(path) == SHARED  # noqa: PTH119
    if is_shared and b"fwlint" not in data:
        return None
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise InputError("is not in UTF-8, as TOML is", Span(path, 1, 1, 1, 1)) from None
    _refuse_dots(path, text)
    import tomllib

    try:
        table = tomllib.loads(text)
    except RecursionError:
        raise InputError("is nested too deeply", Span(path, 1, 1, 1, 1)) from None
    except ValueError as wrong:
        _refuse(path, text, str(wrong))
    if not is_shared:
        return Toml(path, text, table, ())
    for key in _TABLE:
        if type(table) is not dict or key not in table:
            return None
        table = table[key]
    if type(table) is not dict:
        toml = Toml(path, text, {}, _TABLE)
        toml.error("expected a table, `[tool.fwlint]`")
        toml.stop_if_any()
    return Toml(path, text, table, _TABLE)


def _bytes(path: str, reach: Reach) -> bytes:
    start = Span(path, 1, 1, 1, 1)
    try:
        with reach.open(path) as file:
            data = file.read(_LARGEST + 1)
    except RefusedError as refused:
        raise InputError(str(refused), start) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", start) from None
    if len(data) > _LARGEST:
        raise InputError(f"is larger than {_LARGEST >> 20} MiB", start)
    return data


def _refuse_dots(path: str, text: str) -> None:
    """Raises InputError for keys of very many parts: tomllib goes through all for each of them.

    A key has the parts of the header above it too, and no line shows whether its dots are in texts.
    """
    most = work = 0
    for number, line in enumerate(text.split("\n"), 1):
        dots = line.count(".")
        most = max(most, dots)
        work += most * (dots + 1)
        if work > _DOTS:
            message = "too many dots up to this line: keys of so many parts are not read"
            raise InputError(message, Span(path, number, 1, number, 1))


def _refuse(path: str, text: str, message: str) -> NoReturn:
    """The error about what is no TOML; no line of a file is shown that may be anything else."""
    place = re.search(_PLACE, message)
    words = message[: place.start()] if place else message
    words = f"this is no TOML: {words[:1].lower()}{words[1:]}"
    if place is None:
        raise InputError(words, Span(path, 1, 1, 1, 1))
    lines = text.split("\n")
    if place[1]:
        line, column = int(place[1]), int(place[2])
    else:
        line, column = len(lines), len(lines[-1]) + 1
    quoted = lines[line - 1] if os.path.realpath(path).endswith(".toml") else ""
    raise InputError(words, Span(path, line, column, line, column), quoted)


def folders_above(here: str) -> tuple[str, ...]:
    """The folder and those above it, up to the root of its repository; alone outside of one.

    What lies above a repository is not of it, and /tmp is everybody's.
    """
    above = [here]
    while True:
        parent = os.path.dirname(above[-1])  # noqa: PTH120
        if parent == above[-1]:
            return (here,)
        if os.path.lexists(os.path.join(above[-1], ".git")):  # noqa: PTH118
            return tuple(above)
        above.append(parent)

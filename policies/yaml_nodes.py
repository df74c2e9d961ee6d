"""YAML as text with places: a scalar keeps its own words, whatever YAML would make of them."""

import re
from collections.abc import Callable
from typing import Any, Final, NoReturn

from flowfiles.reach import TYPED, Reach, RefusedError
from flowmodel.record import dataclass, replace
from flowmodel.source import InputError, InputErrors, Source, Span, named_at

MAX_BYTES: Final = 4 << 20
MAX_DEPTH: Final = 24
MAX_NODES: Final = 100_000
MAX_ERRORS: Final = 100
_HEAD: Final = 4096
NOT_OURS: Final = "this is no policy or site file: it has no line `fwlint: …`"

# What makes a file ours, in YAML of any style. Any other file can be somebody's configuration, with
# passwords in it, which was named by mistake: nothing of it is shown.
_OURS: Final = re.compile(r"""^(?:---)?(?>(?:[^\S\n]|\{)*)["']?fwlint["']?\s*:""", re.MULTILINE)
_OF_A_SITE, _OF_A_POLICY = (
    re.compile(_OURS.pattern + rf"""\s*["']?{kind}/""", re.MULTILINE) for kind in ("site", "policy")
)
# YAML 1.1, section 4.2: what ends a line, and so what its line numbers count.
_LINE_END: Final = "\r\n|[\n\r\x85\u2028\u2029]"
_OTHER_LINE_ENDS: Final = "\r\x85\u2028\u2029"


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """A scalar: its text, and whether it stood there without quotes."""

    value: str
    span: Span
    is_plain: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Mapping:
    """Keys with their values, in order; no key is there twice."""

    entries: tuple[tuple[Text, "Node"], ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """A list."""

    items: tuple["Node", ...]
    span: Span


Node = Text | Mapping | Items


class Errors:
    """Collects what is wrong with one file, up to `MAX_ERRORS` things.

    Errors of several files share the list `found`.
    """

    def __init__(
        self,
        source: Source,
        found: list[InputError] | None = None,
        named: tuple["Errors", Span] | None = None,
    ) -> None:
        self.source = source
        self.named = named
        """Where another file names this one; what is wrong with all of it is told there."""
        self._is_shown = is_ours(source)
        self.found: list[InputError] = [] if found is None else found

    @property
    def start(self) -> Span:
        """The place to name when the whole file is wrong."""
        return Span(self.source.path, 1, 1, 1, 1)

    def add(self, message: str, span: Span) -> None:
        """Note an error; past the limit it ends the reading."""
        lines = self.source.lines if self._is_shown else []
        text = lines[span.line - 1] if 1 <= span.line <= len(lines) else ""
        error = InputError(message, span, text)
        if self.named:
            naming, place = self.named
            error = named_at(error, place, naming.source.lines[place.line - 1])
        self.found.append(error)
        if len(self.found) >= MAX_ERRORS:
            self.stop()

    def stop(self) -> NoReturn:
        """Raise what was found, file by file in the order of its lines."""
        paths = list(dict.fromkeys(one.span.path for one in self.found))
        ordered = sorted(self.found, key=lambda one: (paths.index(one.span.path), one.span))
        if len(ordered) >= MAX_ERRORS:
            last = ordered[-1]
            message = f"reading stopped after {MAX_ERRORS} errors; there may be more"
            ordered.append(InputError(message, last.span, last.text))
        raise InputErrors(tuple(ordered))

    def stop_if_any(self) -> None:
        """Raise what was found, if there is anything."""
        if self.found:
            self.stop()


def begins_ours(text: str) -> bool:
    """Whether text that begins so says that it is a policy or a site; XML says so in vain."""
    return not text.lstrip("\ufeff\0 \t\r\n").startswith("<") and bool(_OURS.search(text))


def begins_policy(text: str) -> bool:
    """Whether it says that it is a policy, of whatever version, or looks like nothing else."""
    if begins_ours(text):
        return not _OF_A_SITE.search(text)
    return _has(text, "roles", "sections")


def begins_site(text: str) -> bool:
    """Whether it says that it is a site, or neither that nor a policy, or looks like a site."""
    is_a_policys = bool(_OF_A_POLICY.search(text))
    return (begins_ours(text) and not is_a_policys) or _has(text, "devices", "networks")


def _has(text: str, *keys: str) -> bool:
    return all(re.search(rf"^{key}[ \t]*:", text, re.MULTILINE) for key in keys)


def is_ours(source: Source) -> bool:
    """Whether a whole text says that it is a policy or a site."""
    return begins_ours("\n".join(source.lines))


def read_source(
    path: str,
    shown: str = "",
    found: list[InputError] | None = None,
    *,
    reach: Reach = TYPED,
    check: Callable[[str], None] | None = None,
    named: tuple[Errors, Span] | None = None,
) -> Errors:
    """The text of a file, in an `Errors` for it; `shown` is its path for people.

    `check` sees the beginning of the file, and `named` is where another one names it. Raises
    InputErrors if it cannot be read, is too large or is not UTF-8.
    """
    errors = Errors(Source(shown or path, []), found, named)
    start = Span(errors.source.path, 1, 1, 1, 1)
    try:
        with reach.open(path) as file:
            data = file.read(MAX_BYTES + 1)
    except RefusedError as refused:
        errors.add(str(refused), start)
        errors.stop()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        errors.add(f"cannot be read: {reason}", start)
        errors.stop()
    if check:
        check(data[:_HEAD].decode("utf-8-sig", "replace"))
    if len(data) > MAX_BYTES:
        errors.add(f"the file is larger than {MAX_BYTES >> 20} MiB", start)
        errors.stop()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The codec counts in what it has left of the file: behind a byte order mark.
        data = error.object
        before = from_text("", data[: error.start].decode()).lines
        line, column = len(before), len(before[-1]) + 1
        errors.add(
            f"the file is not UTF-8: byte 0x{data[error.start]:02x}",
            Span(errors.source.path, line, column, line, column),
        )
        errors.stop()
    source = from_text(errors.source.path, text)
    return Errors(replace(source, data=data), errors.found, named)


def from_text(path: str, text: str) -> Source:
    """The source of a text, in lines as YAML counts them."""
    is_plain = not any(end in text for end in _OTHER_LINE_ENDS)
    return Source(path, text.split("\n") if is_plain else re.split(_LINE_END, text))


def parse(errors: Errors) -> Node:
    """The one document of a YAML text.

    Anchors, aliases, tags, merge keys and duplicate keys are errors. Raises InputErrors at once
    where the text is no YAML, has no document, or goes past the limits of depth and size.
    """
    import yaml

    if any(line.strip() for line in errors.source.lines) and not is_ours(errors.source):
        errors.add(NOT_OURS, errors.start)
        errors.stop()
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    # Events, not `compose`: that resolves aliases, and recurses as deep as a hostile file says.
    builder = _Builder(errors)
    try:
        events = loader("\n".join(errors.source.lines))
        while not isinstance(event := events.get_event(), yaml.StreamEndEvent):
            builder.take(event)
    except yaml.YAMLError as error:
        _refuse(errors, error)
    except UnicodeEncodeError:
        errors.add("the file contains a character that is not valid Unicode", builder.span_at(0, 0))
        errors.stop()
    if builder.document is None:
        errors.add("the file is empty", builder.span_at(0, 0))
        errors.stop()
    return builder.document


def _refuse(errors: Errors, error: Any) -> NoReturn:
    from policies.yaml_faults import fault

    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line, column = (mark.line, mark.column) if mark else _position(errors, error)
    lines = errors.source.lines
    if line >= len(lines):
        # At the end of a text that has no line end there, libyaml counts one more line.
        line, column = len(lines) - 1, len(lines[-1])
    message, line, column = fault(error, (line, column), lines)
    place = Span(errors.source.path, line + 1, column + 1, line + 1, column + 1)
    errors.add(f"not valid YAML: {message}", place)
    errors.stop()


def _position(errors: Errors, error: Any) -> tuple[int, int]:
    """Where the character stands that the reader refuses."""
    refused = getattr(error, "character", None)
    wanted = chr(refused) if isinstance(refused, int) and 0 <= refused < 0x110000 else refused
    for number, line in enumerate(errors.source.lines):
        if isinstance(wanted, str) and wanted in line:
            return number, line.index(wanted)
    return 0, 0


class _Builder:
    """Makes nodes of parser events."""

    def __init__(self, errors: Errors) -> None:
        self.errors = errors
        self.document: Node | None = None
        self.open: list[tuple[Any, list[Node]]] = []
        self.count = 0

    def span_at(self, line: int, column: int) -> Span:
        return Span(self.errors.source.path, line + 1, column + 1, line + 1, column + 1)

    def take(self, event: Any) -> None:
        kind = type(event).__name__
        if kind == "ScalarEvent":
            self.check(event, kind)
            self.add(Text(event.value, self.span(event, event), not event.style))
        elif kind == "AliasEvent":
            self.check(event, kind)
            self.add(Text(f"*{event.anchor}", self.span(event, event)))
        elif kind in ("SequenceStartEvent", "MappingStartEvent"):
            self.check(event, kind)
            self.open.append((event, []))
        elif kind == "SequenceEndEvent":
            start, nodes = self.open.pop()
            self.add(Items(tuple(nodes), self.span(start, start)))
        elif kind == "MappingEndEvent":
            start, nodes = self.open.pop()
            self.add(self.mapping(start, nodes))

    def check(self, event: Any, kind: str) -> None:
        self.count += 1
        if self.document is not None:
            self.refuse(event, "a second YAML document starts here; only one is allowed")
            self.errors.stop()
        if self.count > MAX_NODES or len(self.open) >= MAX_DEPTH:
            limit = "too deeply nested" if len(self.open) >= MAX_DEPTH else "too large"
            self.refuse(event, f"{limit} for a policy or site file")
            self.errors.stop()
        if kind == "AliasEvent":
            self.refuse(event, f"aliases (`*{event.anchor}`) are not allowed; repeat the value")
        elif event.anchor is not None:
            self.refuse(event, f"anchors (`&{event.anchor}`) are not allowed")
        if getattr(event, "tag", None) is not None:
            self.refuse(event, f"tags (`{event.tag}`) are not allowed; remove the tag")

    def refuse(self, event: Any, message: str) -> None:
        self.errors.add(message, self.span(event, event))

    def add(self, node: Node) -> None:
        if self.open:
            self.open[-1][1].append(node)
        else:
            self.document = node

    def mapping(self, start: Any, nodes: list[Node]) -> Mapping:
        entries: dict[str, tuple[Text, Node]] = {}
        for key, value in zip(nodes[::2], nodes[1::2], strict=True):
            if not isinstance(key, Text):
                self.errors.add("a key must be text, not a list or a mapping", key.span)
            elif key.value == "<<" and key.is_plain:
                self.errors.add("merge keys (`<<`) are not allowed; repeat the keys", key.span)
            elif key.value in entries:
                line = entries[key.value][0].span.line
                self.errors.add(
                    f"duplicate key `{key.value}`; first defined on line {line}", key.span
                )
            else:
                entries[key.value] = (key, value)
        return Mapping(tuple(entries.values()), self.span(start, start))

    def span(self, start: Any, end: Any) -> Span:
        first, last = start.start_mark, end.end_mark
        line, column = first.line + 1, first.column + 1
        last_line, last_column = last.line + 1, last.column
        if last_column == 0 and last_line > line:
            # A block scalar ends where the next line begins.
            last_line = last.line
            last_column = max(len(self.errors.source.lines[last_line - 1]), 1)
        if last_line == line and last_column < column:
            last_column = column
        return Span(self.errors.source.path, line, column, last_line, last_column)

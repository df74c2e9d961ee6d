"""What `fwlint check -o json` wrote of many inputs, read again; it can be anybody's file."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256
from json import dumps
from typing import Any, Final, TypeVar, cast

from flowfiles.reach import RefusedError, Typed
from flowmodel.affected import Certainty
from flowmodel.finding import LEVELS, Settings
from flowmodel.source import InputError
from linter.checks.lasting import lasting
from linter.commands.fleet.json_stream import JsonStream
from linter.commands.fleet.members import Object, settings_of
from linter.report.fleet.found import Example, Failed, Input, Kind, Run, Told
from linter.report.fleet.rules import normal
from linter.report.json import VERSION
from parsers.shared.reading import start_of

_Value = TypeVar("_Value", bound=str)

_CERTAINTIES: Final[tuple[Certainty, ...]] = ("certain", "possible")
_OF_BASELINE: Final = "FW510"
"""What a run says of its baseline too, which is no input."""
_CHECK: Final = re.compile(r"FW\d{3,6}")
_LONGEST: Final = 1000
"""Characters of a text that is shown."""
_NAME: Final = 4096
"""Characters of a path."""
_NEEDED: Final = (
    *("tool", "inputs", "findings", "waived", "accepted", "failures", "left_out", "settings"),
)
_SIZE: Final = ("level", "certainty", "affected", "packets", "digest", "about")
"""The members that say how bad a finding is, beside its message."""
_COUNTED: Final = (*LEVELS, "failures", "waived", "accepted")
"""What each input has a number of."""
_HOW: Final = "`fwlint check … -o json` writes reports on many inputs"


def read_run(paths: Sequence[str], reach: Typed) -> Run:
    """The run that the files tell of, each of other inputs; raises InputError with a place."""
    read = _Reader()
    for path in paths:
        try:
            with reach.open(path) as file:
                read.add(path, JsonStream(path, file))
        except RefusedError as refused:
            raise InputError(str(refused), start_of(path)) from None
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", start_of(path)) from None
    read.refuse_missing()
    return Run(
        tuple(paths),
        tuple(sorted(read.versions)),
        tuple(read.settings),
        read.inputs,
        tuple(read.findings),
        tuple(read.settled),
        read.examples,
        dict(read.users),
    )


class _Reader:
    """What was read of the files of a run."""

    def __init__(self) -> None:
        self.versions: set[str] = set()
        self.settings: dict[Settings, None] = {}
        self.inputs: dict[str, Input] = {}
        self.findings: list[Told] = []
        self.settled: list[Told] = []
        self.examples: dict[Kind, Example] = {}
        self.users: Counter[str] = Counter()
        self.shards: dict[tuple[str, int], dict[int, str]] = {}
        """The files that are shares, by the inputs of their run and how many it has."""
        self._same: dict[Any, Any] = {}

    def add(self, path: str, stream: JsonStream) -> None:
        """Read a file."""
        its = _File(path, stream, self)
        members = stream.members()
        if next(members, "") != "version":
            raise InputError(f"is no report of fwlint: {_HOW}", start_of(path))
        if (version := stream.value()) != VERSION or type(version) is not int:
            raise stream.error(f"expected a report of version {VERSION}; {_HOW}")
        seen = set()
        for name in members:
            seen.add(name)
            its.take(name)
        for name in _NEEDED:
            if name not in seen:
                one = name == "inputs" and "findings" in seen
                what = f"is a report on one input; {_HOW}" if one else f"has no member `{name}`"
                raise InputError(what, start_of(path))
        its.finish()

    def refuse_missing(self) -> None:
        """Raises InputError where a share is not among the files: what it found would be gone."""
        for (_, of), files in self.shards.items():
            if len(files) < of:
                missing = next(each for each in range(1, of + 1) if each not in files)
                which, path = next(iter(files.items()))
                message = f"is share {which} of {of}, and share {missing} is not among the reports"
                raise InputError(message, start_of(path))

    def same(self, value: _Value) -> _Value:
        """The value, in one piece of memory however often it comes."""
        return cast("_Value", self._same.setdefault(value, value))

    def kind(self, its: Kind, example: Example) -> Kind:
        """The same of a kind, whose first finding is its example."""
        self.examples.setdefault(its, example)
        return cast("Kind", self._same.setdefault(its, its))


class _File:
    """One file: what of it waits for its end."""

    def __init__(self, path: str, stream: JsonStream, read: _Reader) -> None:
        self._path = path
        self._stream = stream
        self._read = read
        self._promised: dict[str, Counter[str]] = {}
        """How many of each (`_COUNTED`) an input says that it has."""
        self._found: dict[str, Counter[str]] = {}
        self._failures: dict[str, list[Failed]] = {}
        self._left_out: frozenset[str] = frozenset()
        self._is_share = False

    def take(self, member: str) -> None:
        """Read the value of a member."""
        match member:
            case "tool":
                tool = self._object(self._stream.value())
                self._read.versions.add(tool.text("version")[:_LONGEST])
            case "shard":
                its = self._object(self._stream.value())
                number, of = its.number("number"), its.number("of")
                run = its.object("run").text("names"), of
                if not 0 < number <= of:
                    raise self._stream.error("this is no share of a run")
                self._read.shards.setdefault(run, {})[number] = self._path
                self._is_share = True
            case "inputs":
                for each in self._objects():
                    self._promise(each)
            case "findings":
                for each in self._objects():
                    told = self._told(each, self._name(each, "input"))
                    if told.kind.check == _OF_BASELINE and told.input not in self._promised:
                        continue
                    self._count(told.input, told.level)
                    self._read.findings.append(told)
            case "waived":
                for each in self._objects():
                    self._settle(each.object("finding"), self._name(each, "input"), member)
            case "accepted":
                for each in self._objects():
                    self._settle(each, self._name(each, "input"), member)
            case "failures":
                for each in self._objects():
                    self._fail(each)
            case "policies":
                for each in self._objects():
                    self._read.users[each.text("name")] += 1
            case "left_out":
                self._left_out = frozenset(map(self._check, self._stream.elements()))
            case "settings":
                said = Object({member: self._stream.value()}, self._stream.error)
                if settings := settings_of(said):
                    self._read.settings[settings] = None
            case _:
                self._stream.skip()

    def finish(self) -> None:
        """Hold what was there against what each input should have; raises InputError."""
        if not (self._promised or self._is_share):
            raise self._about("has no inputs: nothing was checked")
        for name in self._found:
            if name not in self._promised:
                raise self._about(f"has findings of `{name}`, which is not among its inputs")
        for name, promised in self._promised.items():
            if +promised != self._found.get(name, Counter()):
                raise self._about(f"does not have all findings of `{name}` that it counts")
            if name in self._read.inputs:
                raise self._about(f"`{name}` is among the inputs of another file too")
            failures = tuple(self._failures.get(name, ()))
            self._read.inputs[name] = Input(name, self._left_out, failures)

    def _about(self, message: str) -> InputError:
        return InputError(message, start_of(self._path))

    def _promise(self, each: Object) -> None:
        name = self._name(each, "name")
        if name in self._promised:
            raise self._stream.error(f"the input `{name}` is here twice")
        self._promised[name] = Counter({key: each.number(key) for key in _COUNTED})

    def _count(self, name: str, what: str) -> None:
        self._found.setdefault(name, Counter())[what] += 1

    def _settle(self, each: Object, name: str, member: str) -> None:
        self._count(name, member)
        self._read.settled.append(self._told(each, name))

    def _fail(self, each: Object) -> None:
        name = self._name(each, "input")
        self._count(name, "failures")
        failed = Failed(each.text("message")[:_LONGEST], self._place(each))
        self._failures.setdefault(name, []).append(failed)

    def _told(self, each: Object, name: str) -> Told:
        check = self._check(each.value.get("check"))
        message = each.text("message")
        rule = normal(each.object("place").text("text")[:_LONGEST])
        kind = Kind(check, each.text("name")[:_LONGEST], rule)
        flow, device = each.text("flow"), each.text("device")
        level = self._one_of(each, "level", LEVELS)
        certainty = self._one_of(each, "certainty", _CERTAINTIES)
        key = each.texts("key") or [message]
        return Told(
            self._read.kind(kind, Example(message[:_LONGEST], self._place(each))),
            name,
            self._read.same(flow.partition(".")[0][:_LONGEST]),
            level,
            certainty,
            _digest([name, check, device, flow, *key]),
            _size(each.value),
        )

    def _objects(self) -> Iterator[Object]:
        for value in self._stream.elements():
            yield self._object(value)

    def _object(self, value: Any) -> Object:
        return Object(value, self._stream.error)

    def _name(self, each: Object, key: str) -> str:
        text = each.text(key)
        if not 0 < len(text) <= _NAME:
            raise self._stream.error(f"`{key}` is no name of an input")
        return self._read.same(text)

    def _check(self, value: Any) -> str:
        if type(value) is not str or not _CHECK.fullmatch(value):
            raise self._stream.error("expected the id of a check, such as FW215")
        return self._read.same(value)

    def _one_of(self, each: Object, key: str, known: Sequence[_Value]) -> _Value:
        for one in known:
            if each.value.get(key) == one:
                return one
        raise self._stream.error(f"expected `{key}` to be one of {', '.join(known)}")

    def _place(self, each: Object) -> str:
        place = each.object("place")
        return f"{place.text('path')[:_NAME]}:{place.number('line')}"


def _size(each: dict[str, Any]) -> bytes:
    """A digest of how bad a finding is; empty where nobody could tell that it became worse."""
    packets, about = each.get("packets"), each.get("about")
    is_exact = type(packets) is dict and (packets.get("complete") or not packets.get("boxes"))
    is_known = type(about) is list and all(about)
    if not is_known or not (is_exact or each.get("digest")):
        return b""
    # Words that differ can be all that tells of something else (`checks/accepted.py`).
    return _digest([lasting(each["message"]), *(each.get(one) for one in _SIZE)])


def _digest(value: Any) -> bytes:
    return sha256(dumps(value, sort_keys=True).encode()).digest()[:16]

"""What the readers do with a case: they read it, or refuse it with a place; or it is a finding."""

import os
import traceback
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from io import BytesIO
from pathlib import Path
from random import Random
from typing import BinaryIO, NamedTuple

import parsers
import policies
from flowfiles.reach import Typed
from flowmodel.packet import Packet
from flowmodel.ruleset import RuleSet, Traffic
from flowmodel.source import InputError, InputErrors
from fwlint.packets import parse_expression, read_packets
from linter.engine.budget import TooComplexError
from linter.engine.device.trace import Tracer
from linter.report.errors import render_error
from policies.yaml_nodes import from_text
from tests.fuzz.seeds import EXPORTS, Case
from tests.fuzz.watch import be_patient, watched
from tests.policies.samples import TODAY

_FOLDER = "/fuzz"
_ASKED = 0.04
"""The share of the rule sets that are also asked about a packet: that takes longer than reading."""


class Files(Typed):
    """The files of a case, by the last part of their names, wherever somebody looks for them."""

    __slots__ = ("files",)

    def __init__(self, case: Case) -> None:
        super().__init__()
        object.__setattr__(self, "files", {name: encoded(text) for name, text in case.files})

    def open(self, path: str) -> AbstractContextManager[BinaryIO]:
        data = self.files.get(Path(path).name)  # type: ignore[attr-defined]
        if data is None:
            raise FileNotFoundError(2, "No such file or directory", path)
        return nullcontext(BytesIO(data))

    def below(self, path: str) -> "Files":  # type: ignore[override]
        del path
        return self


class Outcome(NamedTuple):
    """What became of a case: `read`, `refused`, or what is wrong, with how that came."""

    what: str
    wrong: str = ""
    trace: str = ""


def encoded(text: str) -> bytes:
    """The text as a file has it; half of a pair of surrogates is no UTF-8 there either."""
    return text.encode("utf-8", "surrogatepass")


def outcome(case: Case, random: Random) -> Outcome:
    """What became of the case; the dice say whether it is asked something too."""
    try:
        with watched():
            what = _read(case, random)
    except (InputError, InputErrors) as raised:
        errors = raised.errors if isinstance(raised, InputErrors) else (raised,)
        wrong = next((_fault(error, case) for error in errors if _fault(error, case)), "")
        if wrong or not errors:
            return Outcome("finding", wrong or "no error in the errors", traceback.format_exc())
        what = "refused"
    except KeyboardInterrupt:
        raise
    except BaseException as crash:  # noqa: BLE001 - whatever it is, it is a finding
        return Outcome("finding", _where(crash), traceback.format_exc(limit=-12))
    return Outcome(what)


def _read(case: Case, random: Random) -> str:
    reach = Files(case)
    paths = [f"{_FOLDER}/{name}" for name, _ in case.files]
    match case.kind:
        case "site":
            site = policies.load_site(paths[0], TODAY, reach=reach)
            assert all(one.inactive_because or one.ends for one in site.requirements)
        case "policy":
            from policies.loader import read_policy
            from policies.yaml_nodes import read_source

            errors = read_source(paths[0], reach=reach)
            policy = read_policy(errors)
            errors.stop_if_any()
            policy.values()
        case "packets":
            with reach.open(paths[0]) as stream:
                list(read_packets(stream, paths[0]))
        case "expression":
            parse_expression(case.files[0][1])
        case _:
            named = case.kind if case.kind in EXPORTS and random.random() < 0.8 else ""
            found = parsers.read_exports(paths, named, reach=reach)
            if random.random() < _ASKED:
                _ask(found, random)
    return "read"


def _ask(found: Sequence[RuleSet], random: Random) -> None:
    """Asks about a few packets: sets and interpreter have to agree, or to say that it is much."""
    one = [random.choice(found)]
    together = found if not any(each.place for each in found) else one
    hook: Traffic = random.choice(("input", "forward", "output"))
    be_patient()
    try:
        Tracer(together, hook).traces(random.sample(_PACKETS, 3))
    except TooComplexError:
        return


_PACKETS: list[Packet] = [
    parse_expression(text)
    for text in (
        "tcp 198.51.100.7:40000 > 192.0.2.10:443 in eth0",
        "tcp 10.0.0.7:40000 > 10.0.0.1:22 in eth0 out eth1",
        "udp [2001:db8::7]:53 > [2001:db8::1]:40000 state established",
        "icmp 198.51.100.7 > 192.0.2.10 type 3 code 4 state related",
        "protocol 47 198.51.100.7 > 192.0.2.10",
        "icmpv6 fe80::1 > ff02::1 type 134",
    )
]


def _fault(error: InputError, case: Case) -> str:
    """What is wrong with an error: it has to be one line, about a place in one of the files."""
    render_error(error)
    if not error.message or "\n" in error.message:
        return f"an error of no line or several: {error.message[:60]!r}"
    span = error.span
    name = Path(span.path).name
    if case.kind == "expression":
        lines: Sequence[str] = [case.files[0][1]]
    else:
        texts = dict(case.files)
        if name not in texts:
            return f"an error in no file of the case: {error.message[:60]}"
        lines = lines_of(encoded(texts[name]), is_yaml=case.kind in ("site", "policy"))
    if not 1 <= span.line <= len(lines):
        return f"an error in no line of the file: {error.message[:60]}"
    if not 1 <= span.column <= len(lines[span.line - 1]) + 1:
        return f"an error in no column of its line: {error.message[:60]}"
    return ""


def lines_of(data: bytes, *, is_yaml: bool) -> Sequence[str]:
    """The lines of a file as its reader counts them."""
    if is_yaml:
        return from_text("", data.decode("utf-8-sig", "replace")).lines
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.replace("\r\n", "\n").split("\n")


def _where(crash: BaseException) -> str:
    """What came up, and the innermost place of the project where it did."""
    frames = traceback.extract_tb(crash.__traceback__)
    own = [each for each in frames if "site-packages" not in each.filename]
    own = [each for each in own if os.sep + "fuzz" + os.sep + "readers" not in each.filename]
    parts = ("flowfiles", "flowmodel", "linter", "parsers", "policies")
    ours = [
        each for each in own if any(f"{os.sep}{part}{os.sep}" in each.filename for part in parts)
    ]
    last = (ours or own or list(frames))[-1]
    place = "/".join(Path(last.filename).parts[-3:])
    return f"{type(crash).__name__} in {place}:{last.lineno} ({last.name})"

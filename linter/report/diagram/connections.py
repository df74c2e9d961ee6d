"""What is in the picture: a box for each end, and a label for the flows between the same ends."""

from collections.abc import Iterator, Sequence
from typing import Final, Literal

from flowmodel.record import dataclass
from policies.conditions import Condition
from policies.model import Flow, Policy, Section
from policies.services import Pattern, Ports

_WORDS: Final = {
    "internet": "The internet",
    "any": "Any address",
    "all": "Every machine of the product",
}


SIGNS: Final = {"bad": "✗", "unsure": "?", "none": "○", "good": "✓", "free": "•"}
"""What stands before a flow, by what is proved of it; the worst comes first."""


@dataclass(frozen=True, slots=True)
class Line:
    """One flow in a label or a box, and the number of its section."""

    text: str
    section: int
    is_optional: bool
    """Whether it counts with some answers of the site only, or may be blocked."""
    is_forbidden: bool
    state: str = ""
    """What is proved of it at a site; empty in the picture of a policy."""


@dataclass(frozen=True, slots=True)
class Box:
    """A role, a peer or a word for many; `lines` are what its machines open to one another."""

    name: str
    title: str
    kind: Literal["role", "peer", "word"]
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()
    """Where it stands at a site: addresses, networks, firewalls."""


@dataclass(frozen=True, slots=True)
class Label:
    """The flows from each of the sources to each of the targets."""

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    lines: tuple[Line, ...]
    is_either: bool
    through: tuple[str, ...] = ()
    """The firewalls on the way, at a site."""


@dataclass(frozen=True, slots=True)
class Connections:
    """All of a policy that a picture shows."""

    title: str
    boxes: tuple[Box, ...]
    labels: tuple[Label, ...]
    sections: tuple[str, ...]


def state_of(label: Label) -> str:
    """The first of SIGNS that any of its flows has; empty in the picture of a policy."""
    states = {line.state for line in label.lines}
    return next((each for each in SIGNS if each in states), "")


_Ends = tuple[tuple[str, ...], tuple[str, ...], bool]


def connections(policy: Policy) -> Connections:
    """The boxes and labels of a policy, in the order of its file."""
    values = policy.values()
    own: dict[str, list[Line]] = {}
    between: dict[_Ends, list[Line]] = {}
    for number, section in enumerate(policy.sections):
        for flow in section.flows:
            for ends, line in _lines(flow, section, number, values):
                if ends[0] == ends[1] and len(ends[0]) == 1:
                    own.setdefault(ends[0][0], []).append(line)
                else:
                    between.setdefault(ends, []).append(line)
    labels = [
        Label(sources, targets, tuple(dict.fromkeys(lines)), is_either)
        for (sources, targets, is_either), lines in between.items()
    ]
    used = dict.fromkeys((*(n for one in labels for n in (*one.sources, *one.targets)), *own))
    boxes = (_box(policy, name, tuple(dict.fromkeys(own.get(name, ())))) for name in used)
    titles = tuple(map(_title, policy.sections))
    return Connections(policy.title, tuple(boxes), tuple(labels), titles)


def _title(section: Section) -> str:
    said = _conditions(section.when, section.unless, section.alternative)
    return f"{section.title} [{said}]" if said else section.title


def _box(policy: Policy, name: str, lines: tuple[Line, ...]) -> Box:
    if name in policy.roles:
        return Box(name, policy.roles[name].title, "role", lines)
    if name in policy.peers:
        return Box(name, policy.peers[name].title, "peer", lines)
    return Box(name, _WORDS.get(name, ""), "word", lines)


def _lines(
    flow: Flow, section: Section, number: int, values: dict[str, Ports]
) -> Iterator[tuple[_Ends, Line]]:
    """The flow between its ends; on one machine for each of its sources by itself."""
    sources, targets = _bases(flow.sources), _bases(flow.targets)
    text = _text(flow, section, values)
    is_optional = bool(flow.when or flow.unless or flow.alternative) or flow.need == "may"
    line = Line(text, number, is_optional, flow.need == "never")
    if targets == ("self",):
        inside = Line(f"{text} (on the machine)", number, is_optional, line.is_forbidden)
        for name in sources:
            yield ((name,), (name,), False), inside
        return
    # One role among its own machines is said in its box.
    yield (sources, targets, flow.is_either and sources != targets), line


def _bases(names: tuple[str, ...]) -> tuple[str, ...]:
    """The roles of their addresses, each once."""
    return tuple(dict.fromkeys(name.partition(".")[0] for name in names))


def _text(flow: Flow, section: Section, values: dict[str, Ports]) -> str:
    joined = " or " if flow.is_any_of else ", "
    services = joined.join(_service(one, values) for one in flow.services)
    words = [f"never {services}" if flow.need == "never" else services]
    if flow.then:
        words.append(f"then {', '.join(_service(one, values) for one in flow.then)}")
    if flow.then_back:
        words.append(f"then back {', '.join(_service(one, values) for one in flow.then_back)}")
    words += [flow.app] if flow.app else []
    words += [f"at {name.partition('.')[2]}" for name in flow.targets if "." in name]
    conditions = _conditions(
        [one for one in flow.when if one not in section.when],
        [one for one in flow.unless if one not in section.unless],
        flow.alternative if flow.alternative != section.alternative else None,
    )
    words += [f"[{conditions}]"] if conditions else []
    return " ".join(words)


def _conditions(
    when: Sequence[Condition], unless: Sequence[Condition], alternative: tuple[str, str] | None
) -> str:
    words = [_condition(one) for one in when] + [f"not {_condition(one)}" for one in unless]
    words += [f"{alternative[0]}: {alternative[1]}"] if alternative else []
    return ", ".join(words)


def _condition(one: Condition) -> str:
    return one.option if one.answers == ("yes",) else f"{one.option}: {' or '.join(one.answers)}"


def _service(pattern: Pattern, values: dict[str, Ports]) -> str:
    if not pattern.names:
        return pattern.text
    return f"{pattern.ports(values).text}/{'+'.join(pattern.protocols)}"

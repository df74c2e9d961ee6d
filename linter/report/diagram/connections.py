"""What is in the picture: a box for each end, and a label for the flows between the same ends."""

from collections.abc import Iterator
from typing import Final, Literal

from flowmodel.record import dataclass
from policies.model import Flow, Policy
from policies.services import Pattern, Ports

_WORDS: Final = {
    "internet": "The internet",
    "any": "Any address",
    "all": "Every machine of the product",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One flow in a label or a box, and the number of its section."""

    text: str
    section: int
    is_optional: bool
    """Whether it counts with some answers of the site only, or may be blocked."""
    is_forbidden: bool


@dataclass(frozen=True, slots=True)
class Box:
    """A role, a peer or a word for many; `lines` are what its machines open to one another."""

    name: str
    title: str
    kind: Literal["role", "peer", "word"]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Label:
    """The flows from each of the sources to each of the targets."""

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    lines: tuple[Line, ...]
    is_either: bool


@dataclass(frozen=True, slots=True)
class Connections:
    """All of a policy that a picture shows."""

    title: str
    boxes: tuple[Box, ...]
    labels: tuple[Label, ...]
    sections: tuple[str, ...]


_Ends = tuple[tuple[str, ...], tuple[str, ...], bool]


def connections(policy: Policy) -> Connections:
    """The boxes and labels of a policy, in the order of its file."""
    values = policy.values()
    own: dict[str, list[Line]] = {}
    between: dict[_Ends, list[Line]] = {}
    for number, section in enumerate(policy.sections):
        for flow in section.flows:
            for ends, line in _lines(flow, number, values):
                if ends[0] == ends[1]:
                    for name in ends[0]:
                        own.setdefault(name, []).append(line)
                else:
                    between.setdefault(ends, []).append(line)
    labels = [
        Label(sources, targets, tuple(dict.fromkeys(lines)), is_either)
        for (sources, targets, is_either), lines in between.items()
    ]
    used = dict.fromkeys((*(n for one in labels for n in (*one.sources, *one.targets)), *own))
    boxes = (_box(policy, name, tuple(dict.fromkeys(own.get(name, ())))) for name in used)
    titles = tuple(section.title for section in policy.sections)
    return Connections(policy.title, tuple(boxes), tuple(labels), titles)


def _box(policy: Policy, name: str, lines: tuple[Line, ...]) -> Box:
    if name in policy.roles:
        return Box(name, policy.roles[name].title, "role", lines)
    if name in policy.peers:
        return Box(name, policy.peers[name].title, "peer", lines)
    return Box(name, _WORDS.get(name, ""), "word", lines)


def _lines(flow: Flow, number: int, values: dict[str, Ports]) -> Iterator[tuple[_Ends, Line]]:
    """The flow between its ends; a role that is on both sides talks with itself, too."""
    sources, targets = _bases(flow.sources), _bases(flow.targets)
    text = _text(flow, values)
    is_optional = bool(flow.when or flow.unless or flow.alternative) or flow.need == "may"
    line = Line(text, number, is_optional, flow.need == "never")
    if targets == ("self",):
        inside = Line(f"{text} (on the machine)", number, is_optional, line.is_forbidden)
        for name in sources:
            yield ((name,), (name,), False), inside
        return
    for name in sources:
        if name in targets:
            yield ((name,), (name,), False), line
    lone = tuple(name for name in sources if name not in targets)
    both = tuple(name for name in sources if name in targets)
    if lone:
        yield (lone, targets, flow.is_either), line
    for name in both:
        if others := tuple(one for one in targets if one != name):
            yield ((name,), others, flow.is_either), line


def _bases(names: tuple[str, ...]) -> tuple[str, ...]:
    """The roles of their addresses, each once."""
    return tuple(dict.fromkeys(name.partition(".")[0] for name in names))


def _text(flow: Flow, values: dict[str, Ports]) -> str:
    joined = " or " if flow.is_any_of else ", "
    services = joined.join(_service(one, values) for one in flow.services)
    words = [f"never {services}" if flow.need == "never" else services]
    if flow.then:
        words.append(f"then {', '.join(_service(one, values) for one in flow.then)}")
    if flow.then_back:
        words.append(f"then back {', '.join(_service(one, values) for one in flow.then_back)}")
    words += [flow.app] if flow.app else []
    words += [f"at {name.partition('.')[2]}" for name in flow.targets if "." in name]
    conditions = [*map(str, flow.when), *(f"not {one}" for one in flow.unless)]
    conditions += [f"{flow.alternative[0]}: {flow.alternative[1]}"] if flow.alternative else []
    words += [f"[{', '.join(conditions)}]"] if conditions else []
    return " ".join(words)


def _service(pattern: Pattern, values: dict[str, Ports]) -> str:
    if not pattern.names:
        return pattern.text
    return f"{pattern.ports(values).text}/{'+'.join(pattern.protocols)}"

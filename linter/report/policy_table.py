"""A product policy as a table of ports for people, at most 100 columns wide."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from textwrap import wrap
from typing import Final

from linter.engine.sets.words import addresses_in_words
from linter.report.visible import visible
from policies.conditions import Condition
from policies.model import Flow, Parameter, Policy, Section
from policies.services import Pattern, Ports

WIDTH: Final = 100
_GAP: Final = "  "
_SHORT_RUN: Final = 3
"""So many row ids in sequence are easier to read one by one."""
Row = Sequence[str]


def render_policy(policy: Policy) -> str:
    """The whole policy: flows by section, then what a site can say about them."""
    lines = [*_head(policy), *_flows(policy)]
    lines += _table("Roles", ("ROLE", "WHAT IT IS"), _roles(policy))
    lines += _table("Peers", ("PEER", "WHAT IT IS"), _peers(policy))
    lines += _table("Options", ("OPTION", "DEFAULT", "QUESTION"), _options(policy))
    lines += _table("Parameters", ("PARAMETER", "DEFAULT", "SET IN"), _parameters(policy))
    lines += _items("Builds on", [*_requires(policy)])
    lines += _items("Not covered by the document", policy.not_covered)
    lines += _items("Sources", [f"{name}: {text}" for name, text in policy.sources.items()])
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _head(policy: Policy) -> Iterator[str]:
    document = policy.document
    yield from wrap(visible(f"{policy.name}: {policy.title}"), WIDTH)
    facts = {
        "document": document.title,
        "url": document.url,
        "date": document.date or "not given",
        "read": document.read,
        "sha256": document.sha256,
    }
    for name, value in facts.items():
        if document.title and value:
            yield from _hanging(f"{name + ':':<10}", value)


def _flows(policy: Policy) -> Iterator[str]:
    values = policy.values()
    heads = ("FLOW", "FROM", "TO", "SERVICE", "NEED", "ROWS")
    cells = {flow.id: _flow(flow, values) for flow in policy.flows}
    widths = _widths([heads, *cells.values()])
    for section in policy.sections:
        said = _conditions(section.when, section.unless)
        if section.alternative:
            said = ", ".join(filter(None, (said, _alternative(section.alternative))))
        yield ""
        yield from wrap(visible(section.title) + (f", {said}" if said else ""), WIDTH)
        yield from _lines([heads], widths)
        for flow in section.flows:
            yield from _lines([cells[flow.id]], widths)
            note = _note(flow, section)
            if note:
                yield from _hanging(_GAP * 2, note)
    if any(flow.filled for flow in policy.flows):
        yield ""
        yield "* inferred: the document does not say it   + recovered from another source"


def _flow(flow: Flow, values: dict[str, Ports]) -> Row:
    joined = " or " if flow.is_any_of else ", "
    service = joined.join(_service(pattern, values) for pattern in flow.services)
    if flow.sports:
        service += f" from {flow.sports.text}"
    if flow.then:
        service += f", then {', '.join(_service(pattern, values) for pattern in flow.then)}"
    if flow.then_back:
        back = ", ".join(_service(pattern, values) for pattern in flow.then_back)
        service += f", then back {back}"
    return (
        flow.id,
        ", ".join(flow.sources) + _mark(flow, "from") + (" <->" if flow.is_either else ""),
        ", ".join(flow.targets) + _mark(flow, "to"),
        service + _mark(flow, "service") + (f" {visible(flow.app)}" if flow.app else ""),
        flow.need,
        ", ".join(_runs(flow.rows)),
    )


def _runs(ids: Sequence[str]) -> Iterator[str]:
    """The ids, with four or more that follow each other as one word: F1-F11."""
    split = [re.fullmatch(r"(.*?)([0-9]*)", one) for one in ids]
    keys = [
        (one[1], int(one[2]) - place) if one and one[2] else place
        for place, one in enumerate(split)
    ]
    for _, run in groupby(zip(keys, ids, strict=True), key=lambda pair: pair[0]):
        names = [name for _, name in run]
        yield from [f"{names[0]}-{names[-1]}"] if len(names) > _SHORT_RUN else names


def _note(flow: Flow, section: Section) -> str:
    """What the columns have no room for: the flow's own conditions, and how much it matters."""
    when = [one for one in flow.when if one not in section.when]
    unless = [one for one in flow.unless if one not in section.unless]
    said = [_conditions(when, unless)] if when or unless else []
    if flow.group:
        groups = (addresses_in_words(flow.group.v4, 4), addresses_in_words(flow.group.v6, 6))
        said.append(f"sent to {' and '.join(filter(None, groups))}")
    said += ["within a network"] if flow.is_local else []
    if flow.alternative and flow.alternative != section.alternative:
        said.append(_alternative(flow.alternative))
    said += ["critical: must never be blocked"] if flow.is_critical else []
    said += ["administrative access"] if flow.is_admin else []
    return "; ".join(said)


def _mark(flow: Flow, field: str) -> str:
    fields = {field, "between"} if field in ("from", "to") else {field}
    if fields & set(flow.inferred):
        return "*"
    return "+" if fields & set(flow.recovered) else ""


def _service(pattern: Pattern, values: dict[str, Ports]) -> str:
    """`4000/tcp ($switch_port)`."""
    if not pattern.names:
        return pattern.text
    ports = pattern.ports(values).text
    names = ", ".join(f"${name}" for name in pattern.names)
    return f"{ports}/{'+'.join(pattern.protocols)} ({names})"


def _conditions(when: Sequence[Condition], unless: Sequence[Condition]) -> str:
    said = [f"when {' and '.join(map(str, when))}"] if when else []
    said += [f"unless {' or '.join(map(str, unless))}"] if unless else []
    return ", ".join(said)


def _alternative(alternative: tuple[str, str]) -> str:
    return f"alternative {alternative[1]} of {alternative[0]}"


def _requires(policy: Policy) -> Iterator[str]:
    for required in policy.requires.values():
        pairs = (f"{name} is {', '.join(ours)}" for name, ours in required.bind.items())
        yield f"{required.policy}: {'; '.join(pairs)}" if required.bind else required.policy


def _roles(policy: Policy) -> Iterator[Row]:
    for role in policy.roles.values():
        addresses = f" (addresses: {', '.join(role.addresses)})" if role.addresses else ""
        yield role.name, visible(role.title) + addresses


def _peers(policy: Policy) -> Iterator[Row]:
    for peer in policy.peers.values():
        names = "its name" if len(peer.fqdn) == 1 else "its names"
        notes = [f"known by {names} {', '.join(peer.fqdn)}"] if peer.fqdn else []
        notes += ["with many addresses"] if peer.has_many_addresses else []
        notes += ["the internet, if not bound"] if peer.default else []
        yield peer.name, visible(peer.title) + (f" ({', '.join(notes)})" if notes else "")


def _options(policy: Policy) -> Iterator[Row]:
    for option in policy.options.values():
        choices = f" ({', '.join(option.choices)})" if option.is_choice else ""
        default = option.default or "must answer"
        yield option.name, default, visible(option.question) + choices


def _parameters(policy: Policy) -> Iterator[Row]:
    values = policy.values()
    for one in policy.parameters.values():
        yield one.name, values[one.name].text, _set_in(one)


def _set_in(parameter: Parameter) -> str:
    if parameter.base:
        return f"follows: ${parameter.base} + {parameter.plus}"
    fixed = "cannot be changed" if parameter.is_fixed else ""
    return "; ".join(text for text in (fixed, visible(parameter.set_in)) if text)


def _table(title: str, heads: Row, rows: Iterator[Row]) -> Iterator[str]:
    table = list(rows)
    if table:
        yield ""
        yield title
        yield from _lines([heads, *table], _widths([heads, *table]))


def _items(title: str, texts: Sequence[str]) -> Iterator[str]:
    if texts:
        yield ""
        yield title
        for text in texts:
            yield from _hanging("  - ", text)


def _hanging(head: str, text: str) -> Iterator[str]:
    yield from wrap(
        visible(text),
        WIDTH,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_on_hyphens=False,
    )


def _widths(rows: Sequence[Row]) -> list[int]:
    """Natural widths, with the widest columns narrowed until the table fits.

    A column keeps its longest word whole as long as another one can give way.
    """
    columns = [[row[column] for row in rows] for column in range(len(rows[0]))]
    widths = [max(len(cell) for cell in column) for column in columns]
    words = [
        max(len(word) for cell in column for word in cell.split() or [""]) for column in columns
    ]
    while sum(widths) > WIDTH - len(_GAP) * len(widths):
        slack = [width if width > word else 0 for width, word in zip(widths, words, strict=True)]
        widest = slack if any(slack) else widths
        widths[widest.index(max(widest))] -= 1
    return widths


def _lines(rows: Sequence[Row], widths: Sequence[int]) -> Iterator[str]:
    for row in rows:
        cells = [
            wrap(text, width, break_on_hyphens=False) or [""]
            for text, width in zip(row, widths, strict=True)
        ]
        for number in range(max(len(cell) for cell in cells)):
            parts = [cell[number] if number < len(cell) else "" for cell in cells]
            padded = [f"{part:<{width}}" for part, width in zip(parts, widths, strict=True)]
            yield (_GAP + _GAP.join(padded)).rstrip()

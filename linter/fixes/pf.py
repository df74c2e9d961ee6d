"""Edits of the config.xml of pfSense and OPNsense, and the same in the words of their web pages.

Rules are edited where each has its lines for itself, as the systems write them.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import product

from flowmodel.affected import PacketBox
from flowmodel.fields import ICMP, ICMPV6
from flowmodel.fix import Edit
from flowmodel.ruleset import RuleSet
from flowmodel.values import full
from linter.fixes.boxes import NAMES, bare, has_ports, is_icmp, prefixes, protocols, ranges
from linter.fixes.drafts import Draft, Found, Kept, Language, Wanted
from linter.fixes.pf_xml import Rule, copied, narrower
from linter.fixes.texts import trimmed

_INTERFACE = re.compile(r"<interface>([^<]*)</interface>")
_END = re.compile(r"\s*</rule>\s*")
_INDENT = re.compile(r"\s*")
_MOST = 4
"""How many elements a fix may add."""
_NUMBERS = {1: "st", 2: "nd", 3: "rd"}


def _lines(found: Found) -> tuple[str, ...]:
    """The lines of the rule, if it has them for itself; else nothing."""
    span, lines = found.rule.span, found.source.lines
    before = lines[span.line - 1][: span.column - 1]
    behind = lines[span.last_line - 1][span.last_column :]
    mine = tuple(lines[span.line - 1 : span.last_line])
    is_rule = mine[0].lstrip().startswith("<rule") and _END.search(mine[-1])
    return mine if is_rule and not (before.strip() or behind.strip()) else ()


def _interface(found: Found) -> str:
    """The interface that the rule is shown under, as the file calls it; empty for a floating one.

    What the web page has as floating is not shown with any interface.
    """
    text = "\n".join(_lines(found))
    if "<floating>" in text:
        return ""
    cut = _INTERFACE.search(text)
    return cut[1] if cut else ""


def _page(ruleset: RuleSet, interface: str) -> str:
    """`Firewall > Rules > DMZ`."""
    names = next((each.names for each in ruleset.links if interface in each.names), ())
    shown = names[2] if len(names) > 2 else interface
    return f"Firewall > Rules > {shown.upper() or 'Floating'}"


def _number(found: Found, rules: Sequence[Found]) -> str:
    """`the 3rd rule`, among those of its page."""
    mine = _interface(found)
    before = [
        each
        for each in rules
        if each.rule.line <= found.rule.line and _lines(each) and _interface(each) == mine
    ]
    count = len(before)
    ending = "th" if count % 100 in (11, 12, 13) else _NUMBERS.get(count % 10, "th")
    return f"the {count}{ending} rule ({found.rule.title})"


def remove(found: Found) -> Iterator[Draft]:
    """The file without the rule."""
    lines = _lines(found)
    if lines:
        edit = Edit(found.source.path, found.rule.line, lines)
        page = _page(found.ruleset, _interface(found))
        step = f"{page}: delete {_number(found, _rules_of(found))}"
        yield Draft((edit,), steps=(step,))


def _rules_of(found: Found) -> list[Found]:
    rules = {rule.span: rule for chain in found.table.chains.values() for rule in chain.rules}
    return [
        Found(found.ruleset, found.table, found.chain, rule, 0)
        for rule in rules.values()
        if not rule.is_automatic
    ]


def move(found: Found, before: Found) -> Iterator[Draft]:
    """The rule before the other one; a floating rule that is not quick can become so."""
    lines, others = _lines(found), _lines(before)
    if not lines:
        return
    path, rules = found.source.path, _rules_of(found)
    page, which = _page(found.ruleset, _interface(found)), _number(found, _rules_of(found))
    if "<floating>" in "\n".join(lines) and "<quick" not in "\n".join(lines) and len(lines) > 1:
        inner = (_INDENT.match(lines[1]) or [""])[0]
        value = "1" if found.ruleset.format == "OPNsense" else "yes"
        edit = Edit(path, found.rule.span.last_line, (), (f"{inner}<quick>{value}</quick>",))
        yield Draft((edit,), steps=(f"{page}: edit {which}: set Quick",))
    if others and before.rule.line < found.rule.line and _interface(found) == _interface(before):
        edits = (
            Edit(path, before.rule.line, (), lines),
            Edit(path, found.rule.line, lines),
        )
        step = f"{page}: move {which} above {_number(before, rules)}"
        yield Draft(edits, steps=(step,))


def permit(all_wanted: Sequence[Wanted]) -> Iterator[Draft]:
    """Rules that pass the packets where they come in."""
    blocks: list[list[str]] = []
    steps: list[str] = []
    first = all_wanted[0]
    place = _place(first)
    if place is None:
        return
    line, indent = place
    where = f"above {first.before.rule.title}" if first.before else "at the end"
    for wanted in all_wanted:
        for box in wanted.missing.seen.boxes:
            link = next((e for e in first.ruleset.links if box.in_name in e.names), None)
            rules = list(_rules(box))
            if link is None or not box.in_name or not rules:
                return
            if first.before and _interface(first.before) != link.names[0]:
                return
            page = _page(first.ruleset, link.names[0])
            for rule in rules:
                blocks.append(list(rule.xml(link.names[0], wanted.comment)))
                steps.append(f"{page}: add {where}: {rule.words(wanted.comment)}")
    if 0 < len(blocks) <= _MOST:
        new = tuple(f"{indent}{each}" for block in blocks for each in block)
        path = first.chain.span.path
        yield Draft((Edit(path, line, (), new),), steps=tuple(steps))


def _place(wanted: Wanted) -> tuple[int, str] | None:
    """The line before which new rules stand, and how they are indented."""
    before, chain = wanted.before, wanted.chain
    if before is not None:
        lines = _lines(before)
        return (before.rule.line, (_INDENT.match(lines[0]) or [""])[0]) if lines else None
    rules = [
        Found(wanted.ruleset, wanted.table, each, rule, 0)
        for each in wanted.table.chains.values()
        if each.name.startswith("filter")
        for rule in each.rules
        if not rule.is_automatic
    ]
    last = max((each for each in rules), key=lambda each: each.rule.line, default=None)
    if last is not None:
        lines = _lines(last)
        indent = (_INDENT.match(lines[0]) or [""])[0] if lines else ""
        return (last.rule.span.last_line + 1, indent) if lines else None
    end = wanted.source.lines[chain.span.last_line - 1] if wanted.source else ""
    return (chain.span.last_line, "    ") if end.strip() == "</filter>" else None


def _rules(box: PacketBox) -> Iterator[Rule]:
    """Rules that together fit the packets of a box; nothing where they would be too many."""
    numbers = protocols(box)
    if numbers is None or box.source_ports not in ((), full(16)):
        return
    sources = [bare(each) for each in prefixes(box.sources, box.family)] or [""]
    targets = [bare(each) for each in prefixes(box.destinations, box.family)] or [""]
    services = [each for number in numbers for each in _services(box, number)]
    if not numbers:
        services = [("", "")]
    for source, to, service in product(sources, targets, services):
        yield Rule(box, source, to, service)


def _services(box: PacketBox, number: int) -> Iterator[tuple[str, str]]:
    name = NAMES.get(number)
    if name and has_ports(number):
        yield from ((name, each) for each in ranges(box.destination_ports, "-") or ("",))
    elif is_icmp(number):
        types = [each for first, last in box.icmp_types for each in range(first, last + 1)]
        if (number, box.family) in ((ICMP, 4), (ICMPV6, 6)) and box.icmp_codes == full(8):
            yield "icmp", "" if box.icmp_types == full(8) else ",".join(map(str, types))
    elif number in _PROTOCOLS:
        yield _PROTOCOLS[number], ""


_PROTOCOLS = {47: "gre", 50: "esp", 51: "ah", 89: "ospf", 103: "pim"}


def narrow(found: Found, all_kept: Sequence[Kept]) -> Iterator[Draft]:
    """The rule with other ends or services, and copies of it where these are several."""
    lines = _lines(found)
    rules = [(kept, rule) for kept in all_kept for rule in _rules(kept.box)]
    if not lines or not 0 < len(rules) <= _MOST:
        return
    text = "\n".join(lines)
    new = [narrower(text, kept.fields, rule) for kept, rule in rules]
    page, which = _page(found.ruleset, _interface(found)), _number(found, _rules_of(found))
    told = [rule.changes(text, kept.fields) for kept, rule in rules]
    steps = [f"{page}: edit {which}: {told[0]}", *(f"{page}: copy it: {e}" for e in told[1:])]
    copies = "\n".join(map(copied, new[1:]))
    # Only lines that change: passwords and names are not shown, and so cannot be written.
    edits = [trimmed(Edit(found.source.path, found.rule.line, lines, tuple(new[0].split("\n"))))]
    if copies:
        behind = found.rule.line + len(lines)
        edits.append(Edit(found.source.path, behind, (), tuple(copies.split("\n"))))
    yield Draft(tuple(edits), steps=tuple(steps))


PFSENSE = Language("pfSense", remove, move, permit, narrow, judges_arrivals=True)
OPNSENSE = Language("OPNsense", remove, move, permit, narrow, judges_arrivals=True)

"""Edits of what `iptables-save` prints, and the same as orders of iptables(8)."""

import re
from collections.abc import Iterator, Sequence
from itertools import product
from shlex import join, quote

from flowmodel.affected import PacketBox
from flowmodel.fix import Edit
from flowmodel.ruleset import Table
from flowmodel.values import full
from linter.fixes.boxes import (
    FEW,
    MOST,
    NAMES,
    has_ports,
    is_icmp,
    is_plain_name,
    prefixes,
    protocols,
    ranges,
)
from linter.fixes.drafts import Draft, Found, Kept, Language, Wanted, permitting
from linter.fixes.iptables_words import LONGEST, like
from parsers.iptables.words import words

_RULE = re.compile(r"\s*(?:\[\d+:\d+\]\s*)?-A (\S+) (.*)")
_PORTS = 15
"""How many ports `-m multiport` takes; a range counts twice (xt_multiport.h)."""


def _parts(found: Found) -> tuple[str, str] | None:
    """The chain of a line `-A CHAIN …`, and what stands behind; None for any other line."""
    line = found.source.lines[found.rule.line - 1]
    cut = _RULE.fullmatch(line)
    return (cut[1], cut[2]) if cut else None


def _tool(table: Table, chain: str, order: str) -> str:
    """`iptables -t nat -I PREROUTING`."""
    name = "ip6tables" if 6 in table.families else "iptables"
    where = "" if table.name == "filter" else f" -t {quote(table.name)}"
    return f"{name}{where} {order} {quote(chain)}"


def _without(found: Found) -> Edit:
    line = found.rule.line
    return Edit(found.source.path, line, (found.source.lines[line - 1],))


def remove(found: Found) -> Iterator[Draft]:
    """The file without the rule."""
    if _parts(found) is None:
        return
    order = f"{_tool(found.table, found.chain.name, '-D')} {found.index + 1}"
    yield Draft((_without(found),), (order,))


def move(found: Found, before: Found) -> Iterator[Draft]:
    """The rule in the line before the other one."""
    parts = _parts(found)
    if parts is None or _parts(before) is None or before.index >= found.index:
        return
    line = found.source.lines[found.rule.line - 1]
    edits = (Edit(found.source.path, before.rule.line, (), (line,)), _without(found))
    delete = f"{_tool(found.table, found.chain.name, '-D')} {found.index + 1}"
    insert = f"{_tool(found.table, found.chain.name, '-I')} {before.index + 1}"
    insert = f"{insert} {_for_shell(parts[1])}"
    yield Draft(edits, (delete, insert))


def permit(all_wanted: Sequence[Wanted]) -> Iterator[Draft]:
    """Rules that accept the packets as they look; then only those that were translated."""
    for rules in permitting(all_wanted, (_nothing, _translated, _sent_to), _accepting):
        draft = _added(all_wanted[0], rules)
        if draft:
            yield draft


def _accepting(wanted: Wanted, box: PacketBox, more: str) -> list[str]:
    return [f"{each}{more} {_end(wanted.comment)}" for each in _rules(box)]


def _end(comment: str) -> str:
    return (f'-m comment --comment "{comment[:LONGEST]}" ' if comment else "") + "-j ACCEPT"


def _for_shell(rule: str) -> str:
    """The words of a line as a shell takes them: nothing that an export says is run."""
    return join(word.value for word in words(rule))


def _added(wanted: Wanted, rules: Sequence[str]) -> Draft | None:
    chain, before = wanted.chain.name, wanted.before
    lines = tuple(f"-A {chain} {each}" for each in rules)
    if before is not None:
        if _parts(before) is None:
            return None
        tool = _tool(wanted.table, chain, "-I")
        numbers = range(before.index + 1, before.index + 1 + len(rules))
        orders = tuple(
            f"{tool} {number} {_for_shell(each)}"
            for number, each in zip(numbers, rules, strict=True)
        )
        return Draft((Edit(before.source.path, before.rule.line, (), lines),), orders)
    tool, end = _tool(wanted.table, chain, "-A"), _end_of(wanted)
    if end is None:
        return None
    edit = Edit(wanted.chain.span.path, end, (), lines)
    return Draft((edit,), tuple(f"{tool} {_for_shell(each)}" for each in rules))


def _end_of(wanted: Wanted) -> int | None:
    """The line behind the chain's last rule; without one, the line that ends its table."""
    chain, path, source = wanted.chain, wanted.chain.span.path, wanted.source
    lines = [rule.line for rule in chain.rules if rule.source.path == path and not rule.is_given]
    if lines:
        return max(lines) + 1
    here = chain.span.line
    rest = enumerate(source.lines[here - 1 :] if source else (), here)
    return next((number for number, line in rest if line.rstrip() == "COMMIT"), None)


def _nothing(_: Sequence[PacketBox]) -> str:
    return ""


def _translated(_: Sequence[PacketBox]) -> str:
    """That a rule has changed the destination."""
    return " -m conntrack --ctstate DNAT"


def _sent_to(boxes: Sequence[PacketBox]) -> str | None:
    """The same, and to which address and port packets were sent; None where these are several."""
    ends = {(box.destinations, box.destination_ports) for box in boxes}
    to = prefixes(boxes[0].destinations, boxes[0].family)
    ports = ranges(boxes[0].destination_ports, ":")
    if len(ends) != 1 or len(to) != 1 or len(ports) > 1:
        return None
    more = f" --ctorigdstport {ports[0]}" if ports else ""
    return f"{_translated(boxes)} --ctorigdst {to[0]}{more}"


def _rules(box: PacketBox) -> Iterator[str]:
    """Matches that together fit the packets of a box; nothing where they would be too many."""
    numbers = protocols(box)
    if numbers is None:
        return
    sources = prefixes(box.sources, box.family) or ("",)
    targets = prefixes(box.destinations, box.family) or ("",)
    services = [part for proto in numbers for part in _service(box, proto)] if numbers else [""]
    if len(sources) * len(targets) * len(services) > MOST:
        return
    if not all(map(is_plain_name, (box.in_name, box.out_name))):
        return
    names = "".join(
        f" {option} {name}" for option, name in (("-i", box.in_name), ("-o", box.out_name)) if name
    )
    for source, to, service in product(sources, targets, services):
        ends = (f" -s {source}" if source else "") + (f" -d {to}" if to else "")
        yield f"{ends}{names}{service}".strip()


def _service(box: PacketBox, proto: int) -> Iterator[str]:
    """The protocol with its ports, or its types."""
    name = NAMES.get(proto, str(proto))
    if has_ports(proto):
        yield from (f" -p {name}{ports}" for ports in _ports(box, name))
    elif is_icmp(proto):
        yield from _types(box, proto)
    else:
        yield f" -p {name}"


def _ports(box: PacketBox, name: str) -> Iterator[str]:
    from_, to = ranges(box.source_ports, ":"), ranges(box.destination_ports, ":")
    if len(from_) <= 1 and len(to) <= 1:
        told = "".join((*(f" --sport {p}" for p in from_), *(f" --dport {p}" for p in to)))
        yield f" -m {name}{told}" if told else ""
    elif len(from_) <= 1 and sum(1 + (":" in p) for p in to) <= _PORTS:
        sport = "".join(f" -m {name} --sport {p}" for p in from_)
        yield f"{sport} -m multiport --dports {','.join(to)}"
    else:
        for a, b in product(from_ or ("0:65535",), to or ("0:65535",)):
            yield f" -m {name} --sport {a} --dport {b}"


def _types(box: PacketBox, proto: int) -> Iterator[str]:
    match, option = ("icmp", "--icmp-type") if proto == 1 else ("icmp6", "--icmpv6-type")
    name = "icmp" if proto == 1 else "ipv6-icmp"
    if box.icmp_types == box.icmp_codes == full(8):
        yield f" -p {name}"
        return
    for first, last in box.icmp_types:
        for kind in range(first, last + 1):
            if box.icmp_codes == full(8):
                yield f" -p {name} -m {match} {option} {kind}"
            else:
                for low, high in box.icmp_codes:
                    for code in range(low, high + 1):
                        yield f" -p {name} -m {match} {option} {kind}/{code}"


def narrow(found: Found, all_kept: Sequence[Kept]) -> Iterator[Draft]:
    """The rule with other addresses or services, in as many lines as these are."""
    parts = _parts(found)
    family = 6 if 6 in found.table.families else 4
    if parts is None:
        return
    mine = [kept for kept in all_kept if kept.box.family == family]
    rules = [each for kept in mine for each in like(parts[1], kept, _rules(kept.box))]
    if not rules or len(rules) > FEW:
        return
    chain, line, place = found.chain.name, found.rule.line, found.index + 1
    lines = tuple(f"-A {chain} {each}" for each in rules)
    orders = [f"{_tool(found.table, chain, '-R')} {place} {_for_shell(rules[0])}"]
    insert = _tool(found.table, chain, "-I")
    orders += [
        f"{insert} {number} {_for_shell(each)}" for number, each in enumerate(rules[1:], place + 1)
    ]
    old = (found.source.lines[line - 1],)
    yield Draft((Edit(found.source.path, line, old, lines),), tuple(orders))


LANGUAGE = Language("iptables-save", remove, move, permit, narrow)

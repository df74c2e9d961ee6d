"""Edits of nftables rule sets in nft's own language, and the same as commands of nft(8)."""

import re
from collections.abc import Iterator, Sequence
from shlex import quote

from flowmodel.affected import PacketBox
from flowmodel.fix import Edit
from flowmodel.values import full
from linter.fixes.boxes import (
    MOST,
    NAMES,
    has_ports,
    is_icmp,
    is_plain_name,
    prefixes,
    protocols,
    ranges,
)
from linter.fixes.drafts import Draft, Found, Language, Wanted

_HANDLE = re.compile(r"# handle (\d+)\s*$")
_ALONE = re.compile(r"\s*;?\s*(?:#.*)?")
_COMMAND = re.compile(r"(?:(add|insert|replace|create)\s+)?rule\s")
_LONGEST = 128
"""Bytes of a comment (NFTNL_UDATA_COMMENT_MAXLEN in libnftnl)."""


def _around(found: Found) -> tuple[str, str]:
    """What stands in the rule's lines before it, and behind it."""
    span, lines = found.rule.span, found.source.lines
    return lines[span.line - 1][: span.column - 1], lines[span.last_line - 1][span.last_column :]


def _is_alone(found: Found) -> bool:
    """Whether the rule has its lines for itself."""
    before, behind = _around(found)
    return not before.strip() and _ALONE.fullmatch(behind) is not None


def _text(found: Found) -> str:
    """The rule, if it stands in one line; else nothing."""
    span = found.rule.span
    if span.line != span.last_line:
        return ""
    return found.source.lines[span.line - 1][span.column - 1 : span.last_column].strip()


def _handle(found: Found) -> str:
    cut = _HANDLE.search(_around(found)[1])
    return cut[1] if cut else ""


def _has_name(found: Found) -> bool:
    """Whether nft knows the chain by its name: blocks behind `jump` have none."""
    return "#" not in found.chain.name


def _without(found: Found) -> Edit:
    span, lines = found.rule.span, found.source.lines
    old = tuple(lines[span.line - 1 : span.last_line])
    if _is_alone(found):
        return Edit(span.path, span.line, old)
    before, behind = _around(found)
    behind = behind.lstrip().removeprefix(";")
    return Edit(span.path, span.line, old, (before.rstrip() + " " + behind.lstrip(),))


def _delete(found: Found) -> tuple[str, ...]:
    handle = _handle(found)
    if not handle or not _has_name(found):
        return ()
    return (_nft(f"delete rule {found.table.name} {found.chain.name} handle {handle}"),)


def _nft(command: str) -> str:
    """The command as one word for the shell: it has braces, and what an export says."""
    return f"nft {quote(command)}"


def remove(found: Found) -> Iterator[Draft]:
    """The file without the rule."""
    yield Draft((_without(found),), _delete(found))


def move(found: Found, before: Found) -> Iterator[Draft]:
    """The rule in a line of its own before the other one."""
    text = _text(found)
    if not text or not _is_alone(before) or not _is_alone(found):
        return
    words = _COMMAND.match(text)
    if bool(words) != bool(_COMMAND.match(before.rule.text)) or (words and words[1] != "add"):
        return
    line = _around(before)[0] + text
    edits = (Edit(before.source.path, before.rule.line, (), (line,)), _without(found))
    delete = _delete(found)
    commands = (*delete, *_inserted(before, (text,))) if delete and not words else ()
    yield Draft(edits, commands)


def _inserted(before: Found, rules: Sequence[str]) -> tuple[str, ...]:
    """Commands that put rules before another one, whose index each of them makes larger."""
    handle, name = _handle(before), f"{before.table.name} {before.chain.name}"
    places = (f"handle {handle}" if handle else f"index {before.index + n}" for n in range(MOST))
    return tuple(
        _nft(f"insert rule {name} {place} {rule}")
        for place, rule in zip(places, rules, strict=False)
    )


def permit(all_wanted: Sequence[Wanted]) -> Iterator[Draft]:
    """Rules that accept the packets as they look; then only those that were translated."""
    is_translated = any(each.missing.seen != each.missing.sent for each in all_wanted)
    for told in (_nothing, _translated, _sent_to)[: 3 if is_translated else 1]:
        rules: list[str] = []
        for wanted in all_wanted:
            comment = f' comment "{wanted.comment[:_LONGEST]}"' if wanted.comment else ""
            more = told(wanted.missing.sent.boxes)
            for box in wanted.missing.seen.boxes if more is not None else ():
                matches = _rules(box, wanted.table.name)
                rules += [f"{each}{more} accept{comment}".lstrip() for each in matches] or [""]
        if all(rules) and 0 < len(rules) <= MOST:
            yield from _added(all_wanted[0], rules)


def _added(wanted: Wanted, rules: Sequence[str]) -> Iterator[Draft]:
    before, table, chain = wanted.before, wanted.table.name, wanted.chain
    name = f"{table} {chain.name}"
    if before is not None:
        if not _is_alone(before):
            return
        words = _COMMAND.match(before.rule.text)
        if words and words[1] != "add":
            return
        front = f"add rule {name} " if words else ""
        indent = _around(before)[0]
        lines = tuple(f"{indent}{front}{each}" for each in rules)
        commands = _inserted(before, rules) if _has_name(before) else ()
        yield Draft((Edit(before.source.path, before.rule.line, (), lines),), commands)
        return
    place = _end_of(wanted)
    if place is not None and "#" not in chain.name:
        line, indent = place
        lines = tuple(f"{indent}{each}" for each in rules)
        commands = tuple(_nft(f"add rule {name} {each}") for each in rules)
        yield Draft((Edit(chain.span.path, line, (), lines),), commands)


def _end_of(wanted: Wanted) -> tuple[int, str] | None:
    """The line behind the chain's last rule, or behind its declaration, and how it is indented."""
    chain, path = wanted.chain, wanted.chain.span.path
    source = next((each for each in wanted.ruleset.sources if each.path == path), None)
    if source is None:
        return None
    spans = [r.span for r in chain.rules if r.span.path == path and r.span != chain.span]
    last = max([chain.span, *spans], key=lambda span: (span.last_line, span.last_column))
    line = source.lines[last.line - 1]
    front, behind = line[: last.column - 1], source.lines[last.last_line - 1][last.last_column :]
    is_alone = not front.strip() and re.fullmatch(r"\s*;?[^{}]*", behind)
    return (last.last_line + 1, front) if is_alone else None


def _nothing(_: Sequence[PacketBox]) -> str:
    return ""


def _translated(_: Sequence[PacketBox]) -> str:
    """That a rule has changed the destination."""
    return " ct status dnat"


def _sent_to(boxes: Sequence[PacketBox]) -> str | None:
    """The same, and to which address and port packets were sent; None where these are several."""
    box, ends = boxes[0], {(box.destinations, box.destination_ports) for box in boxes}
    if len(ends) != 1:
        return None
    to, ports = prefixes(box.destinations, box.family), ranges(box.destination_ports, "-")
    told = f" ct original {_ip(box)} daddr {_set(to)}" if to else ""
    return _translated(boxes) + told + (f" ct original proto-dst {_set(ports)}" if ports else "")


def _ip(box: PacketBox) -> str:
    return "ip" if box.family == 4 else "ip6"


def _set(values: Sequence[str]) -> str:
    # nft lists a single address without the length of its prefix.
    bare = [each.removesuffix("/128" if ":" in each else "/32") for each in values]
    return bare[0] if len(bare) == 1 else f"{{ {', '.join(bare)} }}"


def _rules(box: PacketBox, table: str) -> Iterator[str]:
    """Matches that together fit the packets of a box; nothing where they would be too many."""
    numbers = protocols(box)
    names = box.in_name, box.out_name
    sources, to = (prefixes(each, box.family) for each in (box.sources, box.destinations))
    if numbers is None or not all(map(is_plain_name, names)) or len(sources) + len(to) > 2 * MOST:
        return
    words = [
        f'{side} "{name}"' for side, name in zip(("iifname", "oifname"), names, strict=True) if name
    ]
    if table.startswith("inet") and not sources and not to:
        words.append(f"meta nfproto ipv{box.family}")
    ends = (("saddr", sources), ("daddr", to))
    words += (f"{_ip(box)} {end} {_set(values)}" for end, values in ends if values)
    for service in [part for proto in numbers for part in _service(box, proto)] or [""]:
        yield " ".join((*words, service)).strip()


def _service(box: PacketBox, proto: int) -> Iterator[str]:
    name = NAMES.get(proto, str(proto))
    ports = (("sport", box.source_ports), ("dport", box.destination_ports))
    told = [(end, ranges(values, "-")) for end, values in ports]
    if has_ports(proto) and any(values for _, values in told):
        head = name if proto in NAMES else "th"
        first = [] if proto in NAMES else [f"meta l4proto {name}"]
        yield " ".join((*first, *(f"{head} {end} {_set(each)}" for end, each in told if each)))
    elif is_icmp(proto):
        yield _types(box, "icmp" if proto == 1 else "icmpv6")
    else:
        yield f"meta l4proto {name}"


def _types(box: PacketBox, name: str) -> str:
    told = [
        f"{name} {what} {_set(tuple(str(a) if a == b else f'{a}-{b}' for a, b in values))}"
        for what, values in (("type", box.icmp_types), ("code", box.icmp_codes))
        if values and values != full(8)
    ]
    return " ".join(told) or f"meta l4proto {'icmp' if name == 'icmp' else 'ipv6-icmp'}"


LANGUAGE = Language("nftables", remove, move, permit)

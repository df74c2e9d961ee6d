"""Edits of nftables rule sets in nft's own language, and the same as commands of nft(8)."""

import re
from collections.abc import Iterator, Sequence
from shlex import quote

from flowmodel.fix import Edit
from flowmodel.ruleset import Chain
from linter.fixes import nft_json
from linter.fixes.boxes import MOST
from linter.fixes.drafts import Draft, Found, Kept, Language, Wanted
from linter.fixes.nft_rules import Narrowed, accepting, narrowing

_HANDLE = re.compile(r"# handle (\d+)\s*$")
_ALONE = re.compile(r"\s*;?\s*(?:#.*)?")
_COMMAND = re.compile(r"(?:(add|insert|replace|create)\s+)?rule\s")


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
    if nft_json.is_json(found.source):
        return nft_json.handle(found)
    cut = _HANDLE.search(_around(found)[1])
    return cut[1] if cut else ""


def _has_name(chain: Chain) -> bool:
    """Whether nft knows the chain by its name: blocks behind `jump` have none."""
    return "#" not in chain.name


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
    if not handle or not _has_name(found.chain):
        return ()
    return (_nft(f"delete rule {found.table.name} {found.chain.name} handle {handle}"),)


def _nft(command: str) -> str:
    """The command as one word for the shell: it has braces, and what an export says."""
    return f"nft {quote(command)}"


def remove(found: Found) -> Iterator[Draft]:
    """The file without the rule."""
    is_json = nft_json.is_json(found.source)
    edit = nft_json.removed(found) if is_json else _without(found)
    if edit is not None:
        yield Draft((edit,), _delete(found))


def move(found: Found, before: Found) -> Iterator[Draft]:
    """The rule before the other one; in a line of its own, where the file has lines."""
    if nft_json.is_json(found.source):
        edits = nft_json.moves(found, before)
        command = nft_json.move_command(found, before)
        if edits:
            yield Draft(edits, (f"nft -j {quote(command)}",) if command else (), put=edits[0])
        return
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
    """Rules that accept the packets, in the form of the file."""
    wanted = all_wanted[0]
    for made in accepting(all_wanted):
        texts = [each.text for each in made]
        if nft_json.is_json(wanted.source):
            edit = nft_json.added(wanted, made)
            if edit is not None:
                yield Draft((edit,), _commands(wanted, texts))
        else:
            yield from _added(wanted, texts)


def _commands(wanted: Wanted, rules: Sequence[str]) -> tuple[str, ...]:
    if not _has_name(wanted.chain):
        return ()
    if wanted.before is not None:
        return _inserted(wanted.before, rules)
    return tuple(_nft(f"add rule {wanted.table.name} {wanted.chain.name} {e}") for e in rules)


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
        edit = Edit(before.source.path, before.rule.line, (), lines)
        yield Draft((edit,), _commands(wanted, rules))
        return
    place = _end_of(wanted)
    if place is not None and _has_name(chain):
        line, indent = place
        lines = tuple(f"{indent}{each}" for each in rules)
        yield Draft((Edit(chain.span.path, line, (), lines),), _commands(wanted, rules))


def _end_of(wanted: Wanted) -> tuple[int, str] | None:
    """The line behind the chain's last rule, or behind its declaration, and how it is indented."""
    chain, path, source = wanted.chain, wanted.chain.span.path, wanted.source
    if source is None:
        return None
    spans = [r.span for r in chain.rules if r.span.path == path and r.span != chain.span]
    last = max([chain.span, *spans], key=lambda span: (span.last_line, span.last_column))
    line = source.lines[last.line - 1]
    front, behind = line[: last.column - 1], source.lines[last.last_line - 1][last.last_column :]
    is_alone = not front.strip() and re.fullmatch(r"\s*;?[^{}]*", behind)
    return (last.last_line + 1, front) if is_alone else None


# Nothing ends what is quoted but the second mark (src/scanner.l).
_OTHER = r'"[^"]*"|\{(?:"[^"]*"|[^"{}])*\}'
"""Names, texts, and what other statements have in braces, such as the keys of a set."""
# `ct original ip saddr` and `ip saddr . tcp dport` are other conditions, and maps are none.
_FRONT = r"\b(?<!original )(?<!reply )(?<!\. )"
_FIELD = r"(?!\.|v?map |set )(?:[!=]= )?(?:\{[^{}]*\}|[^\s{};]+) ?"
_LEFT = {
    "src": r"ip6? saddr",
    "dst": r"ip6? daddr",
    "service": (
        r"(?:(?:tcp|udp|sctp|th) [sd]port|meta l4proto|ip protocol|icmp(?:v6)? (?:type|code))"
    ),
}
_OWN = {
    name: re.compile(rf"{_OTHER}|{_FRONT}{left} {_FIELD}", re.ASCII) for name, left in _LEFT.items()
}
"""The conditions that say the same as fields of a box, and what only reads like some."""
_ENDS = re.compile(r"ip6? [sd]addr ")


def narrow(found: Found, all_kept: Sequence[Kept]) -> Iterator[Draft]:
    """The rule with other addresses or services, in as many lines as these are."""
    if nft_json.is_json(found.source):
        draft = _narrow_json(found, all_kept)
    else:
        draft = _narrow_text(found, all_kept)
    if draft is not None:
        yield draft


def _narrow_json(found: Found, all_kept: Sequence[Kept]) -> Draft | None:
    made = narrowing(all_kept, found.table.name)
    edit, objects = nft_json.narrowed(found, made)
    if edit is None:
        return None
    command = nft_json.replace_command(found, objects)
    return Draft((edit,), (f"nft -j {quote(command)}",) if command else ())


def _narrow_text(found: Found, all_kept: Sequence[Kept]) -> Draft | None:
    text = _text(found)
    made = narrowing(all_kept, found.table.name)
    if not text or not made or not _is_alone(found):
        return None
    head = re.match(r"add rule (?:(?:ip6?|inet) )?\S+ \S+ ", text)
    if _COMMAND.match(text) and not head:
        return None
    front, body = (head[0], text[head.end() :]) if head else ("", text)
    before, behind = _around(found)
    bodies = [_like(body, each) for each in made]
    lines = [f"{before}{front}{each}" for each in bodies]
    # The first one stays the rule that it was; the others have no handle yet.
    lines[0] += f" {behind.lstrip()}" if behind.strip() else ""
    old = (found.source.lines[found.rule.line - 1],)
    edit = Edit(found.source.path, found.rule.line, old, tuple(lines))
    return Draft((edit,), _replaced(found, bodies))


def _replaced(found: Found, bodies: Sequence[str]) -> tuple[str, ...]:
    handle, name = _handle(found), f"{found.table.name} {found.chain.name}"
    if not handle or not _has_name(found.chain):
        return ()
    if len(bodies) == 1:
        return (_nft(f"replace rule {name} handle {handle} {bodies[0]}"),)
    return (*_inserted(found, bodies), *_delete(found))


def _like(body: str, made: Narrowed) -> str:
    """The rule with other conditions where the same ones of its own stood."""
    words = [each.text for each in made.matches]
    ends = [each for each in words if _ENDS.match(each)]
    services = [each for each in words if each not in ends]
    if re.search(r"\bip6? [sd]addr\b|\bnfproto\b", " ".join((_plain(body), *ends))):
        services = [each for each in services if not each.startswith("meta nfproto")]
    # nft lists a source, a destination and a service in this order.
    body = _placed(body, ends, [name for name in ("src", "dst") if name in made.fields], ("src",))
    if "service" in made.fields:
        body = _placed(body, services, ["service"], ("src", "dst"))
    has_comment = " comment " in f" {_plain(body)}"
    comment = f' comment "{made.comment}"' if made.comment and not has_comment else ""
    return f"{body.strip()}{comment}"


def _placed(body: str, words: Sequence[str], own: Sequence[str], before: Sequence[str]) -> str:
    """The rule with words where its own stood; else behind others that stand before them."""
    if not words:
        return body
    starts = [cut.start() for name in own for cut in _conditions(name, body)]
    behind = [e.end() for name in before if name not in own for e in _conditions(name, body)]
    at = min(starts) if starts else max(behind, default=0)
    rest = body[at:]
    for name in own:
        rest = _OWN[name].sub(lambda found: found[0] if _is_other(found) else "", rest)
    return f"{body[:at]}{' '.join(words)} {rest}"


def _conditions(name: str, body: str) -> Iterator[re.Match[str]]:
    return (each for each in _OWN[name].finditer(body) if not _is_other(each))


def _is_other(found: re.Match[str]) -> bool:
    return found[0][0] in '"{'


def _plain(body: str) -> str:
    """The rule without what only reads like conditions."""
    return re.sub(_OTHER, '""', body)


LANGUAGE = Language("nftables", remove, move, permit, narrow)

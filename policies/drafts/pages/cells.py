"""What the cells of a port table say: protocols and ports, in the spellings of pages."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from flowmodel.record import dataclass
from policies.protocols import has_ports, name_of, number_of

ALL_PORTS: Final = "1-65535"
_DYNAMIC: Final = "49152-65535"  # RFC 6335, section 6: the dynamic ports

_ENDS: Final = r"[0-9]{1,5}(?![0-9a-z%_]|\.[0-9])"
_NUMBER: Final = rf"(?<![0-9a-z.$#%_]){_ENDS}"
_HYPHEN: Final = r"[-\u2010-\u2015\u2212]"
_DASH: Final = rf"(?:{_HYPHEN}|[~:]|\.{{2,3}}|\u2026|to|through|thru|until)"
_RANGE: Final = rf"({_NUMBER})\s*{_DASH}\s*({_ENDS})"
_MORE: Final = (
    r"(?:\+(?!\s*[0-9])|(?:and|or|&)\s*(?:above|up|upwards?|higher|greater|over)(?![a-z])"
    rf"|{_DASH}\s*(?:max(?:imum)?|end|highest|top)(?![a-z]))"
)
_PROTOCOLS: Final = "tcp|udp|sctp|dccp|icmpv6|icmp6|icmp|esp|gre|ah|igmp|vrrp|ospf|pim"
_BIG: Final = "[0-9]{1,2},[0-9]{3}"
_BIG_RANGE: Final = rf"(?<![0-9,]){_BIG}\s*{_DASH}\s*{_BIG}(?![0-9,])"
_TOKEN: Final = re.compile(
    rf"""
    (?P<note>(?<![a-z])(?:foot)?(?:notes?|remarks?|tables?|figures?|sections?|steps?|versions?)
        \s*\#?[0-9][0-9.]*(?:\s*(?:,|and|&)\s*[0-9]{{1,2}}(?![0-9]))*
      | \[\s*\^?(?:[0-9]{{1,2}}|[a-z])\s*\])
  | (?P<by_number>(?<![a-z])(?:ip\s+)?proto(?:col)?\s*(?:number|no\.?|id|\#)?
        \s*[0-9]{{1,3}}(?![0-9]))
  | (?P<proto>(?<![a-z0-9])(?:{_PROTOCOLS})(?:v?[46](?![0-9]))?(?![a-z]))
  | (?P<thousands>{_BIG_RANGE})
  | (?P<range>{_NUMBER}\s*{_DASH}\s*{_ENDS})
  | (?P<open>(?:(?<![-=\u2010-\u2015\u2212])>=?|≥|(?<![a-z])above)\s*{_NUMBER}|{_NUMBER}\s*{_MORE})
  | (?P<number>{_NUMBER})
  | (?P<digit>(?<![0-9a-z])[0-9]{{1,4}}[nx]{{1,3}}(?![0-9a-z]))
  | (?P<all>(?<![a-z])(?:any|all)(?![a-z])|(?<![^\s,;/(])\*(?![^\s,;/)]))
  | (?P<dynamic>(?<![a-z])(?:dynamic|ephemeral|random|high(?=\s+ports))(?![a-z]))
  | (?P<paren>[()\[\]])
  | (?P<arrow>[-=\u2010-\u2015\u2212]{{1,3}}>|[→⇒])
  | (?P<gap>[\s,;/&+|:*†‡.\-\u2010-\u2015]+|(?:and|or|ports?|range|both|numbers?|no)(?![a-z]))
  | (?P<word>[^\s,;/&()\[\]|]+)
    """,
    re.VERBOSE | re.IGNORECASE,
)
# `TCP443` and `443TCP` are written without a blank where the space was thin.
_GLUED: Final = re.compile(
    r"(?<![a-z0-9])(tcp|udp)(?=[0-9]{2,5}(?![0-9]))|(?<![a-z0-9.])([0-9]{1,5})(?=(?:tcp|udp)(?![a-z]))",
    re.IGNORECASE,
)
# `192.0.2.1:443`, `db.example.com:5432`: what stands before the colon is no port.
_HOST: Final = re.compile(
    r"(?:https?://)?(?:(?<![\w.-])(?:[\w-]{1,63}\.){1,10}[\w-]{1,63}|(?<!\w)localhost):(?=[0-9])",
    re.IGNORECASE,
)
_MENTION: Final = re.compile(
    r"""
    (?<![a-z0-9])(?:tcp|udp|sctp)(?:\s*(?:/|and|or|&|\+|,)\s*(?:tcp|udp))?[\s:/(-]{0,3}
        (?:ports?\W{0,3})?[0-9]{1,5}(?![0-9a-z]|\.[0-9])
  | (?<![0-9a-z.])[0-9]{1,5}\s{0,2}[/(]?\s{0,2}(?:tcp|udp|sctp)(?![a-z])
  | (?<![a-z])d?ports?\s{1,3}(?:number\s)?[`'"(]{0,2}[0-9]{2,5}(?![0-9a-z]|\.[0-9])
    """,
    re.VERBOSE | re.IGNORECASE,
)
# `1,433` can be one number or two; `over 443` can be what is above it or what runs on it; and of
# `8443 -> 443` only one is the port of the machine. Behind `not` or `below` it is not the port.
# `443-`, `1024-high` and `8000-80xx` are ranges of which an end is not told, `443 …` is a list that
# goes on, and `2024-10` (which ends before it starts), `2024-10-12` and `10/2024` may be dates.
_THOUSANDS: Final = re.compile(
    rf"{_BIG_RANGE}|(?<![0-9,])([1-9][0-9]?)[, ]([0-9]{{3}})(?![0-9]|,[0-9])", re.IGNORECASE
)
_DOUBTFUL: Final = re.compile(
    rf"""
    (?:[-=\u2010-\u2015]>|[→⇒]|[<≤]=?|(?<![a-z])over)\s*{_NUMBER}
  | (?<![a-z])(?:not|except(?:\sfor)?|excluding|but|without|below|under|up\sto|at\s(?:least|most)
        |(?:less|more|greater|higher|lower)\sthan|max(?:imum|\.)?|min(?:imum|\.)?)
        \s*(?:(?:ports?|tcp|udp)[\s/]*){{0,3}}{_NUMBER}
  | (?<![a-z])from\s+(?:ports?\s*)?{_NUMBER}(?!\s*{_DASH})
  | {_NUMBER}\s*(?:{_HYPHEN}|~)\s*(?:$|[,;)\]])
  | {_NUMBER}{_HYPHEN}(?!(?:{_PROTOCOLS})(?![a-z]))(?!{_ENDS}|(?:max|end|highest|top))[0-9a-z]
  | (?:^|(?<=[\s,;])){_HYPHEN}{_ENDS}
  | {_NUMBER}\s*{_HYPHEN}\s*{_ENDS}\s*{_HYPHEN}\s*[0-9]
  | {_NUMBER}[\s,;]*(?:\.{{2,4}}|\u2026)(?![.\s]*[0-9])
  | {_NUMBER}[\s,;]*(?:(?:etc|usw)(?![a-z])|and\s(?:so\son|others|more)(?![a-z]))
  | (?<![0-9/])(?:0?[1-9]|1[0-2])/(?:19|20)[0-9]{{2}}(?![0-9/])
    """,
    re.VERBOSE | re.IGNORECASE,
)
_WIDE: Final = re.compile(_BIG_RANGE, re.IGNORECASE)
_EACH_RANGE: Final = re.compile(_RANGE, re.IGNORECASE)
_PORT_KINDS: Final = ("number", "range", "open", "digit", "all", "dynamic")
_EXACT: Final = frozenset(("number", "range", "open"))
_LONGEST: Final = 2000


@dataclass(frozen=True, slots=True)
class Group:
    """Ports with their protocols; either can be missing. A port can have an `n` for any digit."""

    protocols: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a cell says.

    `words` are how many others stand in it, `remarks` how many in parentheses. `is_sure`: nothing
    had to be guessed. `unused` are numbers in it that are no ports as far as it can be told.
    """

    groups: tuple[Group, ...] = ()
    words: int = 0
    remarks: int = 0
    is_sure: bool = True
    unused: tuple[str, ...] = ()
    begins: bool = False
    """Whether it begins with a port or a protocol."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing else stands in it."""
        return not self.words and not self.remarks and not self.unused

    @property
    def is_service(self) -> bool:
        """Whether it names protocol and port, or a protocol without ports, and little else."""
        whole = (one for one in self.groups if one.protocols)
        has_one = any(one.ports or portless(one.protocols) for one in whole)
        return self.begins and self.words <= 2 and has_one

    @property
    def is_protocol(self) -> bool:
        """Whether it names protocols and nothing else."""
        return bool(self.protocols) and not self.words and not any(g.ports for g in self.groups)

    @property
    def has_ports(self) -> bool:
        """Whether it names a port, or a protocol that has none."""
        return any(group.ports or portless(group.protocols) for group in self.groups)

    @property
    def protocols(self) -> tuple[str, ...]:
        """All protocols in it."""
        return tuple(dict.fromkeys(one for group in self.groups for one in group.protocols))


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def mentions(text: str) -> tuple[str, ...]:
    """The services that running text names, as they stand there."""
    found = (" ".join(match[0].split()) for match in islice(_MENTION.finditer(text), 20))
    return tuple(dict.fromkeys(one.strip(" `'\"(") for one in found))


def read_cell(text: str) -> Reading:
    """What a cell says that is about ports."""
    if len(text) > _LONGEST:
        return Reading(words=_LONGEST)
    flat, extra = _flattened(list(_tokens(text)))
    groups, is_sure = _grouped(flat)
    kinds = {token.kind for token in flat}
    guessed = bool(kinds & {"dynamic", "digit"}) or ("all" in kinds and len(kinds & _EXACT) > 0)
    guessed = guessed or _is_doubtful(text)
    return Reading(
        groups,
        words=_count(flat, ("word",)),
        remarks=_count(extra, ("word",)),
        is_sure=is_sure and not guessed,
        unused=tuple(one.text for one in (*extra, *flat) if _is_unused(one, extra)),
        begins=bool(flat) and flat[0].kind != "word",
    )


def _is_doubtful(text: str) -> bool:
    """Whether numbers of the text can be meant in two ways."""
    numbers = (int(one[1] + one[2]) for one in _THOUSANDS.finditer(text) if one[1])
    ranges = ((int(one[1]), int(one[2])) for one in _EACH_RANGE.finditer(_WIDE.sub(" ", text)))
    return (
        bool(_DOUBTFUL.search(text))
        or any(number <= 65535 for number in numbers)
        or any(first > last for first, last in ranges)
    )


def _is_unused(token: _Token, extra: Sequence[_Token]) -> bool:
    """Whether a token is a number that is taken for no port."""
    return (token.kind == "word" and token.text.isdigit()) or (
        token.kind in _PORT_KINDS[:4] and any(token is one for one in extra)
    )


def _count(tokens: Sequence[_Token], kinds: Sequence[str]) -> int:
    return sum(token.kind in kinds for token in tokens)


def _tokens(text: str) -> Iterator[_Token]:
    text = _GLUED.sub(r"\1\2 ", _HOST.sub(" ", text))
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if not match:
            at += 1
            continue
        at = match.end()
        kind = match.lastgroup or ""
        if kind in ("gap", "arrow"):
            continue
        yield from _token(kind, match[0].lower())


def _token(kind: str, text: str) -> Iterator[_Token]:
    numbers = [int(number) for number in re.findall(r"[0-9]+", text.replace(",", ""))]
    match kind:
        case "by_number":
            if numbers[0] <= 255:
                yield _Token("proto", name_of(numbers[0]))
        case "proto":
            name = re.sub(r"v?[46]$", "", text)
            yield _Token("proto", "icmpv6" if text in ("icmpv6", "icmp6") else name)
        case "thousands" | "range":
            low, high = numbers[0], numbers[-1]
            if 1 <= low <= high <= 65535:
                yield _Token("range", f"{low}-{high}" if low < high else str(low))
            elif low == 0 and 1 <= high <= 65535:
                # Port 0 is reserved (RFC 6335): pages write 0-65535 for all.
                yield _Token("range", f"1-{high}")
            elif max(low, high) <= 65535:
                yield _Token("number", str(low))
                yield _Token("number", str(high))
            else:
                yield _Token("word", text)
        case "open":
            low = numbers[0] + 1 if re.match(r">(?!=)|above", text) else numbers[0]
            yield _Token("open", f"{low}-65535") if 1 <= low < 65535 else _Token("word", text)
        case "number":
            is_port = numbers[0] <= 65535
            yield _Token("number", str(numbers[0])) if is_port else _Token("word", text)
        case "note":
            # What a footnote says stands elsewhere; its number is no port.
            return
        case "digit":
            yield _Token("digit", text.replace("x", "n"))
        case _:
            yield _Token(kind, text)


def _flattened(tokens: Sequence[_Token]) -> tuple[list[_Token], list[_Token]]:
    """The tokens of the cell itself, and those of its remarks in parentheses."""
    outside: list[_Token] = []
    inside: list[list[_Token]] = []
    places: list[int] = []
    depth = 0
    for token in tokens:
        if token.kind == "paren":
            depth = depth + 1 if token.text in "([" else max(depth - 1, 0)
            if depth == 1 and token.text in "([":
                inside.append([])
                places.append(len(outside))
        elif depth:
            inside[-1].append(token)
        else:
            outside.append(token)
    has_numbers = any(token.kind in _PORT_KINDS for token in outside)
    flat: list[_Token] = []
    extra: list[_Token] = []
    last = 0
    for place, group in zip(places, inside, strict=True):
        flat += outside[last:place]
        last = place
        is_plain = bool(group) and all(token.kind in (*_PORT_KINDS, "proto") for token in group)
        if (is_plain and any(token.kind == "proto" for token in group)) or not has_numbers:
            flat += group
        else:
            extra += group
    return flat + outside[last:], extra


def _grouped(tokens: Sequence[_Token]) -> tuple[tuple[Group, ...], bool]:
    """Ports with their protocols, which stand before all of them or behind; and if that is sure."""
    kinds = [token.kind for token in tokens if token.kind in (*_PORT_KINDS, "proto")]
    if not kinds:
        return (), True
    groups: list[tuple[list[str], list[str]]] = [([], [])]
    first = "proto" if kinds[0] == "proto" else "port"
    for token in tokens:
        if token.kind not in (*_PORT_KINDS, "proto"):
            continue
        its = "proto" if token.kind == "proto" else "port"
        protocols, ports = groups[-1]
        if its == first and (ports if first == "proto" else protocols):
            protocols, ports = [], []
            groups.append((protocols, ports))
        (protocols if its == "proto" else ports).append(_port(token))
    if first == "port" and len(groups) > 1 and not groups[-1][0]:
        groups = _nearest(groups)
    found = [_group(protocols, ports) for protocols, ports in groups]
    is_open = [
        not one.protocols or (not one.ports and not portless(one.protocols)) for one in found
    ]
    if len(found) > 1 and any(is_open) and first == "proto":
        every = tuple(dict.fromkeys(one for each in found for one in each.protocols))
        ports_of_all = tuple(dict.fromkeys(one for each in found for one in each.ports))
        return (Group(every, ports_of_all),), False
    return tuple(found), True


def _nearest(groups: Sequence[tuple[list[str], list[str]]]) -> list[tuple[list[str], list[str]]]:
    """The groups where some ports have no protocol: `8300, 8301 (UDP), 8500` has one of UDP."""
    plain: list[str] = []
    found = []
    for protocols, ports in groups:
        plain += ports[:-1] if protocols else ports
        if protocols:
            found.append((protocols, ports[-1:]))
    return [([], plain), *found]


def _port(token: _Token) -> str:
    return {"all": ALL_PORTS, "dynamic": _DYNAMIC}.get(token.kind, token.text)


def _group(protocols: Sequence[str], ports: Sequence[str]) -> Group:
    names = tuple(sorted(dict.fromkeys(protocols)))
    # Beside a number, `any` is said of another end: `Local: 443, remote: any`.
    numbers = [port for port in ports if port != ALL_PORTS] or ports
    return Group(names, tuple(dict.fromkeys(numbers)))


def portless(protocols: Sequence[str]) -> bool:
    """Whether none of the protocols has ports; of no protocol nobody knows."""
    numbers = [number_of(one) for one in protocols]
    return bool(numbers) and all(one is not None and not has_ports(one) for one in numbers)


def has_any_digit(port: str) -> bool:
    """Whether a port has an `n` that stands for any digit."""
    return "n" in port


def any_digit(port: str) -> str:
    """The ports that a port with `n` can be; empty if there is none."""
    low, high = int(port.replace("n", "0")), int(port.replace("n", "9"))
    return f"{max(low, 1)}-{high}" if high <= 65535 else ""

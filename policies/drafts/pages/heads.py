"""What the columns of a port table are about: by their heads, and else by what stands below."""

import re
from collections.abc import Callable, Sequence
from typing import Final, Literal

from flowmodel.record import dataclass
from policies.drafts.pages.cells import read_cell
from policies.drafts.pages.directions import Direction, only_direction

Kind = Literal[
    "port",
    "protocol",
    "direction",
    "source",
    "user",
    "destination",
    "device",
    "app",
    "purpose",
    "action",
    "other",
]

# The first list that has a word of the head decides.
_WORDS: Final[tuple[tuple[Kind, str], ...]] = (
    ("user", r"used by|accessed by|consumers?|consumed by"),
    ("source", r"sources?|src|from|initiators?|origin|originator|clients?|sender|requester"),
    ("destination", r"destinations?|dest|dst|to|targets?|listeners?|receivers?|remote"),
    ("app", r"application protocol|service name|app(?:lication)? name|applications?|apps?"),
    ("purpose", r"purpose|descriptions?|usage|used for|used to|use|notes?|comments?|details?"),
    ("purpose", r"reasons?|functions?|functionality|remarks?|explanation|information|why"),
    ("protocol", r"protocols?|proto|transport|layer 4|l4"),
    ("direction", r"direction"),
    ("device", r"devices?|nodes?|hosts?|servers?|machines?|components?|roles?|vms?|systems?"),
    ("device", r"computers?|appliances?|instances?|modules?|products?|elements?"),
    ("app", r"services?|names?|items?|features?"),
    ("action", r"actions?|permission|allow/deny|verdict"),
)
_OTHER_PORTS: Final = re.compile(
    r"\b(?:source|src|client|local|ephemeral|internal|container)\s+ports?\b(?!.*\bdest)"
)
_PROTOCOL: Final = re.compile(r"\b(tcp|udp|sctp)\b")


@dataclass(frozen=True, slots=True)
class Column:
    """What a column is about; a column of ports can be for one protocol and one direction only."""

    head: str
    kind: Kind
    protocols: tuple[str, ...] = ()
    direction: Direction = ""

    @property
    def is_tick(self) -> bool:
        """Whether its cells can be mere ticks: there is a column for TCP alone, say."""
        return self.kind == "port" and bool(self.protocols) and "port" not in self.head.lower()


def column(head: str) -> Column:
    """What a head says of its column."""
    words = " ".join(re.findall(r"[a-z0-9/#]+", head.lower()))
    protocols = tuple(dict.fromkeys(_PROTOCOL.findall(words.replace("/", " "))))
    direction = _direction(words)
    if re.search(r"\bports?\b", words.replace("/", " ")):
        if _OTHER_PORTS.search(words):
            return Column(head, "other")
        return Column(head, "port", protocols, direction)
    if len(protocols) == 1 and len(words.split()) <= 2:
        return Column(head, "port", protocols)
    if protocols and len(words.split()) <= 3:
        return Column(head, "protocol")
    if direction == "in+out" or words in ("in/out", "traffic", "traffic flow"):
        return Column(head, "direction")
    for kind, pattern in _WORDS:
        if re.search(rf"\b(?:{pattern})\b", words):
            return Column(head, kind)
    return Column(head, "other")


def _direction(words: str) -> Direction:
    found = only_direction(re.sub(r"\b(?:ports?|tcp|udp|traffic|direction)\b", " ", words))
    return found or ""


def is_head(cells: Sequence[str]) -> bool:
    """Whether cells are heads of a port table: two of them say what a column is about."""
    filled = [cell for cell in dict.fromkeys(cells) if cell]
    kinds = [column(cell).kind for cell in filled if len(cell) <= 60]
    if any(read_cell(cell).has_ports for cell in filled):
        return False
    return len(set(kinds) - {"other"}) >= 2


def columns(heads: Sequence[str], rows: Sequence[Sequence[str]], about: str) -> list[Column]:
    """The columns of a table; `about` is what stands above it."""
    width = max([len(heads), *map(len, rows)], default=0)
    found = [column(heads[at] if at < len(heads) else "") for at in range(width)]
    values = [[row[at] for row in rows if at < len(row) and row[at]] for at in range(width)]
    for at, one in enumerate(found):
        if one.kind == "protocol" and not any(read_cell(v).protocols for v in values[at]):
            found[at] = Column(one.head, "app")
        elif one.kind not in ("protocol", "port") and _all(values[at], _is_protocol):
            found[at] = Column(one.head, "protocol")
        elif one.kind not in ("direction", "port") and _all(values[at], _is_direction):
            found[at] = Column(one.head, "direction")
    if not any(one.kind == "port" for one in found):
        _find_ports(found, values, about)
    return found


def _find_ports(found: list[Column], values: Sequence[Sequence[str]], about: str) -> None:
    """Take a column of numbers for the ports, where the table is about ports."""
    is_about = re.search(r"\b(?:ports?|firewall)\b", about, re.IGNORECASE)
    if not is_about and not any(one.kind == "protocol" for one in found):
        return
    for at, one in enumerate(found):
        is_named = "default" in one.head.lower()
        if one.kind not in ("app", "device", "other", "protocol") and not is_named:
            continue
        if _all(values[at], _is_ports):
            found[at] = Column(one.head, "port")
            return


def _all(values: Sequence[str], test: Callable[[str], bool]) -> bool:
    return bool(values) and all(map(test, values))


def _is_protocol(text: str) -> bool:
    return len(text) < 40 and read_cell(text).is_protocol


def _is_direction(text: str) -> bool:
    return bool(only_direction(text))


def _is_ports(text: str) -> bool:
    reading = read_cell(text) if len(text) < 200 else read_cell("")
    numbers = [int(n) for n in re.findall(r"[0-9]+", text)]
    return reading.has_ports and not reading.words and bool(numbers) and max(numbers) > 10

"""What the statements of a rule do, as pieces of rules of the model."""

import re
from collections.abc import Callable, Container, Mapping
from functools import partial
from typing import Final

from flowmodel.fields import CONFIRMED, TCP, UDP
from flowmodel.match import All, Any, Condition, Masked, Not, Test, Volatile
from flowmodel.values import union
from flowmodel.verdict import (
    ACCEPT,
    CONTINUE,
    DROP,
    REJECT,
    RETURN,
    Goto,
    Jump,
    NoTrack,
    Unknown,
    Verdict,
)
from parsers.nftables.grammar.tree import (
    Assignment,
    Body,
    Comment,
    Counter,
    Decision,
    Mapped,
    Matching,
    Named,
    NoTracking,
    Opaque,
    Reference,
    Select,
    Statement,
    Translation,
    VerdictMap,
)
from parsers.nftables.lowering.conditions import (
    HAS_ENTRY,
    ONLY,
    PROTOCOLS,
    V4,
    V6,
    WITHOUT_PORTS,
)
from parsers.nftables.lowering.expressions import Expressions, Key
from parsers.nftables.lowering.fates import STATEMENTS, is_option
from parsers.nftables.lowering.listed import BY_PORT, misread, unsettled
from parsers.nftables.lowering.lookups import (
    asked,
    beyond,
    check_kinds,
    in_braces,
    members,
    of_elements,
)
from parsers.nftables.lowering.marks import assigned
from parsers.nftables.lowering.nat import needs_family, translated
from parsers.nftables.lowering.pieces import OUTSIDE, UNSURE, Branch, Piece, undecided
from parsers.nftables.lowering.settling import tells_family
from parsers.nftables.lowering.targets import hidden
from parsers.nftables.lowering.texts import (
    BODY,
    COPIED,
    FAMILY,
    NAMED,
    REJECT_FAMILIES,
    REJECTED,
    REJECTIONS,
    changed,
    first_words,
    free,
    free_texts,
    head,
    remarked,
    untracked,
)
from parsers.nftables.selectors import properties
from parsers.nftables.sets import Element, NamedSet
from parsers.nftables.values import RefusedError, number
from parsers.shared.digits import is_decimal
from parsers.shared.names import EXPECTED
from parsers.shared.values import decimal

VERDICTS: Final[dict[str, Verdict]] = {
    "accept": ACCEPT,
    "drop": DROP,
    "continue": CONTINUE,
    "return": RETURN,
}
TCP_OR_UDP: Final = Test("proto", union(((TCP, TCP), (UDP, UDP))))
_OBJECTS: Final = frozenset({"ct helper", "ct timeout", "ct expectation"})
"""What rules set by the name of an object of the table (nft_objref.c)."""
_ANNOUNCING: Final = frozenset({"ct helper", "ct expectation"})
_CHANGED: Final = frozenset({"mark", "ct_mark", "state"})
_VERDICT: Final = re.compile(r"(accept|drop|continue|return)|(jump|goto)\s+([^\s{};]+)")
# What a rule asks of these has nothing to do with what else it asks (protocols do: lower.add).


class Statements:
    """Reads the statements of one table's rules."""

    def __init__(
        self,
        expressions: Expressions,
        chains: Mapping[str, bool],
        objects: Container[tuple[str, str]],
    ) -> None:
        """`chains` are the table's, with True for base chains; `objects` its stateful objects."""
        self._objects = objects
        self.listed = ""
        """The shape of the rule that is being read, if it may be one of iptables."""
        self.is_tracked = False
        """Whether connection tracking has seen the packets of the chain that is being read."""
        self.expressions = expressions
        self._lookups = expressions.lookups
        self._chains = chains

    def piece(self, statement: Statement) -> Piece:
        """What a statement does; raises RefusedError where nft would."""
        match statement:
            case Matching():
                return self._matching(statement)
            case Decision(verdict, target):
                return Piece(verdict=self.verdict(f"{verdict} {target}".strip()))
            case Counter(packets):
                return Piece(hits=number(str(packets), 64, "count") if packets else -1)
            case VerdictMap():
                return self._verdict_map(statement)
            case Assignment():
                return self._assigned(statement)
            case Translation():
                made = remarked(translated(self.expressions, self.branches, statement), statement)
                is_open = needs_family(statement, self.expressions.family)
                return made._replace(is_last=True, needs_family=is_open)
            case NoTracking():
                return untracked() if self.is_tracked else Piece(effects=(NoTrack(),))
            case Comment():
                return Piece(is_comment=True)
            case Reference():
                return self._reference(statement)
            case Opaque(kind, text):
                return self._opaque(kind, str(text))

    def _matching(self, statement: Matching) -> Piece:
        if self.listed and (read := misread(str(statement.text), self.expressions.family)):
            return read
        match = self.expressions.matching(statement)
        is_free = free(match)
        remark = f"`{head(str(statement.text))}` {OUTSIDE}" if is_free else ""
        if is_free and isinstance(statement.right, Named):
            found = self._lookups.named(str(statement.right.name), is_map=False)
            remark = asked(found, remark)
        is_quiet = is_free and all(text.endswith(WITHOUT_PORTS) for text in free_texts(match))
        tells = tells_family(statement)
        piece = Piece(match, remark=remark, is_quiet=is_quiet, tells_family=tells)
        return unsettled(piece, str(statement.text), self.listed) if self.listed else piece

    def verdict(self, text: str) -> Verdict:
        """The verdict that is written so; raises RefusedError for a chain that is not there."""
        found = _VERDICT.fullmatch(text)
        if not found:
            raise RefusedError(f"`{text}` is no verdict", text)
        if found[1]:
            return VERDICTS[found[1]]
        if self._chains.get(found[3]):
            raise RefusedError(f"`{found[3]}` is a base chain: nothing may jump there", found[3])
        if found[3] not in self._chains:
            raise RefusedError(f"the table has no chain `{found[3]}`", found[3])
        return Jump(found[3]) if found[2] == "jump" else Goto(found[3])

    def _verdict_map(self, statement: VerdictMap) -> Piece:
        key = self.expressions.key(statement.key)
        text = str(statement.text)
        branches = self.branches(
            key,
            statement.table,
            text,
            lambda data: (Unknown(text) if data is None else self.verdict(data), ()),
        )
        if isinstance(statement.table, Named):
            found = self._lookups.named(str(statement.table.name), is_map=True)
            if found.data != "verdict":
                raise RefusedError(f"the map `{found.name}` holds no verdicts", f"@{found.name}")
            if found.is_dynamic or found.is_untold:
                return Piece(key.depends, branches=branches[-1:], remark=asked(found, ""))
        remark = f"`{head(text)}` {OUTSIDE}" if any(free(b.match) for b in branches) else ""
        fields = frozenset(one.field for one in key.selectors) & _CHANGED
        return Piece(key.depends, branches=branches, key_fields=fields, remark=remark)

    def branches(
        self,
        key: Key,
        table: Body | Named,
        text: str,
        outcome: Callable[[str | None], tuple[Verdict | None, tuple[object, ...]]],
    ) -> tuple[Branch, ...]:
        """One branch for each different outcome, by `outcome(data)`; None is what rules may add."""
        found = None
        if isinstance(table, Named):
            found = self._lookups.named(str(table.name), is_map=True)
            check_kinds(key.selectors, found)
            listed = found.elements
        else:
            listed = in_braces(key.selectors, str(table.text))
        among = partial(self.expressions.among(key), key.selectors)
        groups: dict[str, list[Element]] = {}
        for element in listed:
            groups.setdefault(" ".join(element.data.split()), []).append(element)
        branches: list[Branch] = []
        named: list[Condition] = []
        for data, group in groups.items():
            verdict, effects = outcome(data)
            keys = [each for each in group if each.key != "*"]
            if keys:
                # Each outcome is a question of its own, should the key stay unread.
                asked = f"{text} gives {data}"
                if found is None:
                    held = of_elements(keys, asked, among)
                else:
                    held = members(found, keys, asked, among)
                named.append(held)
                branches.append(Branch((held,), verdict, effects))  # type: ignore[arg-type]
        for data, group in groups.items():
            if any(each.key == "*" for each in group):
                verdict, effects = outcome(data)
                others = (*self.expressions.needed(key), Not(Any(tuple(named))))
                branches.append(Branch(others, verdict, effects))  # type: ignore[arg-type]
        added = beyond(found, text, "map") if found else None
        if added is not None:
            branches.append(Branch((added,), *outcome(None)))  # type: ignore[arg-type]
        return tuple(branches)

    def _reference(self, statement: Reference) -> Piece:
        text = str(statement.text)
        match: tuple[Condition, ...] = ()
        if isinstance(statement.name, Mapped):
            key = self.expressions.key(statement.name.key)
            branches = self.branches(key, statement.name.table, text, lambda _data: (None, ()))
            held = Any(tuple(All(branch.match) for branch in branches))
            match = (*key.depends, held)
        elif isinstance(statement.name, str):
            self._check_object(statement.kind, statement.name)
        if statement.kind == "counter":
            return Piece(match)
        if statement.kind == "synproxy":
            match = (*match, ONLY["tcp"])
            return Piece(match, branches=undecided(text, escapes=True), remark=changed(text))
        return Piece((*match, Volatile(text)), remark=f"`{statement.kind} name` {OUTSIDE}")

    def _check_object(self, kind: str, name: str) -> None:
        if (kind, name.strip('"')) not in self._objects:
            raise RefusedError(f"the table has no {kind} {name}", name)

    def _check_timed(self, found: NamedSet) -> None:
        """Raises RefusedError for an entry with a timeout where the set has none (nft_dynset.c)."""
        if not found.is_timed and not found.has_timeout:
            raise RefusedError(f"the set `{found.name}` has no flag for a timeout", "timeout")

    def _assigned(self, statement: Assignment) -> Piece:
        key = self.expressions.key(statement.target).selectors[0].key
        if key in _OBJECTS and isinstance(statement.value, str):
            self._check_object(key, statement.value)
        # nft prints its own as `& 0x000000ff`, and libxtables others as `and 0xff`.
        keeps = bool(self.listed) and " and 0x" in str(statement.text)
        made = assigned(self.expressions, self.branches, statement, keeps=keeps)
        if key in _ANNOUNCING:
            return made._replace(remark="; ".join(filter(None, (made.remark, EXPECTED))))
        return remarked(made, statement)

    def _opaque(self, kind: str, text: str) -> Piece:
        """A statement that only its words tell of, by the table of fates."""
        name = first_words(text)
        if kind == "foreign" or name not in STATEMENTS:
            return self._foreign(text)
        if name == "reject":
            return Piece(self._rejected(text), verdict=REJECT)
        if found := NAMED.search(text):
            if name == "flow":
                self._check_object("flowtable", found[1])
            elif found[1] not in self.expressions.sets:
                raise RefusedError(f"the table has no set `{found[1]}`", f"@{found[1]}")
            elif " timeout " in text:
                self._check_timed(self.expressions.sets[found[1]])
        if name == "reset":
            option = text.rpartition(" ")[2]
            if not is_option(option):
                raise RefusedError(f"`{option}` is no option of TCP", option)
            return Piece((ONLY["tcp"],))
        if name == "queue":
            match = self._read_in(BODY.sub("", text))
            return Piece(match, verdict=Unknown(text), remark=f"`{head(text)}` {UNSURE}")
        match STATEMENTS[name]:
            case "harmless":
                match = self._read_in(BODY.sub("", text) if name == "dup" else text)
                remark = COPIED if name == "dup" else ""
                return Piece(match if name in ("dup", "delete") else (), remark=remark)
            case "possible":
                return self._fateful(name, text)
            case _:
                return self._memory(name, text)

    def _memory(self, name: str, text: str) -> Piece:
        """A test that has a memory of earlier packets."""
        remark = f"`{head(text)}` {OUTSIDE}"
        if name == "ct count":
            # nft_connlimit.c: what is no packet of a connection may be dropped there and then.
            dropped = Branch((Not(HAS_ENTRY), Volatile(f"{text} drops")), Unknown(text))
            return Piece(branches=(dropped, Branch((Volatile(text),), None)), remark=remark)
        # nft lists -m hashlimit by ports as about TCP, whatever `-p` says (libxt_hashlimit.c).
        is_by_port = name == "meter" and self.listed and BY_PORT.search(text)
        is_free = name in ("limit", "quota") or is_by_port
        match = () if is_free else self._read_in(text)
        return Piece((*match, Volatile(text)), remark=remark)

    def _fateful(self, name: str, text: str) -> Piece:
        """A statement behind which no verdict on the packet is sure."""
        match: tuple[Condition, ...] = ()
        if name == "synproxy":
            match = (ONLY["tcp"],)
        elif name == "tproxy":
            match = (*self._of_family(text), TCP_OR_UDP)
        elif name == "fwd":
            match = (*self._of_family(text), *self._read_in(BODY.sub("", text)))
            return Piece(match, verdict=Unknown(text, escapes=True), remark=changed(text))
        elif name == "flow":
            # nft_flow_offload.c: only connections that are known already can skip the hooks.
            known = Masked("ct_status", CONFIRMED, CONFIRMED)
            match = (HAS_ENTRY, known)
        return Piece(match, branches=undecided(text, escapes=True), remark=changed(text))

    def _rejected(self, text: str) -> tuple[Condition, ...]:
        """What nft adds in front of a rejection (src/evaluate.c, stmt_evaluate_reject)."""
        found = REJECTED.fullmatch(text)
        if not found:
            return ()
        if found[1]:
            return (PROTOCOLS["tcp"],)
        kind, code = found[2], found[3]
        known = REJECTIONS[kind]
        if not (code in known or (is_decimal(code) and decimal(code) < 256)):
            raise RefusedError(f"`{code}` is no code of {kind}", code)
        return self._of_family(f"reject {REJECT_FAMILIES.get(kind, '')} ")

    def _of_family(self, text: str) -> tuple[Condition, ...]:
        """The family that a statement names behind its first word, if its table sees others too."""
        found = FAMILY.match(text)
        own = self.expressions.family
        if not found or found[1] == own:
            return ()
        if own in ("ip", "ip6"):
            raise RefusedError(f"conflicting protocols: {own} and {found[1]}", found[1])
        return (V4,) if found[1] == "ip" else (V6,)

    def _read_in(self, text: str) -> tuple[Condition, ...]:
        """What holds for packets of which everything that the words name can be read."""
        found: list[Condition] = []
        for one in properties(text):
            key = self.expressions.key(Select(one))
            wanted = (*key.depends, *self.expressions.needed(key))
            found += [each for each in wanted if each not in found]
        return tuple(found)

    def _foreign(self, text: str) -> Piece:
        """`xt match "x"`, which nft shows but cannot read back, and JSON of newer versions."""
        text = text.replace("\ue000 ", "")
        if text.startswith("xt"):
            return hidden(text, self.expressions.family)
        remark = f"`{text}` is not understood: what it does counts as unknown"
        return Piece(branches=undecided(text), remark=remark, is_lost=True)

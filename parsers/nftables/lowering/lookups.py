"""What it means that a key is in a set: one condition for each set and key, shared by all rules."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import groupby

from flowmodel.match import (
    NEVER,
    All,
    Any,
    Condition,
    Relation,
    Test,
    Unread,
    Volatile,
)
from flowmodel.source import Span
from flowmodel.values import Interval, Values, is_subset, union
from parsers.nftables.grammar.tree import Body, Named
from parsers.nftables.lowering.conditions import (
    PORTED,
    interface,
    unread,
    within,
)
from parsers.nftables.selectors import NUMBER_FIELDS, Selector
from parsers.nftables.sets import Element, NamedSet, anonymous, conflict, intervals, split_key
from parsers.nftables.values import BITS, ForeignError, RefusedError, if_name, interval
from parsers.shared.digits import is_decimal

# Fields that a Relation can have as they stand; a test of the others means more than its value.
PLAIN = frozenset(NUMBER_FIELDS) - {"state", "ct_status", *PORTED}
_SPREAD = re.compile(r"[-/*]")


Among = Callable[[tuple[Selector, ...], Sequence[str], str], Condition]
"""The condition that the key is one of those written; the text names it, should it stay unread."""


def members(
    found: NamedSet,
    chosen: Sequence[Element],
    text: str,
    among: Callable[[Sequence[str], str], Condition],
) -> Condition:
    """The key is among the chosen elements of a named set, which may have changed since."""
    unknown = beyond(found, text, "set")
    if unknown is not None:
        return unknown
    try:
        return of_elements(chosen, text, among, may_expire=found.has_timeout)
    except RefusedError as refused:
        refused.place = found.find(refused.fragment)
        raise


def beyond(found: NamedSet, text: str, kind: str) -> Condition | None:
    """The key may be in a set or map by elements that are not in the file; None if all are."""
    if found.is_dynamic:
        return Volatile(f"{text} (rules change the {kind})")
    return Unread(f"{text} (no set has elements in the export)") if found.is_untold else None


def asked(found: NamedSet, otherwise: str) -> str:
    """What is remarked about a rule that asks a set or map; an untold one has a remark itself."""
    if found.is_untold:
        return ""
    if found.is_dynamic and found.is_map:
        return f"the map `{found.name}` is changed by rules"
    if found.is_dynamic or found.has_timeout or any(each.is_passing for each in found.elements):
        return f"the set `{found.name}` changes at run time: what is in it is possible"
    return otherwise


def of_elements(
    chosen: Sequence[Element],
    text: str,
    among: Callable[[Sequence[str], str], Condition],
    *,
    may_expire: bool = False,
) -> Condition:
    """The key is one of the elements, if it is one that does not go or change by itself."""
    lasting = [each.key for each in chosen if not (each.is_passing or may_expire)]
    passing = [each.key for each in chosen if each.is_passing or may_expire]
    condition = among(lasting, text)
    if not passing:
        return condition
    while_there = Volatile(f"{text} (elements that do not last)")
    return Any((condition, All((among(passing, text), while_there))))


class Lookups:
    """Conditions for sets, kept by set and key."""

    def __init__(self, sets: Mapping[str, NamedSet]) -> None:
        self._sets = sets
        self._known: dict[tuple[object, ...], Condition] = {}

    def named(self, name: str, *, is_map: bool) -> NamedSet:
        """The set or map of the table; raises RefusedError if there is none."""
        found = self._sets.get(name)
        if found is None or found.is_map != is_map:
            raise RefusedError(
                f"the table has no {'map' if is_map else 'set'} `{name}`", f"@{name}"
            )
        return found

    def contains(
        self, selectors: tuple[Selector, ...], table: Body | Named, text: str, among: Among
    ) -> Condition:
        """The key made of the properties is in the set; `among` tells it for some elements."""
        identity = (type(table), str(table[0]), text if among != self.keys else "", *selectors)
        known = self._known.get(identity)
        if known is None:
            if isinstance(table, Body):
                listed = anonymous(str(table.text), is_map=False)
                known = of_elements(listed, text, partial(among, selectors))
            else:
                known = self._named(selectors, str(table.name), text, among)
            self._known[identity] = known
        return known

    def _named(
        self, selectors: tuple[Selector, ...], name: str, text: str, among: Among
    ) -> Condition:
        found = self.named(name, is_map=False)
        check_kinds(selectors, found)
        one = selectors[0]
        if found.intervals is not None and one.field in PLAIN and among == self.keys:
            return within(one, union(found.intervals), text)
        return members(found, found.elements, text, partial(among, selectors))

    def keys(self, selectors: tuple[Selector, ...], keys: Sequence[str], text: str) -> Condition:
        """The key is one of those written."""
        if not keys:
            return NEVER
        if "*" in keys and (len(selectors) > 1 or selectors[0].kind != "ifname"):
            return All(())
        if len(selectors) > 1:
            return self._rows(selectors, keys, text)
        one = selectors[0]
        if one.kind == "ifname":
            if any(is_decimal(key) for key in keys) and not one.key.endswith("name"):
                return unread(one, text)
            return interface(one.field, list(keys))
        if not one.field:
            return unread(one, text)
        try:
            return within(one, union(intervals(one.kind, keys)), text)
        except ForeignError as error:
            return Unread(f"{text} ({error} has no fixed number)")

    def row(self, selectors: tuple[Selector, ...], parts: Sequence[str], text: str) -> Condition:
        """The properties have these values."""
        return self._rows(selectors, [" . ".join(parts)], text)

    def _through(
        self, selectors: tuple[Selector, ...], keys: Sequence[str], text: str
    ) -> Condition:
        """Rows with `th dport`: where the row's protocol has ports, it is the port."""
        one = next(each for each in selectors if each.field in PORTED)
        has_ports, has_none = PORTED[one.field]
        plain = tuple(
            each._replace(field=NUMBER_FIELDS[each.field]) if each.field in PORTED else each
            for each in selectors
        )
        protocol = ("proto", has_ports.field)
        index = next((i for i, each in enumerate(selectors) if each.field in protocol), -1)
        clear: list[str] = []
        found: list[Condition] = []
        for key in keys:
            if index >= 0 and _is_among(split_key(key), index, has_ports.values):
                clear.append(key)
            else:
                row = self._rows(plain, [key], text)
                found += [All((has_ports, row)), All((has_none, unread(one, f"{text}: {key}")))]
        if clear:
            found.append(self._rows(plain, clear, text))
        return found[0] if len(found) == 1 else Any(tuple(found))

    def _rows(self, selectors: tuple[Selector, ...], keys: Sequence[str], text: str) -> Condition:
        if any(one.field in PORTED for one in selectors):
            return self._through(selectors, keys, text)
        numbers = [i for i, one in enumerate(selectors) if one.field in PLAIN]
        others = [i for i in range(len(selectors)) if i not in numbers]
        rows: list[tuple[tuple[str, ...], tuple[Interval, ...]]] = []
        for key in keys:
            parts = split_key(key)
            if len(parts) != len(selectors):
                raise RefusedError(
                    f"`{key}` has {len(parts)} parts, and the key {len(selectors)}", key
                )
            try:
                values = tuple(interval(selectors[i].kind, parts[i]) for i in numbers)
            except ForeignError as error:
                return Unread(f"{text} ({error} has no fixed number)")
            rows.append((tuple(parts[i] for i in others), values))
        fields = tuple(NUMBER_FIELDS[selectors[i].field] for i in numbers)
        if not others:
            return _relation(fields, [values for _, values in rows])
        rows.sort(key=lambda row: row[0])
        found: list[Condition] = []
        for texts, group in groupby(rows, key=lambda row: row[0]):
            conditions = [
                self.keys((selectors[i],), [part], f"{selectors[i].key} {part}")
                for i, part in zip(others, texts, strict=True)
            ]
            if fields:
                conditions.append(_relation(fields, [values for _, values in group]))
            found.append(All(tuple(conditions)))
        return found[0] if len(found) == 1 else Any(tuple(found))


def _is_among(parts: Sequence[str], index: int, protocols: Values) -> bool:
    try:
        return index < len(parts) and is_subset((interval("proto", parts[index]),), protocols)
    except ForeignError:
        return False


def _relation(fields: tuple[str, ...], rows: list[tuple[Interval, ...]]) -> Condition:
    if len(fields) == 1:
        return Test(fields[0], union(row[0] for row in rows))  # type: ignore[arg-type]
    return Relation(fields, tuple(dict.fromkeys(rows)))  # type: ignore[arg-type]


def check_kinds(selectors: tuple[Selector, ...], found: NamedSet) -> None:
    """Raise RefusedError where the set's type is not that of the key."""
    if len(selectors) != len(found.kinds):
        raise RefusedError(
            f"the set `{found.name}` has keys of {len(found.kinds)} parts, not {len(selectors)}",
            f"@{found.name}",
        )
    for one, kind in zip(selectors, found.kinds, strict=True):
        if (
            one.kind != kind
            and one.kind in BITS
            and kind in BITS
            and "mark" not in (one.kind, kind)
        ):
            raise RefusedError(
                f"the set `{found.name}` has keys of type {kind}, and `{one.key}` is {one.kind}",
                f"@{found.name}",
            )


def check_elements(found: NamedSet) -> None:
    """Raise RefusedError for an element that nft refuses, with its place.

    Keeps the intervals of a set whose elements are single numbers and stay as they are.
    """
    if len(found.kinds) != 1 or found.kinds[0] not in BITS:
        if not found.is_interval:
            _check_parts(found)
        return
    listed = [each.key for each in found.elements if each.key != "*"]
    try:
        numbers = intervals(found.kinds[0], listed)
        if not found.is_interval:
            _check_plain(listed, numbers)
        elif not found.is_merging:
            check_disjoint(listed, numbers)
    except ForeignError:
        return
    except RefusedError as refused:
        refused.place = found.find(refused.fragment)
        raise
    may_differ = found.is_dynamic or found.has_timeout or found.is_untold
    if not (found.is_map or may_differ) and not any(
        each.is_passing or each.key == "*" for each in found.elements
    ):
        found.intervals = numbers


def _check_plain(keys: Sequence[str], numbers: Sequence[Interval]) -> None:
    for key, (first, last) in zip(keys, numbers, strict=True):
        if first != last:
            raise RefusedError(f"`{key}` needs `flags interval` in its set", key)


def _check_parts(found: NamedSet) -> None:
    """Raise RefusedError for ranges in the parts of keys, and for beginnings of names."""
    for each in found.elements:
        parts = split_key(each.key) if _SPREAD.search(each.key) else []
        for kind, part in zip(found.kinds, parts, strict=False):
            if _is_spread(kind, part):
                refused = RefusedError(f"`{part}` needs `flags interval` in its set", part)
                refused.place = found.find(part) if found.places else None
                raise refused


def _is_spread(kind: str, part: str) -> bool:
    if kind == "ifname":
        return if_name(part)[1]
    if kind not in BITS:
        return False
    try:
        first, last = interval(kind, part)
    except (ForeignError, RefusedError):
        return False
    return first != last


def check_single(found: NamedSet) -> None:
    """Raise RefusedError for a key of a map that has two values, with its place."""
    values: dict[object, str] = {}
    for each in found.elements:
        meaning = found.meaning(each.key)
        if values.setdefault(meaning, each.data) != each.data:
            refused = RefusedError(f"`{each.key}` has two values", each.key)
            refused.place = found.find(each.key) if found.places else None
            raise refused


def in_braces(selectors: Sequence[Selector], text: str) -> list[Element]:
    """The elements of a map in a rule; raises RefusedError where keys contradict each other."""
    listed = anonymous(text, is_map=True)
    _check_keys(selectors, listed)
    kinds = tuple(one.kind for one in selectors)
    check_single(NamedSet("", Span("", 1, 1, 1, 1), kinds, elements=listed))
    return listed


def _check_keys(selectors: Sequence[Selector], listed: Sequence[Element]) -> None:
    """Raises RefusedError where two keys of an anonymous map overlap."""
    if len(selectors) != 1 or selectors[0].kind not in BITS:
        return
    keys = [each.key for each in listed if each.key != "*"]
    try:
        found = intervals(selectors[0].kind, keys)
    except ForeignError:
        return
    check_disjoint(keys, found)


def check_disjoint(keys: Sequence[str], numbers: Sequence[Interval]) -> None:
    """Raise RefusedError for a key that overlaps another one without being equal to it."""
    index = conflict(numbers)
    if index >= 0:
        message = f"`{keys[index]}` overlaps another element, and nothing merges them"
        raise RefusedError(message, keys[index])

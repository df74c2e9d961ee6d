"""The instructions that nft makes of two rule sets: tests that no value tells apart are the same.

`nft --debug=netlink` prints them. A test is a comparison of some bits of a field; two lists of
tests hold alike if they do for each value of those bits, or at the bounds of each comparison.
"""

import operator
import re
from collections.abc import Callable, Iterator
from functools import reduce
from typing import Final, NamedTuple

from tests.lost.change import Change
from tests.lost.exports import Export
from tests.lost.proofs import kernel
from tests.oracles.kernel.namespace import INTERFACES
from tests.parsers.nftables.bytecode import netlink

_FEW_BITS: Final = 16
_LOAD = re.compile(r"(.*\bload .*) => reg (\d+)( , dir \w+)?$")
_WIDTH = re.compile(r"payload load (\d+)b ")
_MASK = re.compile(r"bitwise reg (\d+) = \( ?reg (\d+) & (0x.*?) ?\) \^ (0x.*)$")
_ORDER = re.compile(r"byteorder reg (\d+) = (?:hton|ntoh)\(reg (\d+), (\d), (\d+)\)$")
_COMPARE = re.compile(r"(?:cmp|range) (eq|neq|lt|lte|gt|gte) reg (\d+) (0x.*)$")
# Interfaces of the kernel's strategies, which are none where nft only prints: it asks for `iif`.
_INTERFACE = re.compile(rf"\b(?:{'|'.join(INTERFACES)})\b")
_REGISTER = re.compile(r"\bd?reg (\d+)\b")
_OPERATORS: Final[dict[str, Callable[[int, int], bool]]] = {
    "eq": operator.eq,
    "neq": operator.ne,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}


class Value(NamedTuple):
    """What a register holds: some bits of what was loaded, in an order of its bytes."""

    source: str
    mask: int = -1
    swapped: int = 0
    """How many bytes at a time were put the other way round; 0 where none were."""


class Test(NamedTuple):
    """A comparison with a number, or with the ends of a range."""

    value: Value
    operator: str
    numbers: tuple[int, ...]
    size: int

    def holds(self, loaded: int) -> bool:
        """Whether it holds where so much was loaded."""
        found = _ordered(loaded & self.value.mask, self.value.swapped, self.size)
        if len(self.numbers) == 1:
            return _OPERATORS[self.operator](found, self.numbers[0])
        return (self.numbers[0] <= found <= self.numbers[1]) == (self.operator == "eq")


Step = str | Test


def proof(export: Export, change: Change) -> kernel.Proof:
    """Whether the kernel takes both, and lists the same, or does the same with each packet."""
    said = kernel.proof(export, change)
    if said != "differs" or not differ_in_rules(*kernel.listings(export, change)[0]):
        return said
    before, after = (
        kernel.files(export, text, "nft") for text in (export.text, change.made(export.text))
    )
    options = ["-j"] if any(kind == "nft-json" for kind, _ in before) else []
    texts = ["\n".join(text for _, text in each) for each in (before, after)]
    return "same" if len(before) == 1 and is_same(*texts, *options) else said


def differ_in_rules(before: str, after: str) -> bool:
    """Whether two listings are alike but for rules: instructions tell nothing of all else."""
    lines = [text.splitlines() for text in (before, after)]
    if len(lines[0]) != len(lines[1]):
        return False
    is_chain = False
    for one, other in zip(*lines, strict=True):
        is_chain = one.startswith("\tchain ") or (is_chain and one != "\t}")
        if one != other and (not is_chain or re.match(r"\tchain |\t\ttype |\t\}", one)):
            return False
    return True


def is_same(before: str, after: str, *options: str) -> bool:
    """Whether nft makes as many rules of both, and each lets the same packets through."""
    if _INTERFACE.findall(before) == _INTERFACE.findall(after):
        before, after = (_INTERFACE.sub("lo", each) for each in (before, after))
    one, other = _blocks(before, *options), _blocks(after, *options)
    return len(one) == len(other) > 0 and all(
        first == second or are_alike(first, second)
        for first, second in zip(one, other, strict=True)
    )


def are_alike(one: list[str], other: list[str]) -> bool:
    """Whether two rules do the same with each packet."""
    first, second = _parts(one), _parts(other)
    return len(first) == len(second) and all(
        lines == others and _hold_alike(tests, same)
        for (tests, lines), (same, others) in zip(first, second, strict=True)
    )


def _blocks(text: str, *options: str) -> list[list[str]]:
    """The instructions of each rule, and the entries of each set."""
    done = netlink(text, *options)
    if done.returncode:
        return []
    return [each.splitlines() for each in re.split(r"\n(?=\S)", done.stdout)]


def _parts(lines: list[str]) -> list[tuple[list[Test], str]]:
    """The tests before each other instruction, with that one and the values that it uses."""
    found: list[tuple[list[Test], str]] = []
    tests: list[Test] = []
    for step in _steps(lines):
        if isinstance(step, Test):
            tests.append(step)
        else:
            found.append((tests, step))
            tests = []
    return [*found, (tests, "")]


def _steps(lines: list[str]) -> Iterator[Step]:
    registers: dict[str, Value] = {}
    for raw in lines:
        line = raw.strip(" []\t")
        if load := _LOAD.match(line):
            registers[load[2]] = Value(load[1] + (load[3] or ""))
        elif changed := _changed(line, registers):
            registers |= changed
        elif (test := _COMPARE.match(line)) and test[2] in registers:
            value = registers[test[2]]
            yield _test(value, test[1], test[3], is_range=line.startswith("range"))
        else:
            # A lookup of several fields names the first of their registers only.
            used = _REGISTER.findall(line)
            yield f"{line} {sorted(registers.items())}" if {*used} - {"0"} else line
            for each in used:
                registers.pop(each, None)


def _changed(line: str, registers: dict[str, Value]) -> dict[str, Value]:
    """The register that the instruction writes, where it picks bits or puts bytes in order."""
    masked, order = _MASK.match(line), _ORDER.match(line)
    found = masked or order
    value = registers.get(found[2]) if found else None
    if value is None or value.swapped:
        return {}
    if order:
        return {order[1]: value._replace(swapped=int(order[3]))}
    if masked and not _number(masked[4])[0]:
        return {masked[1]: value._replace(mask=value.mask & _number(masked[3])[0])}
    return {}


def _test(value: Value, deed: str, words: str, *, is_range: bool) -> Test:
    number, size = _number(words)
    numbers: tuple[int, ...] = (number,)
    if is_range:
        size //= 2
        numbers = (number >> 8 * size, number & ((1 << 8 * size) - 1))
    width = _WIDTH.match(value.source)
    if width and int(width[1]) < size:
        # The kernel clears what is behind it (nft_payload.c, nft_payload_eval).
        loaded = ((1 << 8 * int(width[1])) - 1) << 8 * (size - int(width[1]))
        value = value._replace(mask=value.mask & loaded)
    return Test(value, deed, numbers, size)


def _number(words: str) -> tuple[int, int]:
    """The bytes of a register as a number, the first one the highest, and how many they are."""
    held = b"".join(int(each, 16).to_bytes(4, "little") for each in words.split())
    return int.from_bytes(held, "big"), len(held)


def _ordered(number: int, swapped: int, size: int) -> int:
    if not swapped:
        return number
    held = number.to_bytes(size, "big")
    pieces = (held[at : at + swapped][::-1] for at in range(0, size, swapped))
    return int.from_bytes(b"".join(pieces), "big")


def _hold_alike(tests: list[Test], others: list[Test]) -> bool:
    sources = {each.value.source for each in (*tests, *others)}
    return all(
        _alike(
            [each for each in tests if each.value.source == source],
            [each for each in others if each.value.source == source],
        )
        for source in sources
    )


def _alike(tests: list[Test], others: list[Test]) -> bool:
    """Whether all tests of one field hold where all of the others do."""
    every = [*tests, *others]
    if len({each.size for each in every}) > 1:
        return False
    loaded = _loaded(every)
    return bool(loaded) and all(
        all(each.holds(value) for each in tests) == all(each.holds(value) for each in others)
        for value in loaded
    )


def _loaded(tests: list[Test]) -> list[int]:
    """What may be loaded, as far as the tests tell it apart; nothing where that is too much."""
    size = tests[0].size
    mask = (1 << 8 * size) - 1 & reduce(operator.or_, (each.value.mask for each in tests))
    if mask.bit_count() <= _FEW_BITS:
        bits = _bits(mask)
        return [_spread(rank, bits) for rank in range(1 << len(bits))]
    if len({each.value for each in tests}) > 1:
        return []
    # The greater of the same bits is the greater number: only the bounds tell it apart.
    swapped = tests[0].value.swapped
    bits = _bits(_ordered(mask, swapped, size))
    last = (1 << len(bits)) - 1
    ranks = {0, last}
    for number in {each for test in tests for each in test.numbers}:
        below = _greatest(number, bits)
        ranks |= {below + step for step in (-1, 0, 1, 2) if 0 <= below + step <= last}
    return [_ordered(_spread(rank, bits), swapped, size) for rank in ranks]


def _greatest(number: int, bits: list[int]) -> int:
    """The greatest rank whose number is no more than this one."""
    rank = 0
    for place in reversed(range(len(bits))):
        if _spread(rank | 1 << place, bits) <= number:
            rank |= 1 << place
    return rank


def _bits(mask: int) -> list[int]:
    return [bit for bit in range(mask.bit_length()) if mask >> bit & 1]


def _spread(rank: int, bits: list[int]) -> int:
    return sum(1 << bit for place, bit in enumerate(bits) if rank >> place & 1)

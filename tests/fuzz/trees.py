"""Mutations of JSON and YAML: keys and values deleted, doubled, moved, renamed, retyped, nested."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from typing import Any

import yaml

from tests.fuzz.texts import garbled
from tests.fuzz.words import NUMBERS, ODD, PLACES, words

Slot = tuple[Any, Any]
"""A list or a dict, and the index or key of one of its values."""


def tree_of(text: str) -> Any:
    """The data of a text in JSON or YAML, for one's own use; ValueError if it is neither."""
    return json.loads(_as_json(text))


@cache
def _as_json(text: str) -> str:
    if text.lstrip()[:1] in ("{", "["):
        return json.dumps(json.loads(text))
    try:
        return json.dumps(yaml.load(text, Loader=yaml.CSafeLoader), default=str)
    except (yaml.YAMLError, TypeError) as error:
        raise ValueError(str(error)) from None


def mutate_tree(random: Random, tree: Any, kind: str, other: Any) -> Any:
    """The tree with one change, which may take a value from another tree."""
    slots = list(_slots(tree))
    if not slots:
        return other
    holder, key = random.choice(slots)
    random.choice(_CHANGES)(random, holder, key, kind, list(_slots(other)) or slots)
    return tree


def _slots(tree: Any) -> Iterator[Slot]:
    waiting = [tree]
    while waiting:
        holder = waiting.pop()
        if isinstance(holder, dict):
            yield from ((holder, key) for key in holder)
            waiting += holder.values()
        elif isinstance(holder, list):
            yield from ((holder, index) for index in range(len(holder)))
            waiting += holder


def _delete(_random: Random, holder: Any, key: Any, _kind: str, _others: list[Slot]) -> None:
    del holder[key]


def _double(random: Random, holder: Any, key: Any, kind: str, others: list[Slot]) -> None:
    copy = json.loads(json.dumps(holder[key]))
    if isinstance(holder, list):
        holder[key:key] = [copy] * random.choice((1, 1, 1, 2, 50))
    else:
        holder[_key(random, kind, others)] = copy


def _rename(random: Random, holder: Any, key: Any, kind: str, others: list[Slot]) -> None:
    if isinstance(holder, dict):
        holder[_key(random, kind, others)] = holder.pop(key)
    else:
        random.shuffle(holder)


def _key(random: Random, kind: str, others: list[Slot]) -> str:
    known = random.choice(words(kind))
    theirs = str(random.choice(others)[1])
    return random.choice((known, theirs, garbled(random, theirs, kind)))


def _retype(random: Random, holder: Any, key: Any, _kind: str, _others: list[Slot]) -> None:
    old = holder[key]
    made: list[Any] = [None, True, False, 0, -1, 2**31, 2**64, 10**30, 0.5, -1e300, float("inf")]
    made += ["", [], {}, [[]], [{}], {"": ""}, [None], random.choice(ODD), random.choice(NUMBERS)]
    made += [random.choice(PLACES), str(old)[:200]]
    if isinstance(old, str) and old.isascii() and old.isdigit():
        made.append(int(old[:1000]))
    if isinstance(old, list | dict) and old:
        made += [next(iter(old)), [*old], {str(each)[:40]: each for each in old}] * 2
    holder[key] = random.choice(made)


def _nest(random: Random, holder: Any, key: Any, kind: str, others: list[Slot]) -> None:
    value = holder[key]
    for _ in range(random.choice((1, 1, 1, 2, 30, 300))):
        value = [value] if random.random() < 0.5 else {_key(random, kind, others): value}
    holder[key] = value


def _graft(random: Random, holder: Any, key: Any, _kind: str, others: list[Slot]) -> None:
    theirs, name = random.choice(others)
    value = json.loads(json.dumps(theirs[name]))
    if isinstance(holder, list):
        holder.insert(key, value)
    elif random.random() < 0.5:
        holder[key] = value
    else:
        holder[str(name)] = value


def _garble(random: Random, holder: Any, key: Any, kind: str, others: list[Slot]) -> None:
    value = holder[key]
    if isinstance(value, str):
        holder[key] = garbled(random, value, kind)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        holder[key] = random.choice((value + 1, value - 1, -value, str(value), value * 2.0))
    else:
        _retype(random, holder, key, kind, others)


def _move(random: Random, holder: Any, key: Any, kind: str, others: list[Slot]) -> None:
    """Exchanges two values of one holder."""
    keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
    there = random.choice(keys)
    holder[key], holder[there] = holder[there], holder[key]
    if there == key:
        _garble(random, holder, key, kind, others)


_CHANGES: tuple[Callable[[Random, Any, Any, str, list[Slot]], None], ...] = (
    *(_delete, _double, _rename, _retype, _retype, _nest, _graft, _garble, _garble, _garble, _move),
)


def as_json(random: Random, tree: Any) -> str:
    """The tree as JSON, one value a line or all in one."""
    indent = random.choice((None, 1, 1, 4))
    return json.dumps(tree, indent=indent, ensure_ascii=random.random() < 0.5)


def as_yaml(random: Random, tree: Any) -> str:
    """The tree as YAML, whose scalars are plain where the dice say so."""
    lines = list(_yaml(random, tree, ""))
    return "\n".join(lines) + "\n"


def _yaml(random: Random, tree: Any, indent: str) -> Iterator[str]:
    is_flow = not isinstance(tree, dict | list) or not tree or random.random() < 0.05
    if is_flow or len(indent) > 40:
        yield indent + _scalar(random, tree)
        return
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        head = f"{indent}{_scalar(random, key)}:" if isinstance(tree, dict) else f"{indent}-"
        if isinstance(value, dict | list) and value:
            below = list(_yaml(random, value, indent + "  "))
            if isinstance(tree, list):
                yield f"{head} {below[0].lstrip()}"
                yield from below[1:]
            else:
                yield head
                yield from below
        else:
            yield f"{head} {_scalar(random, value)}"


def _scalar(random: Random, value: Any) -> str:
    is_safe = isinstance(value, str) and value[:1].isalnum() and not set(value) & set(':#,[]{}"\n')
    if isinstance(value, str) and random.random() < (0.95 if is_safe else 0.05):
        return value
    return json.dumps(value, ensure_ascii=random.random() < 0.5)

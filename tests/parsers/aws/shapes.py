"""The documented answers of AWS, from the service models in botocore's data files.

botocore itself is not imported: only its files are read.
"""

import gzip
import json
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

Element = dict[str, Any]
KeyPath = tuple[str | int, ...]
"""The keys and indices that lead to a value."""

_MODELS = {"ec2": "ec2/2016-11-15", "network-firewall": "network-firewall/2020-11-12"}
_PLAIN: dict[str, Any] = {
    "string": "text",
    "integer": 1,
    "long": 1,
    "boolean": False,
    "timestamp": "2026-01-31T10:00:00+00:00",
    "double": 1.5,
    "float": 1.5,
    "blob": "AA==",
}


@lru_cache
def model(service: str) -> Element:
    """The service model; raises ModuleNotFoundError where botocore is not installed."""
    spec = find_spec("botocore")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("botocore")
    path = Path(spec.origin).parent / "data" / _MODELS[service] / "service-2.json"
    zipped = path.with_suffix(".json.gz")
    text = gzip.decompress(zipped.read_bytes()) if zipped.exists() else path.read_bytes()
    found: Element = json.loads(text)
    return found


def answer(
    service: str, operation: str, values: Element, without: frozenset[str] = frozenset()
) -> Element:
    """The operation's whole answer: each key that is not in `without` once.

    A key has the value that `values` gives for it, or for its end (`IpRanges.CidrIp`).
    """
    known = model(service)
    shape = known["operations"][operation]["output"]["shape"]
    made: Element = _value(known["shapes"], shape, (), values, without)
    return made


def _value(
    shapes: Element, name: str, way: tuple[str, ...], values: Element, without: frozenset[str]
) -> Any:
    for start in range(len(way)):
        if (end := ".".join(way[start:])) in values:
            return values[end]
    shape = shapes[name]
    match shape["type"]:
        case "structure":
            return {
                key: _value(shapes, member["shape"], (*way, key), values, without)
                for key, member in shape["members"].items()
                if not any(
                    ".".join((*way, key)[start:]) in without for start in range(len(way) + 1)
                )
            }
        case "list":
            return [_value(shapes, shape["member"]["shape"], way, values, without)]
        case "map":
            return {"NAME": _value(shapes, shape["value"]["shape"], way, values, without)}
        case plain:
            return shape["enum"][0] if "enum" in shape else _PLAIN[plain]


def objects(value: Any, way: KeyPath = ()) -> Iterator[KeyPath]:
    """The ways to all objects in a value, itself first."""
    if isinstance(value, dict):
        yield way
        for key, inside in value.items():
            yield from objects(inside, (*way, key))
    elif isinstance(value, list):
        for index, inside in enumerate(value):
            yield from objects(inside, (*way, index))


def members(value: Any, way: KeyPath = ()) -> Iterator[KeyPath]:
    """The ways to all members of all objects in a value."""
    for each in objects(value, way):
        inside = at(value, each[len(way) :])
        yield from ((*each, key) for key in inside)


def at(value: Any, way: KeyPath) -> Any:
    """What stands at the end of a way."""
    for step in way:
        value = value[step]
    return value

"""JSON of nft that no kernel here loads: what says the same by the form alone."""

import json
from ipaddress import ip_network
from typing import Any


def is_same(before: str, after: str) -> bool:
    """Whether both are JSON that differs in what nft's own reading takes for the same.

    These are the bits of addresses behind their prefixes, which nft clears (src/evaluate.c,
    expr_evaluate_prefix), and what stands twice in an "or" of bits.
    """
    if before.lstrip()[:1] != "{":
        return False
    try:
        return bool(_plain(json.loads(before)) == _plain(json.loads(after)))
    except ValueError:
        return False


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"addr", "len"} and isinstance(value["addr"], str):
        return str(ip_network(f"{value['addr']}/{value['len']}", strict=False))
    plain = {key: _plain(each) for key, each in value.items()}
    if plain.keys() == {"|"} and isinstance(plain["|"], list):
        return {"|": _distinct(plain["|"])}
    return plain


def _distinct(values: list[Any]) -> list[Any]:
    """The values that an "or" joins, however deep, each once: libnftables-json(5), "BINARY"."""
    parts = [
        part
        for value in values
        for part in (value["|"] if isinstance(value, dict) and "|" in value else [value])
    ]
    return [part for place, part in enumerate(parts) if part not in parts[:place]]

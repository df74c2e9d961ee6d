"""JSON of nft that no kernel here loads: what says the same by the form alone."""

import json
from ipaddress import ip_network
from typing import Any


def is_same(before: str, after: str) -> bool:
    """Whether both are JSON that differs in bits of addresses behind their prefixes only.

    nft clears them (src/evaluate.c, expr_evaluate_prefix).
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
    return {key: _plain(each) for key, each in value.items()}

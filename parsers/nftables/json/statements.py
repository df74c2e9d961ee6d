"""JSON statements as nft writes them in its own language (libnftables-json(5)).

One reading of rules serves both forms: what cannot be written in nft's language becomes a statement
that is not understood, with its JSON as text.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from parsers.nftables.json.expressions import (
    OPERATORS,
    STRANGE,
    VERDICTS,
    StrangeError,
    data_text,
    expression,
    quoted,
    table,
)

_FLAGS: Final = re.compile(r"tcp flags|ct (?:state|status|label|event)")
# libnftables-json(5), MATCH; `!` is what nft prints for flags of which none is set.
_RELATIONS: Final = frozenset(
    ("!", "==", "!=", "<", ">", "<=", ">=", "in", "&", "|", "^", "<<", ">>")
)


def rule(statements: list[Any]) -> str:
    """The rule that the statements make."""
    return " ".join(statement(each) for each in statements)


def statement(given: Any) -> str:
    """One statement; one that is not known becomes an unread one with its JSON."""
    try:
        ((kind, value),) = given.items()
        return _STATEMENTS[kind](value)
    except STRANGE:
        text = json.dumps(given, ensure_ascii=False).replace('"', "'")
        return f'\ue000 "{text}"'


def _match(given: Mapping[str, Any]) -> str:
    left, relation, right = expression(given["left"]), given["op"], given["right"]
    if relation not in _RELATIONS:
        raise StrangeError
    if left.endswith("ifname") and isinstance(right, str) and right[:1] != "@":
        # iptables and the kernel take nearly any name; with an at sign nft means a set.
        sign = "" if relation in ("==", "in") else relation
        return f"{left} {sign} {quoted(right)}".replace("  ", " ")
    is_set = (isinstance(right, str) and right[:1] == "@") or (
        isinstance(right, dict) and "set" in right
    )
    if relation == "in" or (relation == "==" and (is_set or not _is_compared(given["left"], left))):
        relation = ""
    return f"{left} {relation} {expression(right)}".replace("  ", " ")


def _is_compared(given: Any, text: str) -> bool:
    """Whether the relation == means something else than no relation."""
    return bool(_FLAGS.fullmatch(text)) or next(iter(given), "") in OPERATORS


def _counter(given: Any) -> str:
    if given is None:
        return "counter"
    if isinstance(given, str):
        return f"counter name {quoted(given)}"
    if "packets" not in given:
        return f"counter name {expression(given)}"
    return f"counter packets {given['packets']} bytes {given['bytes']}"


def _named(kind: str, inline: Callable[[Mapping[str, Any]], str]) -> Callable[[Any], str]:
    def named(given: Any) -> str:
        if isinstance(given, str):
            return f"{kind} name {quoted(given)}"
        if "map" in given:
            return f"{kind} name {expression(given)}"
        return inline(given)

    return named


def _over(given: Mapping[str, Any]) -> str:
    """`over `, where it says so; parser_json.c passes over what is no boolean."""
    if not isinstance(given.get("inv", False), bool):
        raise StrangeError
    return "over " if given.get("inv") else ""


def _quota(given: Mapping[str, Any]) -> str:
    over = _over(given)
    used = f" used {given['used']} {given.get('used_unit', 'bytes')}" if given.get("used") else ""
    return f"quota {over}{given['val']} {given.get('val_unit', 'bytes')}{used}"


def _limit(given: Mapping[str, Any]) -> str:
    over = _over(given)
    unit = given.get("rate_unit", "packets")
    rate = f"{given['rate']}/" if unit == "packets" else f"{given['rate']} {unit}/"
    burst = ""
    # Five packets are the kernel's own choice, which nft leaves out.
    if given.get("burst") and (given["burst"], unit) != (5, "packets"):
        burst = f" burst {given['burst']} {given.get('burst_unit', 'packets')}"
    # parser_json.c, json_parse_limit_stmt: the manual has a default here, nft has none.
    return f"limit rate {over}{rate}{given['per']}{burst}"


def _list(given: Any) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def _nat(kind: str) -> Callable[[Any], str]:
    def nat(given: Any) -> str:
        given = given or {}
        if given.get("family", "ip") not in ("ip", "ip6"):
            raise StrangeError
        family = f" {given['family']}" if "family" in given else ""
        flags, types = _list(given.get("flags", [])), _list(given.get("type_flags", []))
        if "" in flags:
            raise StrangeError
        # The flag maps networks; the type alone makes a range of the prefix (nft --debug=netlink).
        types = [each for each in types if each != "prefix"]
        types += ["prefix"] if "netmap" in flags else []
        mode = f" {' '.join(types)}" if types else ""
        if "concat" in mode:
            mode = " addr . port"
        address = expression(given["addr"]) if "addr" in given else ""
        if ":" in address and "port" in given and "{" not in address:
            address = "-".join(f"[{end}]" for end in address.split("-"))
        port = f":{expression(given['port'])}" if "port" in given else ""
        if isinstance(given.get("port"), dict) and "range" not in given["port"]:
            port = f" : {expression(given['port'])}"
        to = f"{family}{mode} to {address}{port}" if address or port else ""
        others = ",".join(each for each in flags if each != "netmap")
        return f"{kind}{to} {others}".strip()

    return nat


def _reject(given: Any) -> str:
    if not given:
        return "reject"
    if given["type"] == "tcp reset":
        return "reject with tcp reset"
    return f"reject with {given['type']} {given['expr']}"


def _change(given: Mapping[str, Any]) -> str:
    words = [expression(given["elem"]), *(statement(each) for each in given.get("stmt", ()))]
    data = f" : {data_text(given['data'])}" if "data" in given else ""
    return f"{given['op']} {given.get('set') or given['map']} {{ {' '.join(words)}{data} }}"


def _log(given: Any) -> str:
    given = given or {}
    words = ["log"]
    if "prefix" in given:
        words.append('prefix "{}"'.format(given["prefix"].replace('"', "'")))
    words += [
        f"{key} {given[key]}"
        for key in ("group", "snaplen", "queue-threshold", "level")
        if key in given
    ]
    return " ".join(words)


def _queue(given: Any) -> str:
    given = given or {}
    number = f" num {expression(given['num'])}" if isinstance(given.get("num"), int | dict) else ""
    flags = given.get("flags", [])
    words = ",".join([flags] if isinstance(flags, str) else flags)
    if "map" in number:
        raise StrangeError
    return f"queue{number} {words}".strip()


def _synproxy(given: Any) -> str:
    given = given or {}
    words = [f"{key} {given[key]}" for key in ("mss", "wscale") if key in given]
    flags = given.get("flags", [])
    return " ".join(["synproxy", *words, *([flags] if isinstance(flags, str) else flags)])


def _tproxy(given: Mapping[str, Any]) -> str:
    family = f" {given['family']}" if "family" in given else ""
    address = expression(given["addr"]) if "addr" in given else ""
    if ":" in address:
        address = f"[{address}]"
    port = f":{expression(given['port'])}" if "port" in given else ""
    return f"tproxy{family} to {address}{port}"


def _forward(given: Mapping[str, Any]) -> str:
    if "addr" not in given:
        return f"fwd to {expression(given['dev'])}"
    family = f" {given['family']}" if "family" in given else ""
    return f"fwd{family} to {expression(given['addr'])} device {expression(given['dev'])}"


def _duplicate(given: Mapping[str, Any]) -> str:
    device = f" device {expression(given['dev'])}" if "dev" in given else ""
    return f"dup to {expression(given['addr'])}{device}"


_STATEMENTS: Final[dict[str, Callable[[Any], str]]] = {
    "match": _match,
    **{verdict: (lambda _given, verdict=verdict: verdict) for verdict in VERDICTS},  # type: ignore[misc]
    "jump": lambda given: f"jump {given['target']}",
    "goto": lambda given: f"goto {given['target']}",
    "counter": _counter,
    "mangle": lambda given: f"{expression(given['key'])} set {expression(given['value'])}",
    "quota": _named("quota", _quota),
    "limit": _named("limit", _limit),
    "fwd": _forward,
    "dup": _duplicate,
    "notrack": lambda _given: "notrack",
    "snat": _nat("snat"),
    "dnat": _nat("dnat"),
    "masquerade": _nat("masquerade"),
    "redirect": _nat("redirect"),
    "reject": _reject,
    "set": _change,
    "map": _change,
    "log": _log,
    "ct helper": lambda given: f"ct helper set {expression(given)}",
    "ct timeout": lambda given: f"ct timeout set {expression(given)}",
    "ct expectation": lambda given: f"ct expectation set {expression(given)}",
    "secmark": lambda given: f"meta secmark set {expression(given)}",
    "ct count": lambda given: f"ct count {_over(given)}{given['val']}",
    "meter": lambda given: f"meter {given['name']} {{ {expression(given['key'])} }}",
    "queue": _queue,
    "vmap": lambda given: f"{expression(given['key'])} vmap {table(given['data'])}",
    "tproxy": _tproxy,
    "synproxy": lambda g: f"synproxy name {quoted(g)}" if isinstance(g, str) else _synproxy(g),
    "flow": lambda given: f"flow {given['op']} {given['flowtable']}",
    "last": lambda _given: "last",
    "xt": lambda given: 'xt {} "{}"'.format(given["type"], given["name"]),
}

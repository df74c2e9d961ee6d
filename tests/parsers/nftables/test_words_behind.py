"""Words that nft refuses are errors, wherever they stand: behind names, in objects, in JSON."""

import json

import pytest

from flowmodel.source import InputError
from tests.parsers.nftables.samples import export

_TABLE = "table inet t { }\n"
_HELPER = "ct helper h {{ {} }}"


def in_table(text: str) -> str:
    return f"table inet t {{\n{text}\n}}\n"


REFUSED = {
    "a set": (
        f"{_TABLE}add set inet t s s {{ type ipv4_addr; }}",
        "`s` is not expected behind the name",
    ),
    "a chain": (f"{_TABLE}add chain inet t c d", "`d` is not expected behind the name"),
    "a table": (f"{_TABLE}delete table inet t u v", "`u` is not expected behind the name"),
    "a deletion": (
        f"{_TABLE}add chain inet t c\ndelete chain inet t c d",
        "`d` is not expected behind the name",
    ),
    "a helper's word": (
        in_table(_HELPER.format('typex9 "ftp" protocol tcp;')),
        '`typex9 "ftp" protocol tcp` is not expected in a ct helper',
    ),
    "a helper without a type": (
        in_table(_HELPER.format("l3proto ip;")),
        "a ct helper needs `type …`",
    ),
    "a counter": (
        in_table("counter c { packts 0 bytes 0 }"),
        "`packts 0 bytes 0` is not expected in a counter",
    ),
    "a quota": (in_table("quota q { 1 mbits }"), "`1 mbits` is not expected in a quota"),
    "a counter in one line": (
        f"{_TABLE}add counter inet t c packts 0 bytes 0",
        "`packts` is not expected behind the name",
    ),
    "a helper in one line": (
        f'{_TABLE}add ct helper inet t h type "ftp" protocol tcp',
        "`type` is not expected behind the name",
    ),
    "a counter that is deleted": (
        f"{_TABLE}add counter inet t c\ndelete counter inet t c packets 0 bytes 0",
        "`packets` is not expected behind the name",
    ),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_a_word_that_nft_refuses_is_an_error(text: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        export(text)

    assert raised.value.message == message


TAKEN = {
    "a set": f"{_TABLE}add set inet t s {{ type ipv4_addr; }}",
    "a chain": f"{_TABLE}add chain inet t c {{ type filter hook input priority 0; }}",
    "a handle": f"{_TABLE}add chain inet t c\ndelete chain inet t c",
    "a helper": in_table(_HELPER.format('type "ftp" protocol tcp; l3proto ip;')),
    "a timeout": in_table(
        "ct timeout x { protocol tcp; l3proto ip; policy = { established : 2m, close : 4s } }"
    ),
    "a timeout without phases": in_table("ct timeout x { protocol tcp; l3proto ip; }"),
    "a timeout of usual phases": in_table(
        "ct timeout x {\n protocol tcp\n l3proto ip\n policy = {  }\n}"
    ),
    "an expectation": in_table(
        "ct expectation e { protocol udp; dport 9876; timeout 2m; size 12; l3proto ip; }"
    ),
    "a counter": in_table('counter c { comment "x"; packets 0 bytes 0 }'),
    "an empty counter": in_table("counter c { }"),
    "a quota": in_table("quota q { over 25 mbytes used 0 bytes }"),
    "a limit": in_table("limit l { rate over 10/second burst 5 packets }"),
    "a counter in one line": f"{_TABLE}add counter inet t c packets 5 bytes 10",
    "a quota in one line": f"{_TABLE}add quota inet t q over 25 mbytes used 5 kbytes",
    "a limit in one line": f"{_TABLE}add limit inet t l rate 1024 kbytes/second",
    "a label in one line": f'{_TABLE}add secmark inet t s "system_u:object_r:ssh_t:s0"',
    "a proxy in one line": f"{_TABLE}add synproxy inet t s mss 1460 wscale 7 timestamp sack-perm",
    "a proxy": in_table("synproxy y { mss 1460; wscale 7; timestamp sack-perm; }"),
    "a flowtable": in_table(
        "flowtable f { hook ingress priority filter; devices = { lo }; flags offload; counter; }"
    ),
}


@pytest.mark.parametrize("text", TAKEN.values(), ids=TAKEN)
def test_what_nft_takes_is_read(text: str) -> None:
    assert export(text).gaps == ()


def test_an_error_about_elements_on_several_lines_is_one_line() -> None:
    text = "set s { type ipv4_addr\nelements = { 192.0.2.1,\nx9\n192.0.2.2 } }\n"
    text += "chain c { type filter hook input priority 0; ip saddr @s drop; }"
    with pytest.raises(InputError) as raised:
        export(in_table(text))

    assert "\n" not in raised.value.message


_OF = {"family": "inet", "table": "t"}
_BASE = {"type": "filter", "hook": "input", "prio": 0}


def in_json(*objects: object) -> str:
    return json.dumps({"nftables": [{"table": {"family": "inet", "name": "t"}}, *objects]})


IN_JSON = {
    "a kind": (in_json({"bet": _OF | {"name": "s"}}), "`bet` is no kind of object that nft knows"),
    "a type": (
        in_json({"chain": _OF | _BASE | {"name": "c", "type": "fiter"}}),
        "`fiter` is no type of chain: filter, nat or route is meant",
    ),
    "a type at a hook": (
        in_json({"chain": _OF | _BASE | {"name": "c", "type": "route"}}),
        "a chain of type route has its place at the hook output",
    ),
}


@pytest.mark.parametrize(("text", "message"), IN_JSON.values(), ids=IN_JSON)
def test_json_that_nft_refuses_is_an_error(text: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        export(text)

    assert raised.value.message == message


@pytest.mark.parametrize(("relation", "is_read"), [("==", True), ("", False), ("=", False)])
def test_a_relation_that_is_none_is_not_understood(relation: str, *, is_read: bool) -> None:
    left = {"payload": {"protocol": "tcp", "field": "dport"}}
    match = {"match": {"op": relation, "left": left, "right": 22}}
    chain = {"chain": _OF | _BASE | {"name": "c"}}
    rule = {"rule": _OF | {"chain": "c", "expr": [match, {"drop": None}]}}

    assert (export(in_json(chain, rule)).gaps == ()) == is_read


@pytest.mark.parametrize(
    ("option", "is_known"), [("maxseg", True), ("maxsegx9", False), ("mxaseg", False)]
)
def test_an_option_of_tcp_that_is_none_is_not_written(option: str, *, is_known: bool) -> None:
    rule = f"tcp flags syn tcp option {option} size set 1000"
    chain = f"chain c {{ type filter hook forward priority 0; {rule}; }}"

    assert (export(in_table(chain)).gaps == ()) == is_known

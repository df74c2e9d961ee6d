"""The language of packet expressions: `PROTO SRC[:PORT] > DST[:PORT] [in NAME] [out NAME] …`."""

import re
from typing import Any

import pyparsing as pp

from flowmodel.source import InputError, Span

# What the fields of a JSON packet are called in an expression, where that differs.
_WORDS = {"icmp_type": "type", "icmp_code": "code", "tcp_flags": "flags"}
_EXAMPLE = "tcp 198.51.100.7:40000 > 192.0.2.10:443 in eth0"
_number = pp.Word(pp.nums, max=10).set_parse_action(lambda found: int(found[0]))
_v6 = pp.Combine(pp.Word(pp.hexnums + ":.") + ~pp.Literal("%"))
_v4 = pp.Regex(r"\d{1,3}(\.\d{1,3}){3}")
# A space ends the protocol, or the 1 of `1.2.3.4 > …` would be one.
_protocol = pp.Suppress(pp.Optional(pp.Keyword("protocol"))) + pp.Regex(
    r"\d{1,10}(?=[\s\[])"
).set_parse_action(lambda found: int(found[0])) | pp.Regex(r"[A-Za-z][A-Za-z0-9-]*(?=[\s\[])")


def _end(address: str, port: str) -> pp.ParserElement:
    with_port = pp.Suppress(":") + _number.copy().set_results_name(port)
    bracketed = pp.Suppress("[") + _v6.copy().set_results_name(address) + pp.Suppress("]")
    return (
        bracketed + pp.Optional(with_port)
        | _v4.copy().set_results_name(address) + pp.Optional(with_port.copy())
        | _v6.copy().set_results_name(address)
    )


def _option(word: str, key: str, value: pp.ParserElement) -> pp.ParserElement:
    return pp.Suppress(pp.Keyword(word)) + value.copy().set_results_name(key, list_all_matches=True)


_text = pp.Word(pp.printables)
_grammar = (
    _protocol.set_results_name("proto")
    + _end("src", "sport")
    + pp.Suppress(">")
    + _end("dst", "dport")
    + pp.ZeroOrMore(
        _option("in", "in", _text)
        | _option("out", "out", _text)
        | _option("state", "state", _text)
        | _option("type", "icmp_type", _number)
        | _option("code", "icmp_code", _number)
        | _option("flags", "tcp_flags", _text)
        | _option("mark", "mark", _number)
        | _option("ct_dir", "ct_dir", _text)
        | _option("pkt_type", "pkt_type", _text)
    )
).parse_with_tabs()


def quotable(text: str) -> str:
    """The expression, or nothing of what is a whole file by mistake: `"$(cat config.xml)"`."""
    return "" if re.search(r"[\n<{]", text) else text


def read(text: str) -> dict[str, Any]:
    """The expression as the fields of a JSON packet; raises InputError at the offending column."""
    try:
        found = _grammar.parse_string(text, parse_all=True).as_dict()
    except pp.ParseException as error:
        span = Span("packet", 1, error.loc + 1, 1, error.loc + 1)
        problem = (
            "unexpected text" if error.pstr[error.loc :].strip() else "the packet is incomplete"
        )
        message = f"{problem}; write the packet as in `{_EXAMPLE}`"
        raise InputError(message, span, quotable(text)) from None
    fields = {}
    for key, value in found.items():
        values = value if isinstance(value, list) else [value]
        if len(values) > 1:
            span = Span("packet", 1, 1, 1, len(text))
            raise InputError(f"`{_WORDS.get(key, key)}` is given twice", span, quotable(text))
        fields[key] = values[0]
    return fields

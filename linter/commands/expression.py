"""The language of packet expressions: `PROTO SRC[:PORT] > DST[:PORT] [in NAME] [out NAME] …`."""

from typing import Any

import pyparsing as pp

from flowmodel.source import InputError, Span

_number = pp.Word(pp.nums, max=10).set_parse_action(lambda found: int(found[0]))
_v6 = pp.Combine(pp.Word(pp.hexnums + ":.") + ~pp.Literal("%"))
_v4 = pp.Regex(r"\d{1,3}(\.\d{1,3}){3}")
_protocol = pp.Suppress(pp.Optional(pp.Keyword("protocol"))) + _number | pp.Word(
    pp.alphas, pp.alphanums + "-"
)


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
    )
)


def read(text: str) -> dict[str, Any]:
    """The expression as the fields of a JSON packet; raises InputError at the offending column."""
    try:
        found = _grammar.parse_string(text, parse_all=True).as_dict()
    except pp.ParseException as error:
        span = Span("packet", 1, error.column, 1, error.column)
        example = "tcp 198.51.100.7:40000 > 192.0.2.10:443 in eth0"
        message = f"not a packet from here on; a packet is written like this: {example}"
        raise InputError(message, span, text) from None
    fields = {}
    for key, value in found.items():
        values = value if isinstance(value, list) else [value]
        if len(values) > 1:
            span = Span("packet", 1, 1, 1, len(text))
            raise InputError(f"{key} stands there twice", span, text)
        fields[key] = values[0]
    return fields

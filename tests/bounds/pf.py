"""The worst shapes of config.xml, of pfSense and of OPNsense."""

from collections.abc import Callable, Iterator

from tests.bench.pf import config, head
from tests.bounds.shape import Make, Shape, address, check, filled, one, repeated, routed

_PORT = "<port>{}</port>"


def _around(inner: str, size: int, tail: str = "") -> str:
    return f"{head()}{repeated(size, inner)}{tail}</pfsense>\n"


def _filter(rule: Callable[[int], str], before: str = "") -> Make:
    return lambda size: f"{head()}{before}<filter>{filled(size, rule)}</filter></pfsense>\n"


def _rule(source: str, destination: str, more: str = "", interface: str = "lan") -> str:
    return (
        f"<rule><type>pass</type><interface>{interface}</interface><ipprotocol>inet</ipprotocol>"
        f"<protocol>tcp</protocol><source>{source}</source>"
        f"<destination>{destination}</destination>{more}</rule>"
    )


def _host(number: int) -> str:
    return f"<address>{address(number)}</address>"


def _alias(name: str, kind: str, inside: str) -> str:
    return f"<alias><name>{name}</name><type>{kind}</type><address>{inside}</address></alias>"


def _aliases(aliases: str, rules: str) -> str:
    return f"{head()}<aliases>{aliases}</aliases><filter>{rules}</filter></pfsense>\n"


_LAST = _rule("<address>a0</address>", "<any/>")


def _translated(kind: str, rule: Callable[[int], str]) -> Make:
    """Port forwards and the like, with a rule that lets everything in."""

    def made(size: int) -> str:
        inner = filled(size, rule)
        nat = f"<outbound><mode>advanced</mode>{inner}</outbound>" if kind == "outbound" else inner
        return f"{head()}<nat>{nat}</nat><filter>{_rule('<any/>', '<any/>', '', 'wan')}</filter></pfsense>\n"

    return made


def _named(size: int, each: int, inside: Callable[[int, int], str], kind: str = "host") -> str:
    most = max(2, size // each)
    return _aliases("".join(_alias(f"a{n}", kind, inside(n, most)) for n in range(most)), _LAST)


_TEXTS: dict[str, Make] = {
    "openers": lambda size: "<pfsense>" + repeated(size, "<a>"),
    "closed openers": lambda size: (
        f"<pfsense>{repeated(size // 2, '<a>')}{repeated(size // 2 * 8 // 6, '</a>')}</pfsense>"
    ),
    "empty elements": lambda size: _around("<a/>", size),
    "declarations": lambda size: repeated(size, "<!a>"),
    "instructions": lambda size: f"<pfsense>{repeated(size, '<?a?>')}</pfsense>",
    "comments": lambda size: _around("<!---->", size),
    "one comment": lambda size: f"{head()}<!--{repeated(size, 'a')}--></pfsense>",
    "text sections": lambda size: _around("<![CDATA[]]>", size),
    "references": lambda size: _around("&amp;", size),
    "ampersands": lambda size: _around("&", size),
    "attributes": lambda size: f"<pfsense {filled(size, lambda n: f'a{n}=' + chr(34) * 2 + ' ')}/>",
    "one attribute": lambda size: f'<pfsense a="{repeated(size, "a")}"/>',
    "one name": lambda size: f"<pfsense><{repeated(size, 'a')}/></pfsense>",
    "names": lambda size: f"<pfsense>{filled(size, lambda n: f'<a{n}/>')}</pfsense>",
    "one text": lambda size: _around("a", size),
    "lines": lambda size: _around("\n", size),
    "entities": lambda size: (
        "<!DOCTYPE p [<!ENTITY e0 'a'>"
        + filled(size, lambda n: f"<!ENTITY e{n + 1} '&e{n};&e{n};'>")
        + "]><pfsense>&e99;</pfsense>"
    ),
    "an entity used often": lambda size: (
        f"<!DOCTYPE p [<!ENTITY e '{repeated(size // 2, 'a')}'>]>"
        f"<pfsense>{repeated(size // 2, '&e;')}</pfsense>"
    ),
    "empty rules": lambda size: f"{head()}<filter>{repeated(size, '<rule/>')}</filter></pfsense>",
    "unknown elements of a rule": lambda size: (
        f"{head()}<filter><rule>{filled(size, lambda n: f'<x{n}/>')}</rule></filter></pfsense>"
    ),
    "one element of a rule again": lambda size: (
        f"{head()}<filter><rule>{repeated(size, '<type>pass</type>')}</rule></filter></pfsense>"
    ),
    "interfaces": lambda size: (
        "<pfsense><version>24.0</version><interfaces>"
        + filled(size, lambda n: f"<opt{n}><enable/><if>i{n}</if><ipaddr>{address(n)}</ipaddr><subnet>32</subnet></opt{n}>")
        + f"</interfaces><filter>{_rule('<any/>', '<any/>')}</filter></pfsense>"
    ),
    "interfaces of a floating rule": lambda size: (
        "<pfsense><version>24.0</version><interfaces>"
        + filled(size * 9 // 10, lambda n: f"<opt{n}><enable/><if>i{n}</if></opt{n}>")
        + "</interfaces><filter>"
        + _rule("<any/>", "<any/>", "<floating>yes</floating>", ",".join(f"opt{n}" for n in range(size // 60)))
        + "</filter></pfsense>"
    ),
    "an alias of addresses": lambda size: _aliases(
        _alias("a0", "host", filled(size, lambda n: f"{address(n)} ")), _LAST
    ),
    "an alias in many rules": lambda size: _aliases(
        _alias("a0", "host", filled(size // 2, lambda n: f"{address(n)} ")), _LAST * (size // 400)
    ),
    "an alias on both sides of many rules": lambda size: _aliases(
        _alias("a0", "host", filled(size // 2, lambda n: f"{address(n)} ")),
        _rule("<address>a0</address>", "<address>a0</address>") * (size // 400),
    ),
    "aliases within aliases": lambda size: _named(
        size, 70, lambda n, most: f"a{n + 1}" if n < most - 1 else "10.0.0.1"
    ),
    "aliases in a circle": lambda size: _named(size, 70, lambda n, most: f"a{(n + 1) % most}"),
    "aliases that double": lambda size: _named(
        size, 80, lambda n, most: f"a{n + 1} a{n + 1}" if n < most - 1 else "10.0.0.1"
    ),
    "aliases in a web": lambda size: _named(
        size, 120, lambda n, most: " ".join(f"a{min(most - 1, n + 1 + n * i % 7)}" for i in range(5)) if n < most - 1 else "10.0.0.1"
    ),
    "aliases that grow": lambda size: _named(
        size, 90, lambda n, most: f"a{n + 1} {address(n)}" if n < most - 1 else "10.0.0.1"
    ),
    "an alias of ranges": lambda size: _aliases(
        _alias("a0", "network", filled(size, lambda n: f"0.0.0.1-{address(n)} ")), _LAST
    ),
    "an alias of ports": lambda size: _aliases(
        _alias("a0", "port", filled(size, lambda n: f"{n * 7919 % 65535 + 1}:65535 ")),
        _rule("<any/>", "<any/>" + _PORT.format("a0")),
    ),
}  # fmt: skip
_RULES: dict[str, Make] = {
    "rules and aliases": lambda size: config(max(10, size // 1_050)),
    "rules": _filter(lambda n: _rule(_host(n), _host(3 * n) + _PORT.format(n % 65535 + 1))),
    "rules of ranges": _filter(
        lambda n: _rule(
            "<any/>" + _PORT.format(f"{n * 7919 % 30000 + 1}-{30000 + n * 104729 % 30000}"),
            "<any/>" + _PORT.format(f"{n * 31 % 30000 + 1}-{30001 + n * 37 % 30000}"),
        )
    ),
    "floating rules": _filter(
        lambda n: _rule(
            _host(n), "<any/>", f"<floating>yes</floating>{'<quick>yes</quick>' * (n % 2)}", "wan,lan,opt1"
        )
    ),
    "rules that match": _filter(
        lambda n: _rule(_host(n), "<any/>", f"<floating>yes</floating><tag>t{n}</tag>").replace("pass", "match")
    ),
    "tags": _filter(lambda n: _rule(_host(n), "<any/>", f"<tag>t{n}</tag><tagged>t{n - 1}</tagged>")),
    "unread conditions": _filter(lambda n: _rule(_host(n), "<any/>", "<os>Linux</os>")),
    "networks that are not": _filter(lambda n: _rule(f"<not/>{_host(n)}", f"<not/>{_host(5 * n)}")),
    "port forwards": _translated(
        "rule",
        lambda n: "<rule><interface>wan</interface><ipprotocol>inet</ipprotocol><protocol>tcp</protocol>"
        f"<source><any/></source><destination>{_host(n)}{_PORT.format(n % 65535 + 1)}</destination>"
        f"<target>{address(2 * n)}</target><local-port>{n % 65535 + 1}</local-port></rule>",
    ),
    "one to one": _translated(
        "onetoone",
        lambda n: "<onetoone><interface>wan</interface><ipprotocol>inet</ipprotocol>"
        f"<external>{address(n)}</external><source>{_host(2 * n + 1)}</source>"
        "<destination><any/></destination></onetoone>",
    ),
    "outbound": _translated(
        "outbound",
        lambda n: f"<rule><interface>wan</interface><source><network>{address(n)}/32</network></source>"
        f"<destination><any/></destination><target>{address(3 * n)}</target></rule>",
    ),
}  # fmt: skip


def _opnsense(rules: str, aliases: str = "") -> str:
    return (
        "<opnsense><interfaces><lan><enable>1</enable><if>core0</if><ipaddr>10.10.0.1</ipaddr>"
        "<subnet>16</subnet></lan></interfaces><filter/><OPNsense><Firewall>"
        f'<Alias version="1.0.2"><aliases>{aliases}</aliases></Alias>'
        f'<Filter version="1.0.4"><rules>{rules}</rules></Filter></Firewall></OPNsense></opnsense>\n'
    )


def _model(number: int, source: str = "", more: str = "") -> str:
    return (
        f'<rule uuid="{number:08x}-0000-4000-8000-000000000001"><enabled>1</enabled><sequence>'
        f"{number % 99_999}</sequence><action>pass</action><quick>1</quick><interface>lan</interface>"
        "<direction>in</direction><ipprotocol>inet</ipprotocol><protocol>TCP</protocol>"
        f"<source_net>{source or address(number)}</source_net><destination_net>any</destination_net>"
        f"<destination_port>{number % 65535 + 1}</destination_port>{more}</rule>"
    )


def _content(name: str, number: int, inside: str) -> str:
    return (
        f'<alias uuid="{number:08x}-0000-4000-8000-000000000002"><enabled>1</enabled>'
        f"<name>{name}</name><type>host</type><content>{inside}</content></alias>"
    )


_OPNSENSE: dict[str, Make] = {
    "rules": lambda size: _opnsense(filled(size, _model)),
    "empty rules": lambda size: _opnsense(repeated(size, "<rule/>")),
    "sources of a rule": lambda size: _opnsense(
        _model(1, filled(size, lambda n: address(n) + ",")[:-1])
    ),
    "an alias of addresses": lambda size: _opnsense(
        _model(1, "a0"), _content("a0", 0, filled(size, lambda n: address(n) + "\n"))
    ),
    "aliases within aliases": lambda size: _opnsense(
        _model(1, "a0"),
        "".join(_content(f"a{n}", n, f"a{n + 1}\na{n + 1}") for n in range(size // 150))
        + _content(f"a{size // 150}", size // 150, "10.0.0.1"),
    ),
    "older rules": lambda size: _opnsense("").replace(
        "<filter/>", f"<filter>{filled(size, lambda n: _rule(_host(n), _host(3 * n)))}</filter>"
    ),
}


def shapes() -> Iterator[Shape]:
    """All of them."""
    alone = (check("config.xml"),)
    for name, make in _TEXTS.items():
        yield one("pfSense", "config.xml", name, make, alone)
    for name, make in _RULES.items():
        yield routed("pfSense", "config.xml", name, make, alone)
    for name, make in _OPNSENSE.items():
        yield one("OPNsense", "config.xml", name, make, alone)

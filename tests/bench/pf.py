"""Large config.xml files of pfSense, and what reading and checking them costs beside xmllint."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

from tests.bench.measure import Cost, checking, cost, with_peak
from tests.bench.site import site

_CHECK = checking("-q")
_READ = "import parsers; rulesets = parsers.read_exports(sys.argv[1:])"
_A_RULE = 100e-6
"""Seconds that each rule may take, beside three times what xmllint takes."""
_NETWORKS = {
    "wan": ("wan0", "198.51.100.2", "24"),
    "lan": ("core0", "10.10.0.1", "16"),
    "opt1": ("dmz0", "192.0.2.1", "28"),
    "opt2": ("srv0", "10.20.0.1", "24"),
    "opt3": ("mg0", "10.99.0.1", "24"),
}
_PORTS = ["22", "25", "53", "80", "443", "1433", "3306", "3389", "4000", "8080"]


def config(rules: int) -> str:
    """A config.xml with so many rules and half as many aliases, as pfSense writes it."""
    random = Random(1)
    names = [f"{'P' if number % 5 == 0 else 'A'}{number}" for number in range(rules // 2)]
    parts = [head(), "\t<aliases>", *(_alias(random, name) for name in names), "\t</aliases>"]
    hosts, ports = ([name for name in names if name[0] == kind] for kind in "AP")
    rows = (_rule(random, number, hosts, ports) for number in range(rules))
    return "\n".join([*parts, "\t<filter>", *rows, "\t</filter>", "</pfsense>", ""])


def head() -> str:
    """The start of a config.xml, up to the interfaces."""
    interfaces = "".join(
        f"\t\t<{name}>\n\t\t\t<enable></enable>\n\t\t\t<if>{device}</if>\n"
        f"\t\t\t<ipaddr>{address}</ipaddr>\n\t\t\t<subnet>{bits}</subnet>\n"
        f"\t\t\t{'<gateway>GW</gateway>' if name == 'wan' else '<descr></descr>'}\n\t\t</{name}>\n"
        for name, (device, address, bits) in _NETWORKS.items()
    )
    return (
        '<?xml version="1.0"?>\n<pfsense>\n\t<version>24.0</version>\n\t<system>\n'
        "\t\t<disablenatreflection>yes</disablenatreflection>\n\t</system>\n"
        f"\t<interfaces>\n{interfaces}\t</interfaces>"
    )


def _alias(random: Random, name: str) -> str:
    type_ = "port" if name[0] == "P" else random.choice(("host", "network"))
    if type_ == "port":
        inside = [str(random.randint(1, 65535)) for _ in range(random.randint(1, 5))]
    elif type_ == "host":
        inside = [_inside(random) for _ in range(random.randint(1, 8))]
    else:
        inside = [f"{_inside(random).rpartition('.')[0]}.0/24" for _ in range(4)]
    return (
        f"\t\t<alias>\n\t\t\t<name>{name}</name>\n\t\t\t<type>{type_}</type>\n"
        f"\t\t\t<address>{' '.join(inside)}</address>\n\t\t\t<descr><![CDATA[{name}]]></descr>\n"
        f"\t\t\t<detail><![CDATA[{'||'.join('entry' for _ in inside)}]]></detail>\n\t\t</alias>"
    )


def _rule(random: Random, number: int, hosts: list[str], ports: list[str]) -> str:
    kind = "pass" if random.random() < 0.8 else "block"
    protocol = random.choice(("tcp", "tcp", "udp"))
    port = random.choice(ports if random.random() < 0.3 else _PORTS)
    return (
        f"\t\t<rule>\n\t\t\t<id></id>\n\t\t\t<tracker>{1_600_000_000 + number}</tracker>\n"
        f"\t\t\t<type>{kind}</type>\n\t\t\t<interface>{random.choice(list(_NETWORKS))}</interface>\n"
        "\t\t\t<ipprotocol>inet</ipprotocol>\n\t\t\t<tag></tag>\n\t\t\t<tagged></tagged>\n"
        "\t\t\t<max></max>\n\t\t\t<max-src-nodes></max-src-nodes>\n"
        "\t\t\t<max-src-conn></max-src-conn>\n\t\t\t<max-src-states></max-src-states>\n"
        "\t\t\t<statetimeout></statetimeout>\n\t\t\t<statetype><![CDATA[keep state]]></statetype>\n"
        f"\t\t\t<os></os>\n\t\t\t<protocol>{protocol}</protocol>\n"
        f"\t\t\t<source>\n\t\t\t\t{_source(random, hosts)}\n\t\t\t</source>\n"
        f"\t\t\t<destination>\n\t\t\t\t{_address(random, hosts)}\n"
        f"\t\t\t\t<port>{port}</port>\n\t\t\t</destination>\n"
        f"\t\t\t<descr><![CDATA[rule {number}]]></descr>\n"
        "\t\t\t<updated>\n\t\t\t\t<time>1600000000</time>\n"
        "\t\t\t\t<username><![CDATA[admin@10.99.0.9 (Local Database)]]></username>\n"
        "\t\t\t</updated>\n\t\t</rule>"
    )


def _source(random: Random, hosts: list[str]) -> str:
    if random.random() < 0.15:
        return f"<network>{random.choice(('wan', 'opt3'))}</network>"
    return _address(random, hosts)


def _address(random: Random, hosts: list[str]) -> str:
    given = _inside(random) if random.random() < 0.4 else random.choice(hosts)
    return f"<address>{given}</address>"


def _inside(random: Random) -> str:
    """An address that no product of the site has: findings have costs of their own."""
    return f"10.{random.randint(100, 255)}.{random.randint(0, 255)}.{random.randint(0, 255)}"


def pf(folder: Path, most: int, runs: int) -> Iterator[tuple[str, str]]:
    """A tenth of the rules with half as many aliases, and a tenth of those."""
    rules = max(100, most // 10)
    large, small, tiny = (_check(folder, number, runs) for number in (rules, rules // 10, 10))
    (folder / "config.xml").write_text(config(rules), encoding="utf-8")
    reading = cost(with_peak(_READ, "config.xml"), folder, runs)
    what = f"{rules:,} rules and {rules // 2:,} aliases of pfSense"
    yield f"reading {what}", f"{reading}"
    yield f"check of {what}", f"{large}{_beside(folder, large, rules, runs)}"
    growth = (large.seconds - tiny.seconds) / max(0.001, small.seconds - tiny.seconds)
    yield "the same / a tenth of them, both above a start", f"{growth:.1f} (linear: 10)"


def _check(folder: Path, rules: int, runs: int) -> Cost:
    (folder / "config.xml").write_text(config(rules), encoding="utf-8")
    (folder / "pf.yaml").write_text(site("config.xml"), encoding="utf-8")
    return cost(with_peak(_CHECK, "pf.yaml"), folder, runs)


def _beside(folder: Path, ours: Cost, rules: int, runs: int) -> str:
    """The share of what is aimed at: three times xmllint's time, and some for each rule."""
    if shutil.which("xmllint") is None:
        return " (xmllint is not here)"
    theirs = cost(["xmllint", "--noout", "config.xml"], folder, runs)
    aim = 3 * theirs.seconds + _A_RULE * rules
    return (
        f", {ours.seconds / aim:.1f} x (3 x xmllint --noout, which takes "
        f"{theirs.seconds:.2f} s, and 100 µs a rule)"
    )

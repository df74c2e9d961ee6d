"""A file that is, or may be, a configuration is quoted nowhere: every command, output and error.

Secrets are planted in every text and attribute of a config.xml, which is then given to everything
that reads a file.
"""

import contextlib
import io
import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from linter.cli import main
from linter.report import FORMATS
from parsers import FORMATS as INPUTS
from parsers.pf.masking import SHOWN
from tests import ROOT

SIGN = "zqxj"
_PACKET = "tcp 203.0.113.9:40000 > 192.0.2.12:22"
_RULES = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n"
CONFIGS = {
    name: (ROOT / "fixtures" / path).read_text(encoding="utf-8")
    for name, path in {
        "pfsense": "pfsense/office/config.xml",
        "opnsense": "opnsense/model/config.xml",
        "opnsense-older": "opnsense/older/config.xml",
    }.items()
}
_TEXT = re.compile(r">([^<>]*[^<>\s][^<>]*)</")
_ATTRIBUTE = re.compile(r'(?<==)"[^"]*"')


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("edge.rules").write_text(_RULES)


def planted(text: str, *, yaml: bool = False) -> str:
    """The config with a secret of its own in place of every text and attribute."""
    count = itertools.count()
    colon = ": " if yaml else ""
    text = _ATTRIBUTE.sub(lambda _: f'"{SIGN}{next(count)}"', text)
    return _TEXT.sub(lambda _: f">{colon}{SIGN}{next(count)}</", text)


def said(*arguments: str) -> tuple[int, str]:
    """The exit status, and all that a run says; with every output at once where it can."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        status = main(list(arguments))
    files = "".join(path.read_text() for path in sorted(Path.cwd().glob("out-*")))
    for path in Path.cwd().glob("out-*"):
        path.unlink()
    return status, out.getvalue() + files


OUTPUTS = [word for name in FORMATS for word in ("-o", f"{name}:out-{name}")] + ["-o", "full"]
SITE = """\
fwlint: site/1
networks: {dmz: 192.0.2.0/28}
devices:
  edge: {config: [CONFIG], interfaces: {eth0: internet, eth1: dmz}FORMAT}
"""


def runs(path: str) -> Iterator[tuple[list[str], int]]:
    """Everything that a file can be given to as what it is not, and the exit status."""
    yield ["check", path, *OUTPUTS], 2
    yield ["check", "--policy", path, "--role", "webapp", "edge.rules", *OUTPUTS], 2
    yield ["diff", path, "edge.rules"], 2
    yield ["diff", "edge.rules", path, "--format", "markdown"], 2
    yield ["policy", "check", path], 2
    yield ["policy", "check", "-"], 2
    yield ["policy", "show", path], 2
    yield ["trace", "edge.rules", "--packets", path], 2
    yield ["trace", "edge.rules", path], 2
    yield ["trace", path, _PACKET], 2
    yield ["trace", "include.nft", _PACKET], 2
    yield ["trace", "chain.nft", _PACKET], 2
    yield ["check", "policy-site.yaml", *OUTPUTS], 2
    yield ["check", "site.yaml", *OUTPUTS], 2
    yield ["check", "--policy", "leap", "--role", "webapp", path, *OUTPUTS], 2
    for each in INPUTS:
        quick = ["check", "--policy", "leap", "--role", "webapp", "--format", each.name]
        yield [*quick, path, *OUTPUTS], 2
        Path(f"{each.name}.yaml").write_text(
            SITE.replace("CONFIG", path).replace("FORMAT", f", format: {each.name}")
        )
        yield ["check", f"{each.name}.yaml", *OUTPUTS], 2


def given(text: str | bytes, monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], int]]:
    """The runs for a file with the text, in the place of everything."""
    data = text if isinstance(text, bytes) else text.encode()
    Path("config.xml").write_bytes(data)
    Path("site.yaml").write_text(SITE.replace("CONFIG", "config.xml").replace("FORMAT", ""))
    Path("policy-site.yaml").write_text(
        SITE.replace("CONFIG", "edge.rules").replace("FORMAT", "") + "policies: [config.xml]\n"
    )
    Path("include.nft").write_text('include "config.xml"\n')
    Path("chain.nft").write_text('table inet t { chain c {\ninclude "config.xml"\n} }\n')
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    return list(runs("config.xml"))


def _cut(text: str) -> str:
    return text[: text.rindex(SIGN) + 10]


def _doubled(text: str) -> str:
    return text + text


WRITTEN: dict[str, Callable[[str], str | bytes]] = {
    "m0n0wall": lambda text: text,
    "mark": lambda text: "\ufeff" + text,
    "utf-16": lambda text: text.encode("utf-16"),
    "latin-1": lambda text: text.encode() + b"\xff",
    "zero": lambda text: text + "\0",
    "cut": _cut,
    "doubled": _doubled,
    "one line": lambda text: text.replace("\n", "").replace("\t", ""),
    "no declaration": lambda text: text.partition("?>")[2].lstrip(),
    "our word": lambda text: text.replace("<version>", "\nfwlint: site/1\n<version>"),
    "carriage returns": lambda text: text.replace("\n", "\r"),
    "only its texts": lambda text: "\n".join(re.findall(SIGN + r"\d+", text)),
    "texts with keys": lambda text: "".join(
        f"{number}: {each}\n" for number, each in enumerate(re.findall(SIGN + r"\d+", text))
    ),
    "as a file of settings": lambda text: "".join(
        f"SECRET_{each}\n" for each in re.findall(SIGN + r"\d+", text)
    ),
    "as JSON": lambda text: (
        '{"users": ["' + '",\n"'.join(re.findall(SIGN + r"\d+", text)) + '"], "a" b}\n'
    ),
    "as lines of JSON": lambda text: "".join(
        f'{{"password": "{each}"}}\n' for each in re.findall(SIGN + r"\d+", text)
    ),
    "a playbook with rules in it": lambda text: (
        "".join(f"{each}: {each}\n" for each in re.findall(SIGN + r"\d+", text)[:9])
        + "    table inet filter {\n    }\n*filter\n"
    ),
}


@pytest.mark.parametrize(
    ("form", "yaml"),
    [*((form, False) for form in WRITTEN), ("m0n0wall", True), ("mark", True), ("cut", True)],
)
def test_a_configuration_of_another_product_is_shown_nowhere(
    form: str, monkeypatch: pytest.MonkeyPatch, *, yaml: bool
) -> None:
    text = planted(CONFIGS["pfsense"], yaml=yaml).replace("pfsense>", "m0n0wall>")

    for arguments, expected in given(WRITTEN[form](text), monkeypatch):
        status, output = said(*arguments)
        assert SIGN not in output, arguments
        assert "fault of fwlint" not in output
        assert "internal error" not in output
        assert status == expected, (arguments, output)


@pytest.mark.parametrize("product", CONFIGS)
def test_a_config_in_the_place_of_something_else_is_shown_nowhere(
    product: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    its_own = ("site.yaml", "config.xml.yaml")
    for text in (planted(CONFIGS[product]), planted(CONFIGS[product], yaml=True)):
        for arguments, _ in given(text, monkeypatch):
            # As an export, and in its own format, rules are shown: see below.
            is_export = {"trace", "diff", *its_own} & {*arguments} and "--packets" not in arguments
            is_quick = "config.xml" in arguments[5:6] or "config.xml" in arguments[6:8]
            is_bare = arguments[:2] == ["check", "config.xml"]
            if not (is_export or is_quick or is_bare):
                assert SIGN not in said(*arguments)[1], arguments


def unshown(text: str) -> list[tuple[int, int]]:
    """The places of texts and attributes of a config that no rule consists of."""
    shown = []
    for tag in SHOWN - {"version", "gateways", "staticroutes", "vlans"}:
        section = re.finditer(rf"<{tag}\b[^>]*>.*?</{tag}>", text, re.DOTALL)
        shown += [found.span() for found in section]
    if "<OPNsense>" in text:
        shown += [
            found.span() for found in re.finditer(r"<Firewall\b.*?</Firewall>", text, re.DOTALL)
        ]
    return [
        found.span(1)
        for found in _TEXT.finditer(text)
        if not any(first <= found.start() < last for first, last in shown)
        and not text[: found.start()].endswith("<version")
    ]


def runs_of_a_config() -> Iterator[list[str]]:
    """The commands that take a config.xml for what it is."""
    yield ["check", "site.yaml", "--trace", "--no-waivers", *OUTPUTS]
    yield ["check", "--policy", "leap", "--role", "webapp", "config.xml", *OUTPUTS]
    yield ["check", "config.xml", *OUTPUTS]
    for form in ("text", "json", "markdown"):
        yield ["diff", "config.xml", "other.xml", "--format", form]
    for form in ("text", "json"):
        yield ["trace", "config.xml", _PACKET, "--hook", "forward", "--format", form]


@pytest.mark.parametrize("product", CONFIGS)
def test_what_is_no_part_of_a_rule_is_shown_nowhere(product: str) -> None:
    text = CONFIGS[product]
    places = unshown(text)
    assert len(places) > 5
    for first, last in reversed(places):
        text = f"{text[:first]}{SIGN}{first}{text[last:]}"
    Path("site.yaml").write_text(SITE.replace("CONFIG", "config.xml").replace("FORMAT", ""))
    Path("config.xml").write_text(text)
    # A difference shows rules of both sides.
    Path("other.xml").write_text(re.sub("<type>(pass|block)</type>", "<type>reject</type>", text))

    for arguments in runs_of_a_config():
        assert SIGN not in said(*arguments)[1]


_STRANGE = (
    f"<odd a='{SIGN}'>{SIGN}</odd>",
    f"<odd><deep>{SIGN}</deep>{SIGN}</odd>",
    f"<odd><![CDATA[<{SIGN}> {SIGN}]]></odd>",
    f"<!-- {SIGN} <a>{SIGN}</a> -->",
    f"<apikey>{SIGN}</apikey>",
    f"{SIGN}",
)
_PLACES = ("</rule>", "</source>", "</filter>", "</nat>", "</alias>", "</interfaces>")


def _is_tried(product: str, strange: str, place: str) -> bool:
    """Whether it is this product's turn: each place is met in all products, and with all texts."""
    having = [name for name, text in CONFIGS.items() if place in text]
    turn = _STRANGE.index(strange) + _PLACES.index(place)
    return having[turn % len(having)] == product


@pytest.mark.parametrize("product", CONFIGS)
@pytest.mark.parametrize("strange", _STRANGE)
def test_what_is_not_understood_in_a_shown_section_is_shown_nowhere(
    product: str, strange: str, pytestconfig: pytest.Config
) -> None:
    text = CONFIGS[product]
    Path("site.yaml").write_text(SITE.replace("CONFIG", "config.xml").replace("FORMAT", ""))
    has_all = pytestconfig.getoption("--long")
    places = [each for each in _PLACES if each in text]
    places = [each for each in places if has_all or _is_tried(product, strange, each)]

    assert places
    for place in places:
        Path("config.xml").write_text(text.replace(place, f"\n{strange}{place}"))
        Path("other.xml").write_text(text)
        for arguments in runs_of_a_config():
            assert SIGN not in said(*arguments)[1], (place, arguments)


def _breaks(text: str) -> Iterator[str]:
    """The config with one fault, at each secret and at each place around some of them."""
    secrets = [found.span() for found in re.finditer(SIGN + r"\d+", text)]
    for first, last in secrets:
        yield text[:last]
        yield text[:first] + "&no;" + text[first:]
        yield text[:last] + "<" + text[last:]
        yield text[:last] + "\x01" + text[last:]
    for first, last in secrets[:: max(1, len(secrets) // 4)]:
        for at in range(first - 10, last + 10, 2):
            yield text[:at] + text[at + 1 :]
            yield text[:at] + "<" + text[at:]
            yield text[:at] + ">" + text[at:]
            yield text[:at] + "&" + text[at + 1 :]


@pytest.mark.parametrize("product", CONFIGS)
def test_no_error_about_a_config_shows_a_secret(product: str) -> None:
    text = CONFIGS[product]
    for first, last in reversed(unshown(text)[::7]):
        text = f"{text[:first]}{SIGN}{first}{text[last:]}"

    for broken in _breaks(text):
        Path("config.xml").write_text(broken)
        _, output = said("trace", "config.xml", _PACKET, "--hook", "forward")
        assert SIGN not in output


def test_an_expression_that_is_a_whole_file_is_not_shown() -> None:
    for text in (planted(CONFIGS["pfsense"]), f"users:\n  password: {SIGN}", f'{{"a": "{SIGN}"}}'):
        status, output = said("trace", "edge.rules", text)
        assert (status, SIGN in output) == (2, False)


def test_what_is_typed_in_the_wrong_place_is_still_shown() -> None:
    assert "\n  tcp 192.0.2.1 <" not in said("trace", "edge.rules", "tcp 192.0.2.1 to b")[1]
    assert "tcp 192.0.2.1 to b\n" in said("trace", "edge.rules", "tcp 192.0.2.1 to b")[1]

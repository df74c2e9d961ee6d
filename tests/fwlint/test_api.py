"""The public interface: what docs/api.md says of it is true, and nothing else is promised."""

import doctest
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any, cast

import pytest

import fwlint
from flowmodel.finding import Finding
from linter.checks.subject import Subject
from tests import ROOT
from tests.linter.checks.planted import plant

_PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
_EXAMPLES = re.findall(r"^```pycon\n(.*?)^```$", _PAGE, re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^## `?(?:fwlint\.)?(\w+)", re.MULTILINE)


def test_the_examples_give_what_the_page_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    parser, said = doctest.DocTestParser(), list[str]()
    test = parser.get_doctest("\n".join(_EXAMPLES), {}, "docs/api.md", "docs/api.md", 0)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)

    assert len(test.examples) > 15
    assert runner.run(test, out=said.append).failed == 0, "".join(said)


def _sections() -> dict[str, str]:
    parts = _HEADING.split(_PAGE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _rows(text: str) -> list[str]:
    """The names in the first column of a section's table."""
    cells = re.findall(r"^\| (`[^|]*`) \|", text, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`([\w.]+)`", cell)]


@pytest.mark.parametrize("name", [each for each in _sections() if each[0].isupper()])
def test_every_attribute_of_the_page_is_there(name: str) -> None:
    if name == "Errors":
        assert {"fwlint.InputErrors", "fwlint.UsageError", "fwlint.UndecidedError"} == set(
            _rows(_sections()[name])
        )
        return
    attributes = set(dir(getattr(fwlint, name)))

    assert _rows(_sections()[name])
    assert set(_rows(_sections()[name])) - attributes == set()


@pytest.mark.parametrize("name", ["load", "check", "trace", "diff"])
def test_every_argument_is_in_the_page(name: str) -> None:
    code = getattr(fwlint, name).__code__
    count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 0x04)
    arguments = [each for each in code.co_varnames[:count] if each != "loaded"]
    positional = {"packet", "old", "new"}

    assert set(_rows(_sections()[name])) == {*arguments} - positional


def test_every_promised_name_is_in_the_page() -> None:
    said = {word for text in re.findall(r"`([^`\n]+)`", _PAGE) for word in re.findall(r"\w+", text)}

    assert {each for each in fwlint.__all__ if each != "__version__"} - said == set()
    assert {*dir(fwlint)} >= {*fwlint.__all__}
    assert all(getattr(fwlint, each) is not None for each in fwlint.__all__)


def test_a_name_that_is_not_there_is_an_error_of_python() -> None:
    with pytest.raises(AttributeError, match="module 'fwlint' has no attribute 'lint'"):
        attrgetter("lint")(fwlint)


def test_the_import_alone_imports_nothing() -> None:
    program = (
        "import sys; before = set(sys.modules); import fwlint; print(*set(sys.modules) - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True, text=True
    )

    assert done.stdout.split() == ["fwlint"]


_CLOSED = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n"
_OPEN = _CLOSED.replace("COMMIT", "-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT")


@pytest.fixture
def host(tmp_path: Path) -> Path:
    path = tmp_path / "host.rules"
    path.write_text(_CLOSED)
    return path


def test_paths_may_be_objects_or_texts(host: Path) -> None:
    assert fwlint.load(host).paths == fwlint.load(str(host)).paths == (str(host),)


def test_one_text_is_as_good_as_a_list_of_one(host: Path) -> None:
    loaded = fwlint.load(host)

    assert fwlint.check(loaded, select="fw4") == fwlint.check(loaded, select=["FW4"])
    assert fwlint.check(loaded, select="fw4,fw3", ignore="FW401").findings == ()


_MISUSES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no path": (lambda _: fwlint.load(), "nothing to load: name a site file, or exports"),
    "roles alone": (
        lambda path: fwlint.load(path, roles=["webapp"]),
        "`policy` and `roles` belong together, and whatever is told of a role",
    ),
    "a binding alone": (
        lambda path: fwlint.load(path, bind={"web": "192.0.2.1"}),
        "`policy` and `roles` belong together, and whatever is told of a role",
    ),
    "a role that is not there": (
        lambda path: fwlint.load(path, policy="leap", roles="web"),
        "unknown role `web`; did you mean `webapp`",
    ),
    "no check": (
        lambda path: fwlint.check(fwlint.load(path), select="FW7"),
        "no check id starts with 'FW7'",
    ),
    "a site and an export": (
        lambda path: fwlint.load("fixtures/demo/site.yaml", path),
        "fixtures/demo/site.yaml is no export: expected one site file, or exports",
    ),
    "a site that is told of IPv6": (
        lambda _: fwlint.load("fixtures/demo/site.yaml", ipv6=False),
        "`format`, `ipv6`, `at`, `groups` and `acl` are for exports, not a site",
    ),
    "no device": (
        lambda _: fwlint.trace(fwlint.load("fixtures/demo/site.yaml"), "tcp 1.1.1.1 > 1.1.1.2:22"),
        "`device` is missing: the devices with exports are edge, oid, webapp, mx, soledad",
    ),
    "another device": (
        lambda path: fwlint.trace(fwlint.load(path), "tcp 1.1.1.1 > 1.1.1.2:22", device="edge"),
        "there is no device `edge`: the devices with exports are host.rules",
    ),
    "two firewalls": (
        lambda _: fwlint.trace(fwlint.load("fixtures/demo/exports/aws"), "tcp 1.1.1.1 > 1.1.1.2:1"),
        "the exports contain 6 firewalls; load one of them with `at`: eni-",
    ),
    "no packet": (
        lambda path: fwlint.trace(fwlint.load(path), {"src": "192.0.2.1"}),
        "dst: an address is required",
    ),
    "no hook": (
        lambda path: fwlint.trace(
            fwlint.load(path), "tcp 1.1.1.1 > 1.1.1.2:22", hook=cast("Any", "prerouting")
        ),
        "there is no hook `prerouting`: expected one of input, forward, output",
    ),
    "a hook and addresses": (
        lambda path: fwlint.trace(
            fwlint.load(path), "tcp 1.1.1.1 > 1.1.1.2:22", hook="input", addresses="1.1.1.2"
        ),
        "`addresses` say where packets go, and so does `hook`",
    ),
    "a site and an export to compare": (
        lambda path: fwlint.diff(fwlint.load("fixtures/demo/site.yaml"), fwlint.load(path)),
        "one is a site file and the other an export: compare two of a kind",
    ),
    "an interface that is not there": (
        lambda path: fwlint.diff(
            fwlint.load(path), fwlint.load(path), interfaces={"eth7": "wan"}
        ),
        "interface eth7=wan: the old export names no interface `eth7`",
    ),
    "a folder that is not there": (
        lambda path: fwlint.load(path, allow_outside="nowhere"),
        "allow_outside: nowhere",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", _MISUSES)
def test_what_makes_no_sense_is_a_usage_error(
    name: str, host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    call, said = _MISUSES[name]

    with pytest.raises(fwlint.UsageError) as raised:
        call(host)
    assert str(raised.value).startswith(said)


def test_what_cannot_be_read_is_told_all_at_once(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(
        "fwlint: site/1\nnetworks: {dmz: 192.0.2.0/28}\ndevices:\n"
        "  a: {config: a.rules, interfaces: {eth0: internet, eth1: dmz}}\n"
        "  b: {config: b.rules, interfaces: {eth0: internet, eth1: dmz}}\n"
    )
    (tmp_path / "b.rules").write_text(_CLOSED.replace("COMMIT", "-A INPUT -j\nCOMMIT"))

    with pytest.raises(fwlint.InputErrors) as raised:
        fwlint.load(site)
    assert [Path(error.span.path).name for error in raised.value.errors] == [
        "site.yaml",
        "b.rules",
    ]
    (tmp_path / "b.rules").write_text(_CLOSED)
    (tmp_path / "a.rules").write_text(_CLOSED)
    assert fwlint.load(site).devices == ("a", "b")


def test_a_packet_that_cannot_be_read_has_its_column(host: Path) -> None:
    with pytest.raises(fwlint.InputErrors) as raised:
        fwlint.trace(fwlint.load(host), "tcp 192.0.2.1 >")
    (error,) = raised.value.errors
    assert (error.span.path, error.span.column) == ("packet", 16)


def test_what_is_not_decided_is_no_answer(host: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.rules6"
    other.write_text("# Generated by ip6tables-save\n" + _CLOSED)

    with pytest.raises(fwlint.UndecidedError) as raised:
        fwlint.diff(fwlint.load(host), fwlint.load(other))
    assert isinstance(raised.value.partial, fwlint.Comparison)
    assert raised.value.reasons == raised.value.partial.undecided
    assert len(raised.value.reasons) == 2


def _fail(_: Subject) -> Iterator[Finding]:
    raise ZeroDivisionError
    yield


def test_a_check_that_fails_is_no_answer(host: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, FW301=_fail)

    with pytest.raises(fwlint.UndecidedError, match="FW301 could not be evaluated: Zero") as raised:
        fwlint.check(fwlint.load(host))
    partial = raised.value.partial
    assert isinstance(partial, fwlint.Report)
    assert [each.check for each in partial.failures] == ["FW904"]


def test_a_change_is_an_object_with_both_sides(host: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.rules"
    new.write_text(_OPEN)

    (change,) = fwlint.diff(fwlint.load(host), fwlint.load(new)).changes

    assert (change.change, change.device, change.traffic) == ("opened", "", "input")
    assert (change.before.verdict, change.after.verdict) == ("drop", "accept")
    assert change.after.text == "-A INPUT -p tcp --dport 22 -j ACCEPT"


def test_one_firewall_of_an_account_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    one = fwlint.load("fixtures/demo/exports/aws", at="10.30.2.13")

    assert fwlint.trace(one, "tcp 8.8.8.8:40000 > 10.30.2.13:2324").verdict == "drop"

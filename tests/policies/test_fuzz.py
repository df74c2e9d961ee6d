"""Whatever the text, a loader gives a policy or a site, or says what is wrong with it."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import policies
from flowfiles.reach import Within
from flowmodel.source import InputErrors, Span
from linter.report.errors import render_error
from policies.addresses import parse_addresses
from policies.loader import read_policy
from policies.services import parse_derived, parse_ports, parse_service
from policies.site_file import read_site
from policies.yaml_nodes import Errors, from_text
from tests.policies.samples import LEAP_BIND, TODAY, load_site_text, policy_text, site_text

SITE = site_text(
    use="leap",
    options="",
    parameters="ssh_port: 2222",
    bind=LEAP_BIND,
    more="allow:\n  - {id: a, from: dmz, to: leap.mx, service: 1/tcp}\n"
    "accept:\n  - {finding: FW205, to: dmz, because: x, until: 2027-01-01}\n",
)
POLICY = policy_text(
    "service: [443/tcp, $p/tcp+udp]\nwhen: o\nrows: [A]",
    more="options:\n  o: {question: Is it?, default: yes}\n"
    "parameters:\n  p: {default: 1}\n  q: {value: $p + 1}\n",
    rows="rows:\n  A: {line: 1, device: web, direction: in, protocol: tcp, port: 443}\n",
)
WORDS = st.sampled_from(
    [
        "",
        " ",
        "~",
        "-",
        ":",
        "{",
        "}",
        "[",
        "]",
        "'",
        '"',
        "&a",
        "*a",
        "!!int",
        "<<",
        "#",
        "|",
        ">",
        "yes",
        "no",
        "none",
        "internet",
        "any",
        "all",
        "self",
        "leap",
        "1e",
        "web",
        "users",
        "db.x",
        "443/tcp",
        "0",
        "65536",
        "10.0.0.0/8",
        "::/0",
        "1-2",
        "-1",
        "0x10",
        "1e9",
        "\u2028",
        "\x00",
        "é",
    ]
)


def said(text: str) -> str:
    """What reading the text as either kind of file says."""
    messages = []
    for read in (read_policy, lambda errors: read_site(errors, Within(()))):
        errors = Errors(from_text("fuzz.yaml", text))
        try:
            read(errors)
            errors.stop_if_any()
        except InputErrors as raised:
            messages += [render_error(one) for one in raised.errors]
    return "\n".join(messages)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert said(text)


@given(st.recursive(WORDS, lambda inner: st.lists(inner) | st.dictionaries(WORDS, inner)))
def test_any_data_is_read_or_refused(data: object) -> None:
    assert said(str(data))


def edited(text: str, start: int, length: int, word: str) -> str:
    start %= len(text)
    return text[:start] + word + text[start + length :]


@given(st.integers(0, 5000), st.integers(0, 12), WORDS)
def test_an_edit_of_a_policy_never_breaks_the_loader(start: int, length: int, word: str) -> None:
    errors = Errors(from_text("fuzz.yaml", edited(POLICY, start, length, word)))
    with suppress(InputErrors):
        policy = read_policy(errors)
        errors.stop_if_any()

        assert policy.values()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@given(st.integers(0, 5000), st.integers(0, 12), WORDS)
def test_an_edit_of_a_site_never_breaks_the_loader(
    folder: Path, start: int, length: int, word: str
) -> None:
    with suppress(InputErrors):
        site = load_site_text(folder, edited(SITE, start, length, word))

        assert all(one.inactive_because or one.ends for one in site.requirements)


@given(st.binary(max_size=100))
def test_any_bytes_are_read_or_refused(folder: Path, data: bytes) -> None:
    path = folder / "bytes.yaml"
    path.write_bytes(data)
    with pytest.raises(InputErrors):
        policies.load_site(str(path), TODAY)


@given(st.text(max_size=20), st.text(max_size=20), st.lists(st.text(max_size=20), max_size=2))
def test_any_words_of_the_command_line_are_read_or_refused(
    role: str, name: str, settings: list[str]
) -> None:
    with suppress(InputErrors):
        site = policies.quick_site("leap", role, [name], parameters=settings, bind_names=settings)

        assert site.devices


TEXTS = st.text(alphabet="0123456789abcdef.:/-+,$% tcpudn", max_size=24)


@given(TEXTS)
def test_addresses_are_read_or_refused(text: str) -> None:
    with suppress(ValueError):
        addresses = parse_addresses(text)

        assert bool(addresses.v4) != bool(addresses.v6)


@given(TEXTS)
def test_ports_and_services_are_read_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert parse_derived(text)[1] <= 99999
    with suppress(ValueError):
        assert parse_ports(text).values
    with suppress(ValueError):
        assert parse_service(text, Span("x", 1, 1, 1, 1)).protocols

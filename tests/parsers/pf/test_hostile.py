"""Hostile and broken config.xml files: one clear error and exit status 2, or an answer."""

import re
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowmodel.source import InputError
from linter.cli import main
from linter.engine.device.trace import traced
from parsers import read_exports
from tests.oracles.pf.facts import packet
from tests.oracles.pf.generate import config
from tests.oracles.pf.tree import written

_GOOD = written(config(7))
_HEAD = '<?xml version="1.0"?>\n'
_LAUGHS = "".join(
    f'<!ENTITY lol{n} "{f"&lol{n - 1};" * 10}">' if n else '<!ENTITY lol0 "lol">' for n in range(10)
)
_IN_ORDER = {
    "a document type": f"{_HEAD}<!DOCTYPE pfsense>\n<pfsense/>",
    "a document type from elsewhere": '<!DOCTYPE pfsense SYSTEM "http://192.0.2.1/x">\n<pfsense/>',
    "laughs": f"<!DOCTYPE pfsense [{_LAUGHS}]>\n<pfsense><version>&lol9;</version></pfsense>",
    "an external entity": '<!DOCTYPE pfsense [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n'
    "<pfsense><filter><rule><descr>&x;</descr></rule></filter></pfsense>",
    "an unknown entity": f"{_HEAD}<pfsense><version>&euro;</version></pfsense>",
    "depth": f"{_HEAD}<pfsense>{'<filter>' * 100_000}</pfsense>",
    "closed depth": f"{_HEAD}<pfsense>{'<filter>' * 100_000}{'</filter>' * 100_000}</pfsense>",
    "no end": f"{_HEAD}<pfsense>",
    "two roots": f"{_HEAD}<pfsense/><pfsense/>",
    "text behind the end": f"{_HEAD}<pfsense/>\nmore",
    "two attributes": f'{_HEAD}<pfsense a="1" a="2"/>',
    "a control character": f"{_HEAD}<pfsense>\x00</pfsense>",
}


@pytest.mark.parametrize("name", _IN_ORDER)
def test_one_clear_error_says_where(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.xml"
    path.write_text(_IN_ORDER[name])

    status = main(["trace", str(path), "tcp 192.0.2.1:1 > 192.0.2.2:2"])

    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert re.match(rf"{re.escape(str(path))}:\d+:\d+: ", err)
    assert "root:" not in err
    assert "fault of fwlint" not in err
    assert len(err) < 2000


def _is_answered(data: bytes, folder: Path) -> bool:
    """Whether fwlint reads the file; if not, it says so and nothing else happens."""
    path = folder / "config.xml"
    path.write_bytes(data)
    try:
        rulesets = read_exports([str(path)])
    except InputError as error:
        refusal = error
    else:
        return len(traced(rulesets, "forward", [packet({})])) == 1
    assert refusal.span.path == str(path)
    return False


def test_a_good_file_is_read(tmp_path: Path) -> None:
    assert _is_answered(_GOOD.encode(), tmp_path)


@pytest.mark.parametrize("part", range(1, 40))
def test_a_file_that_is_cut_off_is_refused(part: int, tmp_path: Path) -> None:
    data = _GOOD.rstrip().encode()

    assert not _is_answered(data[: len(data) * part // 40], tmp_path)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32), st.integers(1, 4))
def test_any_bytes_may_be_changed(tmp_path: Path, seed: int, count: int) -> None:
    random = Random(seed)
    data = bytearray(written(config(seed % 50)).encode())
    for _ in range(count):
        place = random.randrange(len(data))
        new = random.choice([b"<", b">", b"&", b"\xff", b"/", b"", b"0", b"-1", b"\n", b'"', b"x"])
        data[place : place + 1] = new

    _is_answered(bytes(data), tmp_path)


_ODD = [
    "",
    "any",
    "0",
    "-1",
    "65536",
    "99999999999999999999",
    "1-",
    "-",
    "2000-1000",
    "10.0.0.0/33",
    "300.1.1.1",
    "::/129",
    "10.0.0.1-10.0.0.9",
    "!10.0.0.1",
    "A_0",
    "P_0",
    "wan",
    "(self)",
    "lanip",
    "é ü",
    "a" * 5000,
    "x,y,z",
    "tcp,udp",
    "٣",
    "0x10",
    "1e3",
]


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32), st.sampled_from(_ODD))
def test_any_field_may_have_any_value(tmp_path: Path, seed: int, value: str) -> None:
    random = Random(seed)
    root = config(seed % 50)
    leaves = [each for each in root.iter() if len(each) == 0]
    random.choice(leaves).text = value

    _is_answered(written(root).encode(), tmp_path)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_any_element_may_be_missing_doubled_or_elsewhere(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    root = config(seed % 50)
    pairs = [(parent, child) for parent in root.iter() for child in parent]
    parent, child = random.choice(pairs)
    if random.random() < 0.5:
        parent.remove(child)
    if random.random() < 0.7:
        inside = set(child.iter())
        random.choice([each for each in root.iter() if each not in inside]).append(child)

    _is_answered(written(root).encode(), tmp_path)


def test_an_alias_that_holds_itself_is_answered(tmp_path: Path) -> None:
    aliases = "".join(
        f"<alias><name>A{n}</name><type>host</type><address>A{(n + 1) % 300} 10.0.0.{n % 250}"
        "</address></alias>"
        for n in range(300)
    )
    rule = (
        "<rule><interface>wan</interface><source><address>A0</address></source>"
        "<destination><any/></destination></rule>"
    )
    text = f"<pfsense><aliases>{aliases}</aliases><filter>{rule}</filter></pfsense>"

    assert _is_answered(text.encode(), tmp_path)

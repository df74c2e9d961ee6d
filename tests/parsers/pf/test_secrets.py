"""What is secret in a config.xml is in no output: not in findings, traces, remarks or errors."""

from pathlib import Path

import pytest

from linter.cli import main
from linter.report import FORMATS
from tests.oracles.pf.tree import written
from tests.parsers.pf.secret_fields import OPNSENSE, PFSENSE, SIGN, secret, with_secrets

_SITE = """\
fwlint: site/1
name: test
networks: {dmz: 192.0.2.0/28}
devices:
  edge: {config: config.xml, interfaces: {wan: internet, lan: dmz}}
use:
  leap:
    bind:
      webapp: 192.0.2.12
      mx: 192.0.2.13
      soledad: 192.0.2.14
      openvpn: {ip_address: none, gateway_address: none}
      other-nodes: 192.0.2.11
      sysadmins: dmz
"""
_PACKET = "tcp 203.0.113.9:40000 > 192.0.2.12:22"
PRODUCTS = pytest.mark.parametrize("product", ["pfsense", "opnsense"])


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("site.yaml").write_text(_SITE)


def _said(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The exit status, and all that is printed and written."""
    try:
        status = main(list(arguments))
    except SystemExit as left:
        status = int(left.code or 0)
    out, err = capfd.readouterr()
    files = "".join(path.read_text() for path in sorted(Path.cwd().glob("out-*")))
    return status, out + err + files


def _everything(capfd: pytest.CaptureFixture[str]) -> str:
    """All that any command says of the config, in every format."""
    outputs = [word for name in FORMATS for word in ("-o", f"{name}:out-{name}")]
    runs = [
        ["check", "site.yaml", "--trace", "--no-waivers", *outputs],
        ["check", "site.yaml", "--trace", "--fail-on", "never"],
        ["check", "--policy", "leap", "--role", "webapp", "config.xml"],
        *(
            ["trace", "config.xml", _PACKET, "--hook", hook, "--format", form]
            for hook in ("input", "forward", "output")
            for form in ("text", "json")
        ),
    ]
    return "".join(_said(capfd, *run)[1] for run in runs)


@PRODUCTS
def test_no_secret_is_in_any_output(product: str, capfd: pytest.CaptureFixture[str]) -> None:
    Path("config.xml").write_text(written(with_secrets(product)))

    said = _everything(capfd)

    assert "LIST" in said
    assert "GONE" in said
    assert "Open" in said
    assert SIGN not in said


def _cut_off(text: str, number: int) -> str:
    return text[: text.index(secret(number)) + 20]


def _bad_reference(text: str, number: int) -> str:
    return text.replace(secret(number), secret(number)[:9] + "&nothing;" + secret(number))


def _open_tag(text: str, number: int) -> str:
    return text.replace(secret(number), secret(number) + "<prv", 1)


def _wrong_end(text: str, number: int) -> str:
    return text.replace(secret(number) + "</", secret(number) + "</no", 1)


def _attribute(text: str, number: int) -> str:
    return text.replace(secret(number), f'<key value="{secret(number)}" {secret(number)}>', 1)


def _one_line(text: str, number: int) -> str:
    return _wrong_end(text, number).replace("\n", "").replace("\t", "")


def _control(text: str, number: int) -> str:
    return text.replace(secret(number), secret(number)[:9] + "\x01" + secret(number), 1)


def _section(text: str, number: int) -> str:
    return text.replace(secret(number), f"<![CDATA[{secret(number)}", 1)


BREAKS = (
    _cut_off,
    _bad_reference,
    _open_tag,
    _wrong_end,
    _attribute,
    _one_line,
    _control,
    _section,
)


@PRODUCTS
@pytest.mark.parametrize("break_", BREAKS, ids=lambda break_: str(break_.__name__).strip("_"))
def test_no_secret_is_in_an_error(
    product: str, break_: object, capfd: pytest.CaptureFixture[str]
) -> None:
    assert callable(break_)
    text = written(with_secrets(product))
    fields = PFSENSE if product == "pfsense" else OPNSENSE
    for number in range(1, len(fields) + 1, 5):
        Path("config.xml").write_text(break_(text, number))

        for command in (["check", "site.yaml"], ["trace", "config.xml", _PACKET]):
            status, said = _said(capfd, *command)

            assert status == 2
            assert "config.xml" in said
            assert SIGN not in said


@PRODUCTS
def test_no_secret_is_in_an_error_about_bytes_that_are_no_text(
    product: str, capfd: pytest.CaptureFixture[str]
) -> None:
    data = written(with_secrets(product)).encode()
    Path("config.xml").write_bytes(data.replace(secret(3).encode(), secret(3).encode() + b"\xff"))

    status, said = _said(capfd, "check", "site.yaml")

    assert status in (1, 2)
    assert SIGN not in said

"""A switch of a tunnel or service that is misspelt, or there twice, is told."""

from collections.abc import Callable

import pytest

from tests.oracles.opnsense.facts import BASE
from tests.parsers.pf.opnsense import reading as opnsense
from tests.parsers.pf.reading import read, said

_PFSENSE = {
    "installedpackages wireguard config enable": ("on", "off", ""),
    "wireguard config enable": ("on",),
    "installedpackages wireguard tunnels item enabled": ("yes", "no"),
    "installedpackages wireguard peers item enabled": ("yes", "no"),
    "installedpackages miniupnpd config enable": ("on", "off", ""),
    "ipsec phase2 mode": ("tunnel", "vti"),
}
_MODEL = ("0", "1", "")
_OPNSENSE = {
    "wireguard general enabled": _MODEL,
    "wireguard server servers server enabled": _MODEL,
    "wireguard server servers server disableroutes": _MODEL,
    "wireguard client clients client enabled": _MODEL,
    "Swanctl Connections Connection enabled": _MODEL,
    "Swanctl children child enabled": _MODEL,
    "Swanctl children child mode": ("tunnel", "transport"),
    "Swanctl Pools Pool enabled": _MODEL,
    "OpenVPN Instances Instance enabled": _MODEL,
    "OpenVPN Instances Instance role": ("server", "client"),
    "Gateways gateway_item disabled": _MODEL,
    "Kea dhcp4 general fwrules": _MODEL,
    "captiveportal zones zone enabled": _MODEL,
}
_OLDER = {
    "openvpn openvpn-server disable": ("0", "yes"),
    "ipsec enable": ("1", "yes"),
    "ipsec phase1 disabled": ("1", "yes"),
    "ipsec phase2 mode": ("tunnel", "route-based"),
    "staticroutes route disabled": ("0", "1"),
    "dnsmasq enable": ("0", "1"),
}


def _at(path: str, text: str, *, count: int = 1) -> str:
    *above, tag = path.split()
    found = f"<{tag}>{text}</{tag}>" * count
    for each in reversed(above):
        found = f"<{each}>{found}</{each}>"
    return found


def _of_opnsense(older: str = "", model: str = "") -> list[str]:
    text = BASE.format(older=older, model="").replace("<Gateways>", f"{model}<Gateways>")
    return opnsense.said(opnsense.of_text(text).gaps)


def _check(path: str, words: tuple[str, ...], found: Callable[[str], list[str]]) -> None:
    tag = path.rsplit(maxsplit=1)[-1]
    for word in words:
        assert not any(f"<{tag}>" in each for each in found(_at(path, word))), word
    for word in ("ture", "flase", f"{words[0]}x", "<x/>"):
        message = f"FW901: <{tag}> has a word that is not known here"
        assert any(message in each for each in found(_at(path, word))), word
    remarks = found(_at(path, words[0], count=2))
    assert any(f"FW901: <{tag}> stands in it 2 times" in each for each in remarks)


@pytest.mark.parametrize(("path", "words"), _PFSENSE.items())
def test_of_pfsense(path: str, words: tuple[str, ...]) -> None:
    _check(path, words, lambda text: said(read(text)))


@pytest.mark.parametrize(("path", "words"), _OPNSENSE.items())
def test_of_opnsense(path: str, words: tuple[str, ...]) -> None:
    _check(path, words, lambda text: _of_opnsense(model=text))


@pytest.mark.parametrize(("path", "words"), _OLDER.items())
def test_of_older_sections_of_opnsense(path: str, words: tuple[str, ...]) -> None:
    _check(path, words, lambda text: _of_opnsense(older=text))


def test_what_is_around_a_switch_is_there_once() -> None:
    twice = "<wireguard><client><clients/><clients/></client></wireguard>"
    assert "FW901: <clients> stands in it 2 times" in _first(_of_opnsense(model=twice))
    tunnels = "<wireguard><tunnels/><tunnels/><config/><config/></wireguard>"
    remarks = said(read(f"<installedpackages>{tunnels}</installedpackages>"))
    assert "FW901: <tunnels> stands in it 2 times" in _first(remarks)
    assert not any("<config>" in each for each in remarks)


def _first(remarks: list[str]) -> str:
    return next(each for each in remarks if "stands in it" in each).partition(": what")[0]

"""What people write for services and addresses: the hint is followed, and leads to success."""

import re
from pathlib import Path

import pytest

from flowmodel.source import InputErrors
from tests.policies.samples import load_site_text, site_text

SERVICES = {
    "443": "443/tcp",
    "443/TCP": "443/tcp",
    "443/6": "443/tcp",
    "443tcp": "443/tcp",
    "443/https": "443/tcp",
    "443/tls": "443/tcp",
    "443/tcp udp": "443/tcp+udp",
    "53/udp/tcp": "53/udp+tcp",
    "80,443/tcp,udp": "80,443/tcp+udp",
    "80:90/tcp": "80-90/tcp",
    "tcp/80": "80/tcp",
    "tcp:443": "443/tcp",
    "tcp 443": "443/tcp",
    "udp/67:68": "67-68/udp",
    "tcp/any": "1-65535/tcp",
    "any/tcp": "1-65535/tcp",
    "all/udp": "1-65535/udp",
    "'*/tcp'": "1-65535/tcp",
    "0-65535/tcp": "1-65535/tcp",
    "all": "any",
    "'*'": "any",
    "any/any": "any",
    "icmp/8": "8/icmp",
    "icmp/8,0": "8,0/icmp",
    "icmp/any": "icmp",
    "any/icmp": "icmp",
    "esp/any": "esp",
    "ping": "8/icmp",
    "https": "443/tcp",
    "'443/tcp,80/tcp'": "[443/tcp, 80/tcp]",
    "'443/tcp, tcp/80'": "[443/tcp, 80/tcp]",
}
ADDRESSES = {
    "10.0.0.0/255.255.255.0": "10.0.0.0/24",
    "10.0.0.0 255.255.255.0": "10.0.0.0/24",
    "10.0.0.5:443": "10.0.0.5",
    "10.0.0.5, 10.0.0.6": "[10.0.0.5, 10.0.0.6]",
    "10.0.0.5 10.0.0.6": "[10.0.0.5, 10.0.0.6]",
    "10.0.0.5-9": "10.0.0.5-10.0.0.9",
    "10.0.0.*": "10.0.0.0/24",
    "10.0.x.x": "10.0.0.0/16",
    "10.0.0/24": "10.0.0.0/24",
    "10.1/16": "10.1.0.0/16",
    "http://10.0.0.5:80/": "10.0.0.5",
    "'[2001:db8::1]'": "2001:db8::1",
    "'[2001:db8::1]:443'": "2001:db8::1",
    "'[2001:db8::]/32'": "2001:db8::/32",
    "10.0.0.1/24": "10.0.0.0/24",
    "::ffff:10.0.0.1": "10.0.0.1",
    "10.0.0.9-10.0.0.1": "10.0.0.1-10.0.0.9",
}


def _allowing(service: str, to: str = "corp") -> str:
    flow = f"allow:\n  - id: a\n    from: dmz\n    to: {to}\n    service: {service}\n"
    return site_text(more=flow)


def _hint(folder: Path, text: str) -> str:
    """What the one error says to write, or to mean."""
    with pytest.raises(InputErrors) as caught:
        load_site_text(folder, text)
    (error,) = caught.value.errors
    assert error.text
    found = re.search(r"(?:write|did you mean) (\[[^]]*\]|`[^`]*`)", error.message)
    assert found, error.message
    return found[1].strip("`")


@pytest.mark.parametrize(("written", "meant"), SERVICES.items(), ids=SERVICES)
def test_the_hint_for_a_service_leads_to_success(written: str, meant: str, tmp_path: Path) -> None:
    assert _hint(tmp_path, _allowing(written)) == meant
    load_site_text(tmp_path, _allowing(meant))


@pytest.mark.parametrize(("written", "meant"), ADDRESSES.items(), ids=ADDRESSES)
def test_the_hint_for_an_address_leads_to_success(written: str, meant: str, tmp_path: Path) -> None:
    assert _hint(tmp_path, _allowing("443/tcp", written)) == meant
    load_site_text(tmp_path, _allowing("443/tcp", meant if ":" not in meant else f"'{meant}'"))


_NO_SERVICES = [
    "fish",
    "443/fish",
    "70000/tcp",
    "0/tcp",
    "tcp/fish",
    "a/b/c",
    "80,443/tcp,53/udp",
    "443 tcp 80 udp",
    "tcp:80,udp:53",
    "ssh,443/tcp",
    "any,443/tcp",
    "any/https",
    "1024:/tcp",
    "1024+/tcp",
    "$web+1/tcp",
    "ping/0",
    "icmp 8 0",
    "tcp/80/443",
    "tcp/https",
    "icmp/fish",
]


@pytest.mark.parametrize("written", _NO_SERVICES)
def test_nothing_is_made_up_for_a_service(written: str, tmp_path: Path) -> None:
    with pytest.raises(InputErrors) as caught:
        load_site_text(tmp_path, _allowing(written))
    assert "write `" not in caught.value.errors[0].message


@pytest.mark.parametrize(
    "written",
    [
        "10.0.0.256",
        "10.0.0",
        "10.0.0.0/33",
        "1.2.3.4.5",
        "10.0.0.5, fish",
        "10.0.0.5 255.255.255.0",
        "0.0.0.0 255.255.255.255",
        "10.1/32",
        "'[10.0.0.1]/24'",
    ],
)
def test_nothing_is_made_up_for_an_address(written: str, tmp_path: Path) -> None:
    with pytest.raises(InputErrors) as caught:
        load_site_text(tmp_path, _allowing("443/tcp", written))
    assert "write" not in caught.value.errors[0].message


def test_both_ways_to_go_on_are_told_of_an_address(tmp_path: Path) -> None:
    with pytest.raises(InputErrors) as caught:
        load_site_text(tmp_path, _allowing("443/tcp", "10.0.0.1/24"))
    assert "for the prefix, or `10.0.0.1` for the single" in caught.value.errors[0].message

"""The site's own roles: what they can be, and where they can be named."""

from pathlib import Path

import pytest

from flowmodel.source import InputErrors
from tests.policies.samples import errors_of, load_site_text

_SITE = """fwlint: site/1
networks: {dmz: 192.0.2.0/24}
roles: {web: ROLE}
devices:
  web: {config: web.rules, host: HOST}
allow:
  - {id: https, from: any, to: site.web, service: 443/tcp}
"""


def _text(role: str = "192.0.2.10", host: str = "site.web") -> str:
    return _SITE.replace("ROLE", role).replace("HOST", host)


@pytest.mark.parametrize(
    ("role", "machines"),
    [
        ("192.0.2.10", 1),
        ("any", 1),
        ("dmz", 1),
        ("[192.0.2.10, 192.0.2.11]", 1),
        ("[[192.0.2.10, '2001:db8::10'], 192.0.2.11]", 2),
        ("{address: 192.0.2.10, public: 203.0.113.10}", 1),
    ],
)
def test_a_role_is_bound_like_one_of_a_policy(role: str, machines: int, tmp_path: Path) -> None:
    site = load_site_text(tmp_path, _text(role))

    assert [end.name for end in site.roles] == ["site.web"] * machines
    assert site.devices[0].roles == ("site.web",)
    assert [end.name for _, end in site.requirements[0].ends] == ["site.web"] * machines
    assert site.problems == ()


_WRONG = {
    "the internet": (
        _text("internet"),
        "3:14: `web` is a role of the site itself: give its addresses, networks or `any`",
    ),
    "nowhere": (
        _text("none"),
        "3:14: `web` is a role of the site itself: give its addresses, networks or `any`",
    ),
    "a name with a blank": (
        _text().replace("{web:", "{'my web':"),
        (
            "3:9: `my web` is not a valid name for a role: use lowercase letters, digits, `-` and "
            "`_`, starting with a letter or digit"
        ),
    ),
    "a host that is none": (
        _text(host="site.mail"),
        "5:34: unknown role `site.mail`; expected `site.web`",
    ),
    "another address": (
        _text(host="{role: site.web, address: 192.0.2.11}"),
        "5:60: 192.0.2.11 is no address of site.web in `roles:`",
    ),
    "no address": (
        _text("somewhere"),
        (
            "3:14: `somewhere` is neither an address nor a known name; expected one of `any`, "
            "`dmz`, `internet`, `none`"
        ),
    ),
}


@pytest.mark.parametrize(("text", "expected"), _WRONG.values(), ids=_WRONG)
def test_what_is_no_role_is_refused(text: str, expected: str, tmp_path: Path) -> None:
    with pytest.raises(InputErrors) as caught:
        load_site_text(tmp_path, text)

    assert errors_of(caught.value, tmp_path).splitlines()[0] == f"site.yaml:{expected}"

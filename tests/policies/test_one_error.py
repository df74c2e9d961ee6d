"""One mistake is one error: what only follows from it is not told."""

from collections.abc import Callable
from pathlib import Path

import pytest

from flowmodel.source import InputErrors
from tests.policies.samples import load_site_text, load_text

SITE = (
    "fwlint: site/1\n"
    "networks: {lan: 10.0.0.0/24}\n"
    "devices:\n"
    "  web:\n"
    "    config: web.rules\n"
    "    host: leap.webapp\n"
    "use:\n"
    "  leap:\n"
    "    bind: {webapp: 10.0.0.5}\n"
    "allow:\n"
    "  - id: a\n"
    "    from: leap.webapp\n"
    "    to: internet\n"
    "    service: 443/tcp\n"
    "accept:\n"
    "  - finding: FW205\n"
    "    because: x\n"
    "    until: 2027-01-01\n"
    "    flow: leap.https\n"
    "    device: web\n"
)
SITES = {
    "an unknown policy": ("  leap:\n", "  laep:\n", "unknown policy `laep`; did you mean `leap`?"),
    "a list of policies": (
        "  leap:\n    bind: {webapp: 10.0.0.5}\n",
        "  - leap\n",
        "`use` must be a mapping, not a list",
    ),
    "a misspelled key": (
        "    config:",
        "    confg:",
        "unknown key `confg` in device `web`; did you mean `config`?",
    ),
    "another tool's key": (
        "    config:",
        "    export:",
        "unknown key `export` in device `web`; did you mean `config`?",
    ),
    "a port for a service": (
        "    service: 443/tcp",
        "    port: 443",
        "unknown key `port` in a flow; did you mean `service`?",
    ),
    "a source": ("    from:", "    src:", "unknown key `src` in a flow; did you mean `from`?"),
    "a destination": ("    to:", "    dst:", "unknown key `dst` in a flow; did you mean `to`?"),
    "a reason": (
        "    because:",
        "    reason:",
        "unknown key `reason` in a waiver; did you mean `because`?",
    ),
    "waivers": ("accept:", "waivers:", "unknown key `waivers` in a site; did you mean `accept`?"),
    "firewalls": (
        "devices:",
        "firewalls:",
        "unknown key `firewalls` in a site; did you mean `devices`?",
    ),
    "a list of devices": (
        "  web:\n    config: web.rules\n    host: leap.webapp\n",
        "  - web.rules\n",
        "`devices` must be a mapping, not a list",
    ),
    "a policy": (
        "site/1",
        "policy/1",
        (
            "expected a `site/1` file, but this is a `policy/1` file; check it with "
            "`fwlint policy check`"
        ),
    ),
}
POLICY = (
    "fwlint: policy/1\n"
    "name: mine\n"
    "roles:\n"
    "  server: The server.\n"
    "sections:\n"
    "  - title: All\n"
    "    flows:\n"
    "      - {id: a, from: internet, to: server, service: 443/tcp}\n"
)
POLICIES = {
    "a list of roles": ("  server: The server.", "  - server", "`roles` must be a mapping"),
    "a misspelled key": ("sections:", "section:", "unknown key `section` in a policy; did you"),
    "a site": ("policy/1", "site/1", "expected a `policy/1` file, but this is a `site/1` file"),
}


def _errors(load: Callable[[Path, str], object], folder: Path, text: str) -> list[str]:
    with pytest.raises(InputErrors) as caught:
        load(folder, text)
    return [error.message for error in caught.value.errors]


@pytest.mark.parametrize(("right", "wrong", "message"), SITES.values(), ids=SITES)
def test_one_mistake_in_a_site_is_one_error(
    right: str, wrong: str, message: str, tmp_path: Path
) -> None:
    assert SITE.count(right) == 1
    assert _errors(load_site_text, tmp_path, SITE.replace(right, wrong)) == [message]


@pytest.mark.parametrize(("right", "wrong", "message"), POLICIES.values(), ids=POLICIES)
def test_one_mistake_in_a_policy_is_one_error(
    right: str, wrong: str, message: str, tmp_path: Path
) -> None:
    assert POLICY.count(right) == 1
    (error,) = _errors(load_text, tmp_path, POLICY.replace(right, wrong))
    assert error.startswith(message)


def test_two_mistakes_are_two_errors(tmp_path: Path) -> None:
    text = SITE.replace("  leap:\n", "  laep:\n").replace("to: internet", "to: intarnet")
    assert len(_errors(load_site_text, tmp_path, text)) == 2


def test_no_mistake_is_no_error(tmp_path: Path) -> None:
    assert load_site_text(tmp_path, SITE).name == "site"
    assert load_text(tmp_path, POLICY).name == "mine"

"""Who is the internet to what must never be: no machine of a role, wherever it is."""

from pathlib import Path

import pytest

from tests.linter.checks.samples import EDGE, EXPOSURE, KEEP, Asking, policy, rules, site

found = Asking(*EXPOSURE, "FW508")

_PUBLIC, _FAR = "203.0.113.10", "198.51.100.30"
_BIND = f"{{web: {{address: 192.0.2.10, public: {_PUBLIC}}}, db: {_FAR}, users: office}}"


def _found(tmp_path: Path, rule: str, *flows: str) -> set[str]:
    export = rules(KEEP, f"-A FORWARD {rule} -p tcp --dport 443 -j ACCEPT")

    actual = found(tmp_path, policy(*flows), site(EDGE, bind=_BIND), {"edge.rules": export})

    return {f"{each.check} {each.certainty}" for each in actual if each.check != "FW208"}


@pytest.mark.parametrize(
    ("address", "expected"),
    [(_PUBLIC, set()), (_FAR, {"FW205 certain"}), ("8.8.8.8", {"FW212 certain"})],
    ids=["its own public one", "another role's", "no-op: a stranger's"],
)
def test_no_address_of_a_role_is_the_internet(
    address: str, expected: set[str], tmp_path: Path
) -> None:
    flow = "id: never, from: web, to: internet, service: 443/tcp, need: never"

    assert _found(tmp_path, f"-s 192.0.2.10 -d {address}", flow) == expected


@pytest.mark.parametrize(
    ("sender", "expected"),
    [(_FAR, set()), (_PUBLIC, {"FW212 certain"}), ("8.8.8.8", {"FW212 certain"})],
    ids=["another role's", "no-op: a public one, which sends nothing", "no-op: a stranger's"],
)
def test_no_machine_of_a_role_is_the_internet(
    sender: str, expected: set[str], tmp_path: Path
) -> None:
    flow = "id: never, from: internet, service: 443/tcp, need: never"
    also = "id: also, from: db, service: 443/tcp"

    assert _found(tmp_path, f"-s {sender} -d 192.0.2.10", flow, also) == expected

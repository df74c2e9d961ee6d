"""Who is the internet to what must never be: no machine of a role, wherever it is."""

from pathlib import Path

import pytest

from tests.linter.checks.samples import EDGE, EXPOSURE, KEEP, Asking, policy, rules, site

found = Asking(*EXPOSURE, "FW508")

_PUBLIC, _FAR = "203.0.113.10", "198.51.100.30"
_BIND = f"{{web: {{address: 192.0.2.10, public: {_PUBLIC}}}, db: {_FAR}, users: office}}"


def _found(tmp_path: Path, rule: str, *flows: str, bind: str = _BIND, more: str = "") -> set[str]:
    export = rules(KEEP, f"-A FORWARD {rule} -p tcp --dport 443 -j ACCEPT")

    text = site(EDGE, bind=bind, more=more)
    actual = found(tmp_path, policy(*flows), text, {"edge.rules": export})

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


_NEVER = "id: never, from: internet, service: 443/tcp, need: never"


@pytest.mark.parametrize(
    "db", [_FAR, "any", "0.0.0.0/0", "[0.0.0.0/1, 128.0.0.0/1]", "[0.0.0.0/0, '::/0']"]
)
@pytest.mark.parametrize(
    ("flow", "ends"),
    [
        (_NEVER, "-s 8.8.8.8 -d 192.0.2.10"),
        (_NEVER.replace("from: internet", "from: web, to: internet"), "-s 192.0.2.10 -d 8.8.8.8"),
    ],
    ids=["from there", "to there"],
)
def test_a_role_that_everybody_has_takes_nobody_from_the_internet(
    db: str, flow: str, ends: str, tmp_path: Path
) -> None:
    bind = f"{{web: 192.0.2.10, db: {db}, users: office}}"
    also = "id: also, from: db, service: 443/tcp, need: may"

    assert "FW212 certain" in _found(tmp_path, ends, flow, also, bind=bind)


def test_a_machine_beside_a_role_that_everybody_has_is_no_stranger(tmp_path: Path) -> None:
    bind = f"{{web: 192.0.2.10, db: {_FAR}, gate: {{inside: 0.0.0.0/0, outside: none}}}}"
    also = "id: also, from: db, service: 443/tcp"

    assert _found(tmp_path, f"-s {_FAR} -d 192.0.2.10", _NEVER, also, bind=bind) == set()


@pytest.mark.parametrize("db", [_FAR, "0.0.0.0/0"])
def test_what_must_work_from_the_internet_is_asked_beside_a_role_that_everybody_has(
    db: str, tmp_path: Path
) -> None:
    bind = f"{{web: 192.0.2.10, db: {db}, users: office}}"
    flow = policy("id: https, from: internet, service: 443/tcp")
    asking = Asking("FW101", "FW113")

    actual = asking(tmp_path, flow, site(EDGE, bind=bind), {"edge.rules": rules(KEEP)})

    assert [each.check for each in actual] == ["FW101"]


@pytest.mark.parametrize(
    ("sender", "expected"),
    [(_FAR, set()), ("8.8.8.8", {"FW212 certain"})],
    ids=["another role's", "no-op: a stranger's"],
)
def test_the_site_means_the_same_by_the_internet(
    sender: str, expected: set[str], tmp_path: Path
) -> None:
    more = """
        allow:
          - {id: never, from: internet, to: shop.web, service: 443/tcp, need: never}
        """
    also = "id: also, from: db, service: 443/tcp"

    assert _found(tmp_path, f"-s {sender} -d 192.0.2.10", also, more=more) == expected

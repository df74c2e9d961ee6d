"""What a site makes of `service: any`, and of the rows of the document's versions."""

from pathlib import Path

import pytest

from flowmodel.site import Requirement
from tests.policies.samples import load_site_text

_POLICY = """\
fwlint: policy/1
name: shop
roles: {web: Web, db: Database}
peers: {users: Users}
versions: ["4", "5", "6"]
sections:
  - title: All
    flows:
      - {id: one, from: users, to: web, service: 1/tcp, rows: [R1, R2]}
      - {id: all, from: web, to: db, service: any, rows: R3}
rows:
  R1: {line: 1, device: web, direction: in, protocol: tcp, port: 1, until: '4'}
  R2: {line: 2, device: web, direction: in, protocol: tcp, port: 1, since: '5'}
  R3: {line: 3, says: web and db are friends}
"""


def _flows(folder: Path, version: str = "") -> dict[str, Requirement]:
    (folder / "own.yaml").write_text(_POLICY, encoding="utf-8")
    options = f"    options: {{version: '{version}'}}\n" if version else ""
    text = (
        "fwlint: site/1\nnetworks: {servers: 10.20.0.0/24}\ndevices: {}\n"
        f"policies: own.yaml\nuse:\n  shop:\n{options}"
        "    bind: {web: 10.20.0.1, db: 10.20.0.2, users: 10.30.0.0/24}\n"
    )
    return {one.name: one for one in load_site_text(folder, text).requirements}


def test_any_is_every_port_of_every_protocol(tmp_path: Path) -> None:
    services = _flows(tmp_path)["shop.all"].services

    assert [one.proto for one in services] == list(range(256))
    assert {(one.ports, one.text) for one in services} == {(((0, 65535),), "any")}


@pytest.mark.parametrize(
    ("version", "cited"),
    [("", ["R1", "R2"]), ("4", ["R1"]), ("6", ["R2"])],
    ids=["nobody says which", "the older", "the newer"],
)
def test_a_flow_cites_the_rows_of_the_version(
    version: str, cited: list[str], tmp_path: Path
) -> None:
    assert [row.id for row in _flows(tmp_path, version)["shop.one"].rows] == cited

"""The examples of docs/policies.md are a policy and a site that uses it."""

import re
from pathlib import Path

import policies
from policies.coverage import uncited
from policies.flows import FLOW_KEYS
from policies.rows import ROW_KEYS
from tests import ROOT
from tests.policies.samples import TODAY, problems

PAGE = ROOT / "docs" / "policies.md"


def blocks() -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_examples_are_a_policy_and_a_site(tmp_path: Path) -> None:
    policy, _, site = blocks()
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "shop.yaml").write_text(policy, encoding="utf-8")
    (tmp_path / "site.yaml").write_text(site, encoding="utf-8")
    loaded = policies.load_site(str(tmp_path / "site.yaml"), TODAY)

    assert [(one.name, one.need) for one in loaded.requirements] == [
        ("shop.shop", "must"),
        ("shop.admin", "must"),
        ("shop.database", "must"),
        ("shop.updates", "must"),
        ("site.ntp", "may"),
    ]
    assert problems(loaded) == []
    assert uncited(policies.load_policy(str(folder / "shop.yaml"))) == ()


def test_every_key_of_a_flow_and_of_a_row_is_explained() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert [key for key in (*FLOW_KEYS, *ROW_KEYS) if f"`{key}" not in text and key != "id"] == []

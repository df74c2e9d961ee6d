"""A listing by `nft list chains` has no rules: that it drops everything is remarked."""

import pytest

from tests.parsers.nftables.samples import export

_HOOK = "type filter hook input priority 0; policy {policy};"


def remarks(body: str, policy: str = "drop", more: str = "") -> list[str]:
    hook = _HOOK.format(policy=policy)
    text = f"table inet t {{\nchain c {{ {hook}\n{body}\n}}\n{more}\n}}\n"
    return [gap.message for gap in export(text).gaps]


def test_a_drop_policy_and_no_rule_at_all_is_remarked() -> None:
    (remark,) = remarks("")

    assert remark.startswith("no chain in the export has a rule, as if `nft list chains`")


@pytest.mark.parametrize(
    ("body", "policy", "more"),
    [
        pytest.param("tcp dport 22 accept", "drop", "", id="a rule"),
        pytest.param("", "drop", "chain d { accept; }", id="a rule of another chain"),
        pytest.param("", "accept", "", id="everything is open anyhow"),
    ],
)
def test_nothing_is_said_of(body: str, policy: str, more: str) -> None:
    assert remarks(body, policy, more) == []

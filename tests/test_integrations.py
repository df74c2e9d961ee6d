"""The hook for pre-commit and the action for GitHub call the program as it is."""

import re
import shlex

import pytest
import yaml

from linter.commands.arguments import parsed, parser
from tests import ROOT

_ROOT = ROOT
_HOOKS = yaml.safe_load((_ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
_ACTION = yaml.safe_load((_ROOT / "action.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("hook", _HOOKS, ids=[hook["id"] for hook in _HOOKS])
def test_a_hook_is_a_command_that_takes_files(hook: dict[str, str]) -> None:
    program, *arguments = shlex.split(hook["entry"])

    assert [program, *arguments[:3]] == ["python", "-I", "-m", "linter"]
    arguments = arguments[3:]
    assert parser().parse_args([*arguments, "a.yaml"]).paths == ["a.yaml"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("site.yaml", True),
        ("firewalls/edge.nft", True),
        ("firewalls/edge.rules", True),
        ("web.iptables-save", True),
        ("policies/own.yaml", True),
        ("README.md", False),
        ("src/main.py", False),
    ],
)
def test_the_hook_runs_when_an_export_a_site_or_a_policy_changes(
    path: str, *, expected: bool
) -> None:
    assert (re.search(_HOOKS[0]["files"], path) is not None) == expected


def test_the_action_puts_no_input_into_its_script() -> None:
    (step,) = _ACTION["runs"]["steps"]

    assert "${{" not in step["run"]


def test_the_action_uses_options_that_exist() -> None:
    (step,) = _ACTION["runs"]["steps"]
    line = next(line for line in step["run"].splitlines() if "linter check" in line)
    arguments = shlex.split(line.replace('${SARIF:+-o "sarif:$SARIF"}', "-o sarif:out.sarif"))[4:]
    arguments = ["error" if argument == "$FAIL_ON" else argument for argument in arguments]

    assert parsed(arguments).output == ["full", "sarif:out.sarif"]
    assert parsed(arguments).paths == ["$SITE"]

"""The hooks for pre-commit and the action for GitHub call the program as it is."""

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
        ("site.yaml", "site files"),
        ("firewalls/edge.nft", "site files"),
        ("firewalls/edge.rules", "site files"),
        ("firewalls/edge.rules6", "site files"),
        ("etc/iptables/rules.v4", "site files"),
        ("etc/iptables/rules.v6", "site files"),
        ("etc/nftables.conf", "site files"),
        ("pfsense/config.xml", "site files"),
        ("aws/security-groups.json", "site files"),
        ("web.iptables-save", "site files"),
        ("policies/own.yaml", "site files policy"),
        ("policy/own.yml", "site files policy"),
        ("my-policy.yaml", "site files policy"),
        ("policies/README.md", "policy"),
        ("README.md", ""),
        ("src/main.py", ""),
        ("rules.v4.orig", ""),
    ],
)
def test_hooks_run_when_an_export_a_site_or_a_policy_changes(path: str, expected: str) -> None:
    """pre-commit also asks for the type: README.md is no YAML."""
    found = [hook["id"] for hook in _HOOKS if re.search(hook["files"], path)]

    names = {"fwlint": "site", "fwlint-files": "files", "fwlint-policy": "policy"}
    assert " ".join(names[each] for each in found) == expected


def test_a_hook_is_not_shared_out_among_processes() -> None:
    assert [hook["require_serial"] for hook in _HOOKS] == [True, True, True]
    assert [hook.get("pass_filenames", True) for hook in _HOOKS] == [False, True, True]


def test_the_action_puts_no_input_into_its_script() -> None:
    (step,) = _ACTION["runs"]["steps"]

    assert "${{" not in step["run"]
    assert set(_ACTION["inputs"]) == {
        value.removeprefix("${{ inputs.").removesuffix(" }}")
        for value in step["env"].values()
        if "inputs" in value
    }


def test_the_action_uses_options_that_exist() -> None:
    (step,) = _ACTION["runs"]["steps"]
    text = step["run"].replace("\\\n", " ")
    line = next(line for line in text.splitlines() if "linter check" in line)
    arguments = shlex.split(line.partition("|| status=")[0])[4:]
    arguments = ["error" if argument == "$FAIL_ON" else argument for argument in arguments]

    found = parsed(arguments)
    assert found.output == ["full", "sarif:$own/fwlint.sarif", "markdown:$own/summary.md"]
    assert found.paths == ["$SITE"]


def test_an_example_pins_what_others_wrote_by_its_hash() -> None:
    page = (_ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    used = re.findall(r"uses: (\S+)(.*)", page)

    assert len(used) == 3
    for name, comment in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", name), name
        # The reader's own copy of fwlint has no release yet; its hash is to be filled in.
        assert re.fullmatch("" if "/fwlint@" in name else r" # v\d+\.\d+\.\d+", comment), comment

"""The recipe of every format gives exports that it reads: its commands are run as they stand."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

import parsers
from parsers import COMPANIONS, FORMATS, recipes
from parsers.shared.format import Recipe
from tests import FIXTURES
from tests.parsers.contract.subjects import Subject, each_subject

_SHELLS = [each for each in ("bash", "zsh") if shutil.which(each)]
_ASIDE = ("fwlint ", "ssh ", "iptables-legacy-save", "ip6tables-legacy-save")


@each_subject
def test_the_recipe_of_a_dialect_is_the_formats_own(subject: Subject) -> None:
    own = [each for each in subject.format.recipes if subject.dialect.name in each.names]

    assert len(own) == 1, f"{subject.format.name} has a recipe for {subject.dialect.title}"
    assert subject.dialect.title in own[0].title or own[0].title == subject.format.title
    assert recipes(subject.dialect.name.upper()) == tuple(own)


def test_a_name_means_one_recipe_or_a_format() -> None:
    names = [name for each in recipes() for name in each.names]
    twice = {name for name in names if names.count(name) > 1}

    assert twice <= {each.name for each in FORMATS}
    assert [name for name in names if name != name.lower()] == []
    assert len({each.title for each in recipes()}) == len(recipes())
    assert all(recipes(each.name) for each in (*FORMATS, *COMPANIONS))


@pytest.mark.parametrize("recipe", recipes(), ids=lambda each: each.names[-1])
def test_what_a_recipe_writes_is_named_as_the_hook_expects(recipe: Recipe) -> None:
    endings = {ending for each in (*FORMATS, *COMPANIONS) for ending in each.endings}
    written = [word for line in _commands(recipe, ()) for word in _targets(line)]

    assert written
    assert {path.rpartition(".")[2] for path in written} <= endings


def _targets(line: str) -> Sequence[str]:
    return [line.partition(" > ")[2].strip('"')] if " > " in line else []


def _commands(recipe: Recipe, left_out: tuple[str, ...] = _ASIDE) -> list[str]:
    """The commands, but those that are for somebody else's machine."""
    every = [command for step in recipe.steps for command in step.commands]
    return [each for each in every if not (left_out and each.startswith(left_out))]


_AWS = """\
#!/bin/sh
echo "$*" >> "{folder}/called"
case "$*" in
  *--output\\ text)
    case "$*" in
      *describe-managed-prefix-lists*) printf 'pl-0a\\tpl-0b\\n' ;;
      *list-firewalls*) echo 'arn:aws:network-firewall:eu-west-1:111122223333:firewall/edge' ;;
      *list-firewall-policies*)
        echo 'arn:aws:network-firewall:eu-west-1:111122223333:firewall-policy/edge' ;;
      *list-rule-groups*)
        echo 'arn:aws:network-firewall:eu-west-1:111122223333:stateful-rulegroup/same'
        echo 'arn:aws:network-firewall:eu-west-1:111122223333:stateless-rulegroup/same' ;;
    esac ;;
  *get-managed-prefix-list-entries*)
    echo '{{"Entries": [{{"Cidr": "192.0.2.0/24", "Description": "made up"}}]}}' ;;
  *describe-managed-prefix-lists*) echo '{{"PrefixLists": []}}' ;;
  *describe-instances*) echo '{{"Reservations": []}}' ;;
  *describe-route-tables*) echo '{{"RouteTables": []}}' ;;
  *describe-security-group-rules*) echo '{{"SecurityGroupRules": []}}' ;;
  *ec2\\ describe-*) shift; cat "{demo}/$(echo "$1" | cut -d- -f2-).json" ;;
  *) echo '{{}}' ;;
esac
"""


def _with_aws(folder: Path, shell: str, recipe: Recipe) -> list[str]:
    """What is called, where a program that answers as the CLI does is called `aws`."""
    program = folder / "bin" / "aws"
    program.parent.mkdir()
    program.write_text(_AWS.format(folder=folder, demo=FIXTURES / "demo" / "exports" / "aws"))
    program.chmod(0o755)
    script = f'PATH="{program.parent}:$PATH"\n' + "\n".join(_commands(recipe))
    done = subprocess.run(
        [shell, "-e", "-u", "-c", script], cwd=folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return (folder / "called").read_text().splitlines()


@pytest.mark.parametrize("shell", _SHELLS)
def test_the_commands_for_aws_give_a_folder_that_is_read(shell: str, tmp_path: Path) -> None:
    (recipe,) = recipes("aws")

    called = _with_aws(tmp_path, shell, recipe)

    described = {each.split()[1] for each in called}
    assert len(described) == 10
    assert {"describe-security-groups", "get-managed-prefix-list-entries"} < described
    assert {path.stem for path in (tmp_path / "aws").iterdir()} == {
        "pl-0a",
        "pl-0b",
        *(each.partition("-")[2] for each in described if each.startswith("describe-")),
    }
    found = parsers.read_exports([str(tmp_path / "aws")])
    assert len({ruleset.place for ruleset in found}) == 6


@pytest.mark.parametrize("shell", _SHELLS)
def test_the_commands_for_network_firewall_lose_no_group(shell: str, tmp_path: Path) -> None:
    (recipe,) = recipes("aws-network-firewall")

    called = _with_aws(tmp_path, shell, recipe)

    assert sum("describe-rule-group " in each for each in called) == 2
    assert {path.name for path in (tmp_path / "nfw").iterdir()} == {
        "vpcs.json",
        "prefix-lists.json",
        "pl-0a.json",
        "pl-0b.json",
        "firewall-edge.json",
        "firewall-policy-edge.json",
        "stateful-rulegroup-same.json",
        "stateless-rulegroup-same.json",
    }


_RULES = {
    "iptables": (
        "ipset create office hash:net",
        "ipset add office 192.0.2.0/24",
        "iptables -A INPUT -m set --match-set office src -j DROP",
        "ip6tables -A INPUT -p tcp --dport 22 -j DROP",
    ),
    "nftables": ("nft add table inet filter", "nft add chain inet filter input '{ drop; }'"),
}


@pytest.mark.kernel
@pytest.mark.parametrize("name", _RULES)
def test_the_commands_for_linux_give_exports_that_are_read(name: str, tmp_path: Path) -> None:
    (recipe,) = recipes(name)
    commands = _commands(recipe)
    programs = {each.split()[0] for each in (*_RULES[name], *commands)}
    is_there = all(map(shutil.which, ("unshare", *programs)))
    if not is_there or subprocess.run(["unshare", "-n", "true"], check=False).returncode:
        pytest.skip("there are no network namespaces, or no tools of Linux")

    script = "\n".join(("ip link set lo up", *_RULES[name], *commands))
    subprocess.run(["unshare", "-n", "bash", "-e", "-c", script], cwd=tmp_path, check=True)

    found = parsers.read_exports([str(path) for path in sorted(tmp_path.iterdir())])
    assert {family for ruleset in found for family in ruleset.families} == {4, 6}
    assert all(ruleset.gaps == () for ruleset in found[1:])
    assert sum(
        len(chain.rules) for each in found for t in each.tables for chain in t.chains.values()
    )

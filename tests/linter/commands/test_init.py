"""`fwlint init`: what it writes, and where."""

import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator

from policies.json_schema import json_schema
from policies.loader import load_policy
from policies.products import TITLES
from tests import ROOT
from tests.linter.checks.samples import rules
from tests.linter.drafts.samples import DB, EDGE, WEB, Init, existing, read, with_machines


@pytest.fixture
def init(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Init:
    """A folder with the exports of two machines."""
    return with_machines(tmp_path, monkeypatch, capsys)


def test_it_says_what_it_has_written_and_what_is_next(init: Init) -> None:
    status, said, errors = init.run("web.v4", "db.v4")

    assert (status, errors) == (0, "")
    assert said == (
        "site.yaml: 2 devices, 0 networks, 2 openings to review\n"
        "next: review it, then run `fwlint check site.yaml` (exit status now 0, with 2 warnings)\n"
    )
    assert read(existing(init))["devices"] == {
        "web": {"config": "web.v4", "host": "site.web"},
        "db": {"config": "db.v4", "host": "site.db"},
    }
    assert init.check()[0] == 0


def test_standard_output_has_the_file_alone(init: Init) -> None:
    status, text, errors = init.run("web.v4", "-o", "-")

    assert status == 0
    assert list(read(text)["devices"]) == ["web"]
    assert errors.startswith("site.yaml: 1 device, 0 networks, 1 opening to review\n")
    assert not (init.folder / "site.yaml").exists()


def test_editors_take_what_it_writes(init: Init) -> None:
    files = {"edge.v4": EDGE}
    for arguments in (
        ("web.v4", "db.v4"),
        ("web.v4", *(f"--policy={name}" for name in TITLES)),
        ("edge.v4", "--interface", "wan0=internet", "--interface", "lan0=10.1.0.0/16"),
        ("edge.v4",),
    ):
        data = yaml.safe_load(init.text(files, *arguments))
        assert list(Draft7Validator(json_schema()).iter_errors(data)) == []


def test_the_first_line_names_a_schema_that_it_says_how_to_write(init: Init) -> None:
    first, *others = init.text({}, "web.v4").splitlines()

    assert first == "# yaml-language-server: $schema=fwlint.schema.json"
    assert "`fwlint policy schema > fwlint.schema.json`" in others[0]


_NAMES = {
    "another name": ("there/my.yaml", "../web.v4"),
    "the same folder": ("other.yaml", "web.v4"),
}


@pytest.mark.parametrize(("target", "config"), _NAMES.values(), ids=_NAMES)
def test_paths_count_from_the_file(target: str, config: str, init: Init) -> None:
    (init.folder / "there").mkdir()
    (init.folder / ".git").mkdir()

    assert init.run("web.v4", "-o", target)[0] == 0
    text = (init.folder / target).read_text(encoding="utf-8")
    assert read(text)["devices"]["web"]["config"] == config
    assert init.check(target)[0] == 0


def test_an_export_outside_of_the_tree_is_named_with_what_allows_it(
    init: Init, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("etc")
    (outside / "web.v4").write_text(WEB, encoding="utf-8")

    status, said, _ = init.run(f"{outside}/web.v4")

    command = f"fwlint check site.yaml --allow-outside {outside}"
    assert (status, f"`{command}`" in said) == (0, True)
    assert read(existing(init))["devices"]["web"]["config"] == f"{outside}/web.v4"
    assert init.check("site.yaml", "--allow-outside", str(outside))[0] == 0
    assert init.check("site.yaml")[0] == 2


def test_a_folder_is_named_as_one_if_all_of_it_is_one_device(init: Init) -> None:
    init.write({"mail/rules.v4": WEB, "mail/rules.v6": "# ip6tables-save\n" + WEB})
    text = init.text({"both/web.v4": WEB, "both/db.v4": DB}, "mail", "both")

    assert {name: each["config"] for name, each in read(text)["devices"].items()} == {
        "mail": "mail",
        "web": "both/web.v4",
        "db": "both/db.v4",
    }


def test_the_folder_of_the_site_file_is_named_by_its_files(init: Init) -> None:
    (init.folder / "db.v4").unlink()
    init.write({"README.md": "# Exports\n", "shop.yaml": "fwlint: policy/1\n"})
    text = init.text({}, ".")

    assert read(text)["devices"]["web"]["config"] == "web.v4"
    assert init.check()[0] == 0
    assert init.text({}, ".") == text


def test_a_folder_with_a_note_is_named_as_one(init: Init) -> None:
    text = init.text({"mail/rules.v4": WEB, "mail/README.md": "# Exports\n"}, "mail")

    assert read(text)["devices"]["mail"]["config"] == "mail"


@pytest.mark.parametrize("name", TITLES)
def test_the_lines_of_each_policy_can_be_filled_in(name: str, init: Init) -> None:
    text = init.text({}, "web.v4", "--policy", name)
    assert init.check()[0] == 0

    head, mark, tail = text.partition("\nuse:")
    use, other, rest = tail.partition("\n\n")
    use = re.sub(r"^    # ((?:  )*[\w\"-]+:(?: .*)?)$", r"    \1", use, flags=re.MULTILINE)
    filled = head + mark + use.replace("ADDRESS", "192.0.2.10") + other + rest
    init.write({"site.yaml": filled})

    policy = load_policy(name)
    assert set(read(filled)["use"][name]["bind"]) == {*policy.roles, *policy.peers}
    assert set(read(filled)["use"][name].get("options", {})) == set(policy.options)
    # Whatever is found where all roles are on one machine, the file is read.
    assert init.check("--fail-on", "never", "--select", "FW5")[0] == 0


def test_a_role_on_a_machine_is_bound_and_its_host(init: Init) -> None:
    arguments = ("--policy", "vault", "--role", "web=server", "--role", "db=vault.server")
    text = read(init.text({}, "web.v4", "db.v4", *arguments))

    assert text["devices"]["web"]["host"] == ["site.web", "vault.server"]
    assert text["use"] == {"vault": {"bind": {"server": "any"}}}


def test_a_policy_of_ones_own_is_named_by_its_path(init: Init) -> None:
    policy = ROOT / "fixtures/iproute/docker-host/shop.yaml"
    init.write({"policies/shop.yaml": policy.read_text(encoding="utf-8")})
    text = read(init.text({}, "web.v4", "--policy", "policies/shop.yaml"))

    assert text["policies"] == "policies/shop.yaml"
    assert list(text["use"]) == ["shop"]


def test_what_takes_too_long_is_said_and_nothing_is_proposed_of_it(init: Init) -> None:
    hard = [
        f"-A FORWARD -i lan0 -o wan0 -s 10.{n % 7 * 31 % 256}.{n * 37 % 256}.{n % 256}"
        f"/{17 + n % 15} -d 10.1.{n * 91 % 256}.{n * 7 % 256}/{20 + n % 12} -p tcp"
        f" --dport {n * 53 % 60000}:{n * 53 % 60000 + n * 11 % 5000}"
        f" -j {'ACCEPT' if n % 3 else 'DROP'}"
        for n in range(1, 1500)
    ]
    init.write({"edge.v4": rules(*hard)})
    status, said, errors = init.run("edge.v4", "--work-limit", "0.1")

    assert (status, "(exit status now 2: see MISSING in it)" in said) == (0, True)
    assert "too complex to decide: what is open through edge" in errors
    text = existing(init)
    assert "what is open there could not be decided" in text
    assert "# Taken for a firewall between networks: its rules name several networks, and" in text
    assert "allow" not in read(text)

"""`fwlint check` of many inputs: each by itself, all of them as one run."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from linter.cli import main
from linter.report import FORMATS
from tests.linter.commands.fleet.samples import BROKEN, CLOSED, OPEN, fleet, site, write

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(check: Run) -> Run:
    """Runs `check` beside a fleet; returns its status and what it wrote."""
    return check


def test_each_input_is_told_apart_and_there_is_one_summary(run: Run) -> None:
    status, out, err = run("sites", "hosts", "--select", "FW306,FW101,FW215")

    assert (status, err) == (1, "")
    heads = [line for line in out.splitlines() if line.startswith("==> ")]
    assert heads == [
        "==> sites/north/site.yaml: 1 error",
        "==> sites/south/site.yaml: 2 errors",
        "==> hosts/a.rules: 1 error",
    ]
    assert out.endswith(
        "Found 4 errors in 5 exports, 0 rules and 2 flows; 0 waived. 3 of 5 inputs have findings.\n"
    )


def test_what_is_open_on_many_is_told_where_that_is_asked_for(run: Run) -> None:
    _, out, _ = run("--each", "hosts", "--openings", "yes")
    heads = [line for line in out.splitlines() if line.startswith("==> ")]
    assert [line.partition(":")[0] for line in heads] == [
        "==> hosts/a.rules",
        "==> hosts/b.nft",
        "==> hosts/more/c.rules",
    ]
    assert out.count("To the machine itself") == 3

    for arguments in ((), ("--openings", "no")):
        assert "To the machine itself" not in run("--each", "hosts", *arguments)[1]


def test_sites_have_no_table_of_what_is_open(run: Run) -> None:
    message = "fwlint check: --openings yes is for exports by themselves\n"

    assert run("sites", "--openings", "yes") == (2, "", message)
    assert run("sites", "--openings", "no") == run("sites")
    assert run("sites", "hosts", "--openings", "yes")[1].count("To the machine itself") == 3


def test_the_tables_change_no_finding(run: Run) -> None:
    told, untold = (
        json.loads(run("--each", "hosts", "-o", "json", "--openings", each)[1])
        for each in ("yes", "no")
    )

    assert {each["input"] for each in told["open"]} == {each["name"] for each in told["inputs"]}
    assert untold == {**told, "open": []}


def test_a_site_among_many_is_told_as_by_itself(run: Run) -> None:
    many = json.loads(run("sites", "hosts/a.rules", "-o", "json")[1])
    lists = [name for name, value in many.items() if isinstance(value, list)]

    assert "inputs" in lists
    for name in ("sites/north/site.yaml", "sites/south/site.yaml", "hosts/a.rules"):
        alone = json.loads(run(*_alone(name), "-o", "json")[1])
        (its,) = [each for each in many["inputs"] if each["name"] == name]
        assert {"name": name, **alone["summary"]}.items() >= its.items()
        for member in set(lists) - {"inputs", "left_out"}:
            found = [each for each in many[member] if each["input"] == name]
            assert found == [{"input": name, **each} for each in alone[member]]
    for level in ("error", "warning", "exports", "requirements"):
        assert many["summary"][level] == sum(each[level] for each in many["inputs"])
    assert many["summary"]["inputs"] == 3


def _alone(name: str) -> list[str]:
    return [name] if name.endswith(".yaml") else ["--each", name]


def test_json_of_many_has_the_members_of_json_of_one(run: Run) -> None:
    one = json.loads(run("sites/north/site.yaml", "-o", "json")[1])
    many = json.loads(run("sites", "-o", "json")[1])

    assert set(many) - set(one) == {"inputs"}
    assert set(one) <= set(many)
    assert set(many["summary"]) - set(one["summary"]) == {"inputs", "inputs_with_findings"}


@pytest.mark.parametrize("format_name", FORMATS)
def test_several_processes_write_what_one_writes(
    format_name: str, run: Run, tmp_path: Path
) -> None:
    write(tmp_path, {"hosts/d.rules": BROKEN, "sites/west/site.yaml": "fwlint: site/1\nx: y\n"})
    one = run("sites", "hosts", "-o", format_name, "--jobs", "1", "--sarif-include-waived")
    two = run("sites", "hosts", "-o", format_name, "--jobs", "2", "--sarif-include-waived")

    assert one == two
    assert one[0] == 2
    assert "sites/south/site.yaml" in one[1]


def test_a_broken_input_hides_nothing(run: Run, tmp_path: Path) -> None:
    write(
        tmp_path,
        {"hosts/0.rules": BROKEN, "sites/a/site.yaml": "fwlint: site/1\nfoo: 1\n"},
    )
    (tmp_path / "hosts" / "1.rules").write_bytes(b"*filter\n\0")
    (tmp_path / "hosts" / "2.rules").symlink_to("/etc/passwd")
    status, out, err = run("sites", "gone.yaml", "hosts", "-o", "concise")

    assert status == 2
    for said in (
        "sites/a/site.yaml:2:1: unknown key `foo`",
        "gone.yaml:1:1: cannot be read: No such file or directory",
        "hosts/0.rules:",
        "hosts/1.rules:2:1: is no text: it has a zero byte",
        "hosts/2.rules:1:1: is outside the tree",
    ):
        assert said in err
    assert "hosts/a.rules:2:1: FW306 error" in out
    assert "FW101 error" in out
    assert " 5 inputs could not be evaluated." in out


@pytest.mark.parametrize("options", [(), ("--each",)])
def test_a_name_that_the_system_refuses_hides_nothing(options: tuple[str, ...], run: Run) -> None:
    # As it refuses a name in a folder that may be listed and not be entered.
    refused = f"{'x' * 300}.rules"
    status, out, err = run("hosts", refused, "sites/south/site.yaml", *options, "-o", "concise")

    assert status == 2
    assert f"{refused}:1:1: cannot be read: File name too long" in err.splitlines()
    assert "hosts/a.rules:2:1: FW306 error" in out
    assert " 1 input could not be evaluated." in out


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["hosts/more", "hosts/b.nft"], 0),
        (["hosts"], 1),
        (["hosts", "--fail-on", "never"], 0),
        (["hosts", "gone.rules"], 2),
        (["hosts", "gone.rules", "--fail-on", "never"], 2),
    ],
)
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_exit_status_is_the_worst_one(
    arguments: list[str], status: int, jobs: str, run: Run
) -> None:
    assert run("--each", *arguments, "--jobs", jobs, "-q")[0] == status


def test_what_no_site_names_is_told(run: Run, tmp_path: Path) -> None:
    write(tmp_path, {"sites/north/old.rules": OPEN})

    assert run("sites", "-q")[2] == "sites/north/old.rules: no site file names it; passed over\n"


def test_an_empty_folder_is_not_clean(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    status, out, err = run("--each", "empty", "hosts/b.nft")

    assert status == 2
    assert err == "empty:1:1: holds no export that stands by itself, and no site file\n"
    assert " 1 input could not be evaluated." in out


def test_one_device_called_alike_at_two_sites_is_two_findings(run: Run, tmp_path: Path) -> None:
    write(tmp_path, {"sites/north/edge.rules": OPEN})
    log = json.loads(run("sites", "-o", "sarif")[1])
    results = log["runs"][0]["results"]
    prints = [each["partialFingerprints"]["fwlint/v1"] for each in results]

    assert len(set(prints)) == len(prints)
    assert {each["properties"]["input"] for each in results} == {
        "sites/north/site.yaml",
        "sites/south/site.yaml",
    }
    other = json.loads(run("sites/south/site.yaml", "hosts/b.nft", "-o", "sarif")[1])
    south = {
        each["partialFingerprints"]["fwlint/v1"]
        for each in results
        if each["properties"]["input"] == "sites/south/site.yaml"
    }
    assert south <= {
        each["partialFingerprints"]["fwlint/v1"] for each in other["runs"][0]["results"]
    }


def test_an_export_by_itself_keeps_its_fingerprint(run: Run) -> None:
    def prints(*named: str) -> set[str]:
        log = json.loads(run("--each", *named, "-o", "sarif")[1])
        return {each["partialFingerprints"]["fwlint/v1"] for each in log["runs"][0]["results"]}

    assert prints("hosts/a.rules") <= prints("hosts/a.rules", "hosts/b.nft")


def test_settings_are_told_once(run: Run, tmp_path: Path) -> None:
    write(tmp_path, {"fwlint.toml": 'ignore = ["FW320"]\n'})
    words = "ettings in fwlint.toml: ignore FW320"
    # GitLab's report and JUnit's have them as text twice, as those of one input do; JSON as data.
    for format_name in set(FORMATS) - {"json"}:
        one = run("sites/north/site.yaml", "-o", format_name)[1].count(words)
        assert run("sites", "-o", format_name)[1].count(words) == one > 0
    assert json.loads(run("sites", "-o", "json")[1])["settings"]["ignore"] == ["FW320"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sites", "--fix"], "--fix is for one site, or for exports with --each"),
        (["sites", "--baseline", "b.json"], "a baseline is of one site, or of exports with --each"),
        (["sites", "--ipv6", "no"], "--format and --ipv6 are for exports"),
        (["sites", "--address", "192.0.2.1"], "--option, --parameter, --bind, --address"),
        (["sites", "--select", "FX"], "no check id starts with 'FX'"),
    ],
)
def test_what_is_of_one_input_is_refused(arguments: list[str], message: str, run: Run) -> None:
    status, out, err = run(*arguments)

    assert (status, out) == (2, "")
    assert err.startswith(f"fwlint check: {message}")


@pytest.mark.parametrize("text", ["0", "-1", "two", "1025", "1.5"])
def test_jobs_are_a_number(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--jobs", text]) == 2
    assert "is no number from 1 to 1024" in capsys.readouterr().err


def test_a_folder_of_one_site_has_one_input(run: Run, tmp_path: Path) -> None:
    write(tmp_path, {"one/site.yaml": site("one", "edge.rules"), "one/edge.rules": CLOSED})
    write(tmp_path, {"shop.yaml": fleet()["sites/shop.yaml"]})
    status, out, _ = run("one", "-o", "json")

    assert status == 1
    assert [each["name"] for each in json.loads(out)["inputs"]] == ["one/site.yaml"]


def test_many_outputs_are_written_at_once(run: Run, tmp_path: Path) -> None:
    status, out, err = run("sites", "-o", "json:all.json", "-o", "html:all.html")

    assert (status, out) == (1, "")
    assert err.startswith("fwlint: Found ")
    assert json.loads((tmp_path / "all.json").read_text())["summary"]["inputs"] == 2
    assert (tmp_path / "all.html").read_text().startswith("<!doctype html>")

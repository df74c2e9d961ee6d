"""No output takes the place of a file that the run has read."""

from pathlib import Path

import pytest

from linter.cli import main
from tests.linter.commands.fleet.samples import CLOSED, POLICY, Run, site, write


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs fwlint beside two machines and a site."""
    monkeypatch.chdir(tmp_path)
    more = {"hosts/a.rules": CLOSED, "hosts/b.rules": CLOSED, "fwlint.toml": "", "old.json": "{}"}
    write(tmp_path, {"shop.yaml": POLICY, "one/edge.rules": CLOSED, **more})
    more_site = site("more").replace("../", "../../")
    write(tmp_path, {"one/site.yaml": site("one"), "one/more/site.yaml": more_site})
    write(tmp_path, {"one/more/edge.rules": CLOSED})
    Path(".git").mkdir()
    main(["baseline", "--each", "hosts", "-o", "each.json", "--expires", "2100-01-01"])
    main(["baseline", "hosts/a.rules", "-o", "base.json", "--expires", "2100-01-01"])
    for part in "12":
        words = ["--shard", f"{part}/2", "-o", f"json:{part}.json"]
        main(["check", "--each", "hosts", "-q", "--date", "2026-03-02", *words])
    main(["check", "--each", "hosts", "-q", "-o", "json:all.json"])
    capsys.readouterr()

    def fwlint(*arguments: str) -> tuple[int, str, str]:
        status = main([*arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return fwlint


CASES = {
    "an export": ("check hosts/a.rules -o json", "hosts/a.rules"),
    "an export by another name": ("check hosts/a.rules -o json", "./one/../hosts/a.rules"),
    "one in a folder": ("check one/more/edge.rules one -o json", "one/edge.rules"),
    "an export that a site names": ("check one/site.yaml -o json", "one/edge.rules"),
    "a policy that a site names": ("check one/site.yaml -o json", "shop.yaml"),
    "a site": ("check one/site.yaml -o html", "one/site.yaml"),
    "one of many": ("check --each hosts -o json", "hosts/b.rules"),
    "one that one of many sites names": ("check one -o sarif", "one/more/edge.rules"),
    "one that cannot be read": ("check old.json -o json", "old.json"),
    "a baseline": ("check hosts/a.rules --baseline base.json -o json", "base.json"),
    "a baseline of many": ("check --each hosts --baseline each.json -o json", "each.json"),
    "settings": ("check hosts/a.rules -o json", "fwlint.toml"),
    "settings of many": ("check --each hosts -o json", "fwlint.toml"),
    "a part": ("merge 1.json 2.json -o json", "2.json"),
    "a report": ("fleet all.json -o json", "all.json"),
    "a report of before": ("fleet 1.json 2.json --before all.json -o json", "all.json"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_was_read_is_not_written_over(name: str, run: Run) -> None:
    words, path = CASES[name]
    before = Path(path).read_bytes()

    status, _, err = run(*f"{words}:{path}".split())

    command = words.split()[0]
    assert err.endswith(f"fwlint {command}: {path} is not written: it is an input of this run\n")
    assert status == 2
    assert Path(path).read_bytes() == before


def test_init_does_not_replace_an_export(run: Run) -> None:
    status, _, err = run("init", "hosts/a.rules", "--force", "-o", "hosts/a.rules")

    message = "fwlint init: hosts/a.rules is not written: it is an input of this run\n"
    assert (status, err) == (2, message)
    assert Path("hosts/a.rules").read_text(encoding="utf-8") == CLOSED


def test_a_report_of_before_and_a_file_that_is_not_read_are_replaced(run: Run) -> None:
    for path in ("old.json", "old.json", "hosts/b.rules"):
        assert (
            run("check", "hosts/a.rules", "-q", "--fail-on", "never", "-o", f"json:{path}")[0] == 0
        )
        assert Path(path).read_bytes().startswith(b"{")

"""An output never replaces a file that the run reads, however its name is written."""

from pathlib import Path

import pytest

from linter.cli import main
from tests.linter.commands.fleet.samples import BROKEN, CLOSED, Run, fleet, write

_SITE = "sites/north/site.yaml"
_SITES = (_SITE, "sites/south/site.yaml")
_PARTS = ("p1.json", "p2.json")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that these runs read; nothing may change there."""
    folder = tmp_path_factory.mktemp("made")
    broken = fleet()[_SITE].replace("../shop", "sites/shop").replace("edge.rules", "broken.rules")
    write(folder, {**fleet(), "broken.yaml": broken, "broken.rules": BROKEN})
    each = ["check", "--each", "hosts", "--date", "2026-03-02"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        main(["baseline", "hosts/a.rules", "-o", "base.json"])
        main(["baseline", "--each", "hosts", "-o", "each.json"])
        for number in (1, 2):
            main([*each, "--shard", f"{number}/2", "-o", f"json:p{number}.json"])
        for name in ("whole", "old"):
            main([*each, "-o", f"json:{name}.json"])
    return folder


@pytest.mark.parametrize(
    ("arguments", "read"),
    [
        (["check", "hosts/a.rules"], "hosts/a.rules"),
        (["check", "hosts/a.rules"], "hosts/../hosts/a.rules"),
        (["check", "hosts/more"], "hosts/more/c.rules"),
        (["check", _SITE], _SITE),
        (["check", _SITE], "sites/north/edge.rules"),
        (["check", _SITE], "sites/shop.yaml"),
        (["check", "broken.yaml"], "broken.rules"),
        (["check", "--each", "hosts"], "hosts/a.rules"),
        (["check", "--each", "hosts", "--shard", "1/3"], "hosts/b.nft"),
        (["check", *_SITES], "sites/north/edge.rules"),
        (["check", *_SITES], "sites/shop.yaml"),
        (["check", *_SITES, "broken.yaml"], "broken.rules"),
        (["check", "hosts/a.rules", "--baseline", "base.json"], "base.json"),
        (["check", "--each", "hosts", "--baseline", "each.json"], "each.json"),
        (["merge", *_PARTS], "p1.json"),
        (["fleet", "whole.json"], "whole.json"),
        (["fleet", "whole.json", "--before", "old.json"], "old.json"),
    ],
)
def test_no_output_replaces_an_input(
    arguments: list[str], read: str, made: Path, fwlint: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(made)
    before = Path(read).read_bytes()
    status, out, err = fwlint(*arguments, "-o", f"json:{read}")

    assert (status, out) == (2, "")
    assert err.endswith(f": {read} is not written: it is an input of this run\n")
    assert Path(read).read_bytes() == before


def test_a_file_that_is_no_input_is_replaced(fwlint: Run, tmp_path: Path) -> None:
    write(tmp_path, {**fleet(), "other.rules": CLOSED})

    assert fwlint("check", "hosts/a.rules", "-o", "json:other.rules")[0] == 1
    assert Path("other.rules").read_text()[0] == "{"


@pytest.mark.parametrize("other", ["all", "./all", "hosts/../all"])
def test_two_outputs_cannot_go_to_one_file(other: str, fwlint: Run, tmp_path: Path) -> None:
    write(tmp_path, fleet())
    outputs = ("-o", "json:all", "-o", f"sarif:{other}")

    assert fwlint("check", "hosts/a.rules", *outputs)[0] == 2
    assert not Path("all").exists()

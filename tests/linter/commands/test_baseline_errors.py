"""What cannot be a baseline, and where none is written."""

import os
from pathlib import Path

import pytest

from linter.cli import main
from tests.linter.commands.test_baseline import DAY, SELECT, accept, folder

__all__ = ["folder"]

_REFUSED = {
    "nothing to write to": (["baseline", "site.yaml"], "name the file to write: -o FILE"),
    "a last day that is past": (
        ["baseline", "site.yaml", "-o", "new.json", "--expires", "2020-01-01"],
        "--expires 2020-01-01 is past",
    ),
    "nothing to prune": (
        ["baseline", "site.yaml", "-o", "new.json", "--prune"],
        "there is no baseline new.json",
    ),
    "a file of somebody else": (
        ["baseline", "site.yaml", "-o", "shop.yaml"],
        (
            "shop.yaml:1:1: is no baseline of fwlint; `fwlint baseline SITE -o FILE` writes one; "
            "it is not replaced"
        ),
    ),
    "a link": (["baseline", "site.yaml", "-o", "link.json"], "nothing is written through one"),
    "no baseline": (
        ["check", "site.yaml", "--baseline", "shop.yaml"],
        "shop.yaml:1:1: is no baseline of fwlint",
    ),
    "no file": (
        ["check", "site.yaml", "--baseline", "gone.json"],
        "gone.json:1:1: cannot be read: No such file or directory",
    ),
}


@pytest.mark.parametrize(("words", "why"), _REFUSED.values(), ids=_REFUSED)
def test_what_cannot_be_is_said(
    words: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    accept()
    Path("link.json").symlink_to("baseline.json")
    before = {path: path.read_bytes() for path in Path().iterdir() if path.is_file()}
    capsys.readouterr()

    assert main(words) == 2

    assert why in capsys.readouterr().err
    assert {path: path.read_bytes() for path in Path().iterdir() if path.is_file()} == before


def test_no_baseline_is_written_of_what_could_not_be_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("edge.nft").write_text("table inet filter {")

    assert accept() == 2

    assert "no baseline is written: not everything could be evaluated" in capsys.readouterr().err
    assert not os.path.lexists("baseline.json")


_BROKEN = {
    "another site": (
        ("shop of example.com", "shop of example.org"),
        (
            "3:10: this baseline is of site `shop of example.org`, and what is checked is site "
            "`shop of example.com`"
        ),
    ),
    "another version": (('baseline": 1', 'baseline": 2'), "2:21: expected a baseline of version 1"),
    "an unknown key": (('"made"', '"mad"'), "5:2: unknown key `mad` in a baseline"),
    "no exports": (('"exports": []', '"exports": 1'), "4:13: `exports` is no list of texts"),
    "no day": (('"2027-02-18"', '"soon"'), "6:13: 'soon' is no day such as 2026-05-31"),
    "no such check": (('"check": "FW2', '"check": "FX2'), "there is no check 'FX2"),
    "no such level": (('"level": "', '"level": "very '), "expected one of info, warning, error"),
    "no text": (('"device": "edge"', '"device": 1'), "`device` is no text"),
    "no list": (('"about": []', '"about": {}'), "`about` is no list of texts"),
    "no range": (("[6, 6]", "[6, 600]"), "expected ranges from 0 to 255, such as [[22, 22]]"),
    "no address": (('"192.0.2.10"', '"192.0.2.x"'), "expected ranges of IPv4 addresses"),
    "no family": (('"family": 4', '"family": true'), "expected 4 or 6"),
    "no JSON": (('"site":', '"site"'), "this is no JSON: expecting ':' delimiter"),
}


@pytest.mark.parametrize(("change", "why"), _BROKEN.values(), ids=_BROKEN)
def test_a_broken_baseline_is_an_error_with_its_place(
    change: tuple[str, str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    accept()
    text = Path("baseline.json").read_text()
    assert change[0] in text
    Path("baseline.json").write_text(text.replace(*change, 1))
    capsys.readouterr()

    assert main(["check", "site.yaml", "--baseline", "baseline.json", *DAY, *SELECT]) == 2

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("baseline.json:")
    assert why in captured.err
    assert captured.err.splitlines()[2].strip(" ^") == ""

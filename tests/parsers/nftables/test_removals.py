"""Elements that commands remove from a set, one after the other."""

from pathlib import Path

import pytest

from flowmodel.source import InputError
from parsers import read_exports

_TABLE = """\
table ip t {
  set s { type ipv4_addr; flags interval; elements = { %s }; }
  chain c { type filter hook input priority 0; ip saddr @s drop; }
}
"""


def _left(folder: Path, elements: str, *commands: str) -> str:
    path = folder / "r.nft"
    path.write_text(_TABLE % elements + "".join(f"{each}\n" for each in commands))
    (ruleset,) = read_exports([str(path)])
    (chain,) = ruleset.tables[0].chains.values()
    return str(chain.rules[0].match)


@pytest.mark.parametrize(
    "commands",
    [
        ("delete element ip t s { 192.0.2.1 }", "delete element ip t s { 192.0.2.2 }"),
        ("delete element ip t s { 192.0.2.1, 192.0.2.2/32 }",),
        (
            "delete element ip t s { 192.0.2.1 }",
            "add element ip t s { 192.0.2.1 }",
            "delete element ip t s { 192.0.2.2 }",
            "delete element ip t s { 192.0.2.1 }",
        ),
    ],
    ids=["one by one", "together", "with one that comes back"],
)
def test_what_is_deleted_is_gone(tmp_path: Path, commands: tuple[str, ...]) -> None:
    least = _left(tmp_path, "192.0.2.9")

    assert _left(tmp_path, "192.0.2.1, 192.0.2.2, 192.0.2.9", *commands) == least


def test_an_element_in_two_spellings_is_one(tmp_path: Path) -> None:
    least = _left(tmp_path, "192.0.2.9")

    found = _left(
        tmp_path,
        "192.0.2.1, 192.0.2.1/32, 192.0.2.9",
        "delete element ip t s { 192.0.2.1 }",
    )

    assert found == least


def test_what_is_gone_cannot_be_deleted_again(tmp_path: Path) -> None:
    command = "delete element ip t s { 192.0.2.1 }"

    with pytest.raises(InputError, match="the set `s` has no element"):
        _left(tmp_path, "192.0.2.1, 192.0.2.9", command, command)

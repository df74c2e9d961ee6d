"""Included files: found inside the trees, and nothing outside them is looked at."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from flowmodel.source import InputError
from parsers import read_exports

_DROP = "table inet t { chain c { type filter hook input priority 0; policy drop; }; }\n"
_OUTSIDE = "is outside the folder of the export: --include-dir allows it"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with files to include, links out of it, and a folder beside it."""
    conf, outside = tmp_path / "conf", tmp_path / "outside"
    for folder in (conf / "a" / "x", conf / "b" / "x", outside / "x"):
        folder.mkdir(parents=True)
        (folder / "1.nft").write_text(_DROP)
        (folder / ".hidden.nft").write_text("}")
    (outside / "2.nft").write_text(_DROP)
    (conf / "b" / "back").symlink_to("..")
    (conf / "out").symlink_to(outside)
    (conf / "linked.nft").symlink_to("a/x/1.nft")
    (conf / "away.nft").symlink_to(outside / "2.nft")
    (conf / "[odd]").mkdir()
    (conf / "[odd]" / "1.nft").write_text(_DROP)
    os.mkfifo(conf / "pipe.nft")
    monkeypatch.chdir(conf)
    return conf


def included(name: str, **more: tuple[str, ...]) -> list[str]:
    """The files that an include of that name brings, beside the export; or why it does not."""
    Path("main.nft").write_text(f'include "{name}"\n')
    try:
        (found,) = read_exports(["main.nft"], **more)  # type: ignore[arg-type]
    except InputError as error:
        return [error.message] if str(error.span) == "main.nft:1:1" else [str(error.span)]
    return [source.path for source in found.sources[1:]]


INSIDE = {
    "a/x/1.nft": ["a/x/1.nft"],
    "./a/x/1.nft": ["a/x/1.nft"],
    "a/../b/x/1.nft": ["a/../b/x/1.nft"],
    "linked.nft": ["linked.nft"],
    "b/back/a/x/1.nft": ["b/back/a/x/1.nft"],
    "*/x/1.nft": ["a/x/1.nft", "b/x/1.nft"],
    "a/*/1.nft": ["a/x/1.nft"],
    "a/x/*.nft": ["a/x/1.nft"],
    "[ab]/x/[1-3].nft": ["a/x/1.nft", "b/x/1.nft"],
    "[!b]/x/1.nft": ["a/x/1.nft"],
    "[^b]/x/1.nft": ["a/x/1.nft"],
    "[[]odd]/?.nft": ["[odd]/1.nft"],
    "a/*/../x/1.nft": ["a/x/../x/1.nft"],
    "b/*/a/x/1.nft": ["b/back/a/x/1.nft"],
    "none/*.nft": [],
    "a/*.nft": [],
}


@pytest.mark.parametrize(("name", "paths"), INSIDE.items(), ids=INSIDE)
@pytest.mark.usefixtures("tree")
def test_a_name_or_pattern_brings_what_is_there(name: str, paths: list[str]) -> None:
    if "*/x/1" in name:
        Path("out").unlink()

    assert included(name) == paths


MISSING = "the folder of `{}` is not here: what the machine includes is missing"


@pytest.mark.parametrize(
    ("name", "is_missing"),
    [
        ("none/*.nft", True),
        ("a/none/*.nft", True),
        ("a/*.nft", False),
        ("a/*/none.nft", False),
        ("*/none/1.nft", False),
    ],
)
def test_a_pattern_whose_folder_is_missing_is_told(
    tree: Path, name: str, *, is_missing: bool
) -> None:
    (tree / "out").unlink()
    Path("main.nft").write_text(f'{_DROP}include "{name}"\n')
    (found,) = read_exports(["main.nft"])

    told = [(str(gap.span), gap.message) for gap in found.gaps if gap.check == "FW903"]
    assert told == ([("main.nft:2:1", MISSING.format(name))] if is_missing else [])


@pytest.mark.parametrize("name", ["x/1.nft", "./x/1.nft", "x/*.nft"])
def test_a_name_in_an_included_file_is_looked_for_where_the_export_is(
    tree: Path, name: str
) -> None:
    """nft looks in /etc or where it runs, and not where the including file is."""
    (tree / "a" / "more.nft").write_text(f'include "{name}"\n')
    Path("main.nft").write_text('include "a/more.nft"\n')
    nearby = [source.path for source in read_exports(["main.nft"])[0].sources[2:]]
    (tree / "x").mkdir()
    (tree / "x" / "1.nft").write_text(_DROP)
    own = [source.path for source in read_exports(["main.nft"])[0].sources[2:]]

    assert (nearby, own) == (["a/x/1.nft"], ["x/1.nft"])


REFUSED = {
    "/etc/passwd": _OUTSIDE,
    "/etc/no-such-file": _OUTSIDE,
    "/etc/*": _OUTSIDE,
    "/*": _OUTSIDE,
    "../outside/2.nft": _OUTSIDE,
    "../outside/none.nft": _OUTSIDE,
    "../outside/*.nft": _OUTSIDE,
    "../*/2.nft": _OUTSIDE,
    "out/2.nft": _OUTSIDE,
    "out/none.nft": _OUTSIDE,
    "out/*.nft": _OUTSIDE,
    "*/2.nft": _OUTSIDE,
    "*/none.nft": _OUTSIDE,
    "*/*/1.nft": _OUTSIDE,
    "away.nft": _OUTSIDE,
    "a*.nft": _OUTSIDE,
    "a/../../outside/2.nft": _OUTSIDE,
    "/dev/stdin": _OUTSIDE,
    "/proc/self/environ": _OUTSIDE,
    "pipe.nft": "is a named pipe, not a regular file",
    "p*.nft": "is a named pipe, not a regular file",
    "none.nft": "is not there",
    "a": "is not there",
    "": "is not there",
}


@pytest.mark.parametrize(("name", "reason"), REFUSED.items(), ids=REFUSED)
@pytest.mark.usefixtures("tree")
def test_what_is_outside_or_no_file_is_refused(name: str, reason: str) -> None:
    assert included(name) == [f"the included file `{name}` {reason}"]


def test_no_folder_outside_is_listed(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[[str], list[str]] = os.listdir
    listed: list[str] = []

    def listing(path: str) -> list[str]:
        listed.append(os.path.realpath(path))
        return real(path)

    monkeypatch.setattr(os, "listdir", listing)
    for name in (*REFUSED, *INSIDE, "*/*/*/*", "*/../*/../*"):
        included(name)

    assert listed
    assert [path for path in listed if not path.startswith(str(tree))] == []


@pytest.mark.usefixtures("tree")
def test_links_in_a_circle_end() -> None:
    Path("out").unlink()
    for name in ("l1", "l2", "l3"):
        Path("b", name).symlink_to("../b")
    name = "/".join(["b", *"*" * 30, "1.nft"])

    assert included(name) == [f"the pattern `{name}` looks into more than 10000 folders"]


@pytest.mark.usefixtures("tree")
def test_folders_that_are_named_are_searched_too() -> None:
    assert included("2.nft", folders=("../outside",)) == ["../outside/2.nft"]
    assert included("x/*.nft", folders=("../outside",)) == ["../outside/x/1.nft"]
    assert included("../outside/2.nft", folders=("../outside",)) == ["../outside/2.nft"]
    assert included("out/2.nft", folders=("../outside",)) == ["out/2.nft"]


@pytest.mark.parametrize(("times", "is_refused"), [(7, False), (9, True)])
def test_a_long_file_can_be_included_a_few_times_only(
    tree: Path, *, times: int, is_refused: bool
) -> None:
    (tree / "long.nft").write_text("# a\n" * 150_000)
    Path("main.nft").write_text('include "long.nft"\n' * times)

    if is_refused:
        with pytest.raises(InputError, match="the same files are included again and again"):
            read_exports(["main.nft"])
    else:
        assert read_exports(["main.nft"])


IN_A_TABLE = """\
table inet t {
  set s { type inet_service; elements = { 22 }; }
  include "part.nft"
  chain last { jump c; }
}
"""
IN_A_CHAIN = """\
table inet t {
  set s { type inet_service; elements = { 22 }; }
  chain c {
    type filter hook input priority 0; policy drop;
    include "part.nft"
    tcp dport 443 accept
  }
}
"""
RULES = "tcp dport @s accept\ntcp dport $P accept # the last\n"


@pytest.mark.parametrize(
    ("main", "part", "rules"),
    [
        (IN_A_CHAIN, f"define P = 80\n{RULES}", ["@s", "$P", "443"]),
        (IN_A_CHAIN, "", None),
        (IN_A_CHAIN, "# nothing\n", ["443"]),
        (IN_A_TABLE, f"define P = 80\nchain c {{\n{RULES}}}\n", ["@s", "$P"]),
        (IN_A_TABLE, f'chain c {{ include "more.nft"\n{RULES}}}\n', ["80", "@s", "$P"]),
    ],
)
def test_what_is_included_in_a_block_stands_in_it(
    main: str, part: str, rules: list[str] | None, tree: Path
) -> None:
    (tree / "part.nft").write_text(part)
    (tree / "more.nft").write_text("define P = 8080\ntcp dport 80 accept\n")
    (tree / "main.nft").write_text(main)

    if rules is None:
        with pytest.raises(InputError, match="is empty"):
            read_exports(["main.nft"])
        return
    (found,) = read_exports(["main.nft"])

    texts = [rule.text for rule in found.tables[0].chains["c"].rules]
    assert [text.removeprefix("tcp dport ").split()[0] for text in texts] == rules
    spans = {rule.span.path for rule in found.tables[0].chains["c"].rules}
    assert spans <= {"main.nft", "part.nft", "more.nft"}


@pytest.mark.parametrize(
    ("main", "part", "message"),
    [
        (IN_A_CHAIN, "tcp dport 22 accept\n}\n", "part.nft:2:1: this brace closes nothing"),
        (IN_A_TABLE, "chain c { accept; }\n}\n", "part.nft:2:1: this brace closes nothing"),
        (
            IN_A_TABLE,
            "chain c {\naccept\n",
            "part.nft:1:1: the file ends before this block is closed",
        ),
        (IN_A_CHAIN, "policy accept;\n", "part.nft:1:1: the policy of a chain is set twice"),
        # nft reads `ip saddr 192.0.2.1 tcp dport 443 accept`.
        (IN_A_CHAIN, "ip saddr 192.0.2.1", "part.nft:1:18: the file ends within a line"),
        (IN_A_TABLE, "chain c { accept; }", "part.nft:1:19: the file ends within a line"),
    ],
)
def test_an_included_file_closes_what_it_opens(
    main: str, part: str, message: str, tree: Path
) -> None:
    (tree / "part.nft").write_text(part)
    (tree / "main.nft").write_text(main)

    with pytest.raises(InputError) as caught:
        read_exports(["main.nft"])

    assert f"{caught.value.span}: {caught.value.message}" == message

"""What a command line means by several names: one device, or many inputs."""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from flowfiles.reach import Typed
from fwlint.errors import UsageError
from linter.commands.arguments import parsed
from linter.commands.fleet.inputs import Several, several
from linter.commands.fleet.work import Job, work
from tests.linter.commands.fleet.samples import CLOSED, POLICY, fleet, site, write

Inputs = Callable[..., Several | None]

_JOB = Job((), date(2026, 3, 2))
_SITES = ["sites/north/site.yaml", "sites/south/site.yaml"]
_HOSTS = ["hosts/a.rules", "hosts/b.nft", "hosts/more/c.rules"]


@pytest.fixture
def inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Inputs:
    """The inputs that arguments of `check` mean, beside a fleet."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, fleet())

    def ask(*arguments: str) -> Several | None:
        return several(parsed(["check", *arguments]), Typed())

    return ask


@pytest.mark.parametrize(
    "arguments",
    [
        ("sites/north/site.yaml",),
        ("hosts/a.rules",),
        ("hosts/a.rules", "hosts/more/c.rules"),
        ("hosts",),
        ("hosts/more",),
        ("sites/north/site.yaml", "sites/north/site.yaml"),
    ],
)
def test_what_was_one_input_is_one(arguments: tuple[str, ...], inputs: Inputs) -> None:
    assert inputs(*arguments) is None


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (_SITES, _SITES),
        (_SITES[::-1], _SITES[::-1]),
        (["sites"], _SITES),
        (["sites/south", "sites"], _SITES[::-1]),
        (["sites", "hosts"], _SITES + _HOSTS),
        (["hosts/b.nft", *_SITES, "hosts/a.rules"], ["hosts/b.nft", *_SITES, "hosts/a.rules"]),
        (["--each", "hosts"], _HOSTS),
        (["--each", "hosts/more", "hosts/a.rules"], ["hosts/more/c.rules", "hosts/a.rules"]),
        (["--each", "hosts/a.rules", "hosts"], _HOSTS),
        (["--each", "gone.rules", "hosts/a.rules"], ["gone.rules", "hosts/a.rules"]),
        (["sites/north/site.yaml", "gone.yaml"], ["sites/north/site.yaml", "gone.yaml"]),
    ],
)
def test_inputs_are_in_the_order_of_their_names(
    arguments: list[str], names: list[str], inputs: Inputs
) -> None:
    found = inputs(*arguments)

    assert found is not None
    assert [unit.name for unit in found.units] == names


def test_a_site_is_a_site_and_all_else_is_exports(inputs: Inputs) -> None:
    found = inputs("sites", "hosts")

    assert found is not None
    assert [unit.kind for unit in found.units] == ["site"] * 2 + ["exports"] * 3


def test_the_current_folder_is_not_in_the_names(
    inputs: Inputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("sites")
    found = inputs(".")

    assert found is not None
    assert [unit.name for unit in found.units] == ["north/site.yaml", "south/site.yaml"]


def test_what_is_beside_sites_is_known(inputs: Inputs) -> None:
    found = inputs("sites")

    assert found is not None
    assert found.beside == ("sites/north/edge.rules", "sites/south/edge.rules")


def test_a_folder_without_anything_to_check_is_an_input(inputs: Inputs, tmp_path: Path) -> None:
    write(tmp_path, {"empty/.hidden": "", "notes/README.md": "x", "policies/p.yaml": POLICY})
    found = inputs("--each", "empty", "notes", "policies")

    assert found is not None
    assert [(unit.name, unit.kind) for unit in found.units] == [
        ("empty", "nothing"),
        ("notes", "nothing"),
        ("policies", "nothing"),
    ]
    assert found.passed_over == ("policies/p.yaml: no export that stands by itself; passed over",)


def test_links_to_folders_are_told_and_hidden_folders_are_not(
    inputs: Inputs, tmp_path: Path
) -> None:
    write(tmp_path, {"hosts/.git/x.rules": CLOSED, "elsewhere/y.rules": CLOSED})
    (tmp_path / "hosts" / "link").symlink_to(tmp_path / "elsewhere")
    found = inputs("--each", "hosts")

    assert found is not None
    assert [unit.name for unit in found.units] == _HOSTS
    assert found.passed_over == ("hosts/link: a link to a folder; passed over",)


def test_a_machine_is_no_note_and_what_looks_like_an_export_is_told(
    inputs: Inputs, tmp_path: Path
) -> None:
    names = ("notice.rules", "todo.v4", "README", "web.md")
    write(tmp_path, {f"n/{name}": CLOSED for name in names} | {"n/LICENSE": "free"})
    found = inputs("--each", "n")

    assert found is not None
    assert [unit.name for unit in found.units] == ["n/notice.rules", "n/todo.v4"]
    assert found.passed_over == tuple(
        f"n/{name}: a note by its name; passed over" for name in ("README", "web.md")
    )


def test_a_cloud_account_in_a_folder_is_one_input(inputs: Inputs, tmp_path: Path) -> None:
    acl = '{"NetworkAcls": []}'
    groups = '{"SecurityGroups": []}'
    write(tmp_path, {"clouds/a/acls.json": acl, "clouds/a/groups.json": groups})
    found = inputs("--each", "clouds")

    assert found is not None
    assert [(unit.name, unit.paths) for unit in found.units] == [
        ("clouds/a", ("clouds/a/acls.json", "clouds/a/groups.json"))
    ]


def test_the_files_of_one_machine_are_one_input(inputs: Inputs, tmp_path: Path) -> None:
    write(tmp_path, {f"hosts/more/web.v{family}": CLOSED for family in (4, 6)})
    expected = [
        ("hosts/more/c.rules", ("hosts/more/c.rules",)),
        ("hosts/more/web.v4 + web.v6", ("hosts/more/web.v4", "hosts/more/web.v6")),
    ]
    for named in (["hosts/more"], ["hosts/more/c.rules", "hosts/more/web.v4", "hosts/more"]):
        found = inputs("--each", *named)
        assert found is not None
        assert [(unit.name, unit.paths) for unit in found.units] == expected


def test_a_policy_is_no_site(inputs: Inputs, tmp_path: Path) -> None:
    write(tmp_path, {"sites/policies/more.yaml": POLICY})
    found = inputs("sites")

    assert found is not None
    assert [unit.name for unit in found.units] == _SITES


def test_a_pipe_cannot_be_one_of_many(inputs: Inputs) -> None:
    os.mkfifo("pipe")
    with pytest.raises(UsageError, match="pipe is no file: each of many inputs is a file"):
        inputs(*_SITES, "pipe")
    with pytest.raises(UsageError, match="standard input"):
        inputs(*_SITES, "-")


def test_a_named_pipe_in_a_folder_is_not_opened(inputs: Inputs) -> None:
    os.mkfifo("hosts/z.rules")
    found = inputs("--each", "hosts")

    assert found is not None
    assert [unit.name for unit in found.units] == [
        "hosts/a.rules",
        "hosts/b.nft",
        "hosts/z.rules",
        "hosts/more/c.rules",
    ]


def test_a_site_in_a_folder_of_exports_is_said_by_its_text(inputs: Inputs, tmp_path: Path) -> None:
    write(tmp_path, {"hosts/more/all.yml": site("hosts", "c.rules")})
    found = inputs("hosts")

    assert found is not None
    assert [unit.name for unit in found.units] == ["hosts/more/all.yml"]
    assert found.beside == (*_HOSTS,)


_TEXT = site("hosts", "../hosts/a.rules")
_COMMENTS = "# a line of a long comment\n" * 3000


@pytest.mark.parametrize(
    ("name", "text", "is_input"),
    [
        ("more.yaml", _TEXT, True),
        ("more.yaml", _COMMENTS + _TEXT, True),
        ("more.YAML", _TEXT, True),
        ("more.yaml", _TEXT.replace("fwlint:", "fwlin:"), True),
        ("more.yaml", _TEXT.replace("fwlint: site/1\n", ""), True),
        ("more.yaml", _TEXT.replace("site/1", "Site/1"), True),
        ("more.yaml", _TEXT.replace("site/1", "policy/1"), True),
        ("more.yaml", _COMMENTS + POLICY, False),
        ("more.yaml", "networks: {a: b}\nservices: {}\n", False),
    ],
)
def test_what_may_be_a_site_is_not_passed_over_in_a_folder_of_sites(
    name: str, text: str, is_input: bool, inputs: Inputs, tmp_path: Path
) -> None:
    write(tmp_path, {f"sites/{name}": text})
    for arguments in (["sites"], [_SITES[0], f"sites/{name}"])[: 1 + is_input]:
        found = inputs(*arguments)
        assert found is not None
        names = [unit.name for unit in found.units if unit.kind == "site"]
        assert (f"sites/{name}" in names) is is_input


@pytest.mark.parametrize("name", ["site.yaml.bak", "site"])
def test_a_site_with_another_ending_is_told(name: str, inputs: Inputs, tmp_path: Path) -> None:
    write(tmp_path, {f"sites/north/{name}": _TEXT})
    found = inputs("sites")

    assert found is not None
    assert [unit.name for unit in found.units] == _SITES
    assert found.passed_over == (f"sites/north/{name}: no site file by its name; passed over",)


def test_what_may_be_a_site_and_cannot_be_read_is_an_input(inputs: Inputs, tmp_path: Path) -> None:
    write(tmp_path, {"sites/empty/site.yaml": "", "sites/words.yaml": "a: 1\n"})
    write(tmp_path.parent, {"out/site.yaml": site("out"), "out/edge.rules": CLOSED})
    (tmp_path / "sites/gone.yml").symlink_to("nowhere")
    (tmp_path / "sites/out.yaml").symlink_to(tmp_path.parent / "out" / "site.yaml")
    os.mkfifo(tmp_path / "sites/pipe.yaml")
    found = inputs("sites")

    assert found is not None
    assert [unit.name for unit in found.units] == [
        *_SITES,
        "sites/gone.yml",
        "sites/out.yaml",
        "sites/pipe.yaml",
        "sites/empty/site.yaml",
    ]
    for unit in found.units[2:]:
        assert work(_JOB, unit).numbers.failures == 1


def test_a_link_to_an_export_elsewhere_is_told_where_no_site_names_it(
    inputs: Inputs, tmp_path: Path
) -> None:
    write(tmp_path.parent, {"out/edge.rules": CLOSED})
    (tmp_path / "sites/out.rules").symlink_to(tmp_path.parent / "out" / "edge.rules")
    (tmp_path / "sites/words").symlink_to("shop.yaml")
    found = inputs("sites")

    assert found is not None
    assert found.beside[0] == "sites/out.rules"
    assert len(found.beside) == 3


@pytest.mark.parametrize(
    "named",
    [
        ("m/web.v4", "m/web.v4 + web.v6"),
        ("m/web.v4 + web.v6", "m/web.v6"),
        ("m/web.v4", "hosts", "m/web.v4 + web.v6"),
    ],
)
def test_no_input_stands_in_for_another_of_its_name(
    named: tuple[str, ...], inputs: Inputs, tmp_path: Path
) -> None:
    files = ("web.v4", "web.v6", "web.v4 + web.v6")
    write(tmp_path, {f"m/{name}": CLOSED for name in files})

    with pytest.raises(UsageError, match=r"two inputs would be called `m/web.v4 \+ web.v6`"):
        inputs("--each", *named)

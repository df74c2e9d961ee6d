"""Every format is documented, known by its files' names, and told from the others."""

import re

import pytest
import yaml

from parsers import COMPANIONS, FORMATS
from parsers.shared.format import Companion, Format, Readable, Surroundings
from tests import ROOT
from tests.parsers.contract.subjects import Subject, each_subject, exports

_ALL: tuple[Readable, ...] = (*FORMATS, *COMPANIONS)
_HOOKS = ROOT / ".pre-commit-hooks.yaml"
_BEGINNING = 4096


def _document(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@each_subject
def test_docs_formats_has_a_section(subject: Subject) -> None:
    headings = re.findall(r"^## (.+)$", _document("docs/formats.md"), re.MULTILINE)

    assert subject.dialect.title in headings, "docs/formats.md says what is read and what is not"


@each_subject
def test_docs_limits_speaks_of_it(subject: Subject) -> None:
    name = subject.dialect.name.replace("-", " ")

    assert name in _document("docs/limits.md").lower(), (
        f"docs/limits.md says where the model differs from {subject.dialect.title}"
    )


@pytest.mark.parametrize("format_", FORMATS, ids=lambda each: each.name)
def test_the_readme_has_a_row(format_: Format) -> None:
    row = f"\n| {format_.title} | "

    assert row in _document("README.md"), "the table in README.md says what an export is"


@pytest.mark.parametrize("companion", COMPANIONS, ids=lambda each: each.name)
def test_companions_are_named(companion: Companion | Surroundings) -> None:
    for document in ("README.md", "docs/formats.md"):
        # `ip -j` may stand as a whole command, `ip -j addr`.
        assert re.search(rf"`{re.escape(companion.name)}[` ]", _document(document))


def test_names_and_folders_are_unique() -> None:
    names = [each.name for each in _ALL]
    folders = [dialect.name for each in FORMATS for dialect in each.dialects]

    assert len(set(names)) == len(names)
    assert len(set(folders)) == len(folders)


def test_the_hooks_run_on_the_files_of_every_format() -> None:
    endings = dict.fromkeys(ending for each in _ALL for ending in each.endings)
    expected = rf"\.({'|'.join(endings)})$"
    site, files, _ = yaml.safe_load(_HOOKS.read_text(encoding="utf-8"))

    assert files["files"] == expected, ".pre-commit-hooks.yaml has the endings of the formats"
    assert site["files"] == rf"(^|/)site\.ya?ml$|{expected}"


@each_subject
def test_every_fixture_is_named_as_files_of_the_format_are(subject: Subject) -> None:
    own: tuple[Readable, ...] = (subject.format, *COMPANIONS)
    endings = {ending for each in own for ending in each.endings}
    strange = [path for path in exports(subject) if path.name.rpartition(".")[2] not in endings]

    assert exports(subject), f"there are fixtures in {subject.folder}"
    assert strange == []


@each_subject
def test_every_fixture_is_of_one_format(subject: Subject) -> None:
    for path in exports(subject):
        with path.open(encoding="utf-8") as file:
            head = file.read(_BEGINNING)
        found = [each for each in _ALL if each.detect(head)]

        assert len(found) == 1, f"{path} is {[each.name for each in found]}"
        assert found[0] in (subject.format, *COMPANIONS), f"{path} is {found[0].name}"

"""Accounts as files: one for each command, pages, everything in one, compact, as YAML, by element.

The CLI prints JSON with an indent of four, or YAML in block style; `jq -c` makes lines of it.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import yaml

from tests.oracles.aws.accounts import Account, Element

Documents = list[tuple[str, Element]]
"""File names, as a person would choose them, and what the CLI printed."""
_POWERSHELL = "PowerShell"


def documents(account: Account) -> Documents:
    """The answers of the CLI, one a command; entries are in files that their list gives a name."""
    made: Documents = [(f"{key}.json", {key: found}) for key, found in account.lists.items()]
    for name, entries in account.entries.items():
        made.append((f"{name}.json", {"Entries": entries}))
    return [
        (name, document | {"NextToken": "more"} if name[:-5] in account.cut else document)
        for name, document in made
    ]


def write(account: Account, folder: Path, form: str, random: Random) -> list[Path]:
    """The files of the account in a form of FORMS."""
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for name, text in FORMS[form](documents(account), random):
        paths.append(folder / name)
        # PowerShell's `>` writes UTF-16 with a mark, and lines that end as on Windows.
        encoding, newline = ("utf-16", "\r\n") if form == _POWERSHELL else ("utf-8", "\n")
        paths[-1].write_text(text, encoding=encoding, newline=newline)
    return paths


def _printed(document: Any) -> str:
    return json.dumps(document, indent=4, ensure_ascii=False) + "\n"


def _files(found: Documents, _: Random) -> Iterator[tuple[str, str]]:
    for name, document in found:
        yield name, _printed(document)


def _compact(found: Documents, _: Random) -> Iterator[tuple[str, str]]:
    for name, document in found:
        yield name, json.dumps(document, separators=(",", ":"))


def _yaml(found: Documents, _: Random) -> Iterator[tuple[str, str]]:
    for name, document in found:
        # What is in two places is printed in both: PyYAML would write an alias.
        unshared = json.loads(json.dumps(document))
        yield name.replace(".json", ".yaml"), yaml.safe_dump(unshared, sort_keys=False)


def _yaml_stream(found: Documents, random: Random) -> Iterator[tuple[str, str]]:
    """`--output yaml-stream`: a list of the pages that the service sent."""
    for name, document in found:
        pages = json.loads(json.dumps(list(_split(document, random))))
        yield name.replace(".json", ".yaml"), yaml.safe_dump(pages, sort_keys=False)


def _pages(found: Documents, random: Random) -> Iterator[tuple[str, str]]:
    """Each answer in pages, which `--max-items` gives a token, one after the other in its file."""
    for name, document in found:
        yield name, "".join(_printed(page) for page in _split(document, random))


def _page_files(found: Documents, random: Random) -> Iterator[tuple[str, str]]:
    for name, document in found:
        if "Entries" in document:
            yield name, _printed(document)
            continue
        for number, page in enumerate(_split(document, random)):
            yield name.replace(".json", f"-{number:02}.json"), _printed(page)


def _split(document: Element, random: Random) -> Iterator[Element]:
    (key, elements), *token = document.items()
    rest = list(elements)
    while len(rest) > 1 and random.random() < 0.7:
        count = random.randint(1, len(rest) - 1)
        yield {key: rest[:count], "NextToken": f"{random.getrandbits(96):x}"}
        rest = rest[count:]
    yield {key: rest} | dict(token)


def _one_file(found: Documents, random: Random) -> Iterator[tuple[str, str]]:
    """`for what in …; do aws ec2 describe-$what; done > account.json`."""
    plain = [document for _, document in found if "Entries" not in document]
    random.shuffle(plain)
    yield "account.json", "".join(_printed(document) for document in plain)
    yield from ((name, _printed(document)) for name, document in found if "Entries" in document)


def _elements(found: Documents, _: Random) -> Iterator[tuple[str, str]]:
    """`jq -c '.SecurityGroups[]'`: single elements, one a line."""
    for name, document in found:
        (key, elements), *token = document.items()
        if key == "Entries" or not elements or token:
            yield name, _printed(document)
        else:
            yield name, "".join(json.dumps(element) + "\n" for element in elements)


FORMS: dict[str, Callable[[Documents, Random], Iterator[tuple[str, str]]]] = {
    "a file a command": _files,
    "compact": _compact,
    "pages in a file": _pages,
    "pages in files": _page_files,
    "one file": _one_file,
    "single elements": _elements,
    "YAML": _yaml,
    "YAML stream": _yaml_stream,
    _POWERSHELL: _files,
}

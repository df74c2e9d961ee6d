"""Every message stands in a file that is read like code when it changes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.messages.texts import PACKAGES, ROOT, texts_of

_GOLDEN = Path(__file__).with_name("golden")


@pytest.mark.parametrize("package", PACKAGES)
def test_the_messages_are_as_reviewed(package: str, golden: Callable[[Path, str], None]) -> None:
    lines = []
    for path in sorted((ROOT / package).rglob("*.py")):
        if found := texts_of(path):
            lines += [path.relative_to(ROOT).as_posix()]
            lines += ["  " + text.replace("\n", "\\n") for text in found]
    golden(_GOLDEN / f"{package}.txt", "\n".join(lines) + "\n")

"""A real Chromium, where this machine has one, and the rules of axe, where they are installed."""

import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_POLICY: Final = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
_OPTIONS: Final = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"),
    # Whatever a page asks for by name is not found: no test depends on a network.
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


@cache
def chromium() -> str:
    """The program; skips the test where there is none."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    return found


@cache
def axe() -> str:
    """The script of axe-core."""
    spec = find_spec("axe_core_python")
    assert spec
    assert spec.origin
    return Path(spec.origin).with_name("axe.min.js").read_text(encoding="utf-8")


def run(page: Path, *options: str, dark: bool = False, width: int = 1280) -> str:
    """What Chromium prints of a page."""
    profile = page.parent / "profile"
    command = [
        chromium(),
        *_OPTIONS,
        f"--user-data-dir={profile}",
        f"--window-size={width},1000",
        f"--blink-settings=preferredColorScheme={0 if dark else 1}",
        *options,
        page.as_uri(),
    ]
    try:
        return subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=120
        ).stdout
    finally:
        shutil.rmtree(profile, ignore_errors=True)


def asked(
    text: str, scripts: Sequence[str], folder: Path, *, dark: bool = False, width: int = 1280
) -> str:
    """What the last of some scripts puts into `answer` on the page, which forbids scripts itself.

    The last is an expression, or a promise of one.
    """
    open_text, count = _POLICY.subn("", text)
    assert count == 1
    *before, last = (script.replace("</script", "<\\/script") for script in scripts)
    tell = (
        f"Promise.resolve({last}).then(found => {{ const told = document.createElement('pre');"
        "told.id = 'answer'; told.textContent = JSON.stringify(found);"
        "document.body.append(told); });"
    )
    added = "".join(f"<script>{script}</script>" for script in (*before, tell))
    page = folder / "asked.html"
    page.write_text(open_text.replace("</body>", f"{added}</body>"), encoding="utf-8")
    shown = run(page, "--virtual-time-budget=60000", "--dump-dom", dark=dark, width=width)
    found = re.search(r'<pre id="answer">(.*?)</pre>', shown, re.DOTALL)
    assert found, "the page gave no answer"
    return found[1]

"""Runs of the action, the hooks and the pipelines as others run them, without a network."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import yaml

from tests import ROOT

_ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
_PACKAGES = ("flowfiles", "flowmodel", "fwlint", "linter", "parsers", "policies")
# What fwlint imports at run time: sarif-om runs without pbr and setuptools.
_NEEDED = (
    *("attrs", "lark", "netaddr", "oxidd", "pyparsing", "PyYAML", "sarif-om"),
    *("Jinja2", "MarkupSafe", "grandalf", "typing-extensions"),
)


def _wheel(name: str, folder: Path) -> str:
    """The line of a lock for an installed distribution, made a wheel again."""
    found = distribution(name)
    files = [each for each in found.files or () if ".." not in each.parts and each.suffix != ".pyc"]
    told = found.read_text("WHEEL") or ""
    tag = next(line[5:] for line in told.splitlines() if line.startswith("Tag: "))
    path = folder / f"{found.name.replace('-', '_')}-{found.version}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for each in files:
            if each.name not in ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json"):
                wheel.write(str(each.locate()), str(each))
        info = next(str(each.parent) for each in files if each.name == "WHEEL")
        wheel.writestr(f"{info}/RECORD", "")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{found.name}=={found.version} --hash=sha256:{digest}\n"


def build_source(folder: Path) -> Path:
    """The action's own folder: fwlint, and a lock of what this machine has of its packages."""
    (folder / "wheels").mkdir()
    (folder / "locks").mkdir()
    for name in _PACKAGES:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    lines = (_wheel(name, folder / "wheels") for name in _NEEDED)
    (folder / "locks" / "run.txt").write_text("".join(lines))
    return folder


def done(command: list[str], checkout: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """A run in the checkout, with an environment that invites it to look there."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
    environment = {**kept, "PATH": path, "PYTHONPATH": ".", "PIP_CONFIG_FILE": "pip.conf", **more}
    return subprocess.run(
        command, cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )


def offline(source: Path) -> dict[str, str]:
    """What makes pip install from the wheels of a source, and ask nobody else."""
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(source / "wheels")}


def bash(script: str, checkout: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """A run of a script as the runners of GitHub and GitLab start it."""
    command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script]
    return done(command, checkout, **more)


def the_script() -> str:
    """The action's own script."""
    (step,) = _ACTION["runs"]["steps"]
    text: str = step["run"]
    return text


def the_action(checkout: Path, source: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """A run of the action's script, as the runner starts it; `SCRIPT` is another one."""
    temporary = checkout.parent / "temporary"
    temporary.mkdir(exist_ok=True)
    settings = {
        "RUNNER_TEMP": str(temporary),
        "GITHUB_STEP_SUMMARY": str(temporary / "step-summary"),
        "GITHUB_OUTPUT": str(temporary / "step-output"),
        "SOURCE": str(source),
        "SITE": "site.yaml",
        "FAIL_ON": "error",
        **offline(source),
    }
    script = more.pop("SCRIPT", the_script())
    return bash(script, checkout, **(settings | more))

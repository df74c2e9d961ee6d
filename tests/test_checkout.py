"""Nothing of the tree that is checked runs: not in the action, not in the hooks, not in fwlint."""

import base64
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests import ROOT
from tests.running import build_source, done, the_action

_HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
_MODULES = (
    *("venv", "ensurepip", "pip", "site", "sitecustomize", "usercustomize", "pwned"),
    *("yaml", "netaddr", "oxidd", "pyparsing", "sarif_om", "attrs", "attr", "_yaml"),
    *("argparse", "json", "re", "typing", "encodings", "codecs", "os", "sysconfig", "setup"),
)
_FOLDERS = ("lark", "pip/_internal", "linter", "parsers", "policies", "flowmodel", "flowfiles")
_FILES = {
    "evil.pth": "import pwned\n",
    "pip.conf": "[global]\ntarget = installed-here\nno-index = yes\nfind-links =\n",
    "pip.ini": "[global]\ntarget = installed-here\n",
    "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "pwned"\n',
    "setup.cfg": "[install]\ninstall-lib = installed-here\n",
    "pyvenv.cfg": "home = .\n",
    "requirements.txt": "pwned\n",
    "locks/run.txt": "pwned\n",
}
_SITE = """\
fwlint: site/1
networks: {dmz: 192.0.2.0/28}
devices:
  edge: {config: edge.rules, interfaces: {eth0: internet, eth1: dmz}, ipv6: no}
"""
_RULES = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The action's own folder."""
    return build_source(tmp_path_factory.mktemp("source"))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in which everything is planted that Python or pip might take from it."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    for name in (
        *(f"{each}.py" for each in _MODULES),
        *(f"{each}/__init__.py" for each in _FOLDERS),
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        mark = tmp_path / f"ran-{path.parent.name}-{path.stem}"
        path.write_text(f"open({str(mark)!r}, 'w').close()\n")
    (folder / "linter" / "__main__.py").write_text(f"open({str(tmp_path / 'ran-main')!r}, 'w')\n")
    for name, text in _FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    (folder / "site.yaml").write_text(_SITE)
    (folder / "edge.rules").write_text(_RULES)
    return folder


def ran(checkout: Path) -> list[str]:
    """What of the checkout was executed, or used."""
    used = [path.name for path in checkout.parent.glob("ran-*")]
    return used + [path.name for path in checkout.glob("installed-here*")]


@pytest.mark.parametrize("name", ["venv", "sitecustomize", "yaml", "lark", "linter"])
def test_the_plants_would_run(name: str, checkout: Path) -> None:
    for module in (*_MODULES, *_FOLDERS):
        if module != name:
            (checkout / f"{module}.py").unlink(missing_ok=True)
    done(["python3", "-m", "yaml" if name == "sitecustomize" else name, "--help"], checkout)

    assert [path for path in ran(checkout) if name in path]


def test_nothing_of_the_checkout_runs_in_the_action(checkout: Path, source: Path) -> None:
    found = the_action(checkout, source)

    assert (found.returncode, found.stderr) == (0, "")
    assert "Found 1 warning in 1 export" in found.stdout
    output = (checkout.parent / "temporary" / "step-output").read_text()
    assert Path(output.removeprefix("sarif=").rstrip()).stat().st_size > 1000
    assert ran(checkout) == []


def test_the_action_installs_only_what_the_lock_names(checkout: Path, source: Path) -> None:
    other = checkout.parent / "other"
    shutil.copytree(source, other)
    wheel = next((other / "wheels").glob("lark-*"))
    wheel.write_bytes(wheel.read_bytes() + b"more")

    found = the_action(checkout, other)

    assert found.returncode == 1
    assert "DO NOT MATCH THE HASHES" in found.stderr


@pytest.fixture(scope="module")
def python(source: Path) -> Path:
    """The interpreter of an environment with fwlint in it, as a hook has one."""
    environment = source / "environment"
    subprocess.run([sys.executable, "-I", "-m", "venv", "--without-pip", environment], check=True)
    (packages,) = (environment / "lib").glob("python*/site-packages")
    site = next(path for path in sys.path if path.endswith("site-packages"))
    (packages / "fwlint.pth").write_text(f"{source}\n{site}\n")
    return environment / "bin" / "python"


@pytest.mark.parametrize("hook", _HOOKS, ids=[hook["id"] for hook in _HOOKS])
def test_nothing_of_the_checkout_runs_in_a_hook(
    hook: dict[str, str], checkout: Path, python: Path
) -> None:
    policy = "fwlint: policy/1\nname: shop\nroles: {a: A}\nsections: []\n"
    (checkout / "shop.yaml").write_text(policy)
    names = {"fwlint-policy": ["shop.yaml"], "fwlint-files": ["edge.rules"]}.get(hook["id"], [])
    found = done([*shlex.split(hook["entry"]), *names], checkout, PATH=str(python.parent))

    assert (found.returncode, found.stderr) == (0, "")
    assert ran(checkout) == []


_PLANTED = ("yaml.py", "lark/__init__.py", "netaddr.py", "argparse.py", "parsers/__init__.py")


@pytest.mark.parametrize(
    "start",
    [
        ["-m", "linter"],
        ["-c", "import linter.__main__ as m; m.main()"],
        ["-m", "fwlint"],
        ["-c", "import fwlint.__main__ as m; m.main()"],
    ],
)
def test_modules_in_the_current_folder_are_not_imported(
    start: list[str], tmp_path: Path, python: Path
) -> None:
    here = tmp_path / "checkout"
    for number, name in enumerate(_PLANTED):
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        mark = tmp_path / f"ran-{number}"
        (here / name).write_text(f"open({str(mark)!r}, 'w').close()\n")
    (here / "edge.nft").write_text("table ip t { chain c { drop; }; }\n")

    for path in ("", ".", str(here)):
        command = [
            str(python),
            *start,
            "trace",
            "edge.nft",
            "tcp 192.0.2.1 > 192.0.2.2:22",
        ]
        found = done(command, here, PYTHONPATH=path)
        assert (found.returncode, found.stderr) == (0, "")
    assert ran(here) == []


def test_a_digest_is_what_a_lock_says() -> None:
    text = (ROOT / "locks" / "run.txt").read_text(encoding="utf-8")

    for line in text.splitlines():
        if "--hash=" in line:
            digest = line.strip().removesuffix(" \\").removeprefix("--hash=sha256:")
            assert len(base64.b16decode(digest, casefold=True)) == 32

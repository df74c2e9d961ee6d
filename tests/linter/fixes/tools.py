"""What iptables and nft make of files and commands, in a network namespace of their own."""

import os
import shutil
import subprocess
from collections.abc import Sequence

import pytest


def printed(script: str) -> str:
    """What a script prints in a network namespace of its own."""
    done = subprocess.run(
        ["unshare", "-n", "sh", "-ec", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stderr}\n{script}"
    return "\n".join(line for line in done.stdout.splitlines() if not line.startswith("#"))


def needs(*names: str) -> pytest.MarkDecorator:
    """The mark of tests that ask these tools."""
    is_root = os.name == "posix" and os.geteuid() == 0
    return pytest.mark.skipif(
        not is_root or not all(map(shutil.which, names)), reason=f"needs root, {', '.join(names)}"
    )


def both(load: str, old: str, new: str, commands: Sequence[str], show: str) -> tuple[str, str]:
    """What the tool shows of the old file with the commands, and of the new one."""
    quoted = [f"{load} <<'END'\n{text}END\n" for text in (old, new)]
    orders = "\n".join(commands)
    return printed(f"{quoted[0]}{orders}\n{show}"), printed(f"{quoted[1]}{show}")

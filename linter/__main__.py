"""`python -m linter` is `fwlint`: nothing is imported from the tree that is checked.

Python looks for modules in the current folder first (`-m`), or in one that PYTHONPATH names, and
the current folder may be a checkout of somebody else, with a `yaml.py` in it.
"""

import gc
import sys

# That of flowmodel.memory, which `--version` need not import.
_SELDOM = 200_000


def _leave_the_tree() -> None:
    """Take the current folder from where modules are looked for, unless fwlint itself is there."""
    import os

    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    here = os.path.realpath(os.curdir)
    if here != os.path.realpath(own):
        sys.path[:] = [path for path in sys.path if os.path.realpath(path or os.curdir) != here]


def main() -> int:
    """The exit status of one run of the program."""
    _leave_the_tree()
    from linter.cli import main as run

    # Modules, policies and sets are no garbage; looking through them is a tenth of a small check.
    # The process ends with the command: to set this back would have all of them searched.
    gc.set_threshold(_SELDOM, *gc.get_threshold()[1:])
    status = run()
    gc.freeze()
    return status


if __name__ == "__main__":
    sys.exit(main())

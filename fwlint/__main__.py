"""`python -m fwlint` is the program `fwlint`: nothing is imported from the tree that is checked.

What finds `linter` has to be clean first, so that this cannot be asked of it: Python looks for
modules in the current folder (`-m`), or in one that PYTHONPATH names, before all others.
"""

import sys


def main() -> int:
    """The exit status of one run of the program."""
    import os

    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    here = os.path.realpath(os.curdir)
    if here != os.path.realpath(own):
        sys.path[:] = [path for path in sys.path if os.path.realpath(path or os.curdir) != here]
    from linter.__main__ import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())

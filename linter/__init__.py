"""fwlint: proves whether firewall exports agree with the port documents of products."""

__version__ = "0.1.0"
POLICIES = "2026-11-29"
"""The day of the last change of the policies that come with fwlint."""


def version() -> str:
    """What `--version` says."""
    return f"fwlint {__version__} (policies of {POLICIES})"

"""Fixtures of the tests of proposed site files."""

from tests.linter.drafts.samples import init

__all__ = ["init"]

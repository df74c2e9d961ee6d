"""Tests of fwlint, as a package: helpers are imported as `tests.kernel.oracle`."""

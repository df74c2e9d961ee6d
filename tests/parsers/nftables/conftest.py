"""Whether there is an nft to compare with."""

import shutil

import pytest

from tests.parsers.nftables.samples import nft_accepts


@pytest.fixture(scope="session")
def nft() -> None:
    """Skip the test where nft, or a network namespace for it, is missing."""
    if not shutil.which("nft") or not shutil.which("unshare"):
        pytest.skip("nft or unshare is not installed")
    if not nft_accepts("table ip t { }\n") or nft_accepts("nonsense\n"):
        pytest.skip("nft cannot check files here: there is no network namespace for it")

"""The kernel for a whole test session."""

from collections.abc import Iterator

import pytest

from tests.oracles.kernel.worker import Kernel, NoKernelError


@pytest.fixture(scope="session")
def kernel() -> Iterator[Kernel]:
    """A kernel to ask; tests that need one are skipped, with the reason, where there is none."""
    try:
        started = Kernel.start()
    except NoKernelError as reason:
        pytest.skip(str(reason))
    yield started
    started.stop()

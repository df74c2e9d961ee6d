"""The kernel for a whole test session."""

from collections.abc import Iterator

import pytest

from tests.oracles.kernel.nft.strategies import nft_cases
from tests.oracles.kernel.runs import Cases
from tests.oracles.kernel.strategies import iptables_cases
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


@pytest.fixture(params=[iptables_cases, nft_cases], ids=["iptables", "nftables"])
def cases(request: pytest.FixtureRequest) -> Cases:
    """The strategies of both formats that the kernel loads."""
    strategy: Cases = request.param
    return strategy

"""Public addresses that nobody translates whose rules are here, and that the machine has not."""

from pathlib import Path

import pytest

from tests.linter.checks.samples import EXPOSURE, KEEP_IN, REQUIRED, Asking, policy, rules, site

found = Asking(*REQUIRED, *EXPOSURE)

_OWN, _PUBLIC = "192.0.2.10", "203.0.113.10"
_HTTPS = "id: https, from: internet, service: 443/tcp"
_NEVER = "id: never, from: internet, service: 22/tcp, need: never"
_TCP = "-A INPUT -d {} -p tcp -m tcp --dport {} -j ACCEPT"
_DNAT = (
    f"-A PREROUTING -d {_PUBLIC}/32 -p tcp -m tcp --dport 443 -j DNAT --to-destination {_OWN}:{{}}"
)


def _found(tmp_path: Path, told: str, public: str, *filters: str, nat: str = "") -> set[str]:
    device = f"web: {{config: web.rules, host: shop.web, ipv6: no, addresses: [{told}]}}"
    bind = f"{{web: {{address: {_OWN}, public: {public}}}, users: office}}"
    exports = {"web.rules": rules(KEEP_IN, *filters, nat=nat)}

    actual = found(tmp_path, policy(_HTTPS, _NEVER), site(device, bind=bind), exports)

    return {f"{each.check} {each.certainty}" for each in actual}


_BOTH = f"{_OWN}, {_PUBLIC}"
_MAPPED = f"{{address: {_PUBLIC}, ports: {{8443: 443}}}}"


@pytest.mark.parametrize(
    ("told", "public", "filters", "expected"),
    [
        (_OWN, _PUBLIC, [_TCP.format(_OWN, 443)], set()),
        (_OWN, _PUBLIC, [_TCP.format(_PUBLIC, 443)], {"FW101 certain"}),
        (_OWN, _MAPPED, [_TCP.format(_OWN, 443)], set()),
        (_OWN, _MAPPED, [_TCP.format(_OWN, 8443)], {"FW101 certain", "FW205 certain"}),
        (_OWN, _PUBLIC, [_TCP.format(_OWN, 443), _TCP.format(_PUBLIC, 22)], set()),
        (
            _OWN,
            _PUBLIC,
            [_TCP.format(_OWN, 443), _TCP.format(_OWN, 22)],
            {"FW205 certain", "FW212 certain"},
        ),
        (_BOTH, _PUBLIC, [_TCP.format(_PUBLIC, 443)], {"FW205 certain"}),
    ],
    ids=[
        "open at its own address",
        "open at the public one alone",
        "the port that the public one leads to",
        "the public port",
        "a rule for the public address",
        "forbidden at its own",
        "no-op: it has the public one",
    ],
)
def test_packets_come_to_the_address_that_the_machine_has(
    told: str, public: str, filters: list[str], expected: set[str], tmp_path: Path
) -> None:
    found_ones = _found(tmp_path, told, public, *filters)

    # Who is not the internet is not permitted.
    assert found_ones - {"FW205 certain"} == expected - {"FW205 certain"}


@pytest.mark.parametrize(
    ("port", "expected"), [(9443, set()), (9444, {"FW101 certain"})], ids=["open", "shut"]
)
def test_a_machine_may_translate_it_itself(port: int, expected: set[str], tmp_path: Path) -> None:
    opened = _TCP.format(_OWN, 9443)

    found_ones = _found(tmp_path, _OWN, _PUBLIC, opened, nat=_DNAT.format(port))

    assert found_ones - {"FW205 certain"} == expected

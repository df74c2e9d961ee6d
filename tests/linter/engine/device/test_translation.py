"""Address translation in packet sets: values that the kernel chooses."""

import pytest

from flowmodel import fields
from flowmodel.values import full, single
from flowmodel.verdict import TranslateDestination, TranslateSource
from linter.engine.device.translation import translated
from linter.engine.sets.header import wire
from linter.engine.sets.space import Space

_MASQUERADE = TranslateSource(full(32), full(16), masquerade=True)
_REDIRECT = TranslateDestination(full(32), full(16), local=True)
_SNAT = TranslateSource(single(0xC0000201), full(16))


@pytest.mark.parametrize(
    ("translation", "status"),
    [(_MASQUERADE, fields.SNAT), (_REDIRECT, fields.DNAT)],
    ids=["masquerade", "redirect"],
)
def test_an_address_that_the_device_chooses_fits_into_a_small_space(
    translation: TranslateSource | TranslateDestination, status: int
) -> None:
    space = Space(4, capacity=1 << 16)

    header, _ = translated(space, wire(space), {}, translation)

    changed = header.numbers["ct_status"][6 - status.bit_length()]
    assert space.some(changed) == space.true
    assert space.always(changed) == space.false


def test_a_source_that_becomes_another_one_is_translated_for_certain() -> None:
    space = Space(4, capacity=1 << 16)

    header, _ = translated(space, wire(space), {}, _SNAT)

    changed = header.numbers["ct_status"][6 - fields.SNAT.bit_length()]
    own = space.within(space.fields["src"], single(0xC0000201))
    assert space.always(changed) == ~own

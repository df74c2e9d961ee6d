"""Services as machines know them: firewalld's XML files and ufw's application profiles."""

from collections.abc import Callable, Sequence
from typing import Final

from policies.drafts import firewalld, ufw
from policies.drafts.skeleton import ASKED, Draft, DraftRow, DraftSection, name_for
from policies.drafts.told import Told
from policies.yaml_nodes import Errors, read_source

_READERS: Final[tuple[tuple[Callable[[str], bool], Callable[[Errors], tuple[Told, ...]]], ...]] = (
    (firewalld.is_one, firewalld.read),
    (ufw.is_one, ufw.read),
)


def import_services(paths: Sequence[str], name: str = "", only: str = "") -> Draft:
    """The policy that the services of some files are; raises InputErrors.

    `only` is the title of the one service to take, where a file has several.
    """
    told: list[Told] = []
    for path in paths:
        errors = read_source(path)
        found = _read(errors)
        if only:
            found = tuple(one for one in found if one.title.lower() == only.lower())
        told += found
        if not found:
            errors.add(f"no service `{only}`" if only else "the file has no service", errors.start)
        errors.stop_if_any()
    return _draft(told, name)


def _read(errors: Errors) -> tuple[Told, ...]:
    text = "\n".join(errors.source.lines)
    reader = next((read for is_one, read in _READERS if is_one(text)), None)
    if reader is None:
        errors.add(
            "this is neither a firewalld service (`<service>`) nor an application profile of ufw "
            "(`[Name]` with `ports=`)",
            errors.start,
        )
        errors.stop()
    return reader(errors)


def _draft(told: Sequence[Told], name: str) -> Draft:
    included = {one.name for one in told}
    missing = [
        f"The service `{other}`, which `{one.name}` includes: import it too"
        for one in told
        for other in one.includes
        if other not in included
    ]
    return Draft(
        name=name or name_for(told[0].name),
        title=told[0].title if len(told) == 1 else ", ".join(one.title for one in told),
        document=", ".join(dict.fromkeys(one.source for one in told)),
        roles={"server": "The machine that offers it"},
        peers={ASKED: "Who uses it; the source does not say"},
        sections=tuple(DraftSection(one.title, _rows(one)) for one in told),
        not_covered=(*missing, *(f"{one.title}: {gap}" for one in told for gap in one.gaps)),
        remarks=(
            "A draft: the source names ports, and nobody who uses them.",
            f"Replace the peer `{ASKED}` by the peers of each flow, and take `from` out of",
            "`inferred:` where a document of yours gives them.",
        ),
    )


def _rows(one: Told) -> tuple[DraftRow, ...]:
    return tuple(
        DraftRow(
            id=name_for(f"{one.name}-{port.service}"),
            line=port.line,
            sources=(ASKED,),
            targets=("server",),
            services=(port.service,),
            cells={"device": "server", "direction": "in", **port.cells},
            inferred=("from",),
            extra={"app": one.title, **({"group": list(one.group)} if one.group else {})},
        )
        for port in one.ports
    )

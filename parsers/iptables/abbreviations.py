"""Beginnings of options, which the tools take like getopt_long(3) where they are of one option."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from parsers.iptables.asides import ABSENT_HEADERS, CONTINUES
from parsers.iptables.matches import MODULES
from parsers.iptables.synonyms import SYNONYMS, own_module, own_name
from parsers.iptables.targets import TARGETS
from parsers.shared.values import MalformedError

# iptables/xshared.c and iptables.c, the long options of iptables itself.
_CORE: Final = tuple(
    f"--{name}"
    for name in (
        *("append", "delete", "check", "insert", "replace", "list", "list-rules", "flush", "zero"),
        *("new-chain", "delete-chain", "rename-chain", "policy", "source", "destination", "src"),
        *("dst", "protocol", "in-interface", "jump", "table", "match", "numeric", "out-interface"),
        *("verbose", "wait", "wait-interval", "exact", "fragments", "version", "help"),
        *("line-numbers", "modprobe", "set-counters", "goto", "ipv4", "ipv6"),
    )
)
_SPELLINGS: Final = tuple(SYNONYMS.items())
# iptables-extensions(8): extensions outside the model, whose options may begin alike.
_OUTSIDE: Final = {
    name: tuple(f"--{option}" for option in options.split())
    for name, options in {
        "limit": "limit limit-burst",
        "hashlimit": "hashlimit hashlimit-upto hashlimit-above hashlimit-burst hashlimit-mode "
        "hashlimit-srcmask hashlimit-dstmask hashlimit-name hashlimit-htable-size "
        "hashlimit-htable-max hashlimit-htable-expire hashlimit-htable-gcinterval "
        "hashlimit-rate-match hashlimit-rate-interval",
        "connlimit": "connlimit-upto connlimit-above connlimit-mask connlimit-saddr "
        "connlimit-daddr",
        "recent": "name set rsource rdest mask rcheck update remove seconds reap hitcount rttl",
        "time": "datestart datestop timestart timestop monthdays weekdays contiguous kerneltz "
        "localtz utc",
        "owner": "uid-owner gid-owner socket-exists suppl-groups",
        "length": "length",
        "ttl": "ttl ttl-eq ttl-gt ttl-lt",
        "hl": "hl-eq hl-gt hl-lt",
        "dscp": "dscp dscp-class",
        "tos": "tos",
        "statistic": "mode probability every packet",
        "string": "from to algo string hex-string icase",
        "helper": "helper",
        "policy": "dir pol strict reqid spi proto mode tunnel-src tunnel-dst next",
        "rpfilter": "loose validmark accept-local invert",
        "esp": "espspi",
        "tcpmss": "mss",
    }.items()
}


# No option is longer. What is kept is small, whatever an export has in it.
_LONGEST: Final = 40


def full(word: str, modules: Iterable[str], target: str) -> str:
    """The option of which a word is the beginning, by its own name; the word if it is of none.

    `modules` are the extensions that the rule has named before. Raises MalformedError for the
    beginning of several options.
    """
    if not word.startswith("--") or not 2 < len(word) <= _LONGEST:
        return word
    known = {each: own_module(each) for each in modules}
    if not all(map(_is_known, known.values())):
        return word
    if target not in TARGETS and target not in CONTINUES:
        # A chain has no options; what other targets have, nobody knows.
        if target.isupper():
            return word
        target = ""
    return _begun(word, tuple(sorted(known)), target)


@lru_cache(maxsize=4096)
def _begun(word: str, modules: tuple[str, ...], target: str) -> str:
    """The same where all of the extensions are known, and the target, which is empty for none."""
    named = [("", name, own_name(name)) for name in _CORE]
    extensions = [(each, _of_module(each)) for each in modules]
    for kind, options in (("", _of_target(target)), *extensions):
        named += [(kind, spelling, own) for spelling, own in _spelled(options)]
    if any(spelling == word for _, spelling, _ in named):
        return word
    found = sorted({(kind, own) for kind, spelling, own in named if spelling.startswith(word)})
    if len(found) > 1:
        meant = " or ".join(f"`{own}`" for _, own in found)
        raise MalformedError(f"`{word}` may be {meant}: iptables refuses it", word)
    return found[0][1] if found else word


def is_of_outside(option: str, module: str) -> bool:
    """Whether an extension outside the model has an option of exactly this name."""
    return option in _OUTSIDE.get(own_module(module), ())


def _is_known(own: str) -> bool:
    return own in MODULES or own in ABSENT_HEADERS or own in _OUTSIDE


def _of_module(name: str) -> Iterable[str]:
    """The names of a known extension's options."""
    own = own_module(name)
    if module := MODULES.get(own):
        return module.options
    if absent := ABSENT_HEADERS.get(own):
        return absent.options
    return _OUTSIDE[own]


def _of_target(name: str) -> Iterable[str]:
    if target := TARGETS.get(name):
        return target.options
    aside = CONTINUES.get(name)
    return aside.options if aside else ()


def _spelled(options: Iterable[str]) -> list[tuple[str, str]]:
    """Options, and other ways of writing them, each with its own name."""
    known = set(options)
    return [
        *((option, option) for option in known),
        *((spelling, own) for spelling, own in _SPELLINGS if own in known),
    ]

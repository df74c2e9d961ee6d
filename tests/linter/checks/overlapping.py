"""Made-up rule sets whose rules look into sets that overlap."""

from collections.abc import Iterator
from random import Random

_NETWORKS = ("10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3/32", "0.0.0.0/0")
_HEAD = "*filter\n:INPUT {} [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n"


def _set(random: Random, name: str) -> Iterator[str]:
    """A few addresses and networks, or many, of some that all sets have."""
    yield f"create {name} hash:net family inet hashsize 1024 maxelem 65536"
    many = random.choice((3, 90, 110, 130))
    for each in sorted(random.sample(range(200), many)):
        length = "/31" if random.random() < 0.2 else ""
        yield f"add {name} 10.1.{each // 100}.{each % 100 * 2}{length}"


def with_sets(seed: int) -> tuple[str, str]:
    """Many rules that look into two of many sets which overlap, and the sets."""
    random = Random(seed)
    names = [f"set-{number}" for number in range(24)]
    policy = random.choice(("ACCEPT", "DROP"))
    ports = ("22", "80", "443", "22:80")
    targets = random.choices(("ACCEPT", "DROP", "REJECT", "RETURN", "LOG"), k=3)
    lines = [
        f"-A INPUT -m set --match-set {random.choice(names)} src"
        f" -m set --match-set {random.choice(names)} dst"
        f" -p tcp -m tcp --dport {random.choice(ports)} -j {random.choice(targets)}"
        for _ in range(random.randint(60, 90))
    ]
    lines += [f"-A INPUT -s {random.choice(_NETWORKS)} -p tcp -j DROP"] * random.randint(0, 1)
    sets = [line for name in names for line in _set(random, name)]
    head = _HEAD.format(policy)
    return head + "\n".join((*lines, "COMMIT", "")), "\n".join((*sets, ""))

"""Services that deserve a look where they are open: what they are for, and where that is said.

Sources are the service names of IANA's registry (https://www.iana.org/assignments/
service-names-port-numbers), or a page of the vendor where it has another service at the port.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from flowmodel.fields import TCP, UDP
from flowmodel.opened import Mark
from flowmodel.record import dataclass
from flowmodel.site import Service, Site
from flowmodel.values import Values, contains, difference, intersection, union
from linter.engine.sets.witness import protocol_name
from linter.engine.sets.words import ports_in_words

if TYPE_CHECKING:
    from linter.engine.sets.lines import Offer


ADMINISTRATION: Final = "administration"
_OWN: Final = "the site file"
SHOWN: Final = 4
"""How many services of a line are named."""


@dataclass(frozen=True, slots=True)
class Marked:
    """One marked service: a protocol with ports, and what it is."""

    proto: int
    ports: Values
    mark: Mark
    is_for_login: bool = False
    """Whether it is made to be reached from afar: an encrypted login (SSH)."""


def _iana(name: str) -> str:
    return f"IANA: {name}"


def _one(
    ports: str, name: str, kind: str, source: str, proto: int = TCP, *, is_for_login: bool = False
) -> Marked:
    values = union(
        (int(first), int(last or first))
        for first, _, last in (each.partition("-") for each in ports.split(","))
    )
    return Marked(proto, values, Mark(name, kind, source), is_for_login)


_DATABASE, _DESKTOP, _CONTAINERS, _FILES = "database", "remote desktop", "container API", "files"
_K8S: Final = "https://kubernetes.io/docs/reference/networking/ports-and-protocols/"

MARKED: Final = (
    _one("22", "SSH", ADMINISTRATION, _iana("ssh"), is_for_login=True),
    _one("23", "Telnet", ADMINISTRATION, _iana("telnet")),
    _one("69", "TFTP", _FILES, _iana("tftp"), UDP),
    _one("111", "rpcbind", ADMINISTRATION, _iana("sunrpc")),
    _one("111", "rpcbind", ADMINISTRATION, _iana("sunrpc"), UDP),
    _one("135", "Windows RPC", ADMINISTRATION, _iana("epmap")),
    _one("139", "NetBIOS", _FILES, _iana("netbios-ssn")),
    _one("161", "SNMP", ADMINISTRATION, _iana("snmp"), UDP),
    _one("445", "SMB", _FILES, _iana("microsoft-ds")),
    _one("512-514", "rexec, rlogin, rsh", ADMINISTRATION, _iana("exec, login, shell")),
    _one("548", "AFP", _FILES, _iana("afpovertcp")),
    _one("623", "IPMI", ADMINISTRATION, _iana("asf-rmcp"), UDP),
    _one("873", "rsync", _FILES, _iana("rsync")),
    _one("1433", "Microsoft SQL Server", _DATABASE, _iana("ms-sql-s")),
    _one("1434", "Microsoft SQL Server browser", _DATABASE, _iana("ms-sql-m"), UDP),
    _one(
        "1521",
        "Oracle",
        _DATABASE,
        "https://docs.oracle.com/en/database/oracle/oracle-database/19/netag/",
    ),
    _one("2049", "NFS", _FILES, _iana("nfs")),
    _one("2375-2376", "Docker", _CONTAINERS, _iana("docker, docker-s")),
    _one("2379-2380", "etcd", _CONTAINERS, _iana("etcd-client, etcd-server")),
    _one("3306", "MySQL", _DATABASE, _iana("mysql")),
    _one("3389", "RDP", _DESKTOP, _iana("ms-wbt-server")),
    _one("5432", "PostgreSQL", _DATABASE, _iana("postgresql")),
    # Display N of RFB is at port 5900 + N.
    _one("5900-5909", "VNC", _DESKTOP, _iana("rfb")),
    _one("5984", "CouchDB", _DATABASE, _iana("couchdb")),
    _one("5985-5986", "WinRM", ADMINISTRATION, _iana("wsman, wsmans")),
    _one("6000-6063", "X11", _DESKTOP, _iana("x11")),
    _one("6379", "Redis", _DATABASE, _iana("redis")),
    _one("6443", "Kubernetes API", _CONTAINERS, _K8S),
    _one(
        "8291", "WinBox", ADMINISTRATION, "https://help.mikrotik.com/docs/spaces/ROS/pages/328129"
    ),
    _one(
        "9042",
        "Cassandra",
        _DATABASE,
        "https://cassandra.apache.org/doc/latest/cassandra/faq/index.html",
    ),
    _one(
        "9200",
        "Elasticsearch",
        _DATABASE,
        "https://www.elastic.co/docs/reference/elasticsearch/configuration-reference/networking-settings",
    ),
    _one("10250", "kubelet", _CONTAINERS, _K8S),
    _one("11211", "memcached", _DATABASE, _iana("memcache")),
    _one("11211", "memcached", _DATABASE, _iana("memcache"), UDP),
    _one("27017", "MongoDB", _DATABASE, _iana("mongodb")),
)


def marked(site: Site) -> tuple[Marked, ...]:
    """The marked services: those that are known, with what the site adds, without what it takes."""
    taken = {
        proto: union(i for each in site.unmarked if each.proto == proto for i in each.ports)
        for proto in (each.proto for each in site.unmarked)
    }
    known = (
        Marked(one.proto, left, one.mark, one.is_for_login)
        for one in MARKED
        if (left := difference(one.ports, taken.get(one.proto, ())))
    )
    return (*known, *map(_of_the_site, site.marked))


def _of_the_site(service: Service) -> Marked:
    return Marked(service.proto, service.ports, Mark("marked by the site", "marked", _OWN))


@dataclass(frozen=True, slots=True)
class Hit:
    """A marked service among those that are offered, and the ports of it that are."""

    marked: Marked
    ports: Values

    @property
    def service(self) -> str:
        """`tcp 3306`."""
        return f"{protocol_name(self.marked.proto)} {ports_in_words(self.ports)}"

    @property
    def words(self) -> str:
        """`tcp 3306 (MySQL)`."""
        return f"{self.service} ({self.marked.mark.name})"


def hits(every: Sequence[Marked], offers: "Sequence[Offer]") -> tuple[Hit, ...]:
    """The marked services among those that are offered."""
    found = []
    for one in every:
        ports = [
            interval
            for offer in offers
            if contains(offer.protocols, one.proto)
            for interval in intersection(offer.ports, one.ports)
        ]
        if ports:
            found.append(Hit(one, union(ports)))
    return tuple(found)


def hits_in_words(found: Sequence[Hit]) -> tuple[str, ...]:
    """The services, the first few by name; those that are made for login come last."""
    texts = [each.words for each in sorted(found, key=lambda each: each.marked.is_for_login)]
    more = len(texts) - SHOWN
    return (*texts[:SHOWN], f"{more} more") if more > 1 else tuple(texts)

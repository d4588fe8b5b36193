"""Names of container images, and which of them are data stores."""

import re

import msgspec

IMAGE = re.compile(r"(?P<name>[^\s@]+?)(?::(?P<tag>[A-Za-z0-9_][\w.-]{0,127}))?(?:@(?P<digest>[\w+.-]+:[0-9a-fA-F]+))?")
LONGEST = 300  # characters of a name
FLOATING = frozenset(
    {"latest", "nightly", "edge", "main", "master", "dev", "lts", "stable", "current", "alpine", "slim"}
)
STORES = {
    "postgres": 5432, "postgresql": 5432, "postgis": 5432, "pgvector": 5432, "timescaledb": 5432, "mysql": 3306,
    "mariadb": 3306, "percona": 3306, "redis": 6379, "redis-stack": 6379, "redis-stack-server": 6379, "valkey": 6379,
    "keydb": 6379, "memcached": 11211, "mongo": 27017, "mongodb": 27017, "mongodb-community-server": 27017,
    "rabbitmq": 5672, "nats": 4222, "kafka": 9092, "cp-kafka": 9092, "redpanda": 9092, "elasticsearch": 9200,
    "opensearch": 9200, "cassandra": 9042, "cockroach": 26257, "clickhouse-server": 8123, "couchdb": 5984,
    "influxdb": 8086, "neo4j": 7687, "server": 1433, "azure-sql-edge": 1433,
}  # fmt: skip


class Image(msgspec.Struct, frozen=True):
    name: str  # registry and path, without tag and digest
    tag: str = ""
    digest: str = ""

    @property
    def base(self) -> str:
        return self.name.rpartition("/")[2].lower()

    @property
    def store(self) -> bool:
        """A database, cache or broker."""
        return self.base in STORES and (self.base != "server" or "mssql" in self.name)


def read_image(text: str) -> Image:
    """`registry:5000/team/app:1.2@sha256:…`; a port is no tag."""
    found = IMAGE.fullmatch(text.strip()[:LONGEST])
    if found is None or "/" in (found["tag"] or ""):
        return Image(text.strip())
    return Image(found["name"], found["tag"] or "", found["digest"] or "")


def floats(text: str) -> str:
    """Why the image may be another one tomorrow; empty if it is pinned, or chosen by a variable."""
    image = read_image(text)
    if image.digest or "$" in text or "{{" in text:
        return ""
    if not image.tag:
        return "has no tag, which means latest"
    return "has a tag that moves" if image.tag.lower() in FLOATING else ""

"""The places and tests of wants, in each format."""

from typing import Any

import pytest

from backroad.drills.config.amount import amount, dimension
from backroad.drills.config.place import read_place
from backroad.drills.config.tree import format_of
from backroad.drills.config.wants import File, Looked, Want, missed
from backroad.verifier.repository.given import GivenFolder

COMPOSE = """\
x-shared: &shared
  restart: always
services:
  web:
    <<: *shared
    image: acme/web:1.2
    ports: ["127.0.0.1:80:80", "443:443"]
    environment: {MODE: live, "a.b": 1}
    mem_limit: 512m
    version: 3.10
    fast: true
  db:
    image: postgres:17
    healthcheck:
      test: [CMD, pg_isready]
      interval: 1m30s
"""
MANIFESTS = """\
kind: Deployment
spec:
  template:
    metadata: {labels: {app: api, tier: back}}
    spec:
      containers:
        - {name: api, ports: [{name: http, containerPort: 8080}], resources: {limits: {cpu: 250m, memory: 512Mi}}}
        - {name: side}
---
kind: Service
spec:
  selector: {app: api}
  ports: [{port: 80, targetPort: http}]
"""
DOCKERFILE = """\
FROM golang:1.23 AS build
RUN go build
FROM alpine:3.21
ENV MODE=live LEVEL="info"
COPY --from=build --chown=1:1 /api /api
RUN adduser app && \\
    rm -rf /tmp/x
HEALTHCHECK --interval=10s CMD wget -q localhost
CMD [ "/api",   "--port=80" ]
"""
NGINX = """\
http {
    proxy_read_timeout 20s;
    server { listen 80; return 301 https://$host$request_uri; }
    server {
        listen 443 ssl;
        add_header X-A "1; b" always;
        location = /login { limit_req zone=a; }
        location /api/ { proxy_read_timeout 1m; add_header X-B 2; }
        location ~ \\.php$ { deny all; }
    }
}
"""
UNIT = """\
[Unit]
; a comment
After=a.target
After=b.target
[Service]
ExecStart=/usr/bin/node \\
  server.js
RestartSec=2
"""
IGNORE = """\
# built
*.log
build/
!keep.log
"""
TEXTS = {
    "compose.yaml": COMPOSE,
    "deploy/api.yaml": MANIFESTS,
    "Dockerfile": DOCKERFILE,
    "nginx.conf": NGINX,
    "shop.service": UNIT,
    ".gitignore": IGNORE,
    ".dockerignore": IGNORE,
}


def looked(path: str, at: str, test: str, value: Any) -> Looked | None:
    found = format_of(path)
    assert found
    text = TEXTS[path]
    file = File(path, found.read(text, path), GivenFolder({path: text}))
    return missed(Want("id", "claim", "why", at, test, value), file)


HOLD = [
    ("compose.yaml", "services.web.image", "equals", "acme/web:1.2"),
    ("compose.yaml", "services.web.restart", "equals", "always"),
    ("compose.yaml", 'services.web.environment."a.b"', "equals", 1),
    ("compose.yaml", "services.web.environment", "matches", r"^MODE: live, a\.b: 1$"),
    ("compose.yaml", "services.web.environment", "contains", "MODE"),
    ("compose.yaml", "services.web.ports", "contains", "443:443"),
    ("compose.yaml", "services.web.ports[0]", "matches", r"^127\."),
    ("compose.yaml", "services.web.ports[-1]", "equals", "443:443"),
    ("compose.yaml", "services.web.ports[?]", "equals", "443:443"),
    ("compose.yaml", "services[*].image", "matches", r":\d"),
    ("compose.yaml", "services[image~^postgres].healthcheck.test", "matches", r"^\[CMD, pg_isready\]$"),
    ("compose.yaml", "services.web.fast", "equals", True),
    ("compose.yaml", "services.web.mem_limit", "at_most", "512MiB"),
    ("compose.yaml", "services.db.healthcheck.interval", "at_least", "90s"),
    ("compose.yaml", "services.db.ports", "absent", True),
    ("compose.yaml", "services[*].command", "lacks", "root"),
    ("compose.yaml", "services.web.image", "one_of", ("a", "acme/web:1.2")),
    ("compose.yaml", "services.web.image", "text", True),
    ("deploy/api.yaml", "[kind=Service].spec.selector", "within", "[kind=Deployment].spec.template.metadata.labels"),
    (
        "deploy/api.yaml",
        "[kind=Service].spec.ports[*].targetPort",
        "within",
        "[kind=Deployment].spec.template.spec.containers[?].ports[?].name",
    ),
    ("deploy/api.yaml", "kind", "equals", "Deployment"),
    ("deploy/api.yaml", "spec.template.spec.containers[name=api].resources.limits.cpu", "at_least", 0.25),
    ("deploy/api.yaml", "spec.template.spec.containers[name=api].resources.limits.memory", "at_least", "512MiB"),
    ("deploy/api.yaml", "spec.template.spec.containers", "order", ("name: api", "name: side")),
    ("Dockerfile", "stage[build].RUN", "equals", "go build"),
    ("Dockerfile", "stage[0].FROM", "equals", "golang:1.23 AS build"),
    ("Dockerfile", "FROM", "equals", "alpine:3.21"),
    ("Dockerfile", "CMD", "equals", '["/api", "--port=80"]'),
    ("Dockerfile", "COPY.--from", "equals", "build"),
    ("Dockerfile", "ENV.LEVEL", "equals", "info"),
    ("Dockerfile", "HEALTHCHECK.--interval", "at_most", "10s"),
    ("Dockerfile", "RUN[~adduser]", "matches", "rm -rf"),
    ("Dockerfile", "RUN", "lacks", "go build"),
    ("Dockerfile", "stage[-1]", "order", ("^ENV", "^COPY", "^RUN", "^CMD")),
    ("nginx.conf", "http.server[listen=80].return", "matches", "^301 "),
    ("nginx.conf", "http.server[listen~ssl].add_header", "equals", "X-A 1; b always"),
    ("nginx.conf", "http.server.location[= /login].limit_req", "present", True),
    ("nginx.conf", r"http.server.location[~ \.php$].deny", "equals", "all"),
    ("nginx.conf", "http.server.location[= /login].^proxy_read_timeout", "equals", "20s"),
    ("nginx.conf", "http.server.location[/api/].^proxy_read_timeout", "at_least", "60s"),
    ("nginx.conf", "http.server[listen=80].location", "absent", True),
    ("shop.service", "Service.ExecStart", "equals", "/usr/bin/node server.js"),
    ("shop.service", "Unit.After[1]", "equals", "b.target"),
    ("shop.service", "Service.RestartSec", "at_most", "2s"),
    (".gitignore", "", "ignores", ("a.log", "x/a.log", "x/build/a")),
    (".gitignore", "", "keeps", ("x/keep.log", "src/a")),
    (".dockerignore", "", "ignores", ("a.log", "build/a")),
    (".dockerignore", "", "keeps", ("x/a.log", "x/build/a", "keep.log")),
]


@pytest.mark.parametrize(("path", "at", "test", "value"), HOLD)
def test_a_want_that_holds(path: str, at: str, test: str, value: Any) -> None:
    assert looked(path, at, test, value) is None


MISSED = [
    ("compose.yaml", "services.web.image", "equals", "acme/web", Looked(6)),
    ("compose.yaml", "services.web.command", "equals", "x", Looked(4, "no `command` here")),
    ("compose.yaml", "services[*].restart", "present", True, Looked(12, "no `restart` here")),
    ("compose.yaml", "services.web.ports[*]", "matches", "127", Looked(7)),
    ("compose.yaml", "services.web.ports[?]", "equals", "80", Looked(4, "none of the 2 `ports` here")),
    ("compose.yaml", "services.web.version", "text", True, Looked(10)),
    ("compose.yaml", "services.web.fast", "equals", False, Looked(11)),
    ("compose.yaml", "services.web.mem_limit", "at_least", "1GB", Looked(9)),
    ("compose.yaml", "services.web.image", "at_least", 1, Looked(6)),
    ("compose.yaml", "services.db.healthcheck", "absent", True, Looked(14)),
    ("deploy/api.yaml", "[kind=Service].spec.ports[0].port", "within", "spec.template", Looked(13)),
    ("Dockerfile", "stage[*].RUN", "lacks", "go build", Looked(2)),
    ("Dockerfile", "USER", "present", True, Looked(1, "no `USER` here")),
    ("Dockerfile", "stage[-1]", "order", ("^COPY", "^ENV"), Looked(4, "comes before line 5")),
    ("Dockerfile", "stage[-1]", "order", ("^COPY", "^USER"), Looked(3, "the second of 2 steps is not here")),
    ("nginx.conf", "http.server.location[/api/].^add_header", "matches", "^X-A", Looked(8)),
    ("nginx.conf", "http.server.^gzip", "equals", "on", Looked(3, "no `gzip` here")),
    (".gitignore", "", "keeps", ("x/build/a",), Looked(3, "leaves out x/build/a")),
    (".gitignore", "", "ignores", ("keep.log", "a.txt"), Looked(1, "no pattern leaves out keep.log, a.txt")),
]


@pytest.mark.parametrize(("path", "at", "test", "value", "found"), MISSED)
def test_a_want_that_is_missed_says_where(path: str, at: str, test: str, value: Any, found: Looked) -> None:
    missed_at = looked(path, at, test, value)
    assert missed_at
    assert (missed_at.line, missed_at.got) == (found.line, found.got)


@pytest.mark.parametrize("place", ["a..b", "a[", "a[]", "[a", 'a."b', ".a", "a^b", "a]"])
def test_a_place_that_is_none_is_refused(place: str) -> None:
    with pytest.raises(ValueError, match="is not a place"):
        read_place(place)


AMOUNTS = [
    ("90", "time", 90),
    ("1m30s", "time", 90),
    ("1min 30s", "time", 90),
    ("250ms", "time", 0.25),
    ("10m", "size", 10 << 20),
    ("512Mi", "size", 512 << 20),
    ("512M", "size", 512_000_000),
    ("1GB", "size", 1 << 30),
    ("250m", "number", 0.25),
    ("0.5", "number", 0.5),
    ("1" * 60_000, "time", None),
    ("1m" * 30_000, "time", None),
    ("fast", "time", None),
    ("10x", "size", None),
    ("", "number", None),
]


@pytest.mark.parametrize(("text", "kind", "value"), AMOUNTS)
def test_amounts_are_read_in_the_units_of_files(text: str, kind: str, value: float | None) -> None:
    assert amount(text, kind) == value


def test_a_demand_says_of_what_it_speaks() -> None:
    assert [dimension(text) for text in ("3", "30s", "512MiB")] == ["number", "time", "size"]
    with pytest.raises(ValueError, match="write `10`"):
        dimension("10m")


@pytest.mark.parametrize(
    ("path", "syntax"),
    [
        ("Dockerfile", "dockerfile"),
        ("build/api.Dockerfile", "dockerfile"),
        ("Dockerfile.dockerignore", "text"),
        ("compose.yaml", "yaml"),
        (".github/workflows/a.yml", "yaml"),
        ("nginx/conf.d/a.conf", "nginx"),
        ("a.timer", "ini"),
        ("sub/.gitignore", "text"),
        ("a.txt", ""),
    ],
)
def test_the_path_says_what_a_file_is(path: str, syntax: str) -> None:
    found = format_of(path)
    assert (found.syntax if found else "") == syntax

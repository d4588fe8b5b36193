"""What of the dependencies there is on this machine, for `backroad doctor`."""

import importlib.util
import os
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from backroad.verifier.dependencies import docker, installed, reachable
from backroad.verifier.dependencies.sources import (
    EXTRA,
    KINDS,
    NAMES,
    VARIABLES,
    Kind,
    Unavailable,
    check_url,
)

UNLOCKS: Mapping[Kind, str] = {
    "postgres": "checks on statements per request, failing transactions and a slow or lost database",
    "redis": "checks on a slow, failing or lost cache",
    "rabbitmq": "checks on jobs and messages",
}


class Row(msgspec.Struct, frozen=True):
    what: str
    there: bool
    found: str  # what is there and from where; else what its absence costs and what to do


def describe(environ: Mapping[str, str] = os.environ) -> list[Row]:
    """Starts no server, and takes a few seconds at most."""
    try:
        engine = docker.engine()
    except Unavailable:
        engine = ""
    return [_row(kind, environ, engine) for kind in KINDS] + [_psycopg(), _joserfc()]


def _row(kind: Kind, environ: Mapping[str, str], engine: str) -> Row:
    what = NAMES[kind]
    if url := environ.get(VARIABLES[kind], ""):
        try:
            check_url(kind, url)
            problem = reachable.problem(kind, urlsplit(url))
        except Unavailable as error:
            problem = str(error)
        if problem:
            return Row(what, False, f"configured by {VARIABLES[kind]}, but it cannot be used: {problem}")
        parts = urlsplit(url)
        return Row(what, True, f"configured, {parts.hostname}:{parts.port or 'default port'}")
    if engine:
        return Row(what, True, f"from Docker {engine}, {docker.IMAGES[kind].name}")
    if kind == "postgres" and installed.postgres_programs() is not None:
        return Row(what, True, f"from the package {installed.PACKAGES[kind]}")
    if kind == "redis" and installed.redis_program() is not None:
        return Row(what, True, f"from the package {installed.PACKAGES[kind]}")
    ways = [f"set {VARIABLES[kind]}", "start Docker", *([f"run {EXTRA}"] if kind in installed.PACKAGES else [])]
    return Row(what, False, f"missing; it unlocks {UNLOCKS[kind]}: {', '.join(ways[:-1])} or {ways[-1]}")


def _psycopg() -> Row:
    try:
        version = reachable.psycopg().__version__
    except Unavailable:
        return Row("psycopg", False, f"missing; without it no PostgreSQL can be used: run {EXTRA}")
    return Row("psycopg", True, version)


def _joserfc() -> Row:
    if importlib.util.find_spec("joserfc") is None:
        return Row("joserfc", False, f"missing; it unlocks checks on signing in through OpenID Connect: run {EXTRA}")
    return Row("joserfc", True, "for the stand-in of an OpenID provider")

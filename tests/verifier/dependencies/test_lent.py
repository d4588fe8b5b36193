"""What a run borrows is fresh, given back, and found again after a crash; nothing else is touched."""

import psycopg
import pytest

from backroad.verifier.dependencies.lent_postgres import LentDatabase
from backroad.verifier.dependencies.lent_redis import MARK, LentRedis
from backroad.verifier.dependencies.redis_talk import RedisTalk
from backroad.verifier.dependencies.sources import Server, Unavailable

pytestmark = pytest.mark.slow


def databases(server: Server) -> set[str]:
    with psycopg.connect(server.url) as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database").fetchall()}


def test_a_database_is_dropped_even_while_it_is_used(postgres: Server):
    before = databases(postgres)
    lent = LentDatabase.borrow(postgres)
    assert lent.name in databases(postgres)
    with psycopg.connect(postgres.url, dbname=lent.name):
        lent.give_back()
        lent.give_back()
        assert databases(postgres) == before


def test_what_a_killed_run_left_is_dropped_and_nothing_else(postgres: Server):
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE backroad_aaaaaaaaaaaa")  # the name of ours, but not our comment
        killed, living = LentDatabase.borrow(postgres), LentDatabase.borrow(postgres)
        killed._session.close()
        another = LentDatabase.borrow(postgres)
        try:
            left = databases(postgres)
            assert killed.name not in left
            assert {living.name, another.name, "backroad_aaaaaaaaaaaa"} <= left
        finally:
            living.give_back()
            another.give_back()
            connection.execute("DROP DATABASE backroad_aaaaaaaaaaaa")


def test_a_postgres_that_is_not_there_says_so():
    with pytest.raises(Unavailable) as failed:
        LentDatabase.borrow(Server("postgres", "configured", "postgresql://127.0.0.1:1/x", lambda: None))
    assert failed.value.sentence.startswith("The PostgreSQL server cannot be reached: ")
    assert "BACKROAD_POSTGRES_URL" in failed.value.hint


def configured(server: Server) -> Server:
    return Server("redis", "configured", server.url, lambda: None)


def test_redis_databases_are_empty_marked_and_flushed(redis: Server):
    lent = LentRedis.borrow(configured(redis))
    other = LentRedis.borrow(configured(redis))
    look = RedisTalk.to(redis.parts)
    try:
        assert len({lent.number, other.number, 0}) == 3
        look.call("SELECT", lent.number)
        assert look.call("KEYS", "*") == [MARK]
        look.call("SET", "a", "1")
        lent.give_back()
        assert look.call("DBSIZE") == 0
    finally:
        lent.give_back()
        other.give_back()
        look.close()


def test_a_killed_runs_redis_database_is_used_again_and_others_are_not(redis: Server):
    look = RedisTalk.to(redis.parts)
    killed = LentRedis.borrow(configured(redis))
    look.call("SELECT", killed.number)
    look.call("SET", "left", "over")
    assert killed._session is not None
    killed._session.close()
    again = LentRedis.borrow(configured(redis))
    try:
        assert again.number == killed.number
        assert look.call("EXISTS", "left") == 0
        again.give_back()
        look.call("SET", "someone", "else's")
        elsewhere = LentRedis.borrow(configured(redis))
        assert elsewhere.number != killed.number
        elsewhere.give_back()
        assert look.call("GET", "someone") == "else's"
    finally:
        look.call("DEL", "someone")
        again.give_back()
        look.close()

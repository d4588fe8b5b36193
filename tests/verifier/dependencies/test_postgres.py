"""The proxy before a real PostgreSQL, with a real driver."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest
from psycopg import errors
from psycopg.pq import TransactionStatus

from backroad.verifier.dependencies.lent_postgres import LentDatabase
from backroad.verifier.dependencies.postgres import PostgresProxy
from backroad.verifier.dependencies.sources import Server
from tests.verifier.dependencies.servers import run

pytestmark = pytest.mark.slow
Connection = psycopg.AsyncConnection[tuple[object, ...]]


@pytest.fixture(scope="module")
def lent(postgres: Server) -> Iterator[LentDatabase]:
    database = LentDatabase.borrow(postgres)
    yield database
    database.give_back()


@contextlib.asynccontextmanager
async def opened(lent: LentDatabase) -> AsyncIterator[PostgresProxy]:
    async with PostgresProxy("postgres", lent.address, seed="TEST") as proxy:
        yield proxy


def url(lent: LentDatabase, proxy: PostgresProxy) -> str:
    return lent.environment(proxy.port)["DATABASE_URL"]


@contextlib.asynccontextmanager
async def connected(lent: LentDatabase, proxy: PostgresProxy, *, autocommit: bool = False) -> AsyncIterator[Connection]:
    connection = await psycopg.AsyncConnection.connect(url(lent, proxy), autocommit=autocommit)
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS items (id int PRIMARY KEY, name text)")
        await connection.execute("TRUNCATE items")
        await connection.execute("INSERT INTO items SELECT n, 'item' FROM generate_series(1, 20) n")
        if not autocommit:
            await connection.commit()
        yield connection
    finally:
        await connection.close()


async def count(connection: Connection, where: str = "true") -> object:
    row = await (await connection.execute(f"SELECT count(*) FROM items WHERE {where}")).fetchone()
    return row[0] if row else None


def test_counts_statements_whether_simple_prepared_or_pipelined(lent: LentDatabase):
    async def work() -> None:
        async with opened(lent) as proxy, connected(lent, proxy) as connection:
            for prepare, pipelined in [(None, False), (True, False), (None, True)]:
                async with proxy.counting() as seen:
                    async with connection.pipeline() if pipelined else contextlib.nullcontext():
                        await connection.execute("SELECT id FROM items", prepare=prepare)
                        for number in range(5):
                            text = "SELECT name FROM items WHERE id = %s"
                            await connection.execute(text, (number,), prepare=prepare)
                    await connection.commit()
                assert seen.count == 6
                assert seen.texts == ["SELECT id FROM items", *["SELECT name FROM items WHERE id = $1"] * 5]
                assert len({statement.transaction for statement in seen.everything}) == 1

    run(work())


@pytest.mark.parametrize("sqlstate", ["40001", "40P01", "23505", "57014"])
def test_a_failing_statement_aborts_its_transaction_and_nothing_else(lent: LentDatabase, sqlstate: str):
    async def work() -> None:
        async with opened(lent) as proxy, connected(lent, proxy) as connection:
            planned = proxy.fail(2, sqlstate)
            await connection.execute("UPDATE items SET name = 'a' WHERE id = 1")
            with pytest.raises(psycopg.Error) as failed:
                await connection.execute("UPDATE items SET name = 'a' WHERE id = %s", (2,))
            assert failed.value.sqlstate == sqlstate
            assert [statement.text for statement in planned.hit] == ["UPDATE items SET name = 'a' WHERE id = $1"]
            assert connection.info.transaction_status is TransactionStatus.INERROR
            with pytest.raises(errors.InFailedSqlTransaction):
                await connection.execute("SELECT 2 AS two")
            await connection.rollback()
            assert await count(connection, "name = 'a'") == 0

    run(work())


def test_failing_inside_a_pipeline_and_outside_of_a_transaction(lent: LentDatabase):
    async def work() -> None:
        async with opened(lent) as proxy, connected(lent, proxy, autocommit=True) as connection:
            async with proxy.failing(1, "55P03"):
                with pytest.raises(errors.LockNotAvailable):
                    await connection.execute("SELECT id FROM items FOR UPDATE NOWAIT")
            assert await count(connection) == 20
            proxy.fail(3, "40P01")
            with pytest.raises(errors.DeadlockDetected):
                await update_in_pipeline(connection)
            assert await count(connection) == 20

    run(work())


async def update_in_pipeline(connection: Connection) -> None:
    async with connection.pipeline():
        for number in range(5):
            await connection.execute("UPDATE items SET name = 'p' WHERE id = %s", (number,))


def test_times_and_cancelled_plans(lent: LentDatabase):
    async def work() -> None:
        async with opened(lent) as proxy, connected(lent, proxy, autocommit=True) as connection:
            proxy.fail(1, times=2)
            for _ in range(2):
                with pytest.raises(errors.SerializationFailure):
                    await count(connection)
            assert await count(connection) == 20
            async with proxy.failing(5) as planned:
                await count(connection)
            assert not planned.done
            for _ in range(6):
                await count(connection)
            proxy.fail(1)
            proxy.restore()
            assert await count(connection) == 20

    run(work())


def test_a_commit_that_fails_has_undone_the_transaction(lent: LentDatabase):
    async def work() -> None:
        async with opened(lent) as proxy, connected(lent, proxy) as connection:
            proxy.fail(1, "40001", matching="^commit")
            await connection.execute("DELETE FROM items")
            with pytest.raises(errors.SerializationFailure):
                await connection.commit()
            assert connection.info.transaction_status is TransactionStatus.IDLE
            assert await count(connection) == 20

    run(work())


def test_a_shutdown_error_closes_the_connection(lent: LentDatabase):
    async def work() -> None:
        async with opened(lent) as proxy, connected(lent, proxy) as connection:
            proxy.fail(1, "57P01")
            with pytest.raises(errors.AdminShutdown):
                await count(connection)
            assert connection.broken
            async with connected(lent, proxy) as other:
                assert await count(other) == 20

    run(work())


def test_a_lost_answer_was_executed_or_not(lent: LentDatabase):
    async def work() -> None:
        async with opened(lent) as proxy, connected(lent, proxy, autocommit=True) as check:
            for when, changed in [("before", 0), ("after", 20)]:
                connection = await psycopg.AsyncConnection.connect(url(lent, proxy), autocommit=True)
                proxy.lose(1, when=when, matching="^update")  # type: ignore[arg-type]
                with pytest.raises(psycopg.OperationalError):
                    await connection.execute("UPDATE items SET name = 'lost'")
                await connection.close()
                assert await count(check, "name = 'lost'") == changed

    run(work())


def test_copy_passes_through_and_leaves_the_session_in_step(lent: LentDatabase):
    async def work() -> None:
        async with opened(lent) as proxy, connected(lent, proxy) as connection:
            cursor = connection.cursor()
            async with cursor.copy("COPY items FROM STDIN") as copying:
                for number in range(1000, 3000):
                    await copying.write_row((number, "copied" * 20))
            async with cursor.copy("COPY items TO STDOUT") as copying:
                assert sum([len(block) async for block in copying]) > 200_000
            proxy.fail(1)
            with pytest.raises(errors.SerializationFailure):
                await count(connection)
            await connection.rollback()
            assert await count(connection) == 20

    run(work())


def test_encryption_is_refused_and_cancelling_works(lent: LentDatabase):
    async def work() -> None:
        async with opened(lent) as proxy:
            plain = url(lent, proxy)
            with pytest.raises(psycopg.OperationalError, match="SSL"):
                await psycopg.AsyncConnection.connect(plain.replace("sslmode=disable", "sslmode=require"))
            async with connected(lent, proxy, autocommit=True) as connection:
                sleeping = asyncio.ensure_future(connection.execute("SELECT pg_sleep(10)"))
                await asyncio.sleep(0.1)
                await connection.cancel_safe()
                with pytest.raises(errors.QueryCanceled):
                    await sleeping

    run(work())


def test_faults_of_the_line_reach_the_driver(lent: LentDatabase):
    async def work() -> None:
        async with opened(lent) as proxy, connected(lent, proxy, autocommit=True) as connection:
            async with proxy.drop():
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(psycopg.AsyncConnection.connect(url(lent, proxy)), 0.2)
            proxy.cut()
            with pytest.raises(psycopg.OperationalError):
                await count(connection)
            with proxy_down(proxy), pytest.raises(psycopg.OperationalError, match="refused"):
                await psycopg.AsyncConnection.connect(url(lent, proxy))

    run(work())


@contextlib.contextmanager
def proxy_down(proxy: PostgresProxy) -> Iterator[None]:
    fault = proxy.down()
    yield
    fault.end()

from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver

TRIED = ("PUT", "DELETE", "PATCH", "POST")


@check(needs=("access.lets_you_in",), assumes=("405",))
async def run(bench: Bench) -> None:
    """A method that a path does not take is answered 405, and Allow says which ones it takes.

    404 would say that the path is wrong. With 405 and Allow a client, and the person who debugs it, knows that only the
    method is.

    Fix: route by path first, then by method; answer 405 with `Allow` listing every method of that path.
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    for path, methods in driver.methods().items():
        method = next(name for name in TRIED if name not in methods)
        answer = await person.client.request(method, path, json={})
        expect.problem(answer, 405)
        allowed = {name.strip().upper() for name in expect.header(answer, "allow").split(",")}
        complete = allowed.issuperset(methods) and method not in allowed
        expect.that(
            complete, expected=f"Allow: {', '.join(methods)}", got=f"Allow: {answer.headers['allow']}", answer=answer
        )

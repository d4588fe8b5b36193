from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver


@check()
async def run(bench: Bench) -> None:
    """The health path answers 200 to anyone.

    Load balancers, orchestrators and deploy scripts ask it before they send traffic. A health path that wants a
    login, or is not there, keeps a working server out of service.

    Fix: answer the health path with 200 and a small JSON body, without credentials and without other work.
    """
    driver: LabDriver = bench.driver
    answer = await bench.client().get(driver.health)
    expect.status(answer, 200)
    expect.header(answer, "content-type", matches=r"(?i)^application/json\b")
    answer.json()

from backroad.verifier import Answer, Bench, Request


class Driver:
    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.client = bench.client()

    def request(self, name: str) -> Request:
        return self.bench.request("POST", "/things", json={"name": name})

    async def create(self, name: str) -> Answer:
        return await self.client.send(self.request(name))

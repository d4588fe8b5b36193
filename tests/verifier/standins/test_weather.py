import pytest

from backroad.verifier.standins.weather import Weather
from tests.verifier.dependencies.servers import run
from tests.verifier.servers import bench_for


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"city": "Oslo"}, 401),
        ({"city": "Oslo", "key": "wrong"}, 401),
        ({"key": "{key}"}, 400),
        ({"city": "  ", "key": "{key}"}, 400),
        ({"city": "Nowhere", "key": "{key}"}, 404),
        ({"city": "42", "key": "{key}"}, 404),
        ({"city": "São Paulo", "key": "{key}"}, 200),
    ],
)
def test_the_contract(query: dict[str, str], status: int):
    async def work() -> None:
        async with Weather(seed="TEST") as weather:
            filled = {name: value.format(key=weather.key) for name, value in query.items()}
            answer = await bench_for(weather.url).client().get("/v1/current", query=filled)
            assert answer.status == status
            if status == 200:
                assert set(answer.json()) == {"city", "temperature", "unit", "condition", "observed_at"}
                assert answer.json()["city"] == query["city"]
            else:
                assert set(answer.json()["error"]) == {"code", "message"}

    run(work())


def test_weather_follows_from_the_seed_until_it_is_set():
    assert Weather(seed="A").current("Oslo") == Weather(seed="A").current("oslo")
    cities = ["Oslo", "Lima", "Bern", "Rome", "Kyiv"]
    assert [Weather(seed="A").current(city) for city in cities] != [Weather(seed="B").current(city) for city in cities]
    weather = Weather(seed="A")
    weather.set("Oslo", -40, "snow")
    assert weather.current("OSLO") == (-40, "snow")
    assert set(weather.environment()) == {"WEATHER_URL", "WEATHER_KEY"}

"""A weather service.

    GET /v1/current?city=Oslo&key=...
    200 {"city": "Oslo", "temperature": 3.5, "unit": "celsius", "condition": "rain",
         "observed_at": "2026-01-31T12:00:00Z"}
    400 no city · 401 no key or a wrong one · 404 an unknown city

Errors are {"error": {"code": "...", "message": "..."}}. A city is known if it begins with a letter; what begins with
"Nowhere" is not. Weather follows from the seed, and changes only by set().
"""

import datetime
import hashlib
import secrets
from collections.abc import Mapping

from backroad.verifier.standins.call import Call, Reply, reply_json
from backroad.verifier.standins.standin import Standin

CONDITIONS = ("clear", "cloudy", "rain", "snow", "fog", "storm")


class Weather(Standin):
    name = "weather"

    def __init__(self, *, seed: str = "") -> None:
        super().__init__(seed=seed)
        self.key = f"wk_{secrets.token_hex(16)}"  # nothing of it may show in a target's answers and logs
        self._set: dict[str, tuple[float, str]] = {}

    def environment(self) -> Mapping[str, str]:
        return {"WEATHER_URL": self.url, "WEATHER_KEY": self.key}

    def set(self, city: str, temperature: float, condition: str = "clear") -> None:
        self._set[city.casefold()] = (temperature, condition)

    def current(self, city: str) -> tuple[float, str]:
        """Temperature in degrees Celsius, and condition."""
        if city.casefold() in self._set:
            return self._set[city.casefold()]
        digest = hashlib.sha256(f"{self.seed}:{city.casefold()}".encode()).digest()
        return (digest[0] % 45 - 10) + digest[1] % 10 / 10, CONDITIONS[digest[2] % len(CONDITIONS)]

    async def answer(self, call: Call) -> Reply:
        if call.path != "/v1/current":
            return _error(404, "not_found", f"there is no {call.path}")
        if call.method != "GET":
            return _error(405, "method_not_allowed", "only GET")
        if not secrets.compare_digest(call.query.get("key", "").encode(), self.key.encode()):
            return _error(401, "invalid_key", "the key is missing or wrong")
        city = call.query.get("city", "").strip()
        if not city:
            return _error(400, "city_missing", "the parameter city is missing")
        if not city[0].isalpha() or city.casefold().startswith("nowhere"):
            return _error(404, "city_unknown", "there is no such city")
        temperature, condition = self.current(city)
        observed = datetime.datetime.now(datetime.UTC).replace(microsecond=0, second=0)
        return reply_json(
            {
                "city": city,
                "temperature": temperature,
                "unit": "celsius",
                "condition": condition,
                "observed_at": observed.isoformat().replace("+00:00", "Z"),
            }
        )


def _error(status: int, code: str, message: str) -> Reply:
    return reply_json({"error": {"code": code, "message": message}}, status)

import importlib.util

import pytest

from backroad.verifier.dependencies.sources import Unavailable
from backroad.verifier.errors import VerifierError
from backroad.verifier.standins.opened import HOMES, Standins
from tests.verifier.dependencies.servers import connected, run


def test_all_open_with_variables_of_their_own():
    async def work() -> None:
        async with Standins(HOMES, seed="A") as standins:
            told = standins.environment()
            assert {"WEATHER_URL", "OPENAI_BASE_URL", "PAYMENTS_URL", "OIDC_ISSUER", "SMTP_URL"} <= set(told)
            assert len(told) == sum(len(standins.get(name).environment()) for name in HOMES)
            for name in HOMES:
                standins.get(name).down()
            standins.restore()
            for name in HOMES:
                async with connected(standins.get(name).port):
                    pass

    run(work())


def test_what_is_missing_says_why(monkeypatch: pytest.MonkeyPatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "joserfc" else find(name))

    async def work() -> None:
        async with Standins(["identity", "mail"]) as standins:
            assert "OIDC_ISSUER" not in standins.environment()
            with pytest.raises(Unavailable) as failed:
                standins.get("identity")
            assert "joserfc" in failed.value.sentence
            assert "backroad[services]" in failed.value.hint
            with pytest.raises(Unavailable, match='does not ask for "weather"'):
                standins.get("weather")

    run(work())


def test_unknown_names_are_refused():
    with pytest.raises(VerifierError, match='no stand-in "fax"'):
        Standins(["fax"])

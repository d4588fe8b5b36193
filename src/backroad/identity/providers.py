"""The providers by which people may sign in, as they were set, each by its name."""

from collections.abc import Iterable

from backroad.identity.github import GitHub
from backroad.identity.openid import OpenId
from backroad.kit.errors import NotFound
from backroad.settings import Provider

Abroad = OpenId | GitHub


class Providers:
    def __init__(self, chosen: Iterable[Provider]) -> None:
        self._by_name: dict[str, Abroad] = {
            one.name: GitHub(one) if one.name == "github" else OpenId(one) for one in chosen
        }

    def get(self, name: str) -> Abroad:
        found = self._by_name.get(name)
        if found is None:
            raise NotFound("Nobody signs in that way here.", "The sign-in page shows what there is.")
        return found

    @property
    def titles(self) -> dict[str, str]:
        """Name -> title, in the order in which they are shown."""
        return {name: one.provider.title for name, one in self._by_name.items()}

    @property
    def issuers(self) -> tuple[str, ...]:
        return tuple(one.issuer for one in self._by_name.values())

"""The keyring that the settings describe."""

from backroad.settings import Settings
from backroad.signing.model import Purpose
from backroad.signing.private import Keyring


def keyring_of(settings: Settings) -> Keyring:
    given: dict[Purpose, str] = {"credential": settings.credential_key, "lti": settings.lti_key}
    return Keyring(settings.home, given, settings.secret_key if settings.is_server else "")

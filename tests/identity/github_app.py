"""The application with a GitHub at the address in `GITHUB_ADDRESS`, for a server process of the tests."""

import os
from typing import Any

import msgspec

from backroad import settings
from backroad.app import create_app
from backroad.product import Product
from backroad.settings import Provider


def app() -> Any:
    github = Provider("github", "GitHub", "client", "hush", os.environ["GITHUB_ADDRESS"])
    return create_app(Product.open(msgspec.structs.replace(settings.load(), providers=(github,))))

from tests.credentials.conftest import blank_credentials, db

__all__ = ["blank_credentials", "db"]

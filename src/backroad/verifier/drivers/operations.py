"""Hooks of the checks on what operators see: probes, logs, metrics, settings."""

from collections.abc import Mapping

from backroad.verifier.driver import LabDriver
from backroad.verifier.drivers.database import OnDatabase


class Operated(LabDriver):
    ready = "/readyz"  # 503 while requests cannot be served; `health` is 200 as long as the process runs
    metrics = "/metrics"
    counter = "http_requests_total"  # of all requests, by labels
    request_id = "X-Request-Id"
    logged_id = "request_id"  # fields of a line of the log
    logged_status = "status"

    def wrong_settings(self) -> Mapping[str, Mapping[str, str]]:
        """Name of a variable -> what it is (for the report) -> a value that cannot be used."""
        return {
            "DATABASE_URL": {
                "no URL": "nonsense",
                "a URL of another database": "mysql://app:s3cr3t-word@127.0.0.1:3306/app",
                "a URL with a broken port": "postgresql://app:s3cr3t-word@127.0.0.1:fivefour/app",
            }
        }

    secret_in_settings = "s3cr3t-word"


class OperatedOnDatabase(OnDatabase, Operated):
    """For checks of a server that somebody runs on a database."""

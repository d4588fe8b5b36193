"""What the environment says. Lifetimes are in seconds."""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    host: str
    port: int
    base_url: str
    data_dir: Path
    smtp_host: str
    smtp_port: int
    oidc_issuer: str
    oidc_client_id: str
    oidc_client_secret: str
    admin_email: str
    admin_password: str
    access_seconds: int
    session_seconds: int
    verify_seconds: int
    reset_seconds: int
    login_window_seconds: int


def read(env: Mapping[str, str] = os.environ) -> Settings:
    host, port = env.get("HOST", "127.0.0.1"), int(env.get("PORT", "8000"))
    return Settings(
        host=host,
        port=port,
        base_url=env.get("BASE_URL", f"http://{host}:{port}"),
        data_dir=Path(env.get("DATA_DIR", ".")),
        smtp_host=env.get("SMTP_HOST", "127.0.0.1"),
        smtp_port=int(env.get("SMTP_PORT", "1025")),
        oidc_issuer=env.get("OIDC_ISSUER", ""),
        oidc_client_id=env.get("OIDC_CLIENT_ID", ""),
        oidc_client_secret=env.get("OIDC_CLIENT_SECRET", ""),
        admin_email=env.get("ADMIN_EMAIL", ""),
        admin_password=env.get("ADMIN_PASSWORD", ""),
        access_seconds=int(env.get("ACCESS_SECONDS", "300")),
        session_seconds=int(env.get("SESSION_SECONDS", str(14 * 86_400))),
        verify_seconds=int(env.get("VERIFY_SECONDS", "86400")),
        reset_seconds=int(env.get("RESET_SECONDS", "900")),
        login_window_seconds=int(env.get("LOGIN_WINDOW_SECONDS", "60")),
    )

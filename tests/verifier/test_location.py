"""Targets behind TLS, and targets elsewhere that must agree."""

import asyncio
import datetime
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from backroad.verifier import StartFailed, VerifierError, url_config
from backroad.verifier.bench import Bench
from backroad.verifier.config import Server
from backroad.verifier.location import Location, need_permission
from backroad.verifier.target import Target
from tests.verifier.servers import OK, raw_server, read_request

LINE = "backroad-may-test-abc"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Signed by nobody but itself, key and certificate in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    plain = serialization.NoEncryption()
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
def secure_url(certificate: Path) -> Iterator[str]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    def handle(connection) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            while read_request(secure):
                secure.sendall(OK)

    with raw_server(handle) as url:
        yield url.replace("http://127.0.0.1", "https://localhost")


def test_requests_and_races_go_over_tls(secure_url: str) -> None:
    async def go() -> None:
        target = Target.of(url_config(secure_url))
        await target.open()
        bench = Bench(target=target, check_id="x.y", seed="1")
        client = bench.client()
        assert (await client.get("/")).status == 200
        assert (await client.post("/", json={"a": 1})).text == "ok"
        answers = await bench.at_once(5, bench.request("GET", "/"))
        assert [answer.status for answer in answers] == [200] * 5
        bench.close()

    asyncio.run(go())


def test_no_tls_behind_https_is_said(certificate: Path) -> None:
    def handle(connection) -> None:
        connection.recv(100)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    async def go(url: str) -> None:
        target = Target.of(url_config(url))
        await target.open()
        answer = await Bench(target=target, check_id="x.y", seed="1").at_once(1, lambda: target_request())
        assert "could not be connected to" in answer[0].reason

    def target_request():
        from backroad.verifier.exchange import Request

        return Request("GET", "/")

    with raw_server(handle) as url:
        asyncio.run(go(url.replace("http://", "https://")))


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (LINE.encode(), ""),
        (LINE.encode() + b"\n", ""),
        (b"something else", "does not say that it may be tested: /.well-known/backroad.txt answered 200, with other"),
        (None, "answered 404"),
    ],
)
def test_a_server_elsewhere_must_serve_the_line(answer: bytes | None, sentence: str) -> None:
    def handle(connection) -> None:
        assert b"GET /.well-known/backroad.txt" in read_request(connection)
        body = answer or b""
        status = b"200 OK" if answer else b"404 Not Found"
        connection.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    async def go(url: str) -> None:
        location = Location.of(Server(url=url, allow="127.0.0.1"))
        await need_permission(location, location.addresses[0], LINE)

    with raw_server(handle) as url:
        if not sentence:
            asyncio.run(go(url))
            return
        with pytest.raises(StartFailed) as caught:
            asyncio.run(go(url))
        assert sentence in caught.value.sentence
        assert caught.value.hint == f"If it is yours, serve this one line there as text: {LINE}"


def test_only_the_allowed_host_is_taken() -> None:
    assert url_config("https://staging.example", allow="staging.example").server.allow == "staging.example"
    with pytest.raises(VerifierError, match="is not on this machine"):
        url_config("https://other.example", allow="staging.example")

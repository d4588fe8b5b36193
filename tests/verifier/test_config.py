from pathlib import Path

import pytest

from backroad.verifier import VerifierError, read_config, url_config
from backroad.verifier.config import split_command


def write(folder: Path, text: str) -> Path:
    (folder / "backroad.toml").write_text(text)
    return folder


def error(folder: Path, text: str) -> str:
    with pytest.raises(VerifierError) as failed:
        read_config(write(folder, text))
    return str(failed.value).replace(str(folder), "")


def test_everything_that_can_be_said(tmp_path):
    config = read_config(
        write(
            tmp_path,
            """
            lab = "shortener"
            [server]
            start = "node server.js"
            ready = "/healthz"
            ready_seconds = 30
            stop_seconds = 2.5
            [server.env]
            NODE_ENV = "production"
            """,
        )
    )
    assert (config.lab, config.folder) == ("shortener", tmp_path.resolve())
    server = config.server
    assert (server.start, server.ready, server.ready_seconds, server.stop_seconds) == (
        "node server.js",
        "/healthz",
        30,
        2.5,
    )
    assert server.env == {"NODE_ENV": "production"}


def test_a_url_instead_of_a_command(tmp_path):
    assert read_config(write(tmp_path, 'lab = "x"\n[server]\nurl = "http://127.0.0.1:8000"')).server.url
    assert read_config(write(tmp_path, 'lab = "x"\nurl = "http://[::1]:8000/"')).server.url


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('labb = "x"\n[server]\nstart = "x"', "/backroad.toml: labb is not a known key. Did you mean lab?"),
        ('[server]\nstrat = "x"', "/backroad.toml: server.strat is not a known key. Did you mean start?"),
        (
            '[server]\nstart = "x"\nlisten = 80',
            "/backroad.toml: server.listen is not a known key. Known keys: commands, env, parts,",
        ),
        ('[server]\nstart = ["x"]', "/backroad.toml: server.start must be a text in quotes, not a list."),
        (
            '[server]\nstart = "x"\nstop_seconds = "3"',
            "/backroad.toml: server.stop_seconds must be a number, not a text.",
        ),
        (
            '[server]\nstart = "x"\nstop_seconds = -1',
            "/backroad.toml: server.stop_seconds must be a number, zero or more.",
        ),
        (
            '[server]\nstart = "x"\n[server.env]\nA = 1',
            "/backroad.toml: server.env.A must be a text in quotes, not a number.",
        ),
        ('server = "x"', "/backroad.toml: server must be a table, not a text."),
        ('lab = "x"', "/backroad.toml: server.start is missing. Give start ="),
        (
            '[server]\nstart = "x"\nurl = "http://localhost:1"',
            "/backroad.toml: server.start and url cannot both be given.",
        ),
        (
            '[server]\nstart = "node \'x"',
            "/backroad.toml: server.start cannot be read as a command: node 'x. Check its",
        ),
        ('[server]\nstart = "x"\nready = "healthz"', '/backroad.toml: server.ready must be a path such as "/healthz".'),
        (
            '[server]\nurl = "http://example.com"',
            "/backroad.toml: http://example.com is not on this machine. Backroad tests",
        ),
        ("lab = ", "/backroad.toml: not valid TOML: Invalid value"),
    ],
)
def test_mistakes_are_one_sentence(tmp_path, text, sentence):
    assert error(tmp_path, text).startswith(sentence)


def test_no_file(tmp_path):
    with pytest.raises(VerifierError, match="there is no such file"):
        read_config(tmp_path)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "[::1]", "localhost", "LOCALHOST"])
def test_loopback(host):
    assert url_config(f"http://{host}:8000").server.url


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1:80", "http://0.0.0.0:80", "http://169.254.169.254", "http://localhost.example.com",
        "http://2130706433",        "http://127.0.0.1.nip.io", "ftp://127.0.0.1", "http://127.0.0.1@example.com", "http://127.0.0.1/path",
        "127.0.0.1:80",        "http://", "http://127.0.0.1:99999", "http://[::ffff:8.8.8.8]", "http://[fe80::1]", "file:///etc/passwd",
    ],
)  # fmt: skip
def test_anything_else_is_refused(url):
    with pytest.raises(VerifierError):
        url_config(url)


def test_python_in_commands_is_one_word(monkeypatch):
    monkeypatch.setattr("sys.executable", "/a path/python")
    assert split_command("{python} -m 'my app'") == ["/a path/python", "-m", "my app"]

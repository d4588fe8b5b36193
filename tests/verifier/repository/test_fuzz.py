"""Whatever is in the files: an answer, none of them from a rule that broke."""

import random
import re
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backroad.verifier import Report, StageReport, Verdict
from backroad.verifier.repository import run_repository
from backroad.verifier.repository.sight import sights_of
from tests.verifier.repository.samples import SAYS, read_sample, samples, write_files

pytestmark = pytest.mark.slow  # many generated cases

NAMES = (
    "Dockerfile", "compose.yaml", ".github/workflows/ci.yml", "deploy/app.yaml", "nginx.conf", "package.json",
    "package-lock.json", "pyproject.toml", "uv.lock", "go.mod", "go.sum", "composer.json", "composer.lock", "Gemfile",
    "Gemfile.lock", "requirements.txt", ".env", ".env.example", ".gitignore", ".dockerignore", "README.md", "start.sh",
    "test_app.py",
)  # fmt: skip
FILES = {name: text for path in samples() for name, text in read_sample(path).items() if name != SAYS}
QUIET = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def judge(folder: Path) -> None:
    for report in run_repository(folder):
        assert "broke" not in report.reason, report
        assert (report.verdict is Verdict.FAILED) == (report.finding is not None)
        assert (report.verdict is Verdict.PASSED) == (report.finding is None and not report.reason)
        if report.finding is not None:
            assert sights_of(report.finding)
        msgspec.json.encode(report)


@QUIET
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.text(max_size=300)), max_size=6))
def test_any_text(tmp_path, files):
    write_files(dict(files), tmp_path)
    judge(tmp_path)


@QUIET
@given(st.integers(0, 2**32))
def test_samples_with_mistakes_in_them(tmp_path, seed):
    chance = random.Random(seed)
    for name in chance.sample(sorted(FILES), 8):
        text = FILES[name]
        for _ in range(chance.randint(1, 4)):
            at, length = chance.randrange(len(text) + 1), chance.randint(0, 12)
            strange = chance.choice(
                ["", "\n", "  ", "\t", "{", "}", "[", "*x", "&x ", "\x00", "\ud800", "<<: ", "- ", '"', "${"]
            )
            text = text[:at] + strange + text[at + length :]
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode(errors="replace" if chance.random() < 0.5 else "surrogatepass"))
    judge(tmp_path)


HOSTILE = {
    "compose.yaml": "services: " + "[" * 200_000,
    ".github/workflows/ci.yml": "\n".join(" " * depth + "a:" for depth in range(1200)),
    "deploy/app.yaml": "a0: &a0 {x: 1}\n"
    + "\n".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}], k{n}: 1}}" for n in range(1, 400))
    + "\napiVersion: v1\nkind: Pod\n",
    "Dockerfile": "FROM a AS s0\n" + "\n".join(f"FROM s{n - 1} AS s{n}" for n in range(1, 20_000)),
    "deploy/aliases.yaml": "e: &e ["
    + "x," * 3000
    + "]\nc: &c {env: *e}\nd: ["
    + "*c," * 3000
    + "]\napiVersion: v1\nkind: Pod\n",
    "arguments.Dockerfile": "ARG a0=x\n"
    + "".join(f"ARG a{n}={f'${{a{n - 1}}}' * 99}\n" for n in range(1, 99))
    + "FROM $a98\n",
    "nginx.conf": "a {" * 100_000,
    "package.json": '{"dependencies":' + "[" * 100_000,
    "pyproject.toml": "a = " + "[" * 50_000,
    ".gitignore": "\n".join("*a" * 40 + str(n) for n in range(2000)),
    "src/x.py": 'password = "' + "a1B" * 100_000 + "\n" + "eyJ" + "a" * 300_000 + "\n" + "token." * 50_000,
    "README.md": "docker compose " * 20_000,
    "start.sh": "exec" * 50_000,
    "requirements.txt": "a" * 100_000 + "\n" + "-r " * 30_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_end_soon(tmp_path, name):
    write_files({name: HOSTILE[name]}, tmp_path)
    began = time.process_time()
    judge(tmp_path)
    assert time.process_time() - began < 4


def test_no_report_holds_a_secret(tmp_path):
    secrets = set()
    for path in samples():
        sections = read_sample(path)
        write_files(sections, tmp_path / path.parent.name / path.stem)
        text = "".join(sections.values()).replace("·", "")
        secrets |= set(re.findall(r"swordfish\w*|hunter2\w*|correct-horse|(?:ghp_|sk_live_|AKIA)\w{12,}", text))
        secrets |= set(re.findall(r"x9\$Kp2\S{14}|q7Xv92\w{18}|T7hq92LmXz|x8KqV2\w{18}|MIIEvQ\S+", text))
    assert len(secrets) >= 10
    for folder in sorted(tmp_path.glob("*/*")):
        checks = run_repository(folder)
        stage = StageReport(number=1, title="Repository", checks=checks)
        report = Report(
            lab="x", title="X", target="", command="", seed="A", started_at="", seconds=1.0, stages=(stage,)
        )
        text = msgspec.json.encode(report).decode()
        for secret in secrets:
            assert secret[:8] not in text or secret[:8] in ("AKIAIOSF", "sk_live_"), (folder, secret)
            assert secret not in text

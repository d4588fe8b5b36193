import os
from pathlib import Path

import pytest

from backroad.verifier import Verdict, VerifierError
from backroad.verifier.repository import Folder, load_rules, run_repository
from backroad.verifier.repository.folder import LARGEST, MOST_FILES, Trouble

ROOT_DOCKERFILE = "FROM node:22.11\nCMD node server.js\n"


def verdict(folder: Path, name: str) -> tuple[str, str]:
    (report,) = run_repository(folder, only=[f"repository.{name}"])
    return report.verdict, report.reason or (report.finding.got if report.finding else "")


def test_an_empty_folder_is_not_judged(tmp_path):
    verdicts = {report.id: report.verdict for report in run_repository(tmp_path)}
    searched = {"repository.secrets_stay_out", "repository.private_keys_stay_out"}
    assert {name for name, found in verdicts.items() if found is not Verdict.NOT_RUN} == searched
    assert all(report.reason for report in run_repository(tmp_path) if report.verdict is Verdict.NOT_RUN)
    assert len(verdicts) == len(load_rules()) >= 22


def test_only_and_proves(tmp_path):
    (tmp_path / "Dockerfile").write_text(ROOT_DOCKERFILE)
    reports = run_repository(
        tmp_path, only=["repository.docker_s"], proves={"repository.docker_stops_on_sigterm": ("a.b",)}
    )
    assert [(report.id, report.proves) for report in reports] == [("repository.docker_stops_on_sigterm", ("a.b",))]
    finding = reports[0].finding
    assert finding is not None
    assert finding.again == "backroad prove --only repository.docker_stops_on_sigterm"
    assert finding.why
    assert finding.fix


def test_no_folder(tmp_path):
    with pytest.raises(VerifierError, match="is not a folder"):
        run_repository(tmp_path / "nowhere")


def test_links_that_lead_out_are_not_followed(tmp_path):
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (outside / "Dockerfile").write_text(ROOT_DOCKERFILE)
    (outside / "secret.env").write_text("x")
    (inside / "Dockerfile").symlink_to(outside / "Dockerfile")
    (inside / "more").symlink_to(outside)
    (inside / "itself").symlink_to("itself")
    (inside / "up").symlink_to("..")
    (inside / "real.txt").write_text("text")
    (inside / "near.txt").symlink_to("real.txt")
    folder = Folder(inside)
    assert folder.files == ("near.txt", "real.txt")
    assert folder.text("near.txt") == "text"
    assert verdict(inside, "docker_runs_as_a_user")[0] == Verdict.NOT_RUN


def test_what_is_no_file_of_text(tmp_path):
    os.mkfifo(tmp_path / "Dockerfile")
    (tmp_path / "compose.yaml").write_bytes(b"services:\0")
    (tmp_path / "nginx.conf").write_text("server {\n" + "#" * LARGEST)
    (tmp_path / os.fsdecode(b"caf\xe9.py")).write_text("x = 1")
    assert verdict(tmp_path, "docker_runs_as_a_user") == (Verdict.NOT_RUN, "there is no Dockerfile in the folder")
    unclear = (Verdict.UNCLEAR, "compose.yaml:1 is binary, so it was not judged")
    assert verdict(tmp_path, "compose_pins_images") == unclear
    assert verdict(tmp_path, "files_can_be_read") == unclear
    assert verdict(tmp_path, "tests_exist") == (Verdict.FAILED, "caf?.py:1  no file of tests")
    with pytest.raises(Trouble, match="is larger than 1 MiB"):
        Folder(tmp_path).text("nginx.conf")


def test_a_file_that_becomes_a_pipe_does_not_block(tmp_path):
    (tmp_path / "Dockerfile").write_text(ROOT_DOCKERFILE)
    folder = Folder(tmp_path)
    (tmp_path / "Dockerfile").unlink()
    os.mkfifo(tmp_path / "Dockerfile")
    (report,) = run_repository(folder, only=["repository.docker_runs_as_a_user"])
    assert report.reason == "Dockerfile:1 is not a regular file, so it was not judged"


def test_a_huge_folder_is_cut_near_the_bottom(tmp_path):
    (tmp_path / "a").mkdir()
    for number in range(MOST_FILES + 10):
        (tmp_path / "a" / f"{number}.txt").touch()
    (tmp_path / "z").mkdir()
    (tmp_path / "z" / "Dockerfile").write_text(ROOT_DOCKERFILE)
    (tmp_path / "README.md").write_text("npm start")
    folder = Folder(tmp_path)
    assert folder.truncated
    assert len(folder.files) == MOST_FILES
    assert folder.files[0] == "README.md"
    reason = "the folder is too large to search: over 5,000 files or 64 MiB"
    (report,) = run_repository(folder, only=["repository.secrets_stay_out"])
    assert (report.verdict, report.reason) == (Verdict.UNCLEAR, reason)


def test_one_broken_file_leaves_the_others_judged(tmp_path):
    (tmp_path / "a.Dockerfile").write_text("FRUM node")
    (tmp_path / "b.Dockerfile").write_text(ROOT_DOCKERFILE)
    (tmp_path / "c.Dockerfile").write_text("FROM node:22.11\nUSER node\n")
    got = "b.Dockerfile:1  no USER in the last stage, so it runs as root"
    assert verdict(tmp_path, "docker_runs_as_a_user") == (Verdict.FAILED, got)
    reason = "needs repository.files_can_be_read, which failed at a.Dockerfile:1"
    assert verdict(tmp_path, "docker_pins_base_images") == (Verdict.NOT_RUN, reason)


def test_many_sights_are_told_in_part(tmp_path):
    lines = [f"FROM node:latest AS s{number}" for number in range(40)]
    (tmp_path / "Dockerfile").write_text("\n".join(lines))
    got = verdict(tmp_path, "docker_pins_base_images")[1].splitlines()
    assert (len(got), got[-1]) == (31, "and 10 more")


def test_every_rule_reads_like_a_check():
    for rule in load_rules():
        assert rule.claim.endswith("."), rule.id
        assert len(rule.claim) <= 112, rule.id
        assert 60 < len(rule.why) < 500, rule.id
        assert 20 < len(rule.fix) < 400, rule.id
        assert rule.path.stem == rule.id.removeprefix("repository.")

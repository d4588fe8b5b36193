"""What is shipped to run a server: judged by our own rules, read as what it is, and true to the settings."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from backroad.operations.settings_page import to_markdown
from backroad.settings import OTHERS, SETTINGS, STORES
from backroad.verifier.repository import run_repository

ROOT = Path(__file__).parents[2]
KNOWN = {f"{setting.variable}{end}" for setting in SETTINGS for end in ("", "_FILE")} | STORES.keys()
KNOWN |= {f"BACKROAD_{name}" for name in OTHERS}
TAUGHT = re.compile(r"content/|labs/[\w-]+/(flaws|reference)/|src/backroad/drills/tokens/keys\.py")
"""Deliberate mistakes, examples and published keys: what is taught, not what is run."""


def manifests() -> list[dict[str, Any]]:
    files = sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))
    return [one for file in files for one in yaml.safe_load_all(file.read_text(encoding="utf-8"))]


def of_kind(kind: str) -> list[dict[str, Any]]:
    found = [one for one in manifests() if one["kind"] == kind]
    assert found, kind
    return found


def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return read


@pytest.mark.slow
def test_our_own_rules_find_nothing() -> None:
    """Findings in what is taught are meant to be there."""
    found = [
        line
        for check in run_repository(ROOT)
        if check.finding is not None
        for line in check.finding.got.splitlines()
        if not TAUGHT.match(line)
    ]
    assert found == []


@pytest.mark.slow
@pytest.mark.parametrize("start", ["docker", "compose", "kubernetes", "workflow"])
def test_the_rules_saw_the_files(start: str) -> None:
    """Passed, not left out for want of a file."""
    about = [check for check in run_repository(ROOT) if check.id.startswith(f"repository.{start}_")]
    assert {check.verdict for check in about} == {"passed"}, [(check.id, check.verdict) for check in about]


def test_the_page_of_settings_is_new() -> None:
    page = ROOT / "docs" / "settings.md"
    assert page.read_text(encoding="utf-8") == to_markdown(), (
        "python -m backroad.operations.settings_page > docs/settings.md"
    )


@pytest.mark.parametrize(
    "name",
    [
        "Dockerfile", "compose.yaml", "deploy/kubernetes/settings.yaml", "deploy/systemd/backroad.service",
        "docs/self-hosting.md", "deploy/make-secrets.sh",
    ],
)  # fmt: skip
def test_every_setting_in_it_is_one(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    named = set(re.findall(r"\bBACKROAD_[A-Z_]*[A-Z]\b", text))
    of_compose = {"BACKROAD_HOSTNAME", "BACKROAD_VERSION", "BACKROAD_UPSTREAM"}
    assert named - of_compose <= KNOWN, sorted(named - of_compose - KNOWN)


def test_kubernetes_objects_know_one_another() -> None:
    names = {(one["kind"], one["metadata"]["name"]) for one in manifests() if "metadata" in one}
    workloads = [*of_kind("Deployment"), *of_kind("Job")]
    (service,), (ingress,), (scaler,), (budget,) = map(
        of_kind, ("Service", "Ingress", "HorizontalPodAutoscaler", "PodDisruptionBudget")
    )
    pods = [one["spec"]["template"] for one in workloads]
    web = next(one for one in pods if one["metadata"]["labels"]["app.kubernetes.io/component"] == "web")
    assert service["spec"]["selector"].items() <= web["metadata"]["labels"].items()
    assert budget["spec"]["selector"]["matchLabels"].items() <= web["metadata"]["labels"].items()
    assert ("Deployment", scaler["spec"]["scaleTargetRef"]["name"]) in names
    (rule,) = ingress["spec"]["rules"]
    assert rule["http"]["paths"][0]["backend"]["service"]["name"] == service["metadata"]["name"]
    (secret,) = of_kind("Secret")
    (settings,) = of_kind("ConfigMap")
    for pod in pods:
        assert ("ServiceAccount", pod["spec"]["serviceAccountName"]) in names
        assert pod["spec"]["enableServiceLinks"] is False, "its variables would look like settings"
        volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
        assert volumes["secrets"]["secret"]["secretName"] == secret["metadata"]["name"]
        (container,) = pod["spec"]["containers"]
        assert container["envFrom"] == [{"configMapRef": {"name": settings["metadata"]["name"]}}]
        assert {mount["name"] for mount in container["volumeMounts"]} == volumes.keys()
        place = next(mount["mountPath"] for mount in container["volumeMounts"] if mount["name"] == "secrets")
        for name, value in settings["data"].items():
            if name.endswith("_FILE"):
                assert value.rpartition("/")[0] == place
                assert value.rpartition("/")[2] in secret["stringData"], name
    assert all(
        one["metadata"].get("namespace") == "backroad"
        for one in manifests()
        if one["kind"] not in ("Namespace", "Kustomization")
    )
    assert not any(secret["stringData"].values())
    grace = web["spec"]["terminationGracePeriodSeconds"]
    assert grace > int(settings["data"]["BACKROAD_DRAIN_SECONDS"]) + 30


def test_everything_but_the_example_is_applied() -> None:
    (listed,) = of_kind("Kustomization")
    there = {file.name for file in (ROOT / "deploy" / "kubernetes").glob("*.yaml")}
    assert there - {"kustomization.yaml", "secret.example.yaml"} == set(listed["resources"])


def test_compose_refers_to_what_it_has() -> None:
    read = compose()
    drawn = (ROOT / "deploy" / "make-secrets.sh").read_text(encoding="utf-8")
    for name, secret in read["secrets"].items():
        assert secret["file"] == f"./deploy/secrets/{name}"
        assert name in drawn
    targets = re.findall(r"^FROM \S+ AS (\w+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    for name, service in read["services"].items():
        for one, value in service.get("environment", {}).items():
            if value.startswith("/run/secrets/"):
                assert value.rpartition("/")[2] in service["secrets"], (name, one)
        assert set(service.get("secrets", ())) <= read["secrets"].keys()
        assert set(service["networks"]) <= read["networks"].keys()
        assert service["deploy"]["resources"]["limits"]["memory"], name
        assert service.get("build", {}).get("target", "server") in targets
        for other, wanted in service.get("depends_on", {}).items():
            assert other in read["services"]
            if wanted["condition"] == "service_healthy":
                assert "test" in read["services"][other]["healthcheck"]
    assert read["networks"]["back"]["internal"] is True
    assert read["services"]["web"]["deploy"]["replicas"] == 2


def test_the_image_is_small_and_nobodys() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    last = text[text.rindex("\nFROM ") :] + text[text.index(" AS base\n") : text.index(" AS worker\n")]
    assert "apt-get" not in last
    assert "pip install" not in last
    assert "USER 10001:10001" in last
    assert 'CMD ["backroad", "serve"]' in last


def test_secrets_are_drawn_once(tmp_path: Path) -> None:
    script = tmp_path / "make-secrets.sh"
    shutil.copy(ROOT / "deploy" / "make-secrets.sh", script)
    first = subprocess.run(["sh", str(script)], capture_output=True, text=True, check=False, timeout=30)
    assert first.returncode == 1
    assert "deploy/secrets/mail_url" in first.stderr
    folder = tmp_path / "secrets"
    (folder / "mail_url").write_text("file:///tmp")
    drawn = {file.name: file.read_text() for file in folder.iterdir()}
    assert subprocess.run(["sh", str(script)], capture_output=True, check=False, timeout=30).returncode == 0
    assert {file.name: file.read_text() for file in folder.iterdir()} == drawn
    assert len({drawn[name] for name in ("secret_key", "metrics_token", "postgres_password")}) == 3
    assert len(drawn["secret_key"]) == 64
    assert drawn["postgres_password"] in drawn["database_url"]
    assert folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["constraints-server.txt", "constraints-worker.txt"])
def test_images_hold_what_was_tested(name: str) -> None:
    """The same versions as those that everybody else installs."""

    def pins(file: str) -> dict[str, str]:
        text = (ROOT / file).read_text(encoding="utf-8")
        return dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE))

    image, product = pins(name), pins("constraints.txt")
    assert {one: version for one, version in product.items() if image.get(one) != version} == {}, "make pins"
    assert image.keys() - product.keys() >= {"sentry-sdk", "opentelemetry-sdk"}

from backroad.verifier.repository.compose import Service, services
from backroad.verifier.repository.docker import read_dockerfile
from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight


@rule
def run(folder: Folder) -> list[Sight]:
    """Databases and your own services have a health check.

    Docker takes a container for well as soon as its process runs. A database that still recovers, or a server that has
    lost its pool, gets traffic and dependants that it cannot serve.

    Fix: `healthcheck` with a command that only a working service passes: `pg_isready`, `redis-cli ping`, a request to
    your health path.
    """
    return [
        Sight(one.path, one.line, "a healthcheck", f"service {one.name} has none")
        for file, one in services(folder)
        if (one.store or one.built) and not (one.partial or file.runs_once(one) or one.checked or by_image(folder, one))
    ]


def by_image(folder: Folder, service: Service) -> bool:
    """Its own Dockerfile asks; a healthcheck that compose disables does not count."""
    if not service.built or service.body.has("healthcheck") or not folder.has(service.dockerfile):
        return False
    file = folder.parsed(service.dockerfile, read_dockerfile)
    health = file.final.last("HEALTHCHECK") if file else None
    return health is not None and health.text.strip().upper() != "NONE"

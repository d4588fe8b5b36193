from backroad.verifier.repository.compose import ComposeFile, Dependency, services
from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight, absent


@rule
def run(folder: Folder) -> list[Sight]:
    """A service waits until what it depends on is healthy.

    `depends_on` as a list waits for the process, not for the database in it. The first start on an empty volume takes
    seconds, the server finds nothing and dies; on a faster machine it works, and nobody can repeat the failure.

    Fix: `depends_on: {db: {condition: service_healthy}}` and a `healthcheck` of db. The server should still retry: the
    database can also go away later.
    """
    found = [(file, one, need) for file, one in services(folder) for need in one.dependencies()]
    if not found:
        absent("no compose service depends on another")
    return [
        Sight(one.path, need.line, "condition: service_healthy", f"{one.name} waits only until {need.name} runs")
        for file, one, need in found
        if need.condition in ("", "service_started") and can_be_asked(file, need)
    ]


def can_be_asked(file: ComposeFile, need: Dependency) -> bool:
    """It takes a while until it can serve: a store, or whatever has a health check."""
    service = file.named.get(need.name)
    return service is not None and (service.store or service.checked)

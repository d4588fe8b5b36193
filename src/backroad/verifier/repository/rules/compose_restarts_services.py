from backroad.verifier.repository.compose import Service, services
from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight


@rule
def run(folder: Folder) -> list[Sight]:
    """Services come back after a crash.

    The default policy is to stay down. One unhandled error at night, or a reboot of the machine, and the service is
    gone until somebody looks.

    Fix: `restart: unless-stopped` for services; `restart: "no"` only for jobs that run once.
    """
    return [
        Sight(one.path, line, "restart: unless-stopped, always or on-failure", got)
        for file, one in services(folder)
        if not (one.partial or file.runs_once(one))
        for line, got in stays_down(one)
    ]


def stays_down(service: Service) -> list[tuple[int, str]]:
    policy = service.body.get("restart")
    if not policy:
        if service.body.get("deploy", "restart_policy") or service.body.has("develop"):
            return []
        return [(service.line, f"service {service.name} has no restart policy, so it stays down")]
    if policy.text.lower() in ("no", "false") and service.ports():
        return [(policy.line, f'service {service.name} publishes a port and has restart: "no"')]
    return []

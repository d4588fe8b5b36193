from backroad.verifier.repository.compose import services
from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight, absent


@rule
def run(folder: Folder) -> list[Sight]:
    """No database, cache or broker is published to other machines.

    Services of one compose file reach one another by name, without a published port. A published one listens on every
    interface, past most firewalls, since Docker writes its own rules; open databases are found by scanners in minutes.

    Fix: delete `ports` of the database; if you want to reach it from your own machine, publish it on loopback only:
    `127.0.0.1:5432:5432`.
    """
    stores = [one for _, one in services(folder, overrides=True) if one.store]
    if not stores:
        absent("no compose file has a database, cache or broker")
    expected = "no published port, or one on 127.0.0.1"
    sights = [
        Sight(one.path, port.line, expected, f"service {one.name} publishes {port.target} on every interface")
        for one in stores
        for port in one.ports()
        if port.open
    ]
    on_host = [one for one in stores if one.body.get("network_mode").text == "host"]
    return sights + [
        Sight(one.path, one.body.line_of("network_mode"), expected, f"service {one.name} uses the host's network")
        for one in on_host
    ]

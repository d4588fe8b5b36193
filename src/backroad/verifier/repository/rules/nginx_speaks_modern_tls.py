from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.nginx import Directive, nginx_files
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight, absent
from backroad.verifier.verdict import unclear

OLD = ("SSLv2", "SSLv3", "TLSv1", "TLSv1.1")


@rule
def run(folder: Folder) -> list[Sight]:
    """nginx speaks no TLS older than 1.2.

    TLS 1.0 and 1.1 were retired by RFC 8996: they rest on SHA-1 and MD5 and can be attacked. Browsers refuse them, so
    they only help an attacker who talks a client down.

    Fix: `ssl_protocols TLSv1.2 TLSv1.3;` in the http block.
    """
    files = nginx_files(folder)
    servers = [one for file in files for one in file.walk() if one.name == "server" and secured(one)]
    spoken = [one for file in files for one in file.walk() if one.name == "ssl_protocols"]
    if not servers and not spoken:
        absent("no server of the nginx configuration listens with TLS")
    expected = "ssl_protocols TLSv1.2 TLSv1.3"
    sights = [
        Sight(one.path, one.line, expected, f"ssl_protocols {' '.join(one.args)}")
        for one in spoken
        if any(word in OLD for word in one.args)
    ]
    silent = [one for one in servers if not one.own("ssl_protocols") and not one.inherited("ssl_protocols")]
    if silent and not sights and not any(file.own("ssl_protocols") for file in files):
        unclear(f"{silent[0].path}:{silent[0].line} leaves ssl_protocols to nginx, which spoke TLS 1.0 before 1.23.4")
    return sights


def secured(server: Directive) -> bool:
    return any("ssl" in one.args for one in server.own("listen")) or any("on" in one.args for one in server.own("ssl"))

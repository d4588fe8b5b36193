from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.nginx import Directive, nginx_files
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight, absent

NEEDED = ("Host", "X-Forwarded-For", "X-Forwarded-Proto")
TOLD_BY = {"x-forwarded-for": "x-real-ip", "host": "x-forwarded-host"}


@rule
def run(folder: Folder) -> list[Sight]:
    """nginx tells the backend who asked, for which host, and whether over TLS.

    Behind a proxy every request comes from the proxy. Without these headers the backend limits and logs one address for
    everybody, builds links to the wrong host, and redirects to http for ever.

    Fix: `proxy_set_header Host $host;`, `X-Forwarded-For $proxy_add_x_forwarded_for;` and `X-Forwarded-Proto $scheme;`
    in the same block: one proxy_set_header in a location drops all those of the blocks around it.
    """
    passes = [one for file in nginx_files(folder) for one in file.walk() if one.name == "proxy_pass"]
    if not passes:
        absent("the nginx configuration passes nothing on with proxy_pass")
    return [
        Sight(one.path, one.line, f"proxy_set_header for {', '.join(NEEDED)}", f"none for {', '.join(left)} holds here")
        for one in passes
        if (left := missing(one))
    ]


def missing(one: Directive) -> list[str]:
    if any(block.own("include") for block in one.around() if block.name in ("location", "server", "if")):
        return []  # snippets such as Debian's proxy_params hold them
    sent = {header.args[0].lower() for header in one.inherited("proxy_set_header") if len(header.args) > 1}
    return [name for name in NEEDED if name.lower() not in sent and TOLD_BY.get(name.lower(), name) not in sent]

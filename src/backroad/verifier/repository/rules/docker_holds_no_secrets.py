import re
from collections.abc import Iterator

from backroad.verifier.repository.docker import Instruction, dockerfiles, pairs
from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.key_shapes import is_secret_name, is_written_out, secrets_in, url_password
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight

EXPECTED = "secrets come at run time, or with RUN --mount=type=secret"
SECRET_FILE = re.compile(
    r"(?i)\.env(?:\.(?!example|sample|template|dist)[\w-]+)*|id_(?:rsa|dsa|ecdsa|ed25519)|.*\.key|.*key.*\.pem"
)


@rule
def run(folder: Folder) -> list[Sight]:
    """No secret is built into the image.

    Layers are files that anybody who can pull the image can unpack, and `docker history` shows every ENV and ARG. A
    secret that was deleted in a later layer is still in the earlier one.

    Fix: hand secrets to the container when it starts, as environment or mounted files; use `RUN --mount=type=secret`
    for what only the build needs.
    """
    return [
        Sight(file.path, one.line, EXPECTED, got)
        for file in dockerfiles(folder)
        for stage in file.stages
        for one in stage.instructions
        for got in told(one)
    ]


def told(one: Instruction) -> Iterator[str]:
    """What an instruction gives away; never its value."""
    if one.name == "ENV":
        for name, value in pairs(one.text):
            if is_secret_name(name) and is_written_out(value):
                yield f"ENV {name} with its value"
            elif url_password(value):
                yield f"ENV {name} with a password in its URL"
    elif one.name == "ARG":
        name = one.text.partition("=")[0].strip()
        if is_secret_name(name):
            yield f"ARG {name}, which stays in the history of the image"
    elif one.name in ("COPY", "ADD") and not any(flag.startswith("--from=") for flag in one.flags):
        for source in one.words[:-1]:
            if SECRET_FILE.fullmatch(source.rpartition("/")[2][:200]):
                yield f"{one.name} {source}"
    elif one.name == "RUN":
        for secret in secrets_in(f"{one.text}\n{one.heredoc}"):
            yield f"RUN with {secret.said}"

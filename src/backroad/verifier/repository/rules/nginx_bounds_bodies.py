from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.nginx import nginx_files, size_of
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight

LARGEST = 1 << 30


@rule
def run(folder: Folder) -> list[Sight]:
    """nginx refuses request bodies above a limit.

    nginx stores a body on disk before it passes it on. With `client_max_body_size 0` one client fills the disk, and
    everything else on the machine stops with it.

    Fix: leave the default of 1 MiB, or set `client_max_body_size` to what your largest upload needs, in that location
    only.
    """
    return [
        Sight(one.path, one.line, "a limit of at most 1 GiB", f"client_max_body_size {' '.join(one.args)}")
        for file in nginx_files(folder)
        for one in file.walk()
        if one.name == "client_max_body_size" and unbounded(one.args)
    ]


def unbounded(args: list[str]) -> bool:
    size = size_of(args[0]) if args else None
    return size is not None and (size == 0 or size > LARGEST)

import subprocess
import sys

CODE = """
import sys
before = set(sys.modules)
import backroad.verifier
print(" ".join(sorted(set(sys.modules) - before)))
"""


def test_importing_the_verifier_imports_next_to_nothing():
    loaded = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True).stdout.split()
    assert not {"rich", "uvloop", "httptools", "psutil", "msgspec", "asyncio"} & set(loaded)


def test_every_exported_name_is_there():
    import backroad.verifier

    for name in backroad.verifier.__all__:
        assert getattr(backroad.verifier, name) is not None, name

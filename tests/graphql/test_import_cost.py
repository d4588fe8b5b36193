"""Commands do not wait for what only the web server needs."""

import subprocess
import sys

import pytest

CODE = """
import sys
from backroad.cli import main
sys.argv = ["backroad", *{arguments}]
try:
    main()
except SystemExit:
    pass
print("loaded:", *(name for name in ("strawberry", "graphql", "litestar", "limits") if name in sys.modules))
"""


@pytest.mark.parametrize("arguments", [["--version"], ["--help"]])
def test_the_command_line_loads_no_graphql(arguments: list[str]) -> None:
    code = CODE.format(arguments=arguments)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.splitlines()[-1].strip() == "loaded:", ran.stdout

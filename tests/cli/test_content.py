"""The shipped curriculum keeps every rule, and every key that can be executed gives its answer."""

import pytest

from backroad.cli.content import check_all
from backroad.kit.paths import content_dir


@pytest.mark.slow
@pytest.mark.long
def test_the_curriculum_is_sound() -> None:
    found = check_all(content_dir(), execute=True)
    assert found.problems == ()
    assert (found.topics_covered, found.roads, found.left_out) == (244, 6, ())
    assert found.lessons == found.skills >= 110
    assert found.drills >= 800
    assert found.keys_executed == found.keys_executable >= 300
    assert found.examples_run == found.examples > 0

"""Editing a road's file changes the skills that were meant and not one other letter."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backroad.curriculum import Step
from backroad.kit.errors import Problem
from backroad.own_roads import edit
from backroad.own_roads.toml_text import listed, text

ROAD = """# my road
title = "Mine"  # "skills = []"
about = "x"

[[step]]
title = "One ] # step"
skills = [
    "a.one",  # why: "first" [
    'b.two',
    # and then
    "c.three",
]

  [[ step ]]
title = "Two"
labs = ["shortener"]
[step.topics]
"skills = [" = "a.one"

[[step]]
title = "Three"
skills = ["d.four"]
"""


def skills_of(content: str) -> list[list[str]]:
    return [step.get("skills", []) for step in tomllib.loads(content)["step"]]


def test_a_skill_goes_where_it_is_put_and_comments_stay() -> None:
    changed = edit.insert(ROAD, 0, 1, "new.one")
    assert skills_of(changed) == [["a.one", "new.one", "b.two", "c.three"], [], ["d.four"]]
    assert changed.replace('"new.one", ', "") == ROAD
    assert skills_of(edit.insert(ROAD, 0, 3, "new.one"))[0][-1] == "new.one"
    assert skills_of(edit.insert(ROAD, 1, 0, "new.one"))[1] == ["new.one"]
    assert skills_of(edit.insert(ROAD, 2, 0, "new.one"))[2] == ["new.one", "d.four"]


@pytest.mark.parametrize(("step", "place"), [(0, 0), (0, 1), (0, 2), (2, 0)])
def test_a_skill_is_taken_out_and_comments_stay(step: int, place: int) -> None:
    changed = edit.remove(ROAD, step, place)
    expected = skills_of(ROAD)
    del expected[step][place]
    assert skills_of(changed) == expected
    assert changed.count("#") == ROAD.count("#")


def test_two_neighbours_change_places() -> None:
    assert skills_of(edit.swap(ROAD, 0, 1))[0] == ["a.one", "c.three", "b.two"]


def test_a_step_is_added_at_the_end() -> None:
    changed = edit.add_step(ROAD, Step(title='Quo"te', skills=("a.b",)))
    assert changed.startswith(ROAD)
    assert tomllib.loads(changed)["step"][-1] == {"title": 'Quo"te', "skills": ["a.b"]}


@pytest.mark.parametrize(
    "content",
    [
        'title = "x"\nstep = [{title = "inline", skills = ["a.b"]}]\n',
        'title = """\n[[step]]\nskills = ["a.b"]\n"""\n[[step]]\ntitle = "x"\nskills = ["a.b"]\n',
        '[[step]]\ntitle = "x"\nskills = ["""a.b""", "c.d"]\n',
    ],
)
def test_what_cannot_be_changed_without_loss_is_refused(content: str) -> None:
    with pytest.raises(Problem, match="Change it in an editor; nothing was changed"):
        edit.remove(content, 0, 0)


@given(st.lists(st.text(max_size=40), max_size=30))
def test_any_text_is_written_so_that_it_is_read_back(values: list[str]) -> None:
    assert tomllib.loads(f"x = {listed(values)}\n")["x"] == values
    for value in values:
        assert tomllib.loads(f"x = {text(value)}\n")["x"] == value


ids = st.lists(st.from_regex(r"[a-z]{1,5}\.[a-z]{1,20}", fullmatch=True), min_size=1, max_size=12, unique=True)


@given(ids, st.data())
def test_any_order_of_edits_ends_in_the_list_that_it_describes(skills: list[str], data: st.DataObject) -> None:
    content = f'title = "x"\n\n[[step]]\ntitle = "y"\nskills = {listed(skills)}\n'
    wanted = list(skills)
    for _ in range(6):
        place = data.draw(st.integers(0, len(wanted)))
        if data.draw(st.booleans()) or not wanted:
            content, wanted = edit.insert(content, 0, place, "new.one"), [*wanted[:place], "new.one", *wanted[place:]]
        elif place < len(wanted):
            content, wanted = edit.remove(content, 0, place), wanted[:place] + wanted[place + 1 :]
    assert skills_of(content) == [wanted]

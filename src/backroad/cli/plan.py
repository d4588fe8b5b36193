"""`backroad plan`: the plan, and moving its sessions."""

from typing import Annotated

from cyclopts import App, Parameter

from backroad.cli.learn import AsJson, plan
from backroad.cli.output import print_json
from backroad.cli.product import learner_of, opened
from backroad.kit import clock
from backroad.kit.forms import day_of
from backroad.planner import actions
from backroad.planner.model import Plan
from backroad.planner.moving import now_stands

plan_app = App(name="plan", help="Your plan, and moving its sessions to other days.")
plan_app.default(plan)

SessionName = Annotated[
    str, Parameter(help="Name of a session, as backroad plan shows it: learn:sql.joins:0:1, or learn:sql.joins.")
]


@plan_app.command
def move(
    session: SessionName,
    day: Annotated[str, Parameter(help="Where it is to stand, as 2027-01-31.")],
    /,
    *,
    as_json: AsJson = False,
) -> None:
    """Move a session to a day, or keep it where it is; the others flow around it."""
    wanted = day_of(day, "DAY")
    with opened() as product:
        where = (learner_of(product), product.curriculum, product.outlines, product.facts)
        today = clock.today()
        made = product.db.run_now(lambda tx: actions.move(tx, *where, session, wanted, today=today))
        _tell(made, session, as_json)


@plan_app.command
def unmove(session: SessionName, /, *, as_json: AsJson = False) -> None:
    """Let the plan decide about a session again."""
    with opened() as product:
        where = (learner_of(product), product.curriculum, product.outlines, product.facts)
        made = product.db.run_now(lambda tx: actions.unmove(tx, *where, session, today=clock.today()))
        _tell(made, session, as_json)


def _tell(made: Plan, session: str, as_json: bool) -> None:
    print_json(made) if as_json else print(now_stands(made, session))

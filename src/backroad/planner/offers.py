"""What to do about a deadline that cannot be met: three offers, each tried before it is made."""

from dataclasses import replace
from datetime import date

from backroad.kit.say import plural, say_date, say_minutes
from backroad.planner.fill import Calendar, Laid, Setting, fill
from backroad.planner.model import Offer, Plan, PlanWarning, Request
from backroad.planner.wishes import standing
from backroad.planner.work import arrange

MOST_MINUTES_A_DAY = 960
STEP = 5
"""Minutes by which the offered days grow."""


def late(request: Request, setting: Setting, laid: Laid) -> list[PlanWarning]:
    """The warning for a plan that ends after its deadline, or nothing."""
    if request.deadline is None or laid.end <= request.deadline.toordinal():
        return []
    days = laid.end - request.deadline.toordinal()
    end = date.fromordinal(laid.end)
    offers = (
        Offer("later-end", f"Move the deadline to {say_date(end)}.", True, end),
        _more_minutes(setting, request.deadline.toordinal()),
        _drop_optional(request, setting, request.deadline.toordinal()),
    )
    after = f"{plural(days, 'day')} after your deadline of {say_date(request.deadline)}"
    return [PlanWarning("deadline", f"The road ends on {say_date(end)}, {after}.", offers)]


def fits(plan: Plan, deadline: date | None) -> str:
    """How a plan stands to a deadline that it meets; empty without one, and for a plan that warns of it."""
    if deadline is None or plan.end is None or any(warning.kind == "deadline" for warning in plan.warnings):
        return ""
    spare = (deadline - plan.end).days
    said = f"{plural(spare, 'day')} before" if spare else "on the day of"
    text = f"The plan fits: it ends {said} your deadline of {say_date(deadline)}"
    late_end = plan.end_range[1] if plan.end_range else plan.end
    return f"{text}, but a slower pace could end on {say_date(late_end)}." if late_end > deadline else f"{text}."


def _more_minutes(setting: Setting, deadline: int) -> Offer:
    """The least growth, the same on each of the learner's days, with which a plan meets the deadline."""
    calendar = setting.calendar

    def end_with(steps: int) -> int:
        """The last day of work; 0 if it is after the deadline."""
        laid = fill(replace(setting, calendar=_grown(calendar, steps)), deadline)
        return laid.end if laid.complete else 0

    too_few, enough = 0, max(0, MOST_MINUTES_A_DAY - max(calendar.week)) // STEP
    if deadline < calendar.first or not enough or not end_with(enough):
        return Offer("more-minutes", "More time a day alone is not enough to meet it.", False)
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        if end_with(middle):
            enough = middle
        else:
            too_few = middle
    week = _grown(calendar, enough).week
    extra, days = sum(week) - sum(calendar.week), sum(1 for minutes in week if minutes)
    text = f"Study {say_minutes(extra)} more a week: {enough * STEP} min more on {plural(days, 'day')}."
    return Offer("more-minutes", text, True, date.fromordinal(end_with(enough)), extra, week)


def _grown(calendar: Calendar, steps: int) -> Calendar:
    mon, tue, wed, thu, fri, sat, sun = (minutes + steps * STEP if minutes else 0 for minutes in calendar.week)
    return replace(calendar, week=(mon, tue, wed, thu, fri, sat, sun))


def _drop_optional(request: Request, setting: Setting, deadline: int) -> Offer:
    """Dropping all that is optional and that nothing else needs."""
    wishes = standing(request.wishes, setting.calendar.first)
    first = setting.work.first
    work = arrange(request.items, pace=request.pace, drop_optional=True, wishes=wishes, dues=request.dues, first=first)
    saved = setting.work.total - work.total
    if not saved:
        text = "The optional steps are left out already." if request.drop_optional else "Nothing left is optional."
        return Offer("drop-optional", text, False)
    laid = fill(replace(setting, work=work))
    if not laid.end:
        return Offer(
            "drop-optional", f"Drop all that is left: it is optional ({say_minutes(saved)}).", True, None, saved
        )
    end, suffices = date.fromordinal(laid.end), laid.end <= deadline
    steps = plural(len(work.dropped), "optional step")
    ending = f"the road then ends on {say_date(end)}"
    text = f"Drop {steps}, which saves {say_minutes(saved)}: {ending}{'' if suffices else ', still too late'}."
    return Offer("drop-optional", text, suffices, end, saved)

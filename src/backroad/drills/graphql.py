"""Drills, answers and reviews over GraphQL."""

from datetime import date
from typing import TypeVar

import strawberry
from strawberry.scalars import JSON

from backroad.accounts.graphql import the_learner
from backroad.drills import actions, model
from backroad.drills.library import DrillLibrary
from backroad.kit import clock
from backroad.kit.graphql.context import Id, Info, MaybeId, copied, field, mutation, page_size
from backroad.progress import Facts
from backroad.progress import Outcome as OutcomeNoun
from backroad.progress import actions as progress
from backroad.progress.graphql import Outcome


@strawberry.type(description="A choice, an item or a side of a pair; the answer names it by its key.")
class Part:
    key: str
    text: str


@strawberry.type(description="A drill as it is asked. Nothing in it tells the right answer.")
class DrillAsked:
    prompt: str = strawberry.field(description="Markdown.")
    content_hash: str
    choices: list[Part] = strawberry.field(metadata={"size": 6})
    items: list[Part] = strawberry.field(metadata={"size": 6})
    lefts: list[Part] = strawberry.field(metadata={"size": 6})
    rights: list[Part] = strawberry.field(metadata={"size": 8})
    language: str | None
    program: str
    start: str = strawberry.field(description="What the editor holds at first.")
    file: str = strawberry.field(description="The path of the file that is written.")


def asked_of(shown: model.Shown) -> DrillAsked:
    lists = {
        name: [Part(key=part.key, text=part.text) for part in getattr(shown, name)]
        for name in ("choices", "items", "lefts", "rights")
    }
    return copied(DrillAsked, shown, **lists)


@strawberry.type
class Drill:
    id: strawberry.ID
    skill_id: strawberry.ID
    kind: str
    seconds: int = strawberry.field(description="What it should take.")
    noun: strawberry.Private[model.DrillBase]

    @field()
    async def asked(self, info: Info) -> DrillAsked:
        learner = await the_learner(info)
        drill = info.context.part(DrillLibrary).get(str(self.id))
        return asked_of(model.show(drill, learner=learner.id, seed=clock.today().isoformat()))

    @field("Of your last answer; null before the first.")
    async def outcome(self, info: Info) -> Outcome | None:
        learner = await the_learner(info)
        nothing: dict[str, OutcomeNoun] = {}
        found = await info.context.many(
            "outcomes", str(self.skill_id), lambda tx, skills: progress.latest_by_skill(tx, learner.id, skills), nothing
        )
        return Outcome(found[str(self.id)]) if str(self.id) in found else None


def drill_of(noun: model.DrillBase) -> Drill:
    return copied(Drill, noun, skill_id=strawberry.ID(noun.skill), noun=noun)


@strawberry.type(description="What became of one part of the answer.")
class Feedback:
    key: str
    text: str
    ok: bool
    chosen: bool
    right: bool
    given: str
    wanted: str
    why: str


@strawberry.type(description="How an answer was judged.")
class Judgement:
    outcome: Outcome
    score: float
    right: list[str] = strawberry.field(description="The right answer.")
    why: str
    printed: str
    feedback: list[Feedback]


@strawberry.type
class DrillResult(Judgement):
    review: bool = strawberry.field(description="It was due, so that the answer counts as a review.")


J = TypeVar("J", bound=Judgement)


def judged(kind: type[J], result: model.Result, **more: object) -> J:
    feedback = [copied(Feedback, part) for part in result.feedback]
    return copied(kind, result, outcome=Outcome(result.outcome), right=list(result.right), feedback=feedback, **more)


@strawberry.type(description="A drill that memory asks for again.")
class Review:
    due: date
    skill: strawberry.ID
    ref: strawberry.Private[str]

    @field("Null when the curriculum no longer has it.")
    def drill(self, info: Info) -> Drill | None:
        found = info.context.part(DrillLibrary).by_id.get(self.ref)
        return drill_of(found) if found else None


@strawberry.type
class Query:
    @field()
    def drill(self, info: Info, drill_id: Id) -> Drill:
        return drill_of(info.context.part(DrillLibrary).get(str(drill_id)))

    @field("Drills that are due for review, longest due first.")
    async def reviews(self, info: Info, first: int = 20) -> list[Review]:
        learner, size = await the_learner(info), page_size(first)
        cards = await info.context.db.run(lambda tx: progress.due_reviews(tx, learner.id, clock.today(), size))
        return [Review(due=card.due, skill=strawberry.ID(card.skill), ref=card.ref) for card in cards]


@strawberry.type
class Mutation:
    @mutation(
        "The outcome becomes evidence. `answer` is as in REST. `id` makes a repeated answer count once.",
        cost=100,
    )
    async def answer_drill(
        self,
        info: Info,
        drill: strawberry.ID,
        answer: JSON,
        seconds: float = 0.0,
        answer_id: MaybeId = None,
    ) -> DrillResult:
        learner, context = await the_learner(info), info.context
        asked = context.part(DrillLibrary).get(str(drill))
        result = await actions.judged(asked, answer)
        answered = await context.write(
            lambda tx: actions.answer(
                tx,
                learner.id,
                asked,
                result,
                seconds=seconds,
                now=clock.now(),
                facts=context.part(Facts),
                evidence_id=str(answer_id or "")[:40],
            )
        )
        return judged(DrillResult, result, review=answered.review)

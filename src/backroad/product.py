"""What the product is made of, for the web application and the command line alike."""

import functools

from backroad.backup import restore
from backroad.curriculum import Curriculum, load
from backroad.curriculum.own import own_dir
from backroad.drills.library import DrillLibrary
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.migrate import migrate
from backroad.kit.paths import content_dir, labs_dir
from backroad.labs.library import LabLibrary
from backroad.notes.places import Places
from backroad.planner.outline import LabOutline, StageOutline
from backroad.progress import Facts
from backroad.settings import Settings


class Product:
    """Everything that lives as long as the process: the database, the curriculum, the drills and the labs."""

    def __init__(self, chosen: Settings, db: Database) -> None:
        self.settings = chosen
        self.db = db

    @classmethod
    def open(cls, chosen: Settings) -> "Product":
        """Open the learner's database, making or upgrading it first."""
        try:
            chosen.home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Problem(
                f"The data folder {chosen.home} cannot be made: {error.strerror}.",
                "Set BACKROAD_HOME to a folder that you can write.",
            ) from None
        db = Database(chosen.database_url)
        try:
            restore.finish(db, chosen.home)
            migrate(db)
        except BaseException:
            db.close()
            raise
        return cls(chosen, db)

    def close(self) -> None:
        self.db.close()

    @functools.cached_property
    def curriculum(self) -> Curriculum:
        """In learner mode a broken file leaves one skill out, not the whole curriculum."""
        return load(content_dir(), mine=own_dir(self.settings.home), strict=False)

    def renew(self) -> bool:
        """Read the content again, where the learner's own was changed; whether it holds any."""
        fresh = Product(self.settings, self.db)
        drilled = self._own_drills or fresh._own_drills
        same = ("labs",) if drilled else ("labs", "library", "facts")
        fresh.__dict__.update({name: self.__dict__[name] for name in same if name in self.__dict__})
        # Read whole before it is looked at: a request that comes meanwhile meets the content as it was.
        read = [name for name in ("curriculum", "library", "facts", "places") if name in self.__dict__]
        self.__dict__.update({name: getattr(fresh, name) for name in read})
        return self.curriculum.own is not None

    @property
    def _own_drills(self) -> bool:
        return any(map(self.curriculum.has_drills, self.curriculum.own_skills))

    @functools.cached_property
    def library(self) -> DrillLibrary:
        folders = [
            self.curriculum.folder(skill) for skill in self.curriculum.skills if self.curriculum.has_drills(skill)
        ]
        return DrillLibrary(folders)

    @functools.cached_property
    def labs(self) -> LabLibrary:
        return LabLibrary(labs_dir())

    @functools.cached_property
    def outlines(self) -> dict[str, LabOutline]:
        return {
            lab.slug: LabOutline(
                slug=lab.slug,
                title=lab.title,
                summary=lab.summary,
                minutes=round(lab.minutes),
                requires=lab.requires,
                stages=tuple(
                    StageOutline(
                        stage.title, round(stage.minutes), tuple(f"{lab.slug}/{item.id}" for item in stage.checks)
                    )
                    for stage in lab.stages
                ),
            )
            for lab in self.labs.all
        }

    @functools.cached_property
    def facts(self) -> Facts:
        checks: dict[str, list[str]] = {}
        for lab in self.labs.all:
            for item in lab.checks():
                for skill in item.proves:
                    checks.setdefault(skill, []).append(f"{lab.slug}/{item.id}")
        drills = {skill: len(drills) for skill, drills in self.library.by_skill.items()}
        return Facts(drills=drills, checks={skill: tuple(refs) for skill, refs in checks.items()})

    @functools.cached_property
    def places(self) -> Places:
        return Places(
            skills={skill.id: skill.title for skill in self.curriculum.skills.values()},
            labs={lab.slug: lab.title for lab in self.labs.all},
            drills={
                drill.id: f"{self.curriculum.skill(drill.skill).title}: {drill.name.replace('-', ' ')}"
                for drill in self.library.by_id.values()
            },
        )

"""A lab that takes any finished backend: its checks with the driver of the lab whose contract that backend honours."""

from collections.abc import Callable
from typing import Any

import msgspec

from backroad.verifier.bench import Bench
from backroad.verifier.check_file import Check
from backroad.verifier.dependencies.sources import Unavailable
from backroad.verifier.errors import VerifierError
from backroad.verifier.lab import Lab, LabCheck, Stage


def on_app(lab: Lab, app: Lab, own_areas: tuple[str, ...]) -> Lab:
    """`own_areas`: checks of these areas judge only what the app's own lab has asked for."""
    if app.app:
        raise VerifierError(f'{lab.title} cannot be built on "{app.slug}".', hint="Name a lab that is built by itself.")
    asked = {item.id for item in app.checks()}

    def on_stage(stage: Stage) -> Stage:
        return msgspec.structs.replace(stage, checks=tuple(map(on_check, stage.checks)))

    def on_check(item: LabCheck) -> LabCheck:
        own = item.id.partition(".")[0] in own_areas
        reason = f"{app.slug} does not ask for it" if own and item.id not in asked else ""
        return msgspec.structs.replace(item, check=where_it_can(item.check, app.slug, reason))

    return msgspec.structs.replace(
        lab,
        app=app.slug,
        dependencies=tuple(dict.fromkeys((*lab.dependencies, *app.dependencies))),
        standins=tuple(dict.fromkeys((*lab.standins, *app.standins))),
        webhooks={**app.webhooks, **lab.webhooks},
        stages=tuple(map(on_stage, lab.stages)),
        make_driver=both(lab.make_driver, app.make_driver),
    )


def both(own: Any, apps: Any) -> Callable[[Bench], Any]:
    """A driver that does what the app's does, and for the rest what the lab's does."""
    drivers = tuple(driver for driver in (apps, own) if driver is not None)
    return type("Driver", drivers, {})


def where_it_can(check: Check, app: str, reason: str) -> Check:
    """Not run, instead of unclear, where the app's driver has nothing that the check could use."""

    async def run(bench: Bench) -> None:
        if reason:
            raise Unavailable(reason)
        try:
            await check.run(bench)
        except NotImplementedError:
            raise Unavailable(f"{app} has nothing that this could be tried on") from None

    return msgspec.structs.replace(check, run=run, control=check.control and not reason)

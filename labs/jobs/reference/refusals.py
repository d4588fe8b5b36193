"""Why something is not done. REST and GraphQL each say it in their own way."""


class Refusal(Exception):
    status = 409
    code = "CONFLICT"

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or self.__doc__)


class Invalid(Refusal):
    """Some of it breaks a rule."""

    status, code = 422, "INVALID"

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__()
        self.errors = errors  # field -> message: every field that is wrong, not the first one


class Nobody(Refusal):
    """Send your key as a bearer token."""

    status, code = 401, "UNAUTHENTICATED"


class Forbidden(Refusal):
    """Your role may not do this."""

    status, code = 403, "FORBIDDEN"


class Unknown(Refusal):
    """There is no such thing."""  # or it is somebody else's: the two must look the same

    status, code = 404, "NOT_FOUND"


class Stale(Refusal):
    """It has changed since you read it."""

    status, code = 412, "STALE"


class Taken(Refusal):
    """This reference is taken."""


class Closed(Refusal):
    """This job takes no applications any more."""


class Again(Refusal):
    """You have applied for this job already."""


class WrongMove(Refusal):
    """It cannot go from its state to that one."""


class Full(Refusal):
    """Everybody who was wanted has been hired."""


class InUse(Refusal):
    """An application of yours holds this résumé."""

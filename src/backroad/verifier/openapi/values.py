"""Values that a schema allows, made of words and randomness that follow from the seed."""

import re
from collections.abc import Callable
from random import Random
from typing import Any

from backroad.verifier.openapi.patterns import matching
from backroad.verifier.openapi.schemas import Shape

FUTURE = "2031-05-06T07:08:09Z"
LONGEST = 200
NAMES = ("username", "user_name", "login", "handle", "slug", "alias", "email", "code", "sku", "nickname")
FIXED = {
    "date-time": FUTURE, "date": FUTURE[:10], "time": "07:08:09Z", "ipv4": "203.0.113.7", "ipv6": "2001:db8::7",
    "hostname": "example.com", "byte": "YmFja3JvYWQ=", "duration": "PT1H",
}  # fmt: skip


class CannotMake(Exception):
    """No value is found that the schema allows."""


class Maker:
    """`word` gives a text that no other call returns."""

    def __init__(self, random: Random, word: Callable[[], str]) -> None:
        self.random = random
        self.word = word

    def value(self, shape: Shape, name: str = "") -> Any:
        data = shape.data
        if shape.choices:
            return next((choice for choice in shape.choices if choice is not None), None)
        for key in ("example", "default"):
            if data.get(key) is not None and shape.kind != "object" and not self.unlikely(shape, name):
                return data[key]
        examples = data.get("examples")
        if isinstance(examples, list) and examples and not self.unlikely(shape, name):
            return examples[0]
        makers: dict[str, Callable[[Shape, str], Any]] = {
            "string": self.text, "integer": self.whole, "number": self.whole, "array": self.array,
            "object": self.thing,
        }  # fmt: skip
        if shape.kind == "boolean":
            return False
        if shape.kind in makers:
            return makers[shape.kind](shape, name)
        return None if shape.nullable else self.word()

    def unlikely(self, shape: Shape, name: str) -> bool:
        """An example of something that may exist only once is taken by the first who uses it."""
        return shape.kind == "string" and (shape.data.get("format") == "email" or is_name_like(name))

    def text(self, shape: Shape, name: str) -> str:
        data = shape.data
        least, most = int(data.get("minLength") or 0), int(data.get("maxLength") or LONGEST)
        made = self.formatted(str(data.get("format") or ""), name)
        if made is None:
            made = self.word() if is_name_like(name) or most < 20 else f"About {self.word()}"
        if len(made) < least:
            made += "x" * (least - len(made))
        pattern = data.get("pattern")
        if isinstance(pattern, str) and not allowed(pattern, made, least, most):
            made = self.of_pattern(pattern, least, most)
        if len(made) > most:
            made = made[-most:]
        return made

    def of_pattern(self, pattern: str, least: int, most: int) -> str:
        word = self.word()
        for candidate in (word, word.upper(), word[-most:], word[-max(least, 1) :], "".join(filter(str.isdigit, word))):
            if allowed(pattern, candidate, least, most):
                return candidate
        for _ in range(20):
            found = matching(pattern, self.random)
            if found is not None and allowed(pattern, found, least, most):
                return found
        raise CannotMake(f"no text was found that fits the pattern {pattern[:60]}")

    def formatted(self, form: str, name: str) -> str | None:
        lower = name.lower()
        if form == "email" or (not form and lower in ("email", "mail", "email_address")):
            return f"{self.word()}@example.com"
        if form in ("uri", "url", "iri", "http-url"):
            return f"https://example.com/{self.word()}"
        if form == "password" or (not form and "password" in lower):
            return f"Aa1!{self.word()}-{self.word()}"
        if form == "uuid":
            number = self.random.getrandbits(128)
            digits = f"{(number & ~(0xF000 << 64) & ~(0xC << 60)) | (0x4000 << 64) | (0x8 << 60):032x}"
            return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
        return FIXED.get(form)

    def whole(self, shape: Shape, name: str) -> Any:
        data = shape.data
        least = bound(data.get("minimum"), data.get("exclusiveMinimum"), 1)
        most = bound(data.get("maximum"), data.get("exclusiveMaximum"), -1)
        step = data.get("multipleOf") or 1
        made = max(1, least if least is not None else 1)
        made = -(-made // step) * step
        if most is not None and made > most:
            made = most
        return int(made) if shape.kind == "integer" else made

    def array(self, shape: Shape, name: str) -> list[Any]:
        count = int(shape.data.get("minItems") or 0)
        return [self.value(shape.items, name) for _ in range(count)] if shape.items else []

    def thing(self, shape: Shape, name: str = "") -> dict[str, Any]:
        """With its required fields only."""
        return {
            key: self.value(inner, key)
            for key, inner in shape.fields.items()
            if key in shape.required and not inner.read_only
        }


def bound(inclusive: Any, exclusive: Any, step: int) -> Any:
    """OpenAPI 3.0 says `exclusive: true` beside the limit, 3.1 has a limit of its own."""
    if exclusive is True and inclusive is not None:
        return inclusive + step
    if isinstance(exclusive, int | float) and not isinstance(exclusive, bool):
        return exclusive + step
    return inclusive


def is_name_like(name: str) -> bool:
    return name.lower() in NAMES


def allowed(pattern: str, text: str, least: int, most: int) -> bool:
    try:
        return least <= len(text) <= most and re.search(pattern, text) is not None
    except re.error:
        raise CannotMake(f"the pattern {pattern[:60]} cannot be read") from None

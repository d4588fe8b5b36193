"""Takes answers apart; what is malformed, too long or missing is a `Problem`."""

from collections.abc import Iterable, Mapping

from backroad.kit.errors import Problem

LONGEST = 10_000
"""Characters in a whole answer."""
LONGEST_PROGRAM = 64 * 1024
"""Bytes in an answer that is a program or prose."""
_MOST_PARTS = 100
_RELOAD = "Reload the page and answer again: the drill may have changed."


def known(keys: Iterable[str], names: Iterable[str]) -> None:
    if not set(keys) <= set(names):
        raise Problem("This answer names something that is not in the drill.", _RELOAD)


def _field(answer: object, name: str) -> object:
    if not isinstance(answer, Mapping):
        return answer
    if name in answer:
        return answer[name]
    raise Problem(f"This answer has no `{name}`.", f"Send `{name}`, which this kind of drill asks for.")


def keys_of(answer: object, name: str) -> list[str]:
    if isinstance(answer, Mapping) and not answer:
        return []
    value = _field(answer, name)
    keys = value if isinstance(value, list | tuple) else [value]
    if len(keys) > _MOST_PARTS:
        raise Problem(f"This answer has {len(keys)} parts.", _RELOAD)
    texts = [key for key in keys if isinstance(key, str)]
    if len(texts) < len(keys):
        raise Problem(f"`{name}` is not a key or a list of keys.", _RELOAD)
    _bounded(texts)
    return [text for text in texts if text]


def pairs_of(answer: object) -> dict[str, str]:
    value = answer
    if isinstance(answer, Mapping) and "match" in answer:
        value = answer["match"]
    if not isinstance(value, Mapping) or not all(isinstance(part, str) for pair in value.items() for part in pair):
        raise Problem("`match` does not map keys to keys.", _RELOAD)
    if len(value) > _MOST_PARTS:
        raise Problem(f"This answer has {len(value)} parts.", _RELOAD)
    _bounded([*value.keys(), *value.values()])
    return dict(value)


def text_of(answer: object) -> str:
    text = _field(answer, "text") if answer != {} else ""
    if not isinstance(text, str):
        raise Problem("`text` is not text.", "Send what you would type as one string.")
    _bounded([text])
    if not text.strip():
        raise Problem("You have written nothing.", "Write your answer.")
    return text


def _bounded(texts: list[str], longest: int = LONGEST) -> None:
    if sum(map(len, texts)) > longest:
        raise Problem(f"This answer is longer than {longest:,} characters.", "Shorten it.")
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        raise Problem("This answer is not valid Unicode.", "Type it again.")


def program_of(answer: object) -> str:
    """The text of an answer that is a program, a query or prose: it may be longer than others."""
    text = _field(answer, "text") if answer != {} else ""
    if not isinstance(text, str):
        raise Problem("`text` is not text.", "Send what you would type as one string.")
    if len(text) > LONGEST_PROGRAM or len(text.encode(errors="replace")) > LONGEST_PROGRAM:
        raise Problem(f"This answer is longer than {LONGEST_PROGRAM // 1024} KiB.", "Shorten it.")
    if "\0" in text or "\ufffd" in text:
        raise Problem("This answer holds bytes that are not text.", "Paste it as plain text.")
    _bounded([text], LONGEST_PROGRAM)
    if not text.strip():
        raise Problem("You have written nothing.", "Write your answer.")
    return text.replace("\r\n", "\n")

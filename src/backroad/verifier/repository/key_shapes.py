"""What credentials look like, how random they are, and how a report speaks of them without showing them."""

import math
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

import msgspec

MASK = "[masked]"


class Shape(msgspec.Struct, frozen=True):
    """`shown` characters at the beginning are the same in every key of the kind and may be told."""

    name: str
    needles: tuple[str, ...]  # one of them is in every key; looked for first, since that is quick
    pattern: re.Pattern[str]
    shown: int
    entropy: float  # bits a character, below which it is a placeholder


def shape(name: str, needles: str, pattern: str, shown: int, entropy: float = 3.0) -> Shape:
    whole = re.compile(rf"(?<![A-Za-z0-9_]){pattern}(?![A-Za-z0-9_])")
    return Shape(name, tuple(needles.split()), whole, shown, entropy)


SHAPES = (
    shape("an AWS access key id", "AKIA ASIA", r"(?:AKIA|ASIA)[A-Z2-7]{16}", 4),
    shape("a GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_[A-Za-z0-9]{36,251}", 4),
    shape("a GitHub token", "github_pat_", r"github_pat_[A-Za-z0-9_]{60,251}", 11),
    shape("a GitLab token", "glpat-", r"glpat-[A-Za-z0-9_-]{20,60}", 6),
    shape("a Slack token", "xox", r"xox[abeoprs]-[A-Za-z0-9-]{20,250}", 5),
    shape(
        "a Slack webhook", "hooks.slack.com",
        r"hooks\.slack\.com/services/T[A-Z0-9]{7,12}/B[A-Z0-9]{7,12}/[A-Za-z0-9]{20,30}", 25,
    ),
    shape("a Stripe key", "k_live_", r"[sr]k_live_[A-Za-z0-9]{20,250}", 8),
    shape("a webhook signing secret", "whsec_", r"whsec_[A-Za-z0-9+/=]{24,100}", 6),
    shape("a Google API key", "AIza", r"AIza[A-Za-z0-9_-]{35}", 4),
    shape("an AI provider's key", "sk-", r"sk-(?:ant-|proj-|svcacct-|or-)?[A-Za-z0-9_-]{32,250}", 3, 3.5),
    shape("a SendGrid key", "SG.", r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}", 3),
    shape("a Twilio key", "SK", r"SK[0-9a-f]{32}", 2),
    shape("an npm token", "npm_", r"npm_[A-Za-z0-9]{36}", 4),
    shape("a PyPI token", "pypi-AgE", r"pypi-AgE[A-Za-z0-9_-]{50,250}", 8),
    shape("a DigitalOcean token", "_v1_", r"do[opr]_v1_[0-9a-f]{64}", 7),
    shape("a Telegram bot token", ":AA", r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}", 0),
    shape(
        "a signed token (JWT)", "eyJ",
        r"eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{20,2000}", 3,
    ),
)  # fmt: skip
PRIVATE_KEY = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
IN_URL = re.compile(r"(?i)(?<![a-z0-9])([a-z][a-z0-9+.-]{1,20})://([^\s:/@'\"<>]{0,100}):([^\s/@'\"<>]{1,200})@")
ASSIGNED = re.compile(
    r"""(?ix) (?<![a-z0-9]) ([a-z0-9_.-]{0,60}? (?:password|passwd|passphrase|secret|token|api_?key|private_?key)
    [a-z0-9_]{0,20}) ["']? \s{0,3} (?: := | => | [:=] ) \s{0,3} (["']) ([^"'\s]{12,200}) \2"""
)
NAMED = re.compile(r"(?i)password|passwd|passphrase|secret|token|api_?key|private_?key")
LONGEST_LINE = 2000  # minified code is not read for assignments
SECRET_NAME = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|API_?KEY|APIKEY|PRIVATE_?KEY|SECRET_?KEY"
    r"|ACCESS_?KEY|SIGNING_?KEY|ENCRYPTION_?KEY|MASTER_?KEY|APP_KEY|SECRET_KEY_BASE|HMAC_KEY|JWT_KEY)(?:_?\d{1,3})?$"
    r"|_(?:PWD|PASS)$"
)
PLACEHOLDER = re.compile(
    r"(?i)example|sample|placeholder|change.?me|replace|insert|your[-_ ]|dummy|fake|redacted|xxxx|\*\*\*|\.\.\.|<"
    r"|\$[({]|\{\{|%\(|todo|fixme|not.?a.?(?:real|secret)|1234567|abcdef|eyJzdWIiOiIxMjM0NTY3ODkw|process\.env|os\.environ|getenv|secrets?\."
)
NOT_WRITTEN = re.compile(
    r"(?i)\s*(?:|true|false|yes|no|on|off|none|null|/\S*|file:\S*|\$\w+|<[^>]*>|\{\{.*\}\}|\$\{\{.*\}\})\s*"
)
VALUE = r"(\"[^\"]*\"|'[^']*'|[^\s,;]+)"
GIVEN = re.compile(r"([A-Za-z0-9_.-]{1,80})(\s{0,2}[=:]\s{0,2})" + VALUE)
GIVEN_FLAG = re.compile(r"(--[A-Za-z][A-Za-z-]{1,60})(\s{1,4})" + VALUE)
VARIABLE = re.compile(r"\$\{(\w+)(?:(:?[-?+=])([^}]{0,300}))?\}|\$(\w+)")


class Secret(msgspec.Struct, frozen=True):
    line: int
    said: str  # safe to print


def entropy(text: str) -> float:
    """Shannon's, in bits a character, of the text's own frequencies."""
    if not text:
        return 0.0
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)


def snake(name: str) -> str:
    """`dbPassword`, `db.password` and `db-password` as `DB_PASSWORD`."""
    return re.sub(r"[^A-Za-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)).strip("_").upper()


def is_secret_name(name: str) -> bool:
    return bool(SECRET_NAME.search(snake(name[:200])))


def is_written_out(value: str) -> bool:
    """A value in plain text, not a reference to one kept elsewhere; a default such as `${X:-secret}` counts."""
    value = value[:2000]
    if NOT_WRITTEN.fullmatch(value):
        return False
    defaults = [one[3] or "" for one in VARIABLE.finditer(value) if one[2] in ("-", ":-", "=", ":=")]
    rest = VARIABLE.sub("", value).strip()
    return bool(rest) or any(default.strip() and not default.startswith("$") for default in defaults)


def is_placeholder(value: str) -> bool:
    return bool(PLACEHOLDER.search(value))


def url_password(value: str) -> str:
    """The password that a URL in the value spells out, else empty."""
    found = IN_URL.search(value)
    return found[3] if found and is_written_out(found[3]) else ""


def secrets_in(text: str, *, certain: bool = False) -> Iterator[Secret]:
    """At most 100. With `certain`, only keys whose shape leaves no doubt."""
    return islice(all_secrets_in(text, certain), 100)


def all_secrets_in(text: str, certain: bool) -> Iterator[Secret]:
    """Keys whose shape says what they are, random values given to a telling name, passwords in URLs."""
    for kind in SHAPES:
        if (certain and kind.shown < 4) or not any(needle in text for needle in kind.needles):
            continue
        for found in kind.pattern.finditer(text):
            value = found[0]
            if entropy(value[kind.shown :]) >= kind.entropy and not is_placeholder(value):
                line = text.count("\n", 0, found.start()) + 1
                yield Secret(line, f"{kind.name}, {value[: kind.shown]}{MASK}, {len(value)} characters")
    if not certain and (NAMED.search(text) or "://" in text):
        for number, line_text in enumerate(text.split("\n"), 1):
            if len(line_text) <= LONGEST_LINE:
                yield from (Secret(number, said) for said in told_in(line_text))


def told_in(line: str) -> Iterator[str]:
    if NAMED.search(line):
        for found in ASSIGNED.finditer(line):
            value = found[3]
            if is_secret_name(found[1]) and entropy(value) >= 3.5 and is_mixed(value) and not is_placeholder(found[0]):
                yield f"a value of {len(value)} characters, given to {found[1][-40:]}"
    for url in IN_URL.finditer(line):
        host = re.split(r"[:/?#'\"\s]", line[url.end() :], maxsplit=1)[0]
        if "." in host and not host.startswith("127.") and is_written_out(url[3]) and not is_placeholder(url[0] + host):
            yield f"a password in a {url[1]} URL to {host[:60]}"


def is_mixed(value: str) -> bool:
    """Digits and letters, and neither words with hyphens nor a path or URL."""
    if "/" in value or " " in value or "://" in value:
        return False
    return any(char.isdigit() for char in value) and sum(char.isdigit() or char.isupper() for char in value) >= 3


def hide(text: str) -> str:
    """Text from a file, with what looks like a credential masked."""
    for kind in SHAPES:
        text = kind.pattern.sub(lambda found, kind=kind: f"{found[0][: kind.shown]}{MASK}", text)  # type: ignore[misc]
    text = IN_URL.sub(lambda one: f"{one[1]}://{one[2]}:{MASK if is_written_out(one[3]) else one[3]}@", text)
    for given in (GIVEN, GIVEN_FLAG):
        text = given.sub(lambda one: f"{one[1]}{one[2]}{MASK}" if hides(one[1], one[3]) else one[0], text)
    return text


def hides(name: str, value: str) -> bool:
    return is_secret_name(name.lstrip("-")) and is_written_out(value.strip("\"'")) and not value.startswith(MASK)

"""Token drills: what a correct verifier refuses and why, what each broken one lets through, and hostile answers."""

import base64
import hmac
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backroad.drills.grade import grade
from backroad.drills.keys import check_keys
from backroad.drills.kinds.jwt import Jwt
from backroad.drills.load import load_drills, read_drills
from backroad.drills.model import Result, show
from backroad.drills.tokens.broken import VERIFIERS, source_of
from backroad.drills.tokens.compact import Token, b64, read, token_of
from backroad.drills.tokens.correct import refusal
from backroad.drills.tokens.goals import Goal
from backroad.drills.tokens.keys import KEYS
from backroad.drills.tokens.setting import Rules, Setting
from backroad.kit.errors import Problem
from backroad.kit.paths import content_dir
from tests.drills import samples

NOW = 1_800_000_000
RULES = Rules(alg="HS256", key="orders.secret", iss="https://id.example", aud="orders", typ="at+jwt")
HEADER = {"alg": "HS256", "typ": "at+jwt"}
CLAIMS = {"iss": "https://id.example", "aud": "orders", "sub": "42", "exp": NOW + 600}


def setting(rules: Rules = RULES, **more: Any) -> Setting:
    return Setting(now=NOW, rules=rules, keys=KEYS, **more)


def made(header: object = None, claims: object = None, key: str = "orders.secret") -> Token:
    parts = [json.dumps(HEADER if header is None else header), json.dumps(CLAIMS if claims is None else claims)]
    return token_of("\n\n".join([*parts, f"key: {key}"]), KEYS)


def refused(header: object = None, claims: object = None, key: str = "orders.secret", rules: Rules = RULES) -> str:
    return refusal(made(header, claims, key).text, setting(rules))


REFUSALS = [
    ({}, {}, ""),
    ({"typ": "application/AT+JWT"}, {}, ""),
    ({"more": 1}, {"more": [1]}, ""),
    ({}, {"aud": ["stock", "orders"]}, ""),
    ({"alg": "HS512"}, {}, "alg"),
    ({"alg": "none"}, {}, "alg"),
    ({"alg": None}, {}, "alg"),
    ({"crit": ["more"], "more": 1}, {}, "crit"),
    ({"kid": 7}, {}, "malformed"),
    ({"typ": "JWT"}, {}, "typ"),
    ({"typ": None}, {}, "malformed"),
    ({}, {"iss": "https://id.example/"}, "iss"),
    ({}, {"iss": ["https://id.example"]}, "iss"),
    ({}, {"iss": None}, "iss"),
    ({}, {"aud": "orders stock"}, "aud"),
    ({}, {"aud": {"orders": 1}}, "aud"),
    ({}, {"aud": []}, "aud"),
    ({}, {"exp": NOW}, "exp"),
    ({}, {"exp": NOW + 1}, ""),
    ({}, {"exp": NOW + 0.5}, ""),
    ({}, {"exp": str(NOW + 600)}, "exp"),
    ({}, {"exp": True}, "exp"),
    ({}, {"exp": None}, "exp"),
    ({}, {"nbf": NOW}, ""),
    ({}, {"nbf": NOW + 1}, "nbf"),
    ({}, {"nbf": "soon"}, "nbf"),
]


@pytest.mark.parametrize(("header", "claims", "reason"), REFUSALS)
def test_a_correct_verifier_says_the_first_reason(header: dict[str, Any], claims: dict[str, Any], reason: str) -> None:
    key = "none" if header.get("alg", "") is None else "orders.secret"
    assert refused(HEADER | header, CLAIMS | claims, key) == reason


def test_the_signature_is_looked_at_before_the_claims() -> None:
    assert refused(claims=CLAIMS | {"exp": 1, "iss": "x"}, key="another secret of some length") == "signature"
    assert refused(claims={"exp": 1}) == "iss"


def test_the_key_is_the_one_that_kid_names() -> None:
    rules = msgspec.structs.replace(RULES, key="", keys={"a": "orders.secret", "b": "id.secret"})
    assert refused(HEADER | {"kid": "b"}, key="id.secret", rules=rules) == ""
    assert refused(HEADER | {"kid": "a"}, key="id.secret", rules=rules) == "signature"
    assert refused(HEADER | {"kid": "../b"}, key="id.secret", rules=rules) == "kid"
    assert refused(rules=rules) == "kid"


def test_more_is_asked_where_the_rules_say_so() -> None:
    rules = msgspec.structs.replace(RULES, claims={"nonce": "n"}, require=("jti",), leeway=60)
    assert refused(claims=CLAIMS | {"nonce": "n", "jti": "1", "exp": NOW - 59}, rules=rules) == ""
    assert refused(claims=CLAIMS | {"nonce": "n", "jti": "1", "exp": NOW - 60}, rules=rules) == "exp"
    assert refused(claims=CLAIMS | {"nonce": "m", "jti": "1"}, rules=rules) == "nonce"
    assert refused(claims=CLAIMS | {"nonce": "n"}, rules=rules) == "jti"


@pytest.mark.parametrize(("alg", "private", "public"), [
    ("RS256", "rsa.pem", "rsa-public.pem"), ("PS256", "rsa.pem", "rsa-public.pem"),
    ("ES256", "issuer.pem", "issuer-public.pem"),
])  # fmt: skip
def test_key_pairs_sign_and_verify(alg: str, private: str, public: str) -> None:
    rules = msgspec.structs.replace(RULES, alg=alg, key=public)
    token = made(HEADER | {"alg": alg}, key=private)
    assert refusal(token.text, setting(rules)) == ""
    assert refusal(token.text, setting(msgspec.structs.replace(rules, key="mine-public.pem"))) == "signature"


def test_our_signatures_are_those_of_the_standard_library() -> None:
    head, payload, signature = made().text.split(".")
    mac = hmac.digest(KEYS["orders.secret"].encode(), f"{head}.{payload}".encode(), "sha256")
    assert base64.urlsafe_b64decode(signature + "=") == mac


ADMIN = CLAIMS | {"sub": "1"}
RSA = msgspec.structs.replace(RULES, alg="RS256", key="rsa-public.pem")
EC = msgspec.structs.replace(RULES, alg="ES256", key="issuer-public.pem")
KID = msgspec.structs.replace(RULES, key="", keys={"a": "orders.secret"})
ES = HEADER | {"alg": "ES256"}
JKU = "https://id.example@mallory.example"
HOSTS = {"id.example": "issuer-public.pem", "mallory.example": "mine-public.pem"}
ATTACKS: list[tuple[str, Setting, Token]] = [
    ("alg_from_token", setting(), made(HEADER | {"alg": "none"}, ADMIN, "none")),
    ("none_by_name", setting(), made(HEADER | {"alg": "nOnE"}, ADMIN, "none")),
    ("one_key_for_all", setting(RSA), made(HEADER, ADMIN, "rsa-public.pem")),
    ("key_in_header", setting(EC), made(ES | {"jwk": json.loads(KEYS["mine.jwk"])}, ADMIN, "mine.pem")),
    ("key_from_url", setting(EC, hosts=HOSTS), made(ES | {"jku": f"{JKU}/"}, ADMIN, "mine.pem")),
    ("kid_as_path", setting(KID, files={"/dev/null": ""}), made(HEADER | {"kid": "/dev/null"}, ADMIN, "")),
    ("kid_as_path", setting(KID, files={"/dev/null": ""}), made(HEADER | {"kid": "../../dev/null"}, ADMIN, "")),
    ("no_exp", setting(), made(claims=CLAIMS | {"exp": 1})),
    ("no_aud", setting(), made(claims=CLAIMS | {"aud": "stock"})),
    ("no_typ", setting(), made(HEADER | {"typ": "rt+jwt"})),
    ("aud_by_substring", setting(), made(claims=CLAIMS | {"aud": "orders-archive"})),
]  # fmt: skip


@pytest.mark.parametrize(("name", "at", "token"), ATTACKS, ids=lambda value: value if isinstance(value, str) else "")
def test_each_hole_lets_one_attack_through_that_a_correct_verifier_stops(name: str, at: Setting, token: Token) -> None:
    assert VERIFIERS[name](token, at) == ""
    assert refusal(token.text, at) != ""


def test_a_guessed_secret_a_bare_payload_and_another_spelling() -> None:
    at = msgspec.structs.replace(setting(), keys=KEYS | {"guessable": "hunter2"})
    assert VERIFIERS["guessable_secret"](made(claims=ADMIN, key="hunter2"), at) == ""
    assert VERIFIERS["guessable_secret"](made(claims=ADMIN, key="hunter3"), at) == "signature"
    _, payload, _ = made().text.split(".")
    mac = base64.urlsafe_b64encode(hmac.digest(KEYS["orders.secret"].encode(), payload.encode(), "sha256")).decode()
    other = read(f"{made({'alg': 'x', 'typ': 'at+jwt'}, key='none').text.split('.')[0]}.{payload}.{mac.rstrip('=')}")
    assert (VERIFIERS["payload_only"](other, at), refusal(other.text, at)) == ("", "alg")
    denied = made(claims=CLAIMS | {"jti": "a"})
    at = setting(denied=(denied,))
    spelt = [denied.text[:-1] + letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"]
    accepted = [text for text in spelt if VERIFIERS["denies_by_text"](read(text), at) == ""]
    assert len(accepted) == 3
    assert {refusal(text, at) for text in accepted} == {"signature"}
    assert refusal(denied.text, at) == "jti"


@pytest.mark.parametrize("name", VERIFIERS)
def test_a_broken_verifier_is_broken_in_one_place(name: str) -> None:
    """Forged with a key of nobody's, expired, or meant for others, each is refused by most of them."""
    at = msgspec.structs.replace(setting(files={}), keys=KEYS | {"guessable": "hunter2"})
    forged = made(claims=ADMIN, key="a key of nobody's")
    assert VERIFIERS[name](forged, at) != ""
    assert source_of(name).startswith(f"def {name}(token: Token, at: Setting) -> str:\n")


GOALS = [
    ({"claim": "sub", "equals": "42"}, {"sub": 42}, "`sub` is `42`."),
    ({"claim": "sub", "equals": "42"}, {}, "`sub` is missing."),
    ({"claim": "ok", "equals": True}, {"ok": 1}, "`ok` is `1`."),
    ({"claim": "act.sub", "equals": "a"}, {"act": {"sub": "a"}}, ""),
    ({"claim": "act.sub", "equals": "a"}, {"act": "a"}, "`act.sub` is missing."),
    ({"claim": "exp", "within": (60, 900)}, {"exp": NOW + 900}, ""),
    ({"claim": "exp", "within": (60, 900)}, {"exp": NOW + 3600}, "`exp` lies 3,600 s after now."),
    ({"claim": "exp", "within": (60, 900)}, {"exp": NOW - 1}, "`exp` lies 1 s before now."),
    ({"claim": "exp", "within": (60, 900)}, {"exp": -(10**50)}, "`exp` is before 1970."),
    ({"claim": "exp", "within": (60, 900)}, {"exp": NOW * 1000}, "`exp` is given in milliseconds, or lies thousands"),
    ({"claim": "exp", "within": (60, 900)}, {"exp": "soon"}, '`exp` is `"soon"`.'),
    ({"claim": "scope", "just": ("b", "a")}, {"scope": "a b"}, ""),
    ({"claim": "scope", "just": ("a",)}, {"scope": "a b"}, '`scope` is `"a b"`.'),
    ({"claim": "aud", "has": ("a",)}, {"aud": ["b", "a"]}, ""),
    ({"claim": "aud", "has": ("a",)}, {"aud": {"a": 1}}, '`aud` is `{"a": 1}`.'),
    ({"claim": "jti", "letters": 3}, {"jti": "  a  "}, '`jti` is `"  a  "`.'),
    ({"claim": "email", "absent": True}, {"email": None}, "`email` is there."),
    ({"only": ("sub",)}, {"sub": 1, "mail": 1}, 'There is also `"mail"`.'),
]


@pytest.mark.parametrize(("goal", "claims", "sentence"), GOALS)
def test_a_goal_says_what_is_there_instead(goal: dict[str, Any], claims: dict[str, Any], sentence: str) -> None:
    declared = Goal(name="x", say="x", **goal)
    assert declared.wrong() == ""
    assert declared.missed(Token("", {}, claims, b""), NOW).startswith(sentence)
    assert bool(declared.missed(Token("", {}, claims, b""), NOW)) == bool(sentence)


DEEP = "[" * 5000 + "]" * 5000
DEEP_TOO = b'{"a":' + DEEP.encode() + b"}"
UNREADABLE = [
    ("eyJ", "A token is three parts joined by dots; this has 1 part."),
    ("a.b.c.d.e", "A token is three parts joined by dots; this has 5 parts."),
    ("Bearer e30.e30.", "The header is not "),
    ("e30=.e30.", "The header is not base64url without padding."),
    ("e.e30.", "The header is not base64url without padding."),
    ("/+8.e30.", "The header is not base64url without padding."),
    ("__8.e30.", "The header is not UTF-8."),
    ("W10.e30.", 'The header is not a JSON object: it begins with `"[]"`'),
    ("e30gMQ.e30.", "The header goes on after its JSON object."),
    ("e30.bnVsbA.", "The payload is not a JSON object"),
    ("{", "The header is not JSON: "),
    ('{"alg": "HS256"}', "The payload is not a JSON object"),
    ('{"alg": "HS256"}\n\n{}', "After the payload comes a blank line and `key: …`"),
    ('{"alg": "HS256"}\n\n{}\n\nsecret', "After the payload comes a blank line and `key: …`"),
    ('{"alg": "HS256"}\n\n{}\n\nkey: one\ntwo', "The key goes over several lines"),
    ('{"alg": "HS256"}\n\n{}\n\nsignature: a b', "The signature is not base64url"),
    ('{"alg": "RS256"}\n\n{}\n\nkey: secret', 'RS256 signs with a private key, and `"secret"` is none that is shown'),
    ('{"alg": "RS256"}\n\n{}\n\nkey: issuer.pem', "RS256 does not sign with this kind of key."),
    ('{"alg": ["HS256"]}\n\n{}\n\nkey: secret', 'The header\'s `alg` is `["HS256"]`: we sign with HS256'),
    ('{"alg": 1, "alg": 2}\n\n{}\n\nkey: x', "The header is not JSON that every program reads alike: a name stands"),
    ('{"a": NaN}\n\n{}\n\nkey: x', "The header is not JSON that every program reads alike: NaN"),
    ('{"a": 1e999}\n\n{}\n\nkey: x', "The header is not JSON that every program reads alike: 1e999"),
    (f'{{"a": {"9" * 5000}}}', "The header is not JSON that every program reads alike: a number has"),
    ('{"a": "\\ud800"}\n\n{}\n\nkey: x', "The header holds half of a character."),
    (f'{{"a": {DEEP}}}', "The header is nested too deeply"),
    (f'{{"a": {DEEP[4980:5020]}}}', "The header is nested too deeply"),
    (f"e30.{b64(DEEP_TOO)}.", "The payload is nested"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), UNREADABLE)
def test_what_is_no_token_is_a_problem_and_not_counted(text: str, sentence: str) -> None:
    with pytest.raises(Problem) as caught:
        token_of(text, KEYS)
    assert caught.value.sentence.startswith(sentence)
    assert "this was not counted" in caught.value.hint


@pytest.fixture(scope="module")
def drills() -> dict[str, Jwt]:
    folders = sorted({file.parent for file in (content_dir() / "skills").glob("*/*/drills.toml")})
    found = [drill for folder in folders for drill in read_drills(folder).drills if isinstance(drill, Jwt)]
    return {drill.name: drill for drill in found}


def answered(drill: Jwt, text: str) -> Result:
    return grade(drill, {"text": text})


@pytest.mark.slow
def test_every_key_is_proven_and_every_wrong_answer_misses_what_it_says(drills: dict[str, Jwt]) -> None:
    assert len(drills) >= 14
    for drill in drills.values():
        proof = drill.prove()
        assert (drill.id, proof.problems, proof.refuted) == (drill.id, (), len(drill.wrong))
        assert answered(drill, drill.answer).outcome == "passed"
        for wrong in drill.wrong:
            assert answered(drill, wrong.answer).feedback[0].why == wrong.why


def test_what_is_shown_tells_no_secret_and_no_answer(drills: dict[str, Jwt]) -> None:
    for drill in drills.values():
        shown = show(drill, learner="a", seed="b")
        hidden = {text for name, text in drill.every_key.items() if name not in drill.keys and len(text) > 5}
        assert not [text for text in hidden if text in shown.program]
        assert drill.answer.startswith("token ") or drill.answer.strip() not in shown.program
        assert all(wrong.why not in shown.program for wrong in drill.wrong)
        assert show(drill, learner="a", seed="c").program == shown.program


def test_a_finished_token_is_as_good_as_its_parts(drills: dict[str, Jwt]) -> None:
    drill = drills["token-access-for-orders"]
    token = token_of(drill.answer, drill.published).text
    assert answered(drill, f"  {token[:40]}\n{token[40:]}\n").outcome == "passed"
    assert answered(drill, drill.answer.replace("\n", "\r\n")).outcome == "passed"


def test_an_unpublished_key_cannot_be_named(drills: dict[str, Jwt]) -> None:
    """Then it is a secret like any other text."""
    drill = drills["token-without-signature"]
    text = drill.answer.replace('"none"', '"HS256"').replace("key: none", "key: orders.secret")
    assert [part.key for part in answered(drill, text).feedback if not part.ok] == ["broken: signature"]


def test_a_mistake_like_a_listed_one_gets_its_reason_and_another_does_not(drills: dict[str, Jwt]) -> None:
    drill = drills["token-access-for-orders"]
    likewise = drill.answer.replace("1800000900", "1800000600000")
    assert answered(drill, likewise).feedback[0].why == drill.wrong[0].why
    other = answered(drill, drill.answer.replace("1800000900", "1800003600")).feedback
    assert other[0].ok
    assert other[1].why == "`exp` lies 3,600 s after now."


VERDICTS = [
    ("A accept", "Nothing is said of token B, C, D, E, F."),
    ("A accept\nA accept", "Token A stands there twice."),
    ("Z accept", "There is no token 'Z'; the tokens are A, B, C, D, E, F."),
    ("A fine", "Token A: write `accept`, or `refuse` and one of malformed, alg, crit, signature, iss"),
    ("A refuse", "Token A: write `accept`, or `refuse` and one of "),
    ("A " + "x" * 60_000, "Token A: write `accept`, or `refuse` and one of "),
    ("\n" * 65_000, "You have written nothing."),
    ("A\x00", "This answer holds bytes that are not text."),
    ("A" * 70_000, "This answer is longer than 64 KiB."),
]


@pytest.mark.parametrize(("text", "sentence"), VERDICTS)
def test_verdicts_that_cannot_be_read_are_a_problem(drills: dict[str, Jwt], text: str, sentence: str) -> None:
    with pytest.raises(Problem) as caught:
        answered(drills["token-verdicts-on-claims"], text)
    assert caught.value.sentence.startswith(sentence)


def test_verdicts_are_judged_token_by_token(drills: dict[str, Jwt]) -> None:
    drill = drills["token-verdicts-on-claims"]
    result = answered(drill, drill.answer.replace("C refuse aud", "c: ").replace("c: ", "C: REFUSE: exp"))
    (part,) = [part for part in result.feedback if not part.ok]
    assert (part.text, part.given, part.wanted) == ("Token C", "refuse exp", "refuse aud")
    assert part.why.startswith("`orders-archive` is another service.")
    assert result.score == pytest.approx(5 / 6)


HOSTILE_KEYS = [
    {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
    {"kty": "RSA", "n": "_" * 1400, "e": "_" * 1400},
    {"kty": "RSA", "n": "_" * 60_000, "e": "AQAB"},
    {"kty": "RSA", "n": ["A"] * 400, "e": {}},
    {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
    {"kty": "EC", "crv": "P-1", "x": 1, "y": None},
    {"kty": "oct", "k": "AA"},
    {"kty": "OKP", "crv": "Ed25519", "x": "AA"},
    {},
]


@pytest.mark.parametrize("jwk", HOSTILE_KEYS, ids=lambda jwk: str(jwk.get("kty")))
@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_a_hostile_key_in_the_header_is_refused(drills: dict[str, Jwt], jwk: dict[str, Any], alg: str) -> None:
    text = json.dumps({"alg": alg, "jwk": jwk}) + "\n\n" + json.dumps(ADMIN) + "\n\nsignature: " + "A" * 342
    result = answered(drills["token-brings-its-key"], text)
    assert [part.key for part in result.feedback if not part.ok][-1] == "broken: signature"


@pytest.mark.parametrize(
    "url", ["https://[", "https://id.example:port", "https://id.example\\@x", "https://id.example" * 500]
)
def test_a_hostile_address_serves_nothing(drills: dict[str, Jwt], url: str) -> None:
    text = json.dumps({"alg": "ES256", "jku": url}) + "\n\n" + json.dumps(ADMIN) + "\n\nkey: mine.pem"
    missed = [part.key for part in answered(drills["keys-from-an-address"], text).feedback if not part.ok]
    assert missed[-1].startswith("broken: ")


FAULTS = [
    ('task = "build"', 'task = "make"', "`task` is 'make'; use one of build, break, verify."),
    ('task = "build"', 'task = "break"', "`broken` belongs to `break`, and is one of alg_from_token"),
    ("now = 1800000000", "now = 18", "`now` is missing or not in seconds"),
    ("now = 1800000000", 'now = "x"', "`now`: Expected `int`, got `str`."),
    ('key = "orders.secret"}', 'kay = "orders.secret"}', "`rules`: Object contains unknown field `kay`."),
    ('key = "orders.secret"}', 'key = "other"}', "'other' names no key; put it in `secrets`."),
    ('keys = ["orders.secret"]', 'keys = ["x"]', "'x' names no key; put it in `secrets`."),
    ('equals = "1"', 'equals = "1", absent = true', "`goals`: sub: write one of `equals`"),
    ('claim = "sub", ', "", "`goals`: sub: write one of `claim`, `header` and `only`."),
    ('why = "Two."', 'why = "Two."\nwy = ""', "`wrong` number 1: `wy` is not a field of a wrong answer"),
    ("[[drill]]", "[[drill]]\ndenied = ['A']", "`denied`: there is no token 'A'."),
]


@pytest.mark.parametrize(("old", "new", "sentence"), FAULTS)
def test_each_fault_of_a_declaration_has_its_sentence(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert old in samples.JWT_TOML
    folder = samples.write_skill(tmp_path, "area.one", drills=samples.JWT_TOML.replace(old, new), lesson="")
    assert any(mistake.text.startswith(sentence) for mistake in read_drills(folder).mistakes)


BEGINS = "`wrong`: the one that begins '{"
SOUND = """{"alg": "HS256"} {"sub": "1", "exp": 1800000060} key: orders.secret"""
FALSE_KEYS = [
    ("", "", ()),
    ('"sub": "1", "exp": 1800000060', '"sub": "1", "exp": 1700000000', ("`answer` misses accepted: exp: It refuses",)),
    ('"sub": "2"', '"sub": "1"', (BEGINS,)),
    ('misses = "sub"', 'misses = "exp"', (BEGINS,)),
    ("rules = {", 'rules = {claims = {exp = "x"}, ', ("`answer` misses accepted: exp", "`rules` refuse a sound token")),
    ("task =", f"start = '''{SOUND}'''\ntask =", ("`start` passes",)),
    ("answer = '''{", "answer = '''", ("it cannot be judged: A token is three parts",)),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "sentences"), FALSE_KEYS)
def test_a_false_key_is_found(tmp_path: Path, old: str, new: str, sentences: tuple[str, ...]) -> None:
    folder = samples.write_skill(tmp_path, "area.one", drills=samples.JWT_TOML.replace(old, new, 1), lesson="")
    report = check_keys([folder])
    found = [problem.text for problem in report.problems]
    assert len(found) >= len(sentences)
    assert all(any(text.startswith(sentence) for text in found) for sentence in sentences)
    assert bool(found) == bool(sentences)
    assert sentences or report.by_kind["jwt"].refuted == 1


def test_the_hash_changes_with_the_key_and_not_with_explanations(tmp_path: Path) -> None:
    texts = [
        samples.JWT_TOML,
        samples.JWT_TOML.replace('"Two."', '"2."').replace("`sub` is 1.", "One."),
        samples.JWT_TOML.replace('"1"', '"3"'),
    ]
    found = [
        load_drills(samples.write_skill(tmp_path / str(n), "area.one", drills=text, lesson=""))[0].content_hash
        for n, text in enumerate(texts)
    ]
    assert found[0] == found[1] != found[2]


@pytest.mark.slow
def test_reading_all_drills_loads_no_cryptography() -> None:
    program = (
        "import sys; from backroad.kit.paths import content_dir; from backroad.drills.load import read_drills\n"
        "[read_drills(file.parent) for file in (content_dir() / 'skills').glob('auth/*/drills.toml')]\n"
        "print([name for name in ('joserfc', 'cryptography', 'genanki') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_a_pasted_key_is_the_one_that_is_shown() -> None:
    parts = f"{json.dumps(HEADER)}\n\n{json.dumps(ADMIN)}\n\nkey: "
    named = token_of(f"{parts}rsa-public.pem", KEYS)
    assert token_of(parts + KEYS["rsa-public.pem"], KEYS) == named
    assert token_of(f"{parts}{KEYS['rsa-public.pem'].rstrip()}", KEYS) == named

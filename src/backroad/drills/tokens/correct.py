"""The verifier that is right, by joserfc. It says the first reason to refuse a token, in a fixed order.

Sources: RFC 7515, section 5.2; RFC 7519, section 7.2; RFC 8725, section 3.
"""

from collections.abc import Collection, Mapping
from typing import Any

from backroad.drills.tokens.compact import Token, imported, read
from backroad.drills.tokens.setting import Rules, Setting
from backroad.kit.errors import Problem


def reasons(rules: Rules, *, denies: bool = False) -> tuple[str, ...]:
    """For which these rules can refuse, in their order."""
    named = ("kid",) if rules.keys else ()
    claims = tuple(name for name, value in (("iss", rules.iss), ("aud", rules.aud)) if value)
    last = (*(("typ",) if rules.typ else ()), *(("jti",) if denies else ()))
    first = ("malformed", "alg", "crit", *named, "signature", *claims, "exp", "nbf")
    return (*first, *rules.claims, *rules.require, *last)


def refusal(text: str, at: Setting) -> str:
    """The first reason to refuse this token, one of `reasons`; empty where it is accepted."""
    from joserfc import jws
    from joserfc.errors import JoseError

    registry = jws.JWSRegistry(algorithms=[at.rules.alg], strict_check_header=False)
    registry.max_header_length = registry.max_payload_length
    try:
        token = read(text)
        found = jws.extract_compact(text.encode(), registry=registry)
    except (Problem, JoseError, ValueError):
        return "malformed"
    if token.header.get("alg") != at.rules.alg:
        return "alg"
    try:
        registry.check_header(token.header)
    except JoseError:
        return "crit" if "crit" in token.header else "malformed"
    name = key_name(token, at.rules)
    if name is None:
        return "kid"
    try:
        if not jws.validate_compact(found, imported(at.keys[name], at.rules.alg), registry=registry):
            return "signature"
    except (JoseError, ValueError):
        return "signature"
    return claims_refusal(token, at)


def key_name(token: Token, rules: Rules) -> str | None:
    """A `kid` is looked up among the keys that we have, and nowhere else."""
    if not rules.keys:
        return rules.key
    kid = token.header.get("kid")
    return rules.keys.get(kid) if isinstance(kid, str) else None


def claims_refusal(token: Token, at: Setting, *, but: Collection[str] = ()) -> str:
    """Of a token whose signature is right; `but` names what is not looked at."""
    for name, option in _options(at.rules).items():
        if name not in but and _is_refused(name, option, token.claims, at):
            return name
    rules = at.rules
    if rules.typ and "typ" not in but and _kind(token.header.get("typ")) != _kind(rules.typ):
        return "typ"
    return "jti" if "jti" not in but and token.claims.get("jti") in at.denied_ids() else ""


def _options(rules: Rules) -> dict[str, dict[str, Any]]:
    options: dict[str, dict[str, Any]] = {}
    for name, value in (("iss", rules.iss), ("aud", rules.aud)):
        if value:
            options[name] = {"essential": True, "value": value}
    options |= {"exp": {"essential": True}, "nbf": {}}
    options |= {name: {"essential": True, "value": value} for name, value in rules.claims.items()}
    return options | {name: {"essential": True} for name in rules.require if name not in options}


def _is_refused(name: str, option: Mapping[str, Any], claims: Mapping[str, Any], at: Setting) -> bool:
    from joserfc.errors import JoseError
    from joserfc.jwt import JWTClaimsRegistry

    registry = JWTClaimsRegistry(now=at.now, leeway=at.rules.leeway, **{name: option})  # type: ignore[arg-type]
    try:
        registry.validate({name: claims[name]} if name in claims else {})
    except JoseError:
        return True
    return False


def _kind(typ: object) -> str:
    """RFC 7515, section 4.1.9: `application/` may be left out, and case does not count."""
    return typ.casefold().removeprefix("application/") if isinstance(typ, str) else ""

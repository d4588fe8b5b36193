"""Issuing and taking back, for the learner; checking, for everybody; and what the ids in a credential lead to."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from backroad.credentials import actions, document, store
from backroad.credentials.issuer import issuer_of
from backroad.credentials.model import Credential, Verdict
from backroad.credentials.verify import verify
from backroad.curriculum import Curriculum
from backroad.identity.model import Person
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import NotFound, Problem
from backroad.kit.pages import page
from backroad.settings import Settings
from backroad.signing import actions as signing

FormData = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
PUBLIC = {"public": True}
SHOWN = 100
_SHARED = {"access-control-allow-origin": "*", "cache-control": "public, max-age=300"}
_VC = "application/vc+jwt"


@get("/credentials", include_in_schema=False)
async def credentials_page(
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    settings: NamedDependency[Settings],
    db: NamedDependency[Database],
    request: Request[Any, Any, Any],
) -> Response[str]:
    return await _shown(db, person, curriculum, settings, issued=request.query_params.get("issued", ""))


async def _shown(
    db: Database, person: Person, curriculum: Curriculum, settings: Settings, *, issued: str = "", problem: str = ""
) -> Response[str]:
    now = clock.now()
    skills, made = await db.run(
        lambda tx: (actions.claimable(tx, person.id, curriculum, now), store.newest(tx, person.id, SHOWN))
    )
    having = {item.subject for item in made if item.revoked_at is None}
    roads = [road for road in curriculum.roads.values() if road.id not in curriculum.own_roads and not road.private]
    count = {road.id: len({skill.id for skill in skills} & set(road.skills)) for road in roads}
    return page(
        "credentials/credentials.html",
        status=409 if problem else 200,
        nav="progress",
        problem=problem,
        issued=issued,
        published=settings.is_server,
        skills=[{**_skill(skill), "has": f"skill:{skill.id}" in having} for skill in skills],
        roads=[
            {"id": road.id, "title": road.title, "count": count[road.id], "of": len(set(road.skills)),
             "has": f"road:{road.id}" in having}
            for road in roads
            if count[road.id]
        ],
        credentials=[_credential(item) for item in made],
    )  # fmt: skip


def _skill(skill: Any) -> dict[str, Any]:
    proofs = [f"{proof.name} ({document.PROVENANCE[proof.provenance]})" for proof in skill.proofs]
    return {"id": skill.id, "title": skill.title, "proofs": proofs, "fading": skill.fading}


def _credential(item: Credential) -> dict[str, Any]:
    return {
        "id": item.id,
        "title": item.title,
        "issued": clock.local_day(item.issued_at),
        "revoked": clock.local_day(item.revoked_at) if item.revoked_at else None,
        "reason": item.reason,
    }


@post("/credentials", include_in_schema=False)
async def issue(
    data: FormData,
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    settings: NamedDependency[Settings],
    db: NamedDependency[Database],
) -> Response[Any]:
    issuer, name = issuer_of(settings), data.get("subject", "")
    try:
        item, _ = await db.run(lambda tx: actions.issue(tx, person, name, issuer, curriculum, clock.now()))
    except Problem as problem:
        return await _shown(db, person, curriculum, settings, problem=str(problem))
    return Redirect(f"/credentials?issued={item.id}#issued", status_code=303)


@post("/credentials/{credential_id:str}/revoke", include_in_schema=False)
async def revoke(
    credential_id: FromPath[str], person: NamedDependency[Person], db: NamedDependency[Database]
) -> Redirect:
    await db.run(lambda tx: actions.revoke(tx, person.id, credential_id, clock.now()))
    return Redirect("/credentials#issued", status_code=303)


@get("/credentials/{name:str}", include_in_schema=False, opt=PUBLIC)
async def credential(
    name: FromPath[str], request: Request[Any, Any, Any], db: NamedDependency[Database]
) -> Response[Any]:
    """The id of a credential: a page for people, the token for programs; `.jwt` and `.json` are downloads."""
    number, _, form = name.partition(".")
    item = await db.run(lambda tx: actions.published(tx, number))
    if form == "json":
        _, claims = signing.looked_into(item.jwt)
        body = {name: value for name, value in claims.items() if name not in ("iss", "jti", "nbf", "sub", "exp")}
        text = msgspec.json.format(msgspec.json.encode(body), indent=2).decode()
        return _download(text, f"backroad-{number}.json", "application/vc")
    if form == "jwt":
        return _download(item.jwt, f"backroad-{number}.jwt", _VC)
    if form:
        raise NotFound("A credential can be had as .jwt and as .json.")
    if "text/html" in request.headers.get("accept", ""):
        return Redirect(f"/verify/{number}", status_code=303)
    return Response(item.jwt, media_type=_VC, headers={**_SHARED, "cache-control": "no-store"})


def _download(text: str, name: str, media_type: str) -> Response[str]:
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(text, media_type=media_type, headers=headers)


@get("/credentials/status/{number:int}", include_in_schema=False, opt=PUBLIC)
async def status_list(
    number: FromPath[int], settings: NamedDependency[Settings], db: NamedDependency[Database]
) -> Response[str]:
    issuer = issuer_of(settings)
    token = await db.run(lambda tx: actions.status_list(tx, issuer, number, clock.now()))
    return Response(token, media_type=_VC, headers=_SHARED)


@get("/issuer", include_in_schema=False, opt=PUBLIC)
async def issuer_profile(settings: NamedDependency[Settings]) -> Response[Any]:
    issuer = issuer_of(settings)
    if not issuer.base:
        raise NotFound("In local mode the issuer is a key, and has no address.")
    body = {"@context": document.CONTEXT, **document.profile(f"{issuer.base}/issuer", issuer.name, issuer.base)}
    return Response(body, media_type="application/ld+json", headers=_SHARED)


@get("/achievements/{kind:str}/{ref:str}", include_in_schema=False, opt=PUBLIC)
async def achievement(
    kind: FromPath[str],
    ref: FromPath[str],
    curriculum: NamedDependency[Curriculum],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    issuer = issuer_of(settings)
    if kind == "skills" and ref in curriculum.skills and ref not in curriculum.private_skills | curriculum.own_skills:
        skill = curriculum.skills[ref]
        said = ("skill", skill.title, skill.claim, 1)
    elif kind == "roads" and ref in curriculum.roads and ref not in curriculum.own_roads:
        road = curriculum.roads[ref]
        said = ("road", f"{road.title}: proven skills", road.about, len(set(road.skills)))
    else:
        raise NotFound("There is no such achievement.")
    body = {"@context": document.CONTEXT, **document.achievement(issuer.achievement_id(said[0], ref), *said)}
    return Response(body, media_type="application/ld+json", headers=_SHARED)


@get("/verify", include_in_schema=False, opt=PUBLIC)
async def verify_page() -> Response[str]:
    return page("credentials/verify.html", verdict=None, text="")


@post("/verify", include_in_schema=False, opt=PUBLIC)
async def verify_text(
    data: FormData, settings: NamedDependency[Settings], db: NamedDependency[Database]
) -> Response[str]:
    text = data.get("jwt", "")
    verdict = await db.run(lambda tx: verify(tx, text, issuer_of(settings), clock.now()))
    return _verdict(verdict, text[: signing.LONGEST_TOKEN])


@get("/verify/{number:str}", include_in_schema=False, opt=PUBLIC)
async def verify_issued(
    number: FromPath[str], settings: NamedDependency[Settings], db: NamedDependency[Database]
) -> Response[str]:
    item = await db.run(lambda tx: actions.published(tx, number))
    verdict = await db.run(lambda tx: verify(tx, item.jwt, issuer_of(settings), clock.now()))
    return _verdict(verdict, item.jwt)


def _verdict(verdict: Verdict, text: str) -> Response[str]:
    said = verdict.document
    subject = said.get("credentialSubject", {})
    known = subject.get("identifier", [])
    names = [
        str(item.get("identityHash", ""))[:120]
        for item in (known if isinstance(known, list) else [])
        if isinstance(item, dict) and item.get("identityType") == "name" and item.get("hashed") is False
    ]
    evidence = said.get("evidence", [])
    return page(
        "credentials/verify.html",
        text=text,
        verdict={"state": verdict.state, "good": verdict.good, "sentence": verdict.sentence, "hint": verdict.hint},
        title=str(subject.get("achievement", {}).get("name", ""))[:200],
        claim=str(subject.get("achievement", {}).get("description", ""))[:500],
        names=names[:3],
        issuer=verdict.issuer[:200],
        evidence=[
            {part: str(item.get(part, ""))[:500] for part in ("name", "narrative", "description")}
            for item in (evidence if isinstance(evidence, list) else [])[:400]
            if isinstance(item, dict)
        ],
    )


ROUTES = (
    credentials_page,
    issue,
    revoke,
    credential,
    status_list,
    issuer_profile,
    achievement,
    verify_page,
    verify_text,
    verify_issued,
)

from datetime import UTC, datetime, timedelta

from backroad.verifier import Bench, check, expect


@check(needs=("data.creates",))
async def run(bench: Bench) -> None:
    """A new link shows its short URL, no clicks yet, when it was made, and carries an ETag.

    The short URL is what people copy. If the client has to put it together from parts, each client does so in its own
    way.

    Fix: answer every field of the schema Link, short_url from BASE_URL and the slug, times in UTC with Z.
    """
    person = await bench.driver.person()
    answer = expect.status(await person.client.post("/links", json={"url": "https://example.com/docs?page=2#top"}), 201)
    slug = expect.field(answer, "slug", matches=r"^[A-Za-z0-9_-]+$")
    expect.field(answer, "url", equals="https://example.com/docs?page=2#top")
    expect.field(answer, "short_url", matches=rf"^https?://[^/]+(/.*)?/{slug}$")
    if bench.target.controllable:
        expect.field(answer, "short_url", equals=f"{bench.target.base_url}/{slug}")
    for name in ("title", "expires_at"):
        expect.field(answer, name, equals=None)
    expect.field(answer, "clicks", equals=0)
    expect.header(answer, "ETag", matches=r'^"[^"]*"$')
    shown = expect.field(answer, "created_at", matches=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
    off = abs(datetime.now(UTC) - datetime.fromisoformat(shown))
    expect.that(off < timedelta(minutes=1), expected="created_at is now", got=f"created_at: {shown}", answer=answer)

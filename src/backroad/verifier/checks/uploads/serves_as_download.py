from email.message import Message

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.uploads import Uploads


@check(needs=("uploads.keeps_bytes_exact",))
async def run(bench: Bench) -> None:
    """A file is served as a download, under the type that its content has, and forbids sniffing.

    A file from a stranger that a browser shows within your site may run as your site. And a name with a semicolon in
    it may end the header that it stands in.

    Fix: answer `Content-Disposition: attachment` with the name as filename*=UTF-8''… percent-encoded, the Content-Type
    that you have found yourself, and `X-Content-Type-Options: nosniff`.
    """
    driver: Uploads = bench.driver
    person = await driver.uploader()
    for name, kind in (
        (driver.upload_name, driver.upload_kind),
        (driver.upload_name, "text/html"),
        ("a; x-evil=1; b.pdf", driver.upload_kind),
        ("Lebenslauf für Zoë.pdf", driver.upload_kind),
        ("履歴書.pdf", "image/svg+xml"),
    ):
        answer = expect.status(await driver.upload(person, driver.content(), name=name, kind=kind), 201)
        shown = expect.status(await person.client.get(driver.download_path(answer)), 200)
        served = (expect.header(shown, "Content-Type").split(";")[0]).strip().lower()
        expect.equal(served, driver.upload_kind, what="Content-Type", answer=(answer, shown))
        expect.header(shown, "X-Content-Type-Options", matches=r"(?i)^nosniff$")
        how = expect.header(shown, "Content-Disposition", matches=r"(?i)^attachment\b")
        message = Message()
        message["content-disposition"] = how
        names = {key for key, _ in message.get_params(failobj=[], header="content-disposition")[1:]}
        extra = names - {"filename", "filename*"}
        got = f"Content-Disposition: {how}"
        expect.that(not extra, expected="no parameters but filename and filename*", got=got, answer=(answer, shown))

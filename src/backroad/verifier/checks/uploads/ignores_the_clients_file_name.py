from pathlib import Path

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.uploads import Uploads


@check(needs=("uploads.keeps_bytes_exact",))
async def run(bench: Bench) -> None:
    """The name that a client gives to a file decides nothing about where it is kept.

    `../../app.py` has overwritten more than one server. A name can also be too long for the disk, be taken by a file
    of somebody else, or be one that a web server executes.

    Fix: keep the file under a name of your own (a random id), and the client's name, without any folders, as text in
    the database.
    """
    driver: Uploads = bench.driver
    person, word = await driver.uploader(), bench.word("named-")
    end = Path(driver.upload_name).suffix
    names = (
        f"{word}{end}", f"../{word}-up{end}", f"..\\{word}-up{end}", f"/{word}-root{end}", f"..%2f{word}{end}",
        f"a/../../{word}-far{end}", f"{word}.php{end}", f".{word}{end}", f"CON{end}", f"{word * 12}{end}",
    )  # fmt: skip
    for name in names:
        content = driver.content()
        answer = await driver.upload(person, content, name=name)
        expect.status(answer, (201, 422))
        if answer.status == 201:
            shown = expect.status(await person.client.get(driver.download_path(answer)), 200)
            same = "the same" if shown.body == content else "another file"
            expect.equal(same, "the same", what=f"what comes back for {name}", answer=(answer, shown))
    for path in found(bench.target.data_dir, word):
        expect.that(False, expected="no file with a name from a client", got=f"a file {path.name} of that name")
    twice = [await driver.uploaded(person, driver.content(), name=f"{word}-twice{end}") for _ in range(2)]
    bodies = {(await person.client.get(driver.download_path(answer))).body for answer in twice}
    expect.that(len(bodies) == 2, expected="two files of one name", got="one file twice", answer=twice)


def found(folder: Path | None, word: str) -> list[Path]:
    """Files under the data, or just above, that are called what the client said; those above are removed."""
    if folder is None:
        return []
    above = [path for path in folder.parent.glob(f"*{word}*") if path.is_file()]
    for path in above:
        path.unlink(missing_ok=True)
    return above + [path for path in sorted(folder.rglob("*")) if word in path.name]

from backroad.verifier import Bench, check
from backroad.verifier.driver import LabDriver

URLS = (
    "javascript:alert(1)", "JaVaScRiPt:alert(document.cookie)", " javascript:alert(1)", "java\nscript:alert(1)",
    "javascript://example.com/%0aalert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:msgbox(1)",
    "file:///etc/passwd", "blob:https://example.com/1", "view-source:https://example.com", "//example.com/",
    "https://user:pass@example.com/", "https://example.com@198.51.100.7/", "https://example.com\\@198.51.100.7/",
    "https:example.com", "https:///example.com",
)  # fmt: skip


@check(needs=("data.creates",), assumes=("strict addresses",))
async def run(bench: Bench) -> None:
    """Addresses that run script, read files, or show one host and lead to another are refused.

    Behind your name they are trusted: `javascript:` runs in the page that links to it, and in
    `https://bank.example@evil.example` most people read the bank.

    Fix: allow the schemes http and https and nothing else, want `//` and a host, and refuse user names, control
    characters and backslashes.
    """
    driver: LabDriver = bench.driver
    web = driver.collection.web
    person = await driver.person()
    for url in URLS:
        driver.refused(await person.client.post(driver.collection.path, json=driver.draft(**{web: url})), web)

from backroad.verifier import Bench, check, expect

URLS = (
    "https://example.com",
    "HTTPS://Example.COM:443/A?",
    "http://example.com:80/a/../b//c/./d",
    "https://example.com/a%2Fb/%7euser/%C3%A9?q=1&q=2&empty=&x=%20y+z#part/two",
    "https://example.com/?next=https://example.org/a?b=c#",
    "https://example.com/~a!$&'()*+,;=:@-._",
    "https://xn--bcher-kva.example/a",
)


@check(needs=("shortener.redirects", "limits.leaves_hits_alone"))
async def run(bench: Bench) -> None:
    """The target is kept and answered byte for byte as it was given.

    Signed URLs break when one escape changes. Parsing a URL and printing it again "normalises" it, and a slash or a
    %2F is gone.

    Fix: parse the URL to judge it, but store and send the text that came in.
    """
    driver = bench.driver
    person = await driver.person()
    for url in URLS:
        thing = await driver.create(person, url=url)
        expect.field(thing.answer, "url", equals=url)
        expect.header(expect.status(await driver.follow(thing), 302), "location", equals=url)

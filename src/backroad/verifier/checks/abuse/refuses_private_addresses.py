from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver

PRIVATE = (
    "http://localhost/", "http://LOCALHOST:8080/", "http://localhost./", "http://app.localhost/", "http://redis:6379/",
    "http://metadata.google.internal/", "http://printer.local/", "http://127.0.0.1:9/", "http://127.0.0.1./",
    "http://127.1/", "http://127.255.0.1/", "http://0/", "http://0.0.0.0/", "http://2130706433/", "http://0x7f000001/",
    "http://0x7f.1/", "http://0177.0.0.1/", "http://017700000001/", "http://10.1.2.3/", "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/", "http://2852039166/", "http://172.16.0.1/", "http://172.31.255.255/",
    "http://192.168.1.1/admin", "http://224.0.0.1/", "http://255.255.255.255/", "http://[::1]:80/", "http://[::]/",
    "http://[0:0:0:0:0:0:0:1]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:a00:1]/", "http://[fe80::1]/",
    "http://[fd12:3456::1]/", "http://[ff02::1]/", "http://127%2e0%2e0%2e1/",
)  # fmt: skip
PUBLIC = (
    "http://93.184.216.34/", "http://172.32.0.1/", "http://[2606:4700:4700::1111]:8080/",
    "http://10.1.2.3.example.com/", "http://localhost.example.com/", "https://example.com./",
)  # fmt: skip


@check(needs=("data.creates",), assumes=("public addresses",))
async def run(bench: Bench) -> None:
    """An address inside somebody's own network is refused in every spelling, and public addresses are not.

    A server that stores or fetches such addresses is a door into the network behind it: the cloud's metadata service
    hands out credentials to whoever asks from inside. Filters that compare text miss 0x7f.1 and ::ffff:127.0.0.1.

    Fix: parse the host as browsers do, turn it into an address, and refuse every range that is not public; do not
    compare strings.
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    path, web = driver.collection.path, driver.collection.web
    for url in PRIVATE:
        driver.refused(await person.client.post(path, json=driver.draft(**{web: url})), web)
    for url in PUBLIC:
        answer = await person.client.post(path, json=driver.draft(**{web: url}))
        expect.field(expect.status(answer, 201), web, equals=url)

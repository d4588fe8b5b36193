from backroad.verifier import Bench, check, expect


@check(needs=("shop.shows_the_catalogue",))
async def run(bench: Bench) -> None:
    """A search finds products by the beginnings of all its words, in any case, and takes signs for what they are.

    Customers type `50% "Mug` and mean it. Signs that mean something to the database find everything, nothing, or a 500.

    Fix: split into words, quote each one for the full-text index (or escape % and _ for LIKE), pass them as parameters,
    and want all of them.
    """
    driver = bench.driver
    seller = await driver.person()
    one, two = bench.word("w"), bench.word("w")
    names = {"first": f"Blue Mug {one} {two}", "second": f"Green mug {one}", "third": f"MUGS of {two.upper()}"}
    handles = {key: (await driver.create(seller, name=name)).fields["handle"] for key, name in names.items()}
    searches = {
        one: ["first", "second"], one[:-1]: ["first", "second"], one[1:]: [], f"mug {one}": ["first", "second"],
        f"{one} BLUE": ["first"], f"{one} {two}": ["first"], f"{two} mug": ["first", "third"], f"{one} purple": [],
        f'"{one}" 100%': [], f"{one} % _ *": ["first", "second"], f"{one}' OR '1'='1": [], f"NOT {one}": [],
        f'{one}")': ["first", "second"], f"name:{one}": [], f"{one} AND {two}": [], f"({one})": ["first", "second"],
        f"-{two}^": ["first", "third"],
    }  # fmt: skip
    for text, wanted in searches.items():
        answer = expect.status(await bench.client().get("/catalogue", query={"q": text}), 200)
        found = {item.get("handle") for item in expect.field(answer, "items", type=list)}
        right = sorted(handles[key] for key in wanted)
        expect.equal(sorted(map(str, found)), right, what=f"what a search for {text} finds", answer=answer)
    driver.refused(await bench.client().get("/catalogue", query={"q": "x" * 101}), "q")

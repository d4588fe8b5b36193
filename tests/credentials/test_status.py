import base64
import gzip
import random

import pytest

from backroad.credentials.status import BITS, encode, is_set
from tests.credentials.open_badge import bit


def listed(encoded: str) -> dict[str, object]:
    subject = {"type": "BitstringStatusList", "statusPurpose": "revocation", "encodedList": encoded}
    types = ["VerifiableCredential", "BitstringStatusListCredential"]
    return {"@context": ["https://www.w3.org/ns/credentials/v2"], "type": types, "credentialSubject": subject}


def test_every_bit_is_where_the_specification_has_it() -> None:
    places = {0, 1, 7, 8, BITS - 1, *random.Random(7).sample(range(BITS), 50)}
    encoded = encode(places)
    others = random.Random(8).sample(range(BITS), 200)
    for place in (*places, *others):
        assert is_set(encoded, place) == bit(listed(encoded), place) == (place in places)
    assert encode(places) == encode(sorted(places)), "the same list is the same text"


@pytest.mark.parametrize(
    "text",
    ["", "x", "u", "uAAAA", "u" + base64.urlsafe_b64encode(gzip.compress(b"short", mtime=0)).decode(),
     "u" + base64.urlsafe_b64encode(gzip.compress(bytes(50 << 20), mtime=0)).decode().rstrip("=")],
)  # fmt: skip
def test_what_is_no_list_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        is_set(text, 0)


def test_a_place_outside_is_refused() -> None:
    for place in (-1, BITS):
        with pytest.raises(ValueError):
            is_set(encode([]), place)

"""Drills that are forgotten again and again: said on Reviews, in the words of Progress."""

import html
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backroad.product import Product
from backroad.progress import actions as progress
from backroad.progress.model import NewEvidence, Source
from tests.databases import settings_of
from tests.serving import serving

pytestmark = pytest.mark.slow

FIRST = datetime(2027, 1, 4, 12, tzinfo=UTC)
LATER = "2027-01-20T10:00:00+00:00"


def miss(home: Path, ref: str, times: int) -> None:
    """First answered, then missed in so many reviews."""
    product = Product.open(settings_of(home))
    for number in range(times + 1):
        source: Source = "review" if number else "drill"
        skill, at = ref.partition("/")[0], FIRST + timedelta(days=2 * number)
        item = NewEvidence(skill=skill, source=source, ref=ref, outcome="failed", at=at, seconds=9)
        product.db.run_now(
            lambda tx, item=item, at=at: progress.record(tx, "local", [item], now=at, facts=product.facts)
        )
    product.close()


def block(page: str) -> str:
    found = re.search(r'<section class="notice way[^"]*">.*?</section>', page, re.DOTALL)
    return html.unescape(found[0]) if found else ""


def test_reviews_and_progress_show_the_same_leeches(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with serving(home) as server:
        server.settle()
        with server.client() as client:
            assert block(client.get("/reviews").text) == ""
    miss(home, "http.status-codes/no-longer-there", 4)
    product = Product.open(settings_of(home))
    known = next(drill.id for drill in product.library.of_skill("http.status-codes"))
    product.close()
    miss(home, known, 4)
    with serving(home, now=LATER) as server, server.client() as client:
        reviews, shown = (block(client.get(path).text) for path in ("/reviews", "/progress"))
        assert f'href="/drills/{known}"' in reviews
        assert "missed 4 times" in reviews
        assert 'href="/skills/http.status-codes"' in reviews
        assert client.get(f"/drills/{known}").status_code == 200
        assert "no-longer-there" not in reviews
        assert re.sub(r"<li>(?:(?!</li>).)*no-longer-there.*?</li>", "", shown) == reviews

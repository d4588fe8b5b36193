"""Random processes in lanes: chances are kept, copies come from the living, counts are exact."""

from random import Random

from backroad.placement.lanes import ALL, LANES, copied, counted, draw, refill, share

HALF = (1 << LANES // 2) - 1


def test_each_class_comes_up_with_its_own_chance() -> None:
    rng = Random(1)
    drawn = [draw(rng, [(HALF, 0.1), (ALL ^ HALF, 0.8)]) for _ in range(40)]
    low = sum((lanes & HALF).bit_count() for lanes in drawn) / (40 * HALF.bit_count())
    high = sum((lanes & ~HALF).bit_count() for lanes in drawn) / (40 * (LANES - HALF.bit_count()))
    assert abs(low - 0.1) < 0.02
    assert abs(high - 0.8) < 0.02


def test_certain_and_impossible() -> None:
    assert draw(Random(1), [(HALF, 1.0), (ALL ^ HALF, 0.0)]) == HALF
    assert draw(Random(1), [(HALF, 1.0)]) == HALF, "a lane in no class never comes up"
    assert draw(Random(1), []) == 0
    assert share(HALF) == 0.5


def test_the_dead_are_replaced_by_copies_of_the_living() -> None:
    rng = Random(2)
    alive = draw(rng, [(ALL, 0.1)])
    marked = alive & draw(rng, [(ALL, 0.5)])
    copies = refill(rng, alive)
    assert copied(alive, copies) == ALL
    assert copied(ALL ^ alive, copies) == 0
    assert copied(marked, copies) & alive == marked, "who lives stays as it was"
    wanted = marked.bit_count() / alive.bit_count()
    assert abs(share(copied(marked, copies)) - wanted) < 0.15


def test_one_survivor_is_enough() -> None:
    assert copied(1 << 7, refill(Random(3), 1 << 7)) == ALL


def test_counts() -> None:
    both, left, right = 0b0011, 0b0101, 0b1000
    classes = counted([(both, right), (left, 0)])
    assert classes[(2, 0)] == 0b0001
    assert classes[(1, 0)] == 0b0110
    assert classes[(0, 1)] == 0b1000
    assert classes[(0, 0)] == ALL ^ 0b1111
    assert counted([]) == {}

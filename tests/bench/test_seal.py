"""bench.seal, in small: many write while two seal, and nothing is found wrong."""

from bench.seal.writers import write_while_sealing
from tests.prework.crates import somebody


def test_nothing_is_reported_that_is_not_so() -> None:
    done = write_while_sealing(somebody(), entries=400, writers=8, pause=0.2)
    assert done.found.problems == []
    assert done.found.entries_checked >= done.acknowledged > 0
    assert done.found.entries_checked <= done.acknowledged + done.refused
    assert (done.found.unsealed, done.found.digests_checked) == (0, done.digests)
    assert done.digests_meanwhile >= 1

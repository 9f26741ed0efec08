"""services.sealing: what closed windows become, once, whoever does it and however late."""

from tests.audit.seal.trail import seal, verify, write
from tests.prework.crates import somebody


def test_each_window_with_entries_has_a_digest() -> None:
    actor = somebody()
    for minutes in (0, 1, 2, 11, 12, 31):
        write(actor, minutes)
    assert seal(actor) == 3
    found = verify(actor)
    assert (found.valid, found.problems) == (True, [])
    assert (found.entries_checked, found.digests_checked, found.unsealed) == (6, 3, 0)

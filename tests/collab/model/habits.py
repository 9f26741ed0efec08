"""How the servers of one history go about it: limits that are reached in a few steps, or not."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from collab.engine import batch, loader, local_copy, sequencer, stage, turns
from collab.engine.repeats import RecentOperations


@contextmanager
def habits(*, is_forgetful: bool, inline_nodes: int) -> Iterator[None]:
    """Servers that keep little in mind (`is_forgetful`) read much from the store, and wait little.

    A batch that touches more than `inline_nodes` is written to the log alone, and folded later.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "INLINE_NODES", inline_nodes)
        if is_forgetful:
            recent = partial(RecentOperations, limit=4)
            patch.setattr(loader, "RecentOperations", recent)
            patch.setattr(local_copy, "RecentOperations", recent)
            patch.setattr(loader, "TAIL_ENTRIES", 2)
            patch.setattr(stage, "TOMBSTONES", 1)
            patch.setattr(batch, "BATCH_LOG_BYTES", 1_000)
            patch.setattr(sequencer, "SETTLED_AT_ONCE", 3)
            patch.setattr(turns, "PATIENCE", 1)
        yield

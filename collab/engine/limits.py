"""How large things may be; most follow from the store (400 KB an item, 4 MB a transaction)."""

KIB = 1024

PATH_SEGMENTS = 8
VALUE_DEPTH = 16
VALUE_BYTES = 32 * KIB
NODE_BYTES = 256 * KIB
DOCUMENT_BYTES = 4 * KIB * KIB
DOCUMENT_ITEMS = 10_000

# What a node's item holds beside its value: NODE_BYTES + MARKS_BYTES stays below 400 KB.
MARKS_BYTES = 96 * KIB
TOMBSTONES = 1_000

# What one log entry takes of operations; an item of the store has 400 KB.
BATCH_LOG_BYTES = 300 * KIB
# A batch that touches no more than this writes its nodes too; else they are folded in later.
INLINE_NODES = 8
INLINE_BYTES = 64 * KIB
# One transaction of nodes: at most 100 actions and 4 MB, and all of it is in one partition, which
# takes 1,000 write units a second; a KiB in a transaction is two.
WRITTEN_NODES = 96
WRITTEN_BYTES = 400 * KIB
# A single operation may fill a log entry further than a batch would (it may carry a whole item).
OPERATION_BYTES = 380 * KIB

# How far back in the log a repeat is looked for, beyond the recent ones: a second's work.
LOOK_BACK_OPERATIONS = 100_000
LOOK_BACK_ENTRIES = 10_000

RECENT_OPERATIONS = 2_000
RECENT_BYTES = 4 * KIB * KIB

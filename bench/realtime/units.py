"""What operations cost in DynamoDB's write units, read off what they left in the store.

In a transaction a KB begun costs two units, by itself one.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from math import ceil

from django.conf import settings

from bench.realtime.site import Site
from collab.engine.folding import OWN_SECONDS
from collab.models import DocumentRef, OperationBatch, log_key
from prework.dynamo import each

STATE = NODE = 2  # of a KB at most, in a transaction


def per_operation(site: Site, entity_id: str, items: int) -> float:
    """Write units of each operation of a document: batches, their expiry, and folds of `items`."""
    settings.AWS_ENDPOINT_URL = site.aws.endpoint_url
    rows = list(
        each(OperationBatch, log_key(DocumentRef(site.organization_id, "checklist", entity_id)))
    )
    milliseconds = int(rows[-1].timestamp - rows[0].timestamp)
    folds = 1 + int(milliseconds / 1000 / OWN_SECONDS)
    return (sum(map(_units, rows)) + folds * items * NODE) / max(int(rows[-1].last_version), 1)


def _units(row: OperationBatch) -> int:
    kilobytes = ceil(_size(row) / 1024)
    return STATE + 2 * kilobytes + (kilobytes if row.operations else NODE)


def _size(row: OperationBatch) -> int:
    """Bytes as the store counts them: names, and values as they are."""
    return sum(
        len(name) + len(value if isinstance(value, bytes) else str(value))
        for name, value in row.attribute_values.items()
    )

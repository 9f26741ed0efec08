"""What can go wrong with the trail."""

from prework.errors import Problem


class RangeTooLong(Problem):
    code = "range_too_long"
    title = "The range is too long to be checked at once"
    default_detail = (
        "Give from and to with at most 92 days, 500 digests and 20,000 entries between them, or "
        "have all of the trail checked by manage.py audit_verify."
    )


class NotAsSealed(Problem):
    code = "not_as_sealed"
    status = 409
    title = "The entry is not what was sealed"
    default_detail = "It was altered or added since its time was sealed. Have the trail verified."


class NotSealedYet(Problem):
    code = "not_sealed_yet"
    status = 409
    title = "The entry is not sealed yet"
    default_detail = "Entries are sealed some minutes after they are written. Retry then."

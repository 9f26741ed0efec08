"""What can be refused in collab."""

from prework.errors import Problem


class AlreadyExists(Problem):
    code = "already_exists"
    status = 409
    title = "The id is in use"
    default_detail = "A document of this type has this id; it may be archived. Choose another."


class DocumentTooLarge(Problem):
    code = "too_large"
    status = 413
    title = "The document is too large"
    default_detail = "A document has at most 10,000 items and 4 MiB."


class HistoryExpired(Problem):
    code = "history_expired"
    status = 410
    title = "The history is not kept any more"
    default_detail = "Operations are kept for 7 days. Read the document again."


class InvalidFrame(Problem):
    code = "invalid_frame"
    title = "The frame is not one that this socket reads"


class FrameTooLarge(Problem):
    code = "frame_too_large"
    status = 413
    title = "The frame is too large"
    default_detail = "A frame is at most 1 MiB."

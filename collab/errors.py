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
    default_detail = "Send one JSON object, or an array of them, with an action that is known."


class FrameTooLarge(Problem):
    code = "frame_too_large"
    status = 413
    title = "The frame is too large"
    default_detail = "A frame is at most 1 MiB."


class TooManySockets(Problem):
    code = "too_many_sockets"
    status = 429
    title = "Too many sockets are open"
    default_detail = "So many sockets are open already. Close some, or come back later."


class InvalidOperation(Problem):
    """As all below: why an operation was rejected, over HTTP and over a socket."""

    code = "invalid_operation"
    title = "The operation is not one"
    default_detail = "Send operationId, type, path, newValue and baseVersion as described."


class InvalidBaseVersion(Problem):
    code = "invalid_base_version"
    status = 409
    title = "The base version is above the newest one"
    default_detail = "The document is not that far. Read it again."


class NotFoundInDocument(Problem):
    code = "not_found_in_document"
    status = 409
    title = "What the operation is about is not in the document"
    default_detail = "It was deleted, or never there. Insert it first."


class OperationIdReused(Problem):
    code = "operation_id_reused"
    status = 409
    title = "The operationId was used for another operation"
    default_detail = "Another operation was applied under this operationId. Make a new one."

"""What can go wrong with files."""

from prework.errors import Problem


class UnsupportedMediaType(Problem):
    code = "unsupported_media_type"
    status = 415
    title = "Files of this type are not taken"
    default_detail = (
        "Send an image, a PDF, an Office document, text, CSV, ZIP, video or audio, "
        "and its media type as fileType."
    )


class FileTooLarge(Problem):
    code = "file_too_large"
    status = 413
    title = "The file is too large"
    default_detail = "Send a smaller file; the detail names the limit."

    def __init__(self, *, limit: int) -> None:
        super().__init__(f"A file is at most {limit} bytes. Send a smaller one.")


class KeyMismatch(Problem):
    code = "key_mismatch"
    status = 409
    title = "The key is not the one handed out"
    default_detail = "Send the key that came with the upload URL of this file."


class UploadMissing(Problem):
    code = "upload_missing"
    status = 409
    title = "The file is not uploaded yet"
    default_detail = "Nothing was put to the upload URL yet. Put the file there, then confirm."


class UploadMismatch(Problem):
    code = "upload_mismatch"
    status = 409
    title = "What was uploaded is not what was announced"
    default_detail = (
        "Size, type, checksum or the bytes are not as announced, and the object was removed. "
        "Put the announced file to the upload URL, or ask for a new one."
    )

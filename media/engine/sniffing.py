"""What bytes are, by how they begin: a file that lies about its type is told from an honest one.

Why so and not otherwise is in docs/decisions/0020-what-the-bytes-are.md.
"""

import puremagic

from media.engine.signatures import is_program, signature_of
from media.engine.texts import is_scriptable, is_text
from media.models import essence

SNIFFED_BYTES = 8192
# Of an image, audio or video type that has no signature here: a signature of four bytes or more,
# of the other family, is believed.
CONVINCING = 0.4
FAMILIES = {"image": "image", "audio": "film", "video": "film"}
SCRIPTABLE = {"text/html", "text/xml", "text/xsl", "application/xml"}


def is_honest(media_type: str, start: bytes) -> bool:
    """Whether a file that begins so can be of this type; of an unknown type only a lie is refused.

    An empty one says nothing, so it says nothing wrong.
    """
    kind = essence(media_type)
    family = kind.partition("/")[0]
    if not start:
        return True
    signature = signature_of(kind)
    if signature is not None:
        return signature(start)
    if family == "text" or kind in SCRIPTABLE:
        return is_text(start, media_type) and (
            kind in SCRIPTABLE or not is_scriptable(start, media_type)
        )
    if family in FAMILIES:
        return not (is_scriptable(start) or is_program(start) or _is_of_other(family, start))
    return True  # what an operator allows besides is always saved, never shown


def _is_of_other(family: str, start: bytes) -> bool:
    try:
        matches = puremagic.magic_string(start)
    except puremagic.PureError:  # it does not know these bytes
        return False
    named = {
        match.mime_type.partition("/")[0] for match in matches if match.confidence >= CONVINCING
    }
    found = {FAMILIES[name] for name in named if name in FAMILIES}
    return bool(found) and FAMILIES[family] not in found

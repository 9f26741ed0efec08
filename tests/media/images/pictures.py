"""Images of the tests, made as they are needed, and what `/cdn/` makes of them."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import pyvips
from django.conf import settings

from media.models import COMPLETED, METADATA, Media, media_key, object_key, sort_key, user_key
from prework import aws, cdn, clock, ids, ledger
from prework.tenancy import Actor
from tests.cast import Answer, Api, Person
from tests.media.uploads import uploaded

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
Colour = tuple[int, ...]


def plain(width: int, height: int, colour: Colour = RED) -> pyvips.Image:
    """An image of one colour."""
    bands = pyvips.Image.black(width, height, bands=len(colour)) + list(colour)
    return bands.cast("uchar").copy(interpretation="srgb")


def quarters(width: int = 160, height: int = 120) -> pyvips.Image:
    """Red and green above, blue and white below: one sees which way up it is."""
    four = [plain(width // 2, height // 2, colour) for colour in (RED, GREEN, BLUE, WHITE)]
    return pyvips.Image.arrayjoin(four, across=2)


def jpeg(image: pyvips.Image, **options: Any) -> bytes:
    return bytes(image.jpegsave_buffer(**{"Q": 95, **options}))


def png(image: pyvips.Image, **options: Any) -> bytes:
    return bytes(image.pngsave_buffer(**options))


def photo(person: Person, body: bytes, *, name: str = "photo.jpg") -> dict[str, Any]:
    """A file with this body, of the type that its name has."""
    kind = {"jpg": "jpeg", "tif": "tiff"}.get(name.rpartition(".")[2], name.rpartition(".")[2])
    return uploaded(person, body, fileName=name, fileType=f"image/{kind}")


def version_of(media: Mapping[str, Any]) -> str:
    """The version of the object that is served."""
    head = aws.s3().head_object(Bucket=settings.MEDIA_BUCKET, Key=media["key"])
    return str(head["VersionId"])


def path_of(url: str) -> str:
    """A URL as the test client takes it."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def path_to(media: Mapping[str, Any], **asked: Any) -> str:
    """Where an image is in this size and format, as the API would sign it."""
    return path_of(cdn.image_url(media["key"], version_of(media), **asked))


def image_url(person: Person, media: Mapping[str, Any], **asked: Any) -> Answer:
    """What the API answers who asks for a URL."""
    return person.api.get(f"/api/media/{media['fileId']}/image-url?{urlencode(asked)}")


def shown(media: Mapping[str, Any], **asked: Any) -> Answer:
    """The picture of an image, as anybody gets it who has its URL."""
    return Api().get(path_to(media, **asked))


def decoded(answer: Answer) -> pyvips.Image:
    """The picture in an answer."""
    assert answer.status_code == 200, answer.content
    return pyvips.Image.new_from_buffer(answer.content, "")


def rendered(
    person: Person, body: bytes, *, name: str = "photo.jpg", **asked: Any
) -> pyvips.Image:
    """What becomes of an image."""
    return decoded(shown(photo(person, body, name=name), **asked))


def size(image: pyvips.Image) -> tuple[int, int]:
    return image.width, image.height


def at(image: pyvips.Image, x: float, y: float) -> list[float]:
    """The colour at a place, each side being 1."""
    found: list[float] = image(int(image.width * x), int(image.height * y))
    return found


def is_like(found: list[float], wanted: Colour, *, by: int = 12) -> bool:
    """Whether nobody would tell two colours apart, as far as one does not see through them."""
    return all(abs(one - other) <= by for one, other in zip(found, wanted, strict=False))


def placed(actor: Actor, body: bytes, *, mime_type: str = "image/png") -> Media:
    """A confirmed file with these bytes, which nobody has looked at (needs `any_record`)."""
    file_id = ids.new_id()
    key = object_key(actor, "user", actor.user_id, f"{file_id}-photo.png")
    put = aws.s3().put_object(Bucket=settings.MEDIA_BUCKET, Key=key, Body=body)
    media = Media(
        media_key(actor, file_id),
        METADATA,
        file_id=file_id,
        organization_id=actor.organization_id,
        user_id=actor.user_id,
        entity_type="user",
        entity_id=actor.user_id,
        file_name="photo.png",
        s3_key=key,
        s3_version_id=put["VersionId"],
        mime_type=mime_type,
        file_size=len(body),
        upload_status=COMPLETED,
        created_at=clock.to_text(clock.now()),
        gsi1pk=user_key(actor, actor.user_id),
        gsi1sk=sort_key(file_id),
    )
    ledger.put(media)
    return media

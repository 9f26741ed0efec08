"""What becomes of an image: its size, its colours, which way up it is, and what nobody gets."""

from typing import Any

import pytest
import pyvips

from tests.cast import Person
from tests.media.images.pictures import (
    BLUE,
    GREEN,
    RED,
    WHITE,
    at,
    decoded,
    is_like,
    jpeg,
    photo,
    plain,
    png,
    quarters,
    rendered,
    shown,
    size,
)

# How the stored image is turned for each orientation of EXIF, so that it is shown as it was.
TURNED = {
    1: lambda image: image,
    2: lambda image: image.fliphor(),
    3: lambda image: image.rot180(),
    4: lambda image: image.flipver(),
    5: lambda image: image.rot90().fliphor(),
    6: lambda image: image.rot270(),
    7: lambda image: image.rot270().fliphor(),
    8: lambda image: image.rot90(),
}


@pytest.fixture(scope="module")
def landscape(wendy: Person) -> dict[str, Any]:
    """A photo of 640 x 480."""
    return photo(wendy, jpeg(plain(640, 480)))


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"width": 300, "height": 300}, (300, 300)),
        ({"width": 300, "height": 300, "fit": "contain"}, (300, 225)),
        ({"width": 100}, (100, 75)),
        ({"height": 100, "fit": "contain"}, (133, 100)),
        ({"width": 1, "height": 400}, (1, 400)),
        ({}, (640, 480)),
        # Never larger than it is: what is to be filled shrinks until the image fills it.
        ({"width": 1000, "height": 1000}, (480, 480)),
        ({"width": 4096, "height": 2048}, (640, 320)),
        ({"width": 1000, "height": 1000, "fit": "contain"}, (640, 480)),
        ({"width": 4096}, (640, 480)),
        ({"width": 641, "height": 480}, (640, 479)),
        ({"width": 537, "height": 537}, (480, 480)),  # as a float 480 / 537 * 537 is less
        ({"width": 1000, "height": 537}, (640, 343)),
    ],
    ids=str,
)
def test_sizes(landscape: dict[str, Any], asked: dict[str, Any], expected: Any) -> None:
    assert size(decoded(shown(landscape, **asked))) == expected


@pytest.mark.parametrize(("width", "height"), [(1, 1), (5000, 1), (1, 5000)])
def test_sizes_of_odd_images(wendy: Person, width: int, height: int) -> None:
    media = photo(wendy, png(plain(width, height)), name="odd.png")
    assert size(decoded(shown(media, width=300, height=300))) == (1, 1)
    whole = decoded(shown(media))
    assert size(whole) == (min(width, 4096), min(height, 4096))


@pytest.mark.parametrize(
    ("format", "loader"),
    [("webp", "webpload"), ("avif", "heifload"), ("jpeg", "jpegload"), ("png", "pngload")],
)
def test_formats(landscape: dict[str, Any], format: str, loader: str) -> None:
    answer = shown(landscape, width=64, height=48, format=format)
    picture = decoded(answer)
    assert answer.headers["Content-Type"] == f"image/{format}"
    assert picture.get("vips-loader").startswith(loader)
    assert is_like(at(picture, 0.5, 0.5), RED)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.gif", "a.avif", "a.tif"])
def test_what_is_read(wendy: Person, name: str) -> None:
    suffix = name.partition(".")[2]
    body = bytes(quarters().write_to_buffer(f".{suffix}"))
    picture = rendered(wendy, body, name=name, width=80, format="png")
    assert size(picture) == (80, 60)
    assert is_like(at(picture, 0.25, 0.25), RED)
    assert is_like(at(picture, 0.75, 0.75), WHITE)


def test_the_middle_is_kept_when_it_is_cut(wendy: Person) -> None:
    stripes = pyvips.Image.arrayjoin([plain(100, 100, c) for c in (RED, GREEN, BLUE)], across=3)
    picture = rendered(wendy, png(stripes), name="a.png", width=90, height=90, format="png")
    assert is_like(at(picture, 0.05, 0.5), GREEN)
    assert is_like(at(picture, 0.95, 0.5), GREEN)


@pytest.mark.parametrize("orientation", TURNED)
def test_it_is_the_right_way_up(wendy: Person, orientation: int) -> None:
    stored = TURNED[orientation](quarters()).copy()
    stored.set_type(pyvips.GValue.gint_type, "orientation", orientation)

    picture = rendered(wendy, jpeg(stored), width=80, height=80, fit="contain", format="png")

    assert size(picture) == (80, 60)
    corners = [at(picture, x, y) for y in (0.2, 0.8) for x in (0.2, 0.8)]
    for found, wanted in zip(corners, (RED, GREEN, BLUE, WHITE), strict=True):
        assert is_like(found, wanted), orientation


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_is_none_turns_nothing(wendy: Person, orientation: int) -> None:
    stored = quarters().copy()
    stored.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    picture = rendered(wendy, jpeg(stored), width=80, format="png")
    assert is_like(at(picture, 0.2, 0.2), RED)


@pytest.mark.parametrize("format", ["webp", "avif", "jpeg", "png"])
def test_place_and_camera_are_gone(wendy: Person, format: str) -> None:
    stored = plain(64, 64).copy()
    texts = {
        "exif-ifd0-Make": "Secretcam",
        "exif-ifd3-GPSLatitude": "52/1 31/1 12/1",
        "exif-ifd3-GPSLongitude": "13/1 24/1 36/1",
    }
    for name, text in texts.items():
        stored.set_type(pyvips.GValue.gstr_type, name, text)
    stored.set_type(pyvips.GValue.blob_type, "xmp-data", b"<x:xmpmeta>Secretplace</x:xmpmeta>")
    stored.set_type(pyvips.GValue.blob_type, "iptc-data", b"Secretcity")
    body = jpeg(stored)
    kept = pyvips.Image.new_from_buffer(body, "").get_fields()
    assert "exif-ifd3-GPSLatitude" in kept
    assert "xmp-data" in kept

    answer = shown(photo(wendy, body), width=64, format=format)

    fields = decoded(answer).get_fields()
    assert [name for name in fields if name.startswith(("exif", "xmp", "iptc", "icc"))] == []
    for trace in (b"Secret", b"Exif", b"GPS", b"xmpmeta"):
        assert trace not in answer.content


@pytest.mark.parametrize("profile", ["p3", "cmyk"])
def test_colours_of_another_profile_are_shown_as_they_are(wendy: Person, profile: str) -> None:
    wanted = (200, 60, 90)
    stored = plain(64, 64, wanted).icc_transform(profile, input_profile="srgb")
    assert not is_like(stored(1, 1)[:3], wanted, by=3)
    body = bytes(stored.jpegsave_buffer(Q=98, keep="icc"))

    picture = rendered(wendy, body, width=64, format="png")

    assert picture.bands == 3
    assert is_like(at(picture, 0.5, 0.5), wanted, by=6)
    assert "icc-profile-data" not in picture.get_fields()


@pytest.mark.parametrize("format", ["webp", "avif", "png"])
def test_what_one_sees_through_stays_so(wendy: Person, format: str) -> None:
    body = png(plain(64, 64, (255, 0, 0, 0)))
    picture = rendered(wendy, body, name="a.png", width=32, format=format)
    assert at(picture, 0.5, 0.5)[3] == 0


def test_in_a_jpeg_it_is_white(wendy: Person) -> None:
    body = png(plain(64, 64, (255, 0, 0, 0)))
    picture = rendered(wendy, body, name="a.png", width=32, format="jpeg")
    assert is_like(at(picture, 0.5, 0.5), WHITE)


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_of_what_moves_it_is_the_first_picture(wendy: Person, suffix: str) -> None:
    moving = pyvips.Image.arrayjoin([plain(40, 40, RED), plain(40, 40, BLUE)], across=1).copy()
    moving.set_type(pyvips.GValue.gint_type, "page-height", 40)
    body = bytes(moving.write_to_buffer(f".{suffix}"))
    assert pyvips.Image.new_from_buffer(body, "").get("n-pages") == 2

    picture = rendered(wendy, body, name=f"a.{suffix}", width=40, format="png")

    assert size(picture) == (40, 40)
    assert is_like(at(picture, 0.5, 0.9), RED)


@pytest.mark.parametrize(
    "image",
    [
        plain(64, 64, (128, 128, 128))[0].copy(interpretation="b-w"),
        (plain(64, 64, (128, 128, 128)) * 257).cast("ushort").copy(interpretation="rgb16"),
        (plain(64, 64, (128,)) * 257).cast("ushort").copy(interpretation="grey16"),
    ],
    ids=["grey", "16 bits", "grey of 16 bits"],
)
def test_any_depth_is_eight_bits_of_three_colours(wendy: Person, image: pyvips.Image) -> None:
    picture = rendered(wendy, png(image), name="a.png", width=32, format="png")
    assert (picture.format, picture.bands) == ("uchar", 3)
    assert is_like(at(picture, 0.5, 0.5), (128, 128, 128), by=2)


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_palettes(wendy: Person, bits: int) -> None:
    body = png(quarters(), palette=True, bitdepth=bits)
    assert size(rendered(wendy, body, name="a.png", width=80)) == (80, 60)


@pytest.mark.parametrize("format", ["webp", "avif", "jpeg"])
def test_quality(wendy: Person, format: str) -> None:
    noise = pyvips.Image.gaussnoise(128, 128, mean=128, sigma=40, seed=6).cast("uchar")
    media = photo(wendy, png(noise), name="noise.png")
    sizes = [len(shown(media, format=format, quality=q).content) for q in (10, 60, 95)]
    assert sizes == sorted(sizes)
    assert sizes[0] * 2 < sizes[2]

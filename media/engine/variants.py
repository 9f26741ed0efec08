"""What can be asked of an image: at most so large, cut or whole, in a format."""

from dataclasses import dataclass
from typing import Any

from prework.cdn import MAX_SIDE

QUALITY = {"webp": 80, "avif": 60, "jpeg": 82}  # that nobody tells from the original at a glance
# Counted up when the same request is to give another picture: a recipe, or libvips, that changed.
RECIPE = 1


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A picture of an image. Two that would be the same have the same name."""

    width: int | None
    height: int | None
    fit: str
    format: str
    quality: int | None

    @property
    def name(self) -> str:
        """Such as `1-w300-h300-crop-q80.webp`."""
        sides = [f"w{self.width}" * bool(self.width), f"h{self.height}" * bool(self.height)]
        quality = f"q{self._quality}" if self.format in QUALITY else ""
        parts = [str(RECIPE), *sides, "crop" * self.is_cut, quality]
        return f"{'-'.join(filter(None, parts))}.{self.format}"

    @property
    def content_type(self) -> str:
        """Its media type."""
        return f"image/{self.format}"

    @property
    def is_cut(self) -> bool:
        """Whether it has the sides that were asked for, and something of the image is left out."""
        return self.fit == "crop" and None not in (self.width, self.height)

    @property
    def asked(self) -> dict[str, Any]:
        """The same for the worker."""
        return {
            "width": self.width,
            "height": self.height,
            "fit": "crop" if self.is_cut else "contain",
            "format": self.format,
            "quality": self._quality,
            "side": MAX_SIDE,
        }

    @property
    def _quality(self) -> int | None:
        return self.quality or QUALITY.get(self.format)

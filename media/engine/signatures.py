"""How files of well-known types begin. A type that is not here has no signature that all bear."""

from collections.abc import Callable

from media.engine.texts import is_markup, is_scriptable, is_svg, is_text

Test = Callable[[bytes], bool]

# -- programs: none of the types below is one -------------------------------------------------
PROGRAMS = (
    b"\x7fELF",
    b"\xca\xfe\xba\xbe",  # Java, and macOS for two processors
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\0asm",
    b"dex\n",
    b"L\0\0\0\x01\x14\x02\0",  # a shortcut of Windows
    b"#!/",
    b"#! /",
    b"<?php",
    b"<?=",
)
# -- boxes of MPEG-4 and QuickTime (ISO/IEC 14496-12), HEIF among them ---------------------------
AVIF_BRANDS = {b"avif", b"avis", b"avio", b"MA1A", b"MA1B"}
HEIF_BRANDS = {b"mif1", b"mif2", b"msf1", b"miaf", b"heic", b"heix", b"heim", b"heis"}
HEIF_BRANDS |= {b"hevc", b"hevx", b"hevm", b"hevs", b"jpeg", b"jpgs"} | AVIF_BRANDS
FIRST_BOXES = {b"moov", b"mdat", b"moof", b"styp", b"sidx", b"free", b"skip", b"wide", b"pnot"}
FIRST_BOXES |= {b"uuid", b"meta", b"emsg", b"prft"}
# -- the others -----------------------------------------------------------------------------------
RIFF = (b"RIFF", b"RIFX", b"RF64", b"BW64")
BITMAP_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}  # how long the second header can be
PDF_WITHIN = 1024  # Adobe's readers look for it that far (ISO 32000-1, Annex H, note 13)


def signature_of(essence: str) -> Test | None:
    """How all files of this type begin; `None` for a type of which that is not known."""
    by_name = (test for prefix, test in PACKED.items() if essence.startswith(prefix))
    return SIGNATURES.get(essence) or next(by_name, None)


def is_program(start: bytes) -> bool:
    """Whether this is something to be run: by a machine, a shell or a server."""
    return start.startswith(PROGRAMS) or (start.startswith(b"MZ") and b"\0" in start[:64])


def _begins(*signatures: bytes, at: int = 0) -> Test:
    return lambda start: start[at:].startswith(signatures)


def _any(*tests: Test) -> Test:
    return lambda start: any(test(start) for test in tests)


def _riff(form: bytes) -> Test:
    return lambda start: start.startswith(RIFF) and start[8:12] == form


def _form(*forms: bytes) -> Test:
    return lambda start: start.startswith(b"FORM") and start[8:12] in forms


def _brands(start: bytes) -> set[bytes]:
    """The major brand and those it is compatible with; none of what has none."""
    if start[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(start[:4], "big") or len(start), len(start))
    return {start[8:12], *(start[at : at + 4] for at in range(16, end - 3, 4))}


def _heif(start: bytes) -> bool:
    return bool(_brands(start) & HEIF_BRANDS)


def _avif(start: bytes) -> bool:
    return bool(_brands(start) & AVIF_BRANDS)


def _film(start: bytes) -> bool:
    """Sound or film of MPEG-4's kind, of whatever brand: there are more than anybody lists."""
    if start[4:8] == b"ftyp":
        return start[8:12] not in HEIF_BRANDS
    return start[4:8] in FIRST_BOXES


def _bitmap(start: bytes) -> bool:
    return start.startswith(b"BM") and int.from_bytes(start[14:18], "little") in BITMAP_HEADERS


def _pdf(start: bytes) -> bool:
    """It may stand behind something, but for another file."""
    at = start.find(b"%PDF-", 0, PDF_WITHIN)
    before = start[:at]
    return at == 0 or (at > 0 and b"<" not in before and not _is_another(before))


def _is_another(before: bytes) -> bool:
    pictures = (PNG, JPEG, GIF, TIFF, ZIP, OLE)
    return is_program(before) or any(test(before) for test in pictures)


def _table(start: bytes) -> bool:
    """Windows calls a CSV a file of Excel's, where that is installed, and browsers believe it."""
    return is_text(start) and not (is_scriptable(start) or is_program(start))


def _mp3(start: bytes) -> bool:
    """A tag, or a frame, which padding or rubbish may precede."""
    is_tagged = start.startswith((b"ID3", b"APETAGEX", *RIFF))
    return is_tagged or _is_frame(start.lstrip(b"\0")) or not start.strip(b"\0")


def _is_frame(start: bytes) -> bool:
    return len(start) > 1 and start[0] == 0xFF and start[1] & 0xE0 == 0xE0


def _stream(start: bytes) -> bool:
    """An MPEG program or elementary stream, or a transport stream with or without times."""
    is_transport = any(start[at : at + 1] == b"G" for at in (0, 4)) and not is_text(start)
    return start.startswith(b"\0\0\x01") or is_transport


PNG = _begins(b"\x89PNG\r\n\x1a\n")
JPEG = _begins(b"\xff\xd8\xff")
GIF = _begins(b"GIF87a", b"GIF89a")
TIFF = _begins(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
ZIP = _begins(b"PK\3\4", b"PK\5\6", b"PK\7\x08")  # with files, without any, in several volumes
OLE = _begins(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
EBML = _begins(b"\x1aE\xdf\xa3")
OGG = _begins(b"OggS")
ASF = _begins(b"0&\xb2u\x8ef\xcf\x11")
WAVE = _riff(b"WAVE")
MIDI = _any(_begins(b"MThd"), _riff(b"RMID"))
AIFF = _form(b"AIFF", b"AIFC")
AMR = _begins(b"#!AMR")
FLAC = _begins(b"fLaC", b"ID3")
ICON = _any(_begins(b"\0\0\1\0", b"\0\0\2\0"), PNG)
# Old Office files are OLE; older ones, those saved as RTF, and new ones under the old type are
# honest as well. New ones are ZIP, and OLE when they have a password.
WORD = _any(OLE, ZIP, _begins(b"{\\rtf", b"\xdb\xa5", b"1\xbe\0\0", b"\xfe7\0\x23"))
EXCEL = _any(OLE, ZIP, _begins(b"\x09\0\4\0", b"\x09\2\6\0", b"\x09\4\6\0", b"\x09\x08"), _table)
OFFICE = _any(ZIP, OLE)

# Types that are known by how their names begin; a flat OpenDocument is XML.
PACKED: dict[str, Test] = {
    "application/vnd.openxmlformats-officedocument.": OFFICE,
    "application/vnd.ms-word.": OFFICE,
    "application/vnd.ms-excel.": OFFICE,
    "application/vnd.ms-powerpoint.": OFFICE,
    "application/vnd.oasis.opendocument.": _any(ZIP, is_markup),
}
SIGNATURES: dict[str, Test] = {
    **dict.fromkeys(("image/png", "image/apng", "image/x-png", "image/vnd.mozilla.apng"), PNG),
    **dict.fromkeys(("image/jpeg", "image/jpg", "image/pjpeg"), JPEG),
    "image/gif": GIF,
    "image/webp": _riff(b"WEBP"),
    **dict.fromkeys(("image/tiff", "image/tiff-fx"), TIFF),
    **dict.fromkeys(("image/bmp", "image/x-bmp", "image/x-ms-bmp"), _bitmap),
    **dict.fromkeys(("image/x-icon", "image/vnd.microsoft.icon"), ICON),
    **dict.fromkeys(
        ("image/heic", "image/heif", "image/heic-sequence", "image/heif-sequence"), _heif
    ),
    "image/avif": _avif,
    "image/jxl": _begins(b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"),
    "image/jp2": _begins(b"\0\0\0\x0cjP  \r\n\x87\n"),
    "image/vnd.adobe.photoshop": _begins(b"8BPS"),
    "image/svg+xml": is_svg,
    "application/pdf": _pdf,
    **dict.fromkeys(("application/zip", "application/x-zip-compressed"), ZIP),
    "application/msword": WORD,
    "application/vnd.ms-excel": EXCEL,
    "application/vnd.ms-powerpoint": OFFICE,
    **dict.fromkeys(
        ("video/mp4", "video/quicktime", "video/x-m4v", "video/3gpp", "video/3gpp2"), _film
    ),
    **dict.fromkeys(("audio/mp4", "audio/m4a", "audio/x-m4a"), _film),
    **dict.fromkeys(("audio/3gpp", "audio/3gpp2"), _any(_film, AMR)),  # as phones record
    **dict.fromkeys(
        ("video/webm", "audio/webm", "video/x-matroska", "audio/x-matroska", "video/matroska"),
        EBML,
    ),
    **dict.fromkeys(("audio/ogg", "video/ogg", "audio/opus", "audio/vorbis"), OGG),
    **dict.fromkeys(("audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"), WAVE),
    **dict.fromkeys(("audio/mpeg", "audio/mp3", "audio/mpeg3", "audio/x-mpeg-3"), _mp3),
    **dict.fromkeys(("audio/flac", "audio/x-flac"), FLAC),
    **dict.fromkeys(("audio/midi", "audio/mid", "audio/x-midi"), MIDI),
    **dict.fromkeys(("audio/aiff", "audio/x-aiff"), AIFF),
    **dict.fromkeys(("video/x-msvideo", "video/avi", "video/msvideo"), _riff(b"AVI ")),
    **dict.fromkeys(("video/x-ms-wmv", "video/x-ms-asf", "audio/x-ms-wma"), ASF),
    **dict.fromkeys(("video/mpeg", "video/mp2t"), _stream),
    "video/x-flv": _begins(b"FLV"),
    "audio/amr": AMR,
    "audio/amr-wb": _begins(b"#!AMR-WB"),
}

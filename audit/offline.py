"""Check exported entries away from the store: `python -m audit.offline FILE … --public-key KEY`.

It needs the files and the public key, and neither Django nor AWS: the standard library,
`cryptography` and `rfc8785`. A file is what `GET /api/audit/export` or `manage.py audit_bundle`
writes, or the answer of `GET /api/audit/{auditId}/proof`. Its exit code is 1 if anything is wrong.
"""

import argparse
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from audit.engine.bundles import Bundle, Report, check_proof
from audit.engine.canonical import Unreadable, read_json
from audit.engine.keys import BadKey, Keyring, keyring, read_public_keys

LONGEST_LINE = 300
LARGEST_PROOF = 16 * 1024 * 1024


def main(arguments: list[str] | None = None) -> int:
    """Check what the command line names, and say what is wrong with it."""
    options = _options(arguments)
    try:
        report = _check(options.files, _keys(options.public_key), is_partial=options.partial)
    except (OSError, BadKey, UnicodeDecodeError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for kind, name, detail in report.problems:
        sys.stdout.write(f"{_plain(f'{kind} {name}: {detail}')}\n")
    sys.stdout.write(
        f"{'not as sealed' if report.problems else 'as sealed'}: "
        f"{report.entries_checked} entries and {report.digests_checked} digests checked, "
        f"{report.unsealed} not sealed, {report.unverified} not to be checked, "
        f"{len(report.problems)} problems\n"
    )
    return 1 if report.problems else 0


def _plain(text: str) -> str:
    """Words of a file as they may stand in a line: they begin no other, and steer no terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:LONGEST_LINE])


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m audit.offline", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--public-key", action="append", required=True, type=Path, metavar="KEY")
    parser.add_argument(
        "--partial", action="store_true", help="entries may be left out: none is called missing"
    )
    return parser.parse_args(arguments)


def _keys(files: Iterable[Path]) -> Keyring:
    return keyring(key for file in files for key in read_public_keys(file.read_text()))


def _check(files: list[Path], keys: Keyring, *, is_partial: bool) -> Report:
    for file in files:
        if not file.is_file():
            raise OSError(f"{file} is no file: it is read twice, so that no pipe will do.")
    if len(files) == 1 and (proof := _proof_in(files[0])):
        return check_proof(proof, keys)
    lines = [partial(_lines, file) for file in files]
    return Bundle(lines, keys, is_partial=is_partial).check()


def _proof_in(file: Path) -> dict[str, object] | None:
    """The proof that a file is, if it is one: a single object, on however many lines."""
    if file.stat().st_size > LARGEST_PROOF:
        return None
    try:
        value = read_json(file.read_bytes())
    except Unreadable:
        return None
    return value if isinstance(value, dict) and "proof" in value else None


def _lines(file: Path) -> Iterable[bytes]:
    with file.open("rb") as opened:
        yield from opened


if __name__ == "__main__":
    sys.exit(main())

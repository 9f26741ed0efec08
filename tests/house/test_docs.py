"""The documents that people wrote: links lead somewhere, and nothing is forgotten in them."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

ROOT = Path(__file__).parents[2]
DOCS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("bench/*/*.md")])
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("file", DOCS, ids=lambda file: str(file.relative_to(ROOT)))
def test_links_lead_to_files(file: Path) -> None:
    links = LINK.findall(file.read_text())
    assert [link for link in links if not (file.parent / link).exists()] == []


def test_the_readme_links_each_document_once() -> None:
    links = LINK.findall((ROOT / "README.md").read_text())
    listed = sorted(link for link in links if re.fullmatch(r"docs/[^/]+", link))
    assert listed == [str(file.relative_to(ROOT)) for file in sorted(ROOT.glob("docs/*.md"))]


def test_decisions_are_numbered_without_a_gap() -> None:
    files = sorted(ROOT.glob("docs/decisions/*.md"))
    numbers = [int(file.name[:4]) for file in files]
    assert numbers == list(range(1, len(files) + 1))
    for number, file in zip(numbers, files, strict=True):
        assert file.read_text().startswith(f"# {number}. ")


@pytest.mark.parametrize("path", settings.JOBS)
def test_a_job_is_explained(path: str) -> None:
    assert f"| `{import_string(path).name}` |" in (ROOT / "docs/jobs.md").read_text()

"""Whatever code a socket or an operation's answer can carry is in the catalogue of errors."""

import pytest

from collab.engine.refusals import Code
from prework.errors import Problem

OF_CONTENT = {Code.INVALID_CONTENT}  # a field's error, beside the field


@pytest.mark.parametrize("code", [code for code in Code if code not in OF_CONTENT])
def test_it_is_in_the_catalogue(code: Code) -> None:
    assert code.value in Problem.catalogue

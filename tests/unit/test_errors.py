from pathlib import Path

import pytest
from pydantic import BaseModel, Field, ValidationError, model_validator

import seq2exp_py
from seq2exp_py.errors import fault


class Part(BaseModel):
    size: int = Field(gt=0)


class Whole(BaseModel):
    parts: list[Part]

    @model_validator(mode="after")
    def _some(self):
        if not self.parts:
            raise ValueError("parts must not be empty")
        return self


@pytest.mark.parametrize(
    ("given", "place", "reason"),
    [
        ({"parts": [{"size": 1}, {"size": 0}]}, "parts.1.size", "Input should be greater than 0"),
        ({"parts": []}, "the file", "parts must not be empty"),
    ],
)
def test_the_first_fault_has_a_place_and_a_reason(given, place, reason):
    with pytest.raises(ValidationError) as raised:
        Whole.model_validate(given)
    assert fault(raised.value, whole="the file") == (place, reason)


def test_nobody_takes_pydantic_errors_apart_by_themselves():
    own = [p for p in Path(seq2exp_py.__file__).parent.rglob("*.py") if ".errors()" in p.read_text() and p.name != "errors.py"]
    assert not own

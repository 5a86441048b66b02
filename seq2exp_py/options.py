"""What a user may choose at a stage, each option once: its name, type, default, bounds and words are the fields of a model.

The stage takes the model, `cli/_options.py` makes click's options of it, and `runtime/params.py` the pipeline's parameters.
`json_schema_extra` of a field: `flag`, its name on the command line where that is another, and `more`, what only the help text of
the stage's own command says.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo

from seq2exp_py.errors import InputError, faults


class Options(BaseModel):
    """Options of a stage; the first that does not fit is an `InputError` that names it as the command line does."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def __init__(self, **given: Any) -> None:
        try:
            super().__init__(**given)
        except ValidationError as error:
            first = faults(error)[0]
            name = first.place.partition(".")[0]
            field = type(self).model_fields.get(name)
            raise InputError(first.of(flag(name, field) if field else name)) from None


def flag(name: str, field: FieldInfo) -> str:
    """What the command line calls a field."""
    return str(extra(field).get("flag", f"--{name.replace('_', '-')}"))


def extra(field: FieldInfo) -> dict[str, Any]:
    """What a field says beside its type, bounds and words."""
    return field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}


def flat(schema: dict[str, Any]) -> dict[str, Any]:
    """Merge pydantic's `anyOf [X, null]` into X: an option that was not given is null and is not looked at."""
    choices = [choice for choice in schema.get("anyOf", []) if choice.get("type") != "null"]
    merged = {**schema, **(choices[0] if choices else {})}
    if merged.get("default") is None:
        merged.pop("default", None)
    return merged

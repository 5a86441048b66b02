"""Click's options out of the fields of a stage's options: one option, one definition."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from seq2exp_py.options import extra, flag, flat

Command = TypeVar("Command", bound=Callable[..., Any])
TYPES: dict[str, click.ParamType[Any]] = {
    "integer": click.INT,
    "number": click.FLOAT,
    "boolean": click.BOOL,
    "string": click.STRING,
}


def options(
    stage: type[BaseModel], *names: str, skip: tuple[str, ...] = (), called: str | None = None
) -> Callable[[Command], Command]:
    """One click option for each field of a stage's options, those that must be given first.

    Args:
        stage: the options.
        names: the fields; all of them where none is named.
        skip: fields that the command asks for in its own way.
        called: the command's name of the one field, where another stage has a field of that name.
    """
    properties = stage.model_json_schema()["properties"]
    fields = {name: stage.model_fields[name] for name in names or stage.model_fields if name not in skip}
    order = sorted(fields, key=lambda name: not fields[name].is_required())

    def add(command: Command) -> Command:
        for name in reversed(order):
            command = option(called or name, fields[name], flat(properties[name]))(command)
        return command

    return add


def option(name: str, field: FieldInfo, schema: dict[str, Any]) -> Callable[[Command], Command]:
    """The click option of one field."""
    required, default = field.is_required(), schema.get("default")
    on = schema["type"] == "boolean"
    return click.option(
        flag(name, field),
        name,
        type=None if on else kind(schema),
        is_flag=on,
        required=required,
        default=False if on else default,
        show_default=not on and default is not None,
        help=" ".join(filter(None, (field.description, extra(field).get("more")))),
    )


def kind(schema: dict[str, Any]) -> click.ParamType[Any]:
    """What a value must be, by its JSON schema."""
    if "enum" in schema:
        return click.Choice(schema["enum"])
    if schema.get("format") == "path":
        return click.Path(path_type=Path)
    ranges: dict[str, type[click.IntRange | click.FloatRange]] = {"integer": click.IntRange, "number": click.FloatRange}
    least, above = schema.get("minimum"), schema.get("exclusiveMinimum")
    most, below = schema.get("maximum"), schema.get("exclusiveMaximum")
    if schema["type"] in ranges and not least is above is most is below is None:
        low, high = above if least is None else least, below if most is None else most
        return ranges[schema["type"]](low, high, min_open=above is not None, max_open=below is not None)
    return TYPES[schema["type"]]

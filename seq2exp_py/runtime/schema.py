"""Write what follows from the models: `python -m seq2exp_py.runtime.schema` in the repository's root."""

import json
import re
import sys
from pathlib import Path
from typing import Any

from seq2exp_py import notes
from seq2exp_py.models import rows
from seq2exp_py.options import flat
from seq2exp_py.runtime import crate, environments
from seq2exp_py.runtime.params import GROUPS, PipelineParams
from seq2exp_py.tracks import samplesheet

PIPELINE = "seq2exp/seq2exp"
KEEP = (
    "type",
    "format",
    "exists",
    "mimetype",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "windows",
    "enum",
    "default",
    "examples",
    "description",
    "hidden",
)


def parameters() -> dict[str, dict[str, Any]]:
    """Return each parameter's group and its JSON schema, in the order of the model."""
    return {name: flat(field) for name, field in PipelineParams.model_json_schema()["properties"].items()}


def pipeline_schema(description: str) -> dict[str, Any]:
    """Return `nextflow_schema.json` (JSON Schema draft 2020-12, in the groups that nf-core's tools show)."""
    groups: dict[str, Any] = {
        name: {"title": title, "type": "object", "description": text, "properties": {}} for name, (title, text) in GROUPS.items()
    }
    for name, schema in parameters().items():
        groups[schema["group"]]["properties"][name] = {key: schema[key] for key in KEEP if key in schema}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://raw.githubusercontent.com/{PIPELINE}/main/nextflow_schema.json",
        "title": f"{PIPELINE} pipeline parameters",
        "description": description,
        "type": "object",
        "$defs": groups,
        "allOf": [{"$ref": f"#/$defs/{name}"} for name in groups],
    }


def groovy(value: object) -> str:
    """Write a default value as Groovy."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return repr(value)


def config_params() -> str:
    """Return the `params { … }` block of nextflow.config."""
    width = max(map(len, PipelineParams.model_fields))
    lines, group = ["params {"], ""
    for name, schema in parameters().items():
        if schema["group"] != group:
            group = schema["group"]
            lines += ["", f"    // {GROUPS[group][0]}"]
        lines.append(f"    {name:<{width}} = {groovy(schema.get('default'))}")
    return "\n".join([*lines, "}"]) + "\n"


def with_params(config: str) -> str:
    """Replace the `params` block in the text of nextflow.config."""
    return re.sub(r"^params \{.*?^\}\n", lambda _: config_params(), config, count=1, flags=re.DOTALL | re.MULTILINE)


def manifest(config: str, key: str) -> str:
    """Return a quoted value of the manifest in nextflow.config, e.g. its description."""
    found = re.search(rf"^ +{key} += '([^'\n]*)'", config[config.index("manifest {") :], flags=re.MULTILINE)
    assert found, f"nextflow.config has no manifest.{key}"
    return found[1]


def with_notes(page: str) -> str:
    """Replace the table of notes in the text of docs/usage.md."""
    start, end = "<!-- notes: written by `make schema` -->\n\n", "\n<!-- end of notes -->"
    assert start in page and end in page, "docs/usage.md has lost the marks around its table of notes"
    return page[: page.index(start) + len(start)] + notes.table() + page[page.index(end) :]


def with_rows(script: str) -> str:
    """Replace the lists of models in the text of a Nextflow script."""
    for name, listed in (("UNTRAINED", rows.UNTRAINED), ("BY_ODDS", rows.BY_ODDS)):
        head = f"def {name}() " + "{ "
        script, found = re.subn(rf"(?<={re.escape(head)}).*(?= [}}])", repr(list(listed)), script)
        assert found == 1, f"subworkflows/local/utils_tasks/main.nf has lost its list {name}"
    return script


def settable() -> dict[str, list[str]]:
    """Names that --set of `seq2exp train` takes, the fields of the training and of every model, and that of `seq2exp pretrain`."""
    from seq2exp_py.models import MODELS, configure
    from seq2exp_py.pretrain.settings import Settings as Pretraining
    from seq2exp_py.training.settings import Settings

    trained = sorted({*Settings.model_fields}.union(*(type(configure(name)).model_fields for name in MODELS)))
    return {"train_args": trained, "pretrain_args": sorted(Pretraining.model_fields)}


def generated(root: Path) -> dict[Path, str]:
    """Return the generated files of a repository and what they must hold."""
    config = root / "nextflow.config"
    text = config.read_text()
    schema = pipeline_schema(manifest(text, "description"))
    for name, fields in settable().items():
        schema["$defs"]["model_options"]["properties"][name]["settable"] = fields
    about = {key: manifest(text, key) for key in ("name", "version", "homePage", "description", "nextflowVersion")}
    usage, tasks = root / "docs" / "usage.md", root / "subworkflows" / "local" / "utils_tasks" / "main.nf"
    return environments.environments(root) | {
        config: with_params(text),
        root / "nextflow_schema.json": json.dumps(schema, indent=2) + "\n",
        root / "ro-crate-metadata.json": crate.text(root, about),
        usage: with_notes(usage.read_text()),
        tasks: with_rows(tasks.read_text()),
        root / "assets" / "schema_input.json": json.dumps(samplesheet.schema(), indent=4, ensure_ascii=False) + "\n",
    }


def main() -> None:
    """Write every generated file that is out of date."""
    for path, text in generated(Path.cwd()).items():
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            print(f"wrote {path.relative_to(Path.cwd())}", file=sys.stderr)


if __name__ == "__main__":
    main()

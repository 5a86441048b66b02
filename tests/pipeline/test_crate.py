"""`ro-crate-metadata.json` of the pipeline and of a run: the shape that RO-Crate 1.1 asks for, and true of the files."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.pipeline


def entities(crate: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The graph by id, its shape looked at; a reference to what the graph lacks must be an address."""
    context = crate["@context"]
    assert "https://w3id.org/ro/crate/1.1/context" in ([context] if isinstance(context, str) else context)
    graph = {entity["@id"]: entity for entity in crate["@graph"]}
    assert len(graph) == len(crate["@graph"]), "an id twice"
    about, root = graph["ro-crate-metadata.json"], graph["./"]
    assert about["@type"] == "CreativeWork" and about["about"] == {"@id": "./"}
    assert {"@id": "https://w3id.org/ro/crate/1.1"} in about["conformsTo"]
    assert root["@type"] == "Dataset" and all(root[key] for key in ("name", "description", "datePublished", "license"))
    for entity in graph.values():
        assert entity["@type"]
        for target in references({key: value for key, value in entity.items() if key != "@id"}):
            assert target in graph or target.startswith(("http://", "https://")), f"{entity['@id']} refers to {target}"
    parts = set(references(root["hasPart"]))
    workflow = graph[root["mainEntity"]["@id"]]
    assert {"File", "SoftwareSourceCode", "ComputationalWorkflow"} == set(workflow["@type"])
    assert root["mainEntity"]["@id"] in parts and workflow["programmingLanguage"]["@id"] in graph
    return graph


def references(value: Any) -> list[str]:
    """All `{"@id": …}` of a value."""
    if isinstance(value, dict):
        return [value["@id"]] if set(value) == {"@id"} else [found for part in value.values() for found in references(part)]
    return [found for part in value for found in references(part)] if isinstance(value, list) else []


def test_crate_of_the_pipeline_names_its_files():
    graph = entities(json.loads((ROOT / "ro-crate-metadata.json").read_text()))
    assert graph["./"]["description"] == (ROOT / "README.md").read_text()
    assert all((ROOT / part).exists() for part in references(graph["./"]["hasPart"]))


def test_crate_of_a_run_names_inputs_parameters_versions_and_every_file(finished):
    results = finished / "results"
    graph = entities(json.loads((results / "ro-crate-metadata.json").read_text()))
    run = next(entity for entity in graph.values() if entity["@type"] == "CreateAction")
    made = {unquote(name) for name in references(run["result"])}
    there = {path.relative_to(results).as_posix() for path in results.rglob("*") if path.is_file()}
    assert made >= {name for name in there if name != "ro-crate-metadata.json" and not name.startswith("pipeline_info/")}
    assert made <= there
    assert run["actionStatus"] == {"@id": "http://schema.org/CompletedActionStatus"}
    assert run["startTime"] < run["endTime"]
    values = {graph[name]["name"]: graph[name]["value"] for name in references(run["object"]) if name.startswith("#value-")}
    params = json.loads((results / "pipeline_info" / "params.json").read_text())
    assert values == {name: value for name, value in params.items() if value is not None}
    programs = {entity["name"] for entity in graph.values() if entity["@type"] == "SoftwareApplication"}
    assert {"seq2exp", "multiqc"} & programs == {"seq2exp"}

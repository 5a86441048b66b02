"""The pipeline's `ro-crate-metadata.json`: what it is, in the terms of RO-Crate 1.1 and of Workflow RO-Crate 1.0."""

import json
from pathlib import Path
from typing import Any

SPECIFICATION = "https://w3id.org/ro/crate/1.1"
WORKFLOW = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
NEXTFLOW = "https://w3id.org/workflowhub/workflow-ro-crate#nextflow"
LICENSE = "https://spdx.org/licenses/MIT"
PUBLISHED = "2026-11-28"  # of the version that the manifest names
PARTS = {
    "README.md": "What the pipeline does and how to start it",
    "CHANGELOG.md": "What changed from version to version",
    "CITATIONS.md": "What to cite",
    "LICENSE": "Licence of all files",
    "nextflow.config": "Default parameters, profiles and manifest",
    "nextflow_schema.json": "JSON Schema of the parameters",
    "assets/schema_input.json": "JSON Schema of the samplesheet",
}
FOLDERS = {
    "assets/": "Files that every run reads",
    "bin/": "One executable per process",
    "conf/": "Resources, options of each process, schedulers and clouds",
    "docs/": "Usage, output, method and figures",
    "modules/": "Processes",
    "seq2exp_py/": "The Python package that the processes run",
    "subworkflows/": "The steps between raw files and results",
    "tests/": "Tests of the package and of the pipeline",
    "workflows/": "The workflow that main.nf starts",
}


def pipeline_crate(readme: str, manifest: dict[str, str]) -> dict[str, Any]:
    """Return the crate of the repository.

    Args:
        readme: text of README.md; nf-core's lint holds the description equal to it.
        manifest: name, version, homePage, description and nextflowVersion of nextflow.config.
    """
    parts = [{"@id": name} for name in ("main.nf", *PARTS, *FOLDERS)]
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": manifest["name"],
        "description": readme,
        "license": {"@id": LICENSE},
        "datePublished": PUBLISHED,
        "mainEntity": {"@id": "main.nf"},
        "hasPart": parts,
    }
    about = {
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": [{"@id": SPECIFICATION}, {"@id": WORKFLOW}],
    }
    graph = [root, about, _workflow(manifest), _language(manifest["nextflowVersion"])]
    graph.append({"@id": "#authors", "@type": "Organization", "name": f"{manifest['name'].split('/')[-1]} authors"})
    graph.append({"@id": LICENSE, "@type": "CreativeWork", "name": "MIT License"})
    graph += [{"@id": name, "@type": "File", "description": text} for name, text in PARTS.items()]
    graph += [{"@id": name, "@type": "Dataset", "description": text} for name, text in FOLDERS.items()]
    return {"@context": f"{SPECIFICATION}/context", "@graph": graph}


def _workflow(manifest: dict[str, str]) -> dict[str, Any]:
    return {
        "@id": "main.nf",
        "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
        "name": manifest["name"],
        "description": manifest["description"],
        "version": manifest["version"],
        "url": manifest["homePage"],
        "license": {"@id": LICENSE},
        "creator": {"@id": "#authors"},
        "programmingLanguage": {"@id": NEXTFLOW},
        "keywords": ["nextflow", "regulatory genomics", "gene expression", "enhancers", "Seq2Exp"],
    }


def _language(versions: str) -> dict[str, Any]:
    return {
        "@id": NEXTFLOW,
        "@type": "ComputerLanguage",
        "name": "Nextflow",
        "identifier": {"@id": "https://www.nextflow.io/"},
        "url": {"@id": "https://www.nextflow.io/"},
        "version": versions.lstrip("!"),
    }


def text(root: Path, manifest: dict[str, str]) -> str:
    """Return the file as it lies in the repository; as nf-core's lint would write it, so that the two agree."""
    return json.dumps(pipeline_crate((root / "README.md").read_text(), manifest), indent=4) + "\n"

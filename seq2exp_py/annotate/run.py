"""All that is drawn or listed about one cell × model."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from seq2exp_py.annotate import elements, expression, linked, links, tracks
from seq2exp_py.annotate.classes import Evidence
from seq2exp_py.annotate.rules import Settings
from seq2exp_py.evidence.defaults import GRID
from seq2exp_py.evidence.genes import CellEvidence
from seq2exp_py.evidence.probability import Calibration
from seq2exp_py.files import whole
from seq2exp_py.inference.seeds import Seeds
from seq2exp_py.progress import say
from seq2exp_py.store import Store
from seq2exp_py.writers.table import write_table

FORMAT = {"format": "seq2exp-annotation", "version": 1}


def annotate(genome: Path, cell: Path, predictions: Sequence[Path], out: Path, settings: Settings) -> None:
    """Write the tracks, elements, links and expression tables of one cell × model.

    Args:
        genome: genome store.
        cell: store of the cell.
        predictions: prediction folders, one per seed.
        out: folder that gets masks/, elements/, links/, expression/ and annotation/.
        settings: see `Settings`.
    """
    store, seeds = Store.open(genome, [cell]), Seeds.open(predictions)
    found = None
    if seeds.masked:
        tracks.write_tracks(seeds, store.genome.chromosomes, out / "masks")
        found = masked(store, seeds, out, settings)
    table = expression.full_table(seeds.expression(), None if found is None else found.elements)
    write_table(table, out / "expression" / f"{seeds.name}.expression.tsv")
    expression.write_htseq(table, store.genes["gene_id"].tolist(), out / "expression" / seeds.name, settings.scale)
    write_summary(out, seeds, settings, found)


class Found(NamedTuple):
    """Elements and links of a cell × model, and the probability from which on links are drawn."""

    elements: pd.DataFrame
    links: pd.DataFrame
    threshold: float


def masked(store: Store, seeds: Seeds, out: Path, settings: Settings) -> Found:
    """Write elements and links, and return them."""
    sizes, evidence = dict(store.genome.chromosomes), Evidence.of(store)
    called = elements.call(seeds, store.genes, evidence, store.genome.folder / "excluded.bed", settings.elements)
    calibration = Calibration.load(settings.calibration)
    threshold = calibration.threshold if settings.links.threshold is None else settings.links.threshold
    cell = CellEvidence(store, width=seeds.window, resolution=min(GRID, seeds.window // 2))
    table = linked.link(seeds, cell, called, evidence, calibration, settings.links)
    called = linked.with_probability(called, table)
    say(f"{seeds.name}: {len(called)} elements of {called['gene_id'].nunique()} genes, {len(table)} links")
    elements.write_elements(called, out / "elements" / seeds.name, sizes)
    stem = out / "links" / seeds.name
    links.write_links(table, threshold, stem, seeds.name, sizes)
    if settings.abc_table:
        links.write_gzipped(links.abc_table(table, seeds.cell), stem.with_name(f"{stem.name}.abc.tsv.gz"))
    return Found(called, table, threshold)


def write_summary(out: Path, seeds: Seeds, settings: Settings, found: Found | None) -> None:
    """Write `annotation/<cell>.<model>.json`: how the files beside it were made."""
    said: dict[str, Any] = {
        **FORMAT,
        "cell": seeds.cell,
        "model": seeds.model,
        "seeds": list(seeds.seeds),
        "masked": seeds.masked,
        "floor": seeds.floor,
        "forced": seeds.forced,
        "tau": seeds.tau,
        "rules": settings.elements.model_dump(),
        "link_rules": settings.links.model_dump(),
        "elements": None if found is None else len(found.elements),
        "distal": None if found is None else int((found.elements["rank"] > 0).sum()),
        "classes": None if found is None else found.elements["class"].value_counts().to_dict(),
        "links": None if found is None else len(found.links),
        "link_threshold": None if found is None else found.threshold,
        "calibration": Calibration.load(settings.calibration).provenance,
        "scale": settings.scale,
    }
    with whole(out / "annotation" / f"{seeds.name}.json") as temporary:
        temporary.write_text(json.dumps(said, indent=1) + "\n")

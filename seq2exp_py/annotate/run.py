"""All that is drawn or listed about one cell × model."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from seq2exp_py.annotate import elements, expression, links, tracks
from seq2exp_py.annotate.classes import Evidence
from seq2exp_py.annotate.rules import Rules
from seq2exp_py.files import whole
from seq2exp_py.inference.seeds import Seeds
from seq2exp_py.progress import say
from seq2exp_py.store import Store
from seq2exp_py.writers.table import write_table

FORMAT = {"format": "seq2exp-annotation", "version": 1}


def annotate(genome: Path, cell: Path, predictions: Sequence[Path], out: Path, rules: Rules, scale: float) -> None:
    """Write the tracks, elements, links and expression tables of one cell × model.

    Args:
        genome: genome store.
        cell: store of the cell.
        predictions: prediction folders, one per seed.
        out: folder that gets masks/, elements/, links/, expression/ and annotation/.
        rules: what makes an element.
        scale: pseudo-counts per unit of expression.
    """
    store, seeds = Store.open(genome, [cell]), Seeds.open(predictions)
    found = None
    if seeds.masked:
        tracks.write_tracks(seeds, store.genome.chromosomes, out / "masks")
        found = masked(store, seeds, out, rules)
    table = expression.full_table(seeds.expression(), found)
    write_table(table, out / "expression" / f"{seeds.name}.expression.tsv")
    expression.write_htseq(table, store.genes["gene_id"].tolist(), out / "expression" / seeds.name, scale)
    write_summary(out, seeds, rules, found, scale)


def masked(store: Store, seeds: Seeds, out: Path, rules: Rules) -> pd.DataFrame:
    """Write elements and links; return the elements."""
    sizes = dict(store.genome.chromosomes)
    found = elements.call(seeds, store.genes, Evidence.of(store), store.genome.folder / "excluded.bed", rules)
    say(f"{seeds.name}: {len(found)} elements of {found['gene_id'].nunique()} genes")
    elements.write_elements(found, out / "elements" / seeds.name, sizes)
    links.write_links(links.links(found, store.genes, seeds.name), out / "links" / seeds.name, sizes)
    return found


def write_summary(out: Path, seeds: Seeds, rules: Rules, found: pd.DataFrame | None, scale: float) -> None:
    """Write `annotation/<cell>.<model>.json`: how the files beside it were made."""
    said: dict[str, Any] = {
        **FORMAT,
        "cell": seeds.cell,
        "model": seeds.model,
        "seeds": list(seeds.seeds),
        "masked": seeds.masked,
        "floor": seeds.floor,
        "rules": rules.model_dump(),
        "elements": None if found is None else len(found),
        "classes": None if found is None else found["class"].value_counts().to_dict(),
        "scale": scale,
    }
    with whole(out / "annotation" / f"{seeds.name}.json") as temporary:
        temporary.write_text(json.dumps(said, indent=1) + "\n")

"""Element-gene pairs that CRISPRi tested (ENCODE distal-regulation benchmark)."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from seq2exp_py.errors import InputError

NEEDED = "chrom chromStart chromEnd chrTSS startTSS endTSS measuredGeneSymbol measuredGeneEnsemblId Regulated CellType".split()


@dataclass(frozen=True)
class Pairs:
    """Tested pairs, one row each: chrom, start, end, tss, gene_name, gene_id, dataset, regulated (bool), distance (bp)."""

    table: pd.DataFrame

    @classmethod
    def read(cls, path: Path, cell: str) -> "Pairs":
        """Read the pairs of a cell from a table of the CRISPR benchmark (TSV, optionally gzipped).

        Raises:
            InputError: where a column is missing.
        """
        raw = pd.read_csv(path, sep="\t", low_memory=False)
        missing = [c for c in NEEDED if c not in raw]
        if missing:
            raise InputError(f"{path}: column {missing[0]} is missing: expected a table of the ENCODE CRISPR benchmark")
        raw = raw[raw["CellType"].astype(str) == cell]
        if "ValidConnection" in raw:
            raw = raw[raw["ValidConnection"].astype(str).str.upper() == "TRUE"]
        tss = (raw["startTSS"] + raw["endTSS"]) // 2
        table = pd.DataFrame({"chrom": raw["chrom"], "start": raw["chromStart"], "end": raw["chromEnd"], "tss": tss})
        table["gene_name"] = raw["measuredGeneSymbol"]
        table["gene_id"] = raw["measuredGeneEnsemblId"].astype(str).str.split(".").str[0]
        table["dataset"] = raw["Dataset"].fillna("").astype(str) if "Dataset" in raw else ""
        table["regulated"] = raw["Regulated"].astype(str).str.upper() == "TRUE"
        middle = (table["start"] + table["end"]) // 2
        table["distance"] = raw["distanceToTSS"].abs() if "distanceToTSS" in raw else (middle - tss).abs()
        return cls(table.reset_index(drop=True))

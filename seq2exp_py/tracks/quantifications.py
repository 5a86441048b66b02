"""Gene quantifications as archives publish them (RSEM's table of RNA-seq): one column of values out of many."""

from pathlib import Path

import pandas as pd

from seq2exp_py.errors import InputError
from seq2exp_py.genome.lines import open_text
from seq2exp_py.tracks.catalogue import Remote

GENE = "gene_id"
ENSEMBL = "ENS"  # what ids of genes begin with; spike-ins and tRNA have others


def lacks_column(remote: Remote, path: Path) -> str | None:
    """What is wrong where a table of expression has no column of the unit that the catalogue says; else None."""
    wanted = str(remote.column).replace("{cell}", remote.cell)
    try:
        with open_text(path) as handle:
            header = handle.readline(100_000).rstrip("\r\n")
    except (OSError, EOFError) as error:
        return f"cannot be read as a table ({error})"
    columns = header.split("," if remote.format == "csv" else "\t")
    if wanted in [column.strip().strip('"') for column in columns]:
        return None
    shown = ", ".join(columns[:12])[:300]
    return f"has no column '{wanted}', so its values are not {remote.output_type}; its columns are {shown}"


def extract(path: Path, column: str, out: Path) -> None:
    """Write the genes of a table and one of its columns: TSV with `gene_id` (Ensembl, versions kept) and `column`.

    Raises:
        InputError: it has no such columns, or no Ensembl gene.
    """
    try:
        table = pd.read_csv(path, sep="\t", dtype=str, usecols=[GENE, column])
    except (ValueError, OSError) as error:
        raise InputError(f"{path}: expected a table of tabs with the columns {GENE} and {column} ({error})") from None
    genes = table[table[GENE].str.startswith(ENSEMBL, na=False)]
    if genes.empty:
        raise InputError(f"{path}: column '{GENE}' has no Ensembl gene; it begins with {', '.join(table[GENE].astype(str)[:3])}")
    genes[[GENE, column]].to_csv(out, sep="\t", index=False)

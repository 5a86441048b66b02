"""`seq2exp call-peaks`."""

from pathlib import Path

import click

from seq2exp_py.errors import InputError

FILE = click.Path(path_type=Path)
PREFERRED = ("DNase", "ATAC")  # what the paper calls peaks from, and its nearest kin
P_VALUE = 0.1  # lenient, as where the ABC model calls its peaks


@click.command(context_settings={"show_default": True})
@click.option("--input", "sheet", type=FILE, required=True, help="Samplesheet (CSV: cell,assay,path,…).")
@click.option("--cell", required=True, help="The cell, by its name in the samplesheet.")
@click.option("--assay", help="Track to call peaks from.  [default: DNase, else ATAC]")
@click.option("--genome", type=FILE, help="Genome store: its chromosomes are used, and their total length is the genome size.")
@click.option(
    "--genome-size", default="", help="Effective genome size for reads: bases, hs or mm.  [default: of --genome, else hs]"
)
@click.option("--p-value", type=click.FloatRange(0, 1, min_open=True), default=P_VALUE, help="Peaks are less likely by chance.")
@click.option("--out", type=FILE, required=True, help="narrowPeak file to write. It appears whole or not at all.")
def command(sheet: Path, cell: str, assay: str | None, genome: Path | None, genome_size: str, p_value: float, out: Path) -> None:
    """Call a cell's peaks with MACS3: from its reads, or from its signal track where there are none.

    Reads: macs3 callpeak --nomodel --shift -75 --extsize 150 --keep-dup all (the settings of the ABC model). Signal: macs3
    bdgpeakcall above the height that the Poisson background of the whole track reaches with probability P_VALUE.
    """
    from seq2exp_py.store import contents
    from seq2exp_py.tracks import formats, macs3, samplesheet

    rows = samplesheet.read(sheet, [cell], unknown_assays=True)
    chosen = assay or next((name for name in PREFERRED if rows.rows(cell, name)), None)
    if chosen is None or chosen in formats.RESERVED or not rows.rows(cell, chosen):
        have = samplesheet.listed(rows.signals(cell))
        raise InputError(f"{sheet}: cell {cell} has no {chosen or 'DNase or ATAC'} track; name one of {have} with --assay")
    sizes = contents.read_manifest(genome, contents.GenomeManifest).chromosomes if genome else None
    macs3.call(rows.rows(cell, chosen), out, sizes, genome_size, p_value)


if __name__ == "__main__":
    from seq2exp_py.cli import execute

    execute(command)

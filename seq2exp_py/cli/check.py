"""`seq2exp check`: look at every input file before anything is computed."""

import json
from pathlib import Path
from typing import Any

import click

from seq2exp_py.files import whole
from seq2exp_py.genome.paper import SPLITS
from seq2exp_py.notes import say_all
from seq2exp_py.progress import say

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("check")
@click.option("--input", "samplesheet", required=True, type=FILE, help="Samplesheet: CSV with cell,assay,path[,index,format,…].")
@click.option("--fasta", required=True, type=FILE, help="Genome: FASTA, plain, bgzip or gzip.")
@click.option("--genes", required=True, type=FILE, help="Genes: GTF, GFF3, BED or a table.")
@click.option("--blacklist", type=FILE, help="BED of bases whose mask is always 0.")
@click.option("--cells", help="Cells to use, separated by commas (all).")
@click.option("--features", type=FILE, help="mRNA features: a table by gene, or a GTF or GFF3.")
@click.option("--splits", default=SPLITS, show_default=True, help="Chromosomes or stretches by split, or a split table.")
@click.option("--split-column", help="Column of the split table.")
@click.option("--window", default=200_000, show_default=True, help="Bases around a TSS.")
@click.option("--gene-type", default="protein_coding", show_default=True, help="Type of the genes to keep; 'all' keeps all.")
@click.option("--sizes", type=FILE, help="chrom.sizes with chromosomes that the FASTA lacks.")
@click.option("--chromosomes", type=click.Choice(["exact", "match"]), default="exact", help="match: pair 22 with chr22.")
@click.option("--contact-norm", default="auto", show_default=True, help="Normalisation of contact maps: VC, KR, SCALE, ICE, NONE.")
@click.option("--expression-column", help="Column of the expression tables; {cell} stands for the cell.")
@click.option(
    "--expression-unit", type=click.Choice(["raw", "log10p1"]), default="raw", show_default=True, help="Unit of expression."
)
@click.option("--allow-unmeasured", is_flag=True, help="Allow genes without expression in any cell.")
@click.option("--allow-unknown-assays", is_flag=True, help="Take an assay with nearly the name of a known one as another track.")
@click.option("--crispri", type=FILE, help="Table of CRISPRi pairs that `evaluate` will be given.")
@click.option(
    "--truth",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the elements that truly act, that `evaluate` will be given.",
)
@click.option("--extra-track", "extra", multiple=True, help="NAME=PATH of a BED or BEDPE file that `hub` will be given.")
@click.option("--call-peaks", is_flag=True, help="Cells without peaks will get them from MACS3: check that they can.")
@click.option("--keep-going", is_flag=True, help="Leave out cells that cannot be used, unless none can; OUT/refused.json says why.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for samplesheet.json, the rows with full paths."
)
def command(
    cells: str | None,
    gene_type: str,
    chromosomes: str,
    extra: tuple[str, ...],
    call_peaks: bool,
    keep_going: bool,
    out: Path | None,
    **options: Any,
) -> None:
    """Check every input file, and the inputs against each other.

    Prints one sentence for everything that is wrong, and exits with status 2 if anything is.
    """
    from seq2exp_py.cli._check import checked, named, usable
    from seq2exp_py.tracks.check import Request

    request = Request(
        cells=[cell.strip() for cell in cells.split(",") if cell.strip()] if cells else None,
        gene_type=None if gene_type == "all" else gene_type,
        match=chromosomes == "match",
        extra=[named(track) for track in extra],
        **options,
    )
    sheet, notes, refused = usable(request, call_peaks) if keep_going else (*checked(request, call_peaks), {})
    for cell, reason in refused.items():
        say(f"warning: cell {cell} is left out: {reason}")
    say_all(notes)
    if out is not None:
        with whole(out / "samplesheet.json") as path:
            path.write_text(json.dumps([row.model_dump(mode="json") for row in sheet.rows()], indent=1) + "\n")
        if refused:
            with whole(out / "refused.json") as path:
                path.write_text(json.dumps(refused, indent=1) + "\n")
    say(f"{request.samplesheet}: {len(sheet.rows())} files of {len(sheet.cells)} cells can be used ({', '.join(sheet.cells)})")

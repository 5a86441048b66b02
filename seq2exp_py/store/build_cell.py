"""Make the store of one cell: its signals, contacts, peaks, expression and promoter activity."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seq2exp_py import files
from seq2exp_py.errors import InputError
from seq2exp_py.genome import blacklist
from seq2exp_py.notes import Note, kept, say_all
from seq2exp_py.progress import counted, say
from seq2exp_py.store import contacts, contents, promoter, sparse, windows
from seq2exp_py.store.crowding import crowding
from seq2exp_py.store.maps import Maps
from seq2exp_py.store.read import GenomeStore
from seq2exp_py.tracks import check_files, expression, formats, gene_list, names, peaks, samplesheet
from seq2exp_py.tracks.contacts import open_contacts
from seq2exp_py.tracks.options import CellOptions
from seq2exp_py.tracks.samplesheet import Row, Samplesheet
from seq2exp_py.tracks.scale import Accumulator
from seq2exp_py.tracks.signal import open_replicates


def build_cell(given: CellOptions, out: Path) -> None:
    """Make the cell store `out`; it appears whole or not at all.

    Raises:
        InputError: an input cannot be used.
    """
    genome = GenomeStore(given.genome)
    with kept() as notes, files.whole(out) as folder:
        sheet = samplesheet.read(given.samplesheet, [given.cell], given.allow_unknown_assays)
        folder.mkdir()
        checksums: dict[str, str] = {}
        tracks = [
            _write_track(folder, genome, sheet.rows(given.cell, name), name, given, checksums) for name in sheet.signals(given.cell)
        ]
        _write_peaks(folder, genome, sheet.rows(given.cell, "peaks"), checksums)
        table = _contacts(genome, sheet.rows(given.cell, "HiC"), given)
        _write_contacts(folder, table)
        observed, source = _expression(genome, sheet.rows(given.cell, "expression"), given)
        activity, rule = _activity(folder, genome, sheet, given.cell, [t.name for t in tracks], checksums)
        strength = promoter.strengths(_reader(folder, checksums), tracks, _sites(genome))
        genes = pd.DataFrame({"gene_id": genome.genes.gene_id, "observed": observed, "promoter_activity": activity})
        genes["strength"], genes["crowding"] = strength, _crowding(genome, strength)
        genes.to_parquet(folder / "genes.parquet", index=False)
        checksums |= {name: files.sha256(folder / name) for name in ("contacts.npy", "contacts.json", "genes.parquet")}
        manifest = contents.CellManifest(
            cell=given.cell,
            genome=contents.GenomeRef(name=genome.manifest.name, chromosomes=genome.chromosomes),
            tracks=tracks,
            contacts=table.info,
            expression=source,
            promoter_activity=rule,
            notes=notes,
            inputs=_inputs(sheet),
            files=checksums,
        )
        contents.write_manifest(folder, manifest)
        _report(manifest, genome)


def _sites(genome: GenomeStore) -> list[tuple[str, int]]:
    """Chromosome and TSS of every gene."""
    return list(zip(genome.genes.chrom.tolist(), genome.genes.tss.tolist(), strict=True))


def _write_track(
    folder: Path, genome: GenomeStore, rows: Sequence[Row], name: str, given: CellOptions, checksums: dict[str, str]
) -> contents.TrackInfo:
    """Write the mean of a track's replicates over every chromosome; note checksums; return the track's constants."""
    constants = Accumulator()
    for row in rows:
        check_files.signal(row, genome.chromosomes)
    with open_replicates(rows, genome.chromosomes, given.extension) as signal:

        def blocks(chrom: str, size: int) -> Iterator[NDArray[np.float32]]:
            for start, end in sparse.spans(size):
                block = signal.values(chrom, start, end)
                constants.add(block)
                yield block.astype(contents.SIGNAL, copy=False)

        for chrom, size in counted(genome.chromosomes.items(), name, len(genome.chromosomes)):
            file = f"signals/{name}/{chrom}.f32"
            found = sparse.write(folder / file, blocks(chrom, size), 4 * size)
            checksums |= {file: found} if found else {}
    c = constants.constants()
    return contents.TrackInfo(name=name, **asdict(c))


def _write_peaks(folder: Path, genome: GenomeStore, rows: Sequence[Row], checksums: dict[str, str]) -> None:
    """Write 1 for each base in a peak of any of the files."""
    found = [_named(row, genome) for row in rows]
    if not found:
        return
    by_chrom = dict(list(blacklist.merge(pd.concat(found)).groupby("chrom")))
    for chrom, size in genome.chromosomes.items():
        if chrom in by_chrom:
            starts, ends = (by_chrom[chrom][c].to_numpy(np.int64) for c in ("start", "end"))
            name = f"peaks/{chrom}.u8"
            checksum = sparse.write(folder / name, _flags(starts, ends, size), size)
            checksums |= {name: checksum} if checksum else {}


def _named(row: Row, genome: GenomeStore) -> pd.DataFrame:
    """Peaks of a file by the genome's chromosome names; those on other chromosomes are dropped."""
    check_files.peak(row, genome.chromosomes)
    frame = peaks.read(row.path, row.format)
    ours = {theirs: name for name, theirs in names.of_file(row, frame.chrom.unique(), genome.chromosomes).items()}
    return frame.assign(chrom=frame.chrom.map(ours)).dropna(subset="chrom")


def _flags(starts: NDArray[np.int64], ends: NDArray[np.int64], size: int) -> Iterator[NDArray[np.uint8]]:
    """1 inside the intervals, block by block."""
    for start, end in sparse.spans(size):
        inside = np.empty(end - start, bool)
        windows.mark(starts, ends, start, inside)
        yield inside.view(np.uint8)


def _contacts(genome: GenomeStore, rows: Sequence[Row], given: CellOptions) -> contacts.Table:
    """Contacts of every gene from the cell's map, or by the power law."""
    half, sites = genome.manifest.window // 2, _sites(genome)
    if not rows:
        return contacts.tabulate(None, None, {}, sites, half, given.contact_scaling)
    check_files.contacts(rows[0], genome.chromosomes, given.contact_norm)
    with open_contacts(rows[0].path, given.contact_norm, format=rows[0].format or None) as found:
        known = names.of_file(rows[0], found.chroms, genome.chromosomes, found.sizes)
        table = contacts.tabulate(found, rows[0].path, known, sites, half, given.contact_scaling)
        found.bounds.note_contacts(rows[0].path)
        return table


def _write_contacts(folder: Path, table: contacts.Table) -> None:
    np.save(folder / "contacts.npy", table.values)
    said = {"half": table.info.half, "bin_size": table.info.bin_size, "source": table.sources}
    (folder / "contacts.json").write_text(json.dumps(said) + "\n")


def _expression(
    genome: GenomeStore, rows: Sequence[Row], given: CellOptions
) -> tuple[NDArray[np.float64], contents.ExpressionInfo]:
    """log10(x + 1) of every gene, NaN where not measured."""
    genes = genome.genes
    if not rows:
        Note.NO_EXPRESSION.add(path=given.samplesheet, cell=given.cell)
        return np.full(len(genes), np.nan), contents.ExpressionInfo(source=None)
    values = expression.read(rows[0].path, given.expression_column, given.expression_unit, given.cell)
    observed = expression.match(values, genes.gene_id, genes.gene_name).to_numpy(float)
    measured = int(np.isfinite(observed).sum())
    if not measured:
        raise InputError(
            f"{rows[0].path}: none of the genome's genes is in it; expected Ensembl ids or gene names in its first column"
        )
    column = str(values.attrs["column"])
    return observed, contents.ExpressionInfo(source=rows[0].path.name, column=column, unit=given.expression_unit, genes=measured)


def _activity(
    folder: Path, genome: GenomeStore, sheet: Samplesheet, cell: str, tracks: Sequence[str], checksums: dict[str, str]
) -> tuple[NDArray[np.float64], str]:
    """Promoter activity of every gene, by the ABC gene list if there is one, else from the tracks just written."""
    rows = sheet.rows(cell, "ABC")
    if rows:
        return gene_list.activity(rows[0].path, genome.genes)
    return promoter.from_signals(_reader(folder, checksums), tracks, _sites(genome))


def _reader(folder: Path, checksums: dict[str, str]) -> promoter.Signals:
    """Reads the tracks just written."""
    maps = Maps(folder, checksums)
    return lambda track, chrom: maps.get(f"signals/{track}/{chrom}.f32", contents.SIGNAL)


def _crowding(genome: GenomeStore, strength: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much room the promoter of each gene has among those of its chromosome in this cell."""
    return crowding(genome.genes.chrom.to_numpy(str), genome.genes.tss.to_numpy(np.int64), strength)


def _inputs(sheet: Samplesheet) -> dict[str, contents.InputFile]:
    """The cell's files, each by assay and replicate."""
    found = {}
    for row in sheet.all_rows:
        path = Path(str(row.path).split("::")[0])
        found[f"{row.assay}.{row.replicate}"] = contents.InputFile.of(path)
        if row.barcodes:
            found[f"{row.assay}.{row.replicate}.barcodes"] = contents.InputFile.of(formats.file_of(row.barcodes))
    return found


def _report(manifest: contents.CellManifest, genome: GenomeStore) -> None:
    say_all(manifest.notes)
    total = len(genome.genes)
    tracks = ", ".join(t.name for t in manifest.tracks) or "none"
    say(
        f"{manifest.cell}: tracks {tracks}; contacts of {manifest.contacts.genes_hic} of {total} genes from a map, the rest by the "
        f"power law; expression of {manifest.expression.genes} of {total} genes"
    )

"""Which barcodes have a label: a table of barcodes, or the cells (`obs`) of an .h5ad where anndata is installed."""

from functools import lru_cache
from pathlib import Path

import pandas as pd

from seq2exp_py.errors import InputError, meant
from seq2exp_py.genome import tables
from seq2exp_py.tracks import formats

LABEL = "label"  # the column where the samplesheet names none
BARCODE = ("barcode", "barcodes", "row names")
SHOWN = 20  # labels listed in a sentence


def of_label(table: Path, label: str) -> frozenset[str]:
    """The barcodes of a label.

    Args:
        table: `labels.tsv` or `cells.h5ad`, the column of labels after `::` (`cells.h5ad::cell_type`), else `label`.
        label: as it stands in the table.

    Raises:
        InputError: the table cannot be read, a barcode has two labels, or none has this one.
    """
    path = formats.file_of(table)
    status = path.stat() if path.is_file() else None
    labels = _labels(path, str(table).partition("::")[2] or LABEL, (status.st_mtime_ns, status.st_size) if status else None)
    found = frozenset(labels.index[labels == label])
    if not found:
        known = sorted(set(labels) - {""})
        listed = ", ".join(known[:SHOWN]) + (f" and {len(known) - SHOWN} more" if len(known) > SHOWN else "")
        raise InputError(
            f"{table}: no barcode has the label '{label}'; its labels are {listed or 'none'}{meant(label, known)}; name one of "
            "them in column 'label' of the samplesheet, or call the cell so"
        )
    return found


@lru_cache(maxsize=4)  # every label of a file asks for the same table
def _labels(path: Path, column: str, _stamp: tuple[int, int] | None) -> "pd.Series[str]":
    """The label of each barcode, the barcodes being the index; `_stamp` tells the file from another of the same name."""
    labels = _of_h5ad(path, column) if path.suffix == ".h5ad" else _of_text(path, column)
    twice = labels.groupby(level=0).nunique()
    if (twice > 1).any():
        raise InputError(f"{path}: barcode {twice.index[twice > 1][0]} has several labels; give each barcode one")
    return labels[~labels.index.duplicated()]


def _of_text(path: Path, column: str) -> "pd.Series[str]":
    frame = tables.read(path)
    return frame.set_index(tables.need(frame, path, *BARCODE))[tables.need(frame, path, column)]


def _of_h5ad(path: Path, column: str) -> "pd.Series[str]":
    try:
        import anndata  # type: ignore[import-not-found,unused-ignore]  # optional
    except ImportError:
        raise InputError(
            f"{path}: reading an .h5ad needs the package anndata, which is not installed; pip install anndata, or give the labels "
            f"as a table: adata.obs['{column}'].to_csv('labels.tsv', sep='\\t', index_label='barcode')"
        ) from None
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    try:
        obs: pd.DataFrame = anndata.read_h5ad(path, backed="r").obs
    except Exception as error:  # whatever HDF5 and anndata say of a file that is none
        raise InputError(f"{path}: cannot be read as .h5ad ({' '.join(str(error).split())[:200]}); copy it again") from None
    if column not in obs:
        columns = [str(name) for name in obs.columns]
        raise InputError(f"{path}: obs has no column '{column}'; its columns are {', '.join(columns)}{meant(column, columns)}")
    return pd.Series(obs[column].astype(str).to_numpy(), index=obs.index.astype(str))

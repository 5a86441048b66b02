"""The average contact map of the ABC model, tens of GB of text, thinned once to the pairs that a gene's window can reach.

A line is a chromosome, the first bases of two bins of 5 kb, and a contact; lines before them begin with `#` (read from the ABC
model's script that splits the file, `workflow/scripts/extract_avg_hic.py`; no line of the file itself was at hand).
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd

from seq2exp_py.errors import InputError
from seq2exp_py.files import whole
from seq2exp_py.tracks.contacts import BIN_SIZE

REACH = 500_000  # bp between two bins, beyond which a pair is dropped: windows of up to twice this are served
LINES = 2_000_000  # read at once
COLUMNS = {"chrom": str, "x": np.int64, "y": np.int64, "count": np.float64}


def thin(path: Path, sizes: Mapping[str, int], out: Path) -> None:
    """Write the pairs within `REACH` as a .cool with bins of 5 kb; it appears whole or not at all.

    Args:
        path: the map, gzip.
        sizes: bp of the assembly's chromosomes; others in the file are left out.
        out: the .cool file.

    Raises:
        InputError: a line is none of these, or no pair is on these chromosomes.
    """
    import cooler  # slow to import, and only FETCH averages maps

    bins = cooler.binnify(pd.Series(dict(sizes)), BIN_SIZE)
    first = bins.groupby("chrom", observed=True, sort=False).head(1)
    offset = {str(chrom): int(index) for chrom, index in zip(first["chrom"], first.index, strict=True)}
    pixels = _pixels(path, offset, sizes)
    begun = next(pixels, None)
    if begun is None:
        raise InputError(f"{path}: has no contact within {REACH:,} bp on any of {', '.join(list(sizes)[:5])}, …")
    with whole(out) as temporary:
        cooler.create_cooler(str(temporary), bins, chain([begun], pixels), dtypes={"count": float}, ordered=False)


def _pixels(path: Path, offset: Mapping[str, int], sizes: Mapping[str, int]) -> Iterator[pd.DataFrame]:
    try:
        with pd.read_csv(
            path, sep="\t", header=None, names=list(COLUMNS), usecols=range(4), dtype=COLUMNS, comment="#", chunksize=LINES,
            compression="gzip",
        ) as chunks:  # fmt: skip
            for chunk in chunks:
                known = chunk[chunk["chrom"].isin(set(offset))]
                reach = (known["x"] - known["y"]).abs() <= REACH
                near = known[reach & (known[["x", "y"]].max(axis=1) < known["chrom"].map(sizes).astype(float))]
                if near.empty:
                    continue
                start = near["chrom"].map(offset).to_numpy(np.int64)
                one, two = (start + near[c].to_numpy(np.int64) // BIN_SIZE for c in ("x", "y"))
                pixels = pd.DataFrame({"bin1_id": np.minimum(one, two), "bin2_id": np.maximum(one, two), "count": near["count"]})
                yield pixels.drop_duplicates(["bin1_id", "bin2_id"]).sort_values(["bin1_id", "bin2_id"])
    except (ValueError, OSError, EOFError) as error:
        raise InputError(f"{path}: is not a map of chromosome, bin, bin and contact in gzip ({error})") from None

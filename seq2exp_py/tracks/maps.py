"""Contact maps on disk: .cool, .mcool and .hic by hictk, and pairs in bedpe."""

from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seq2exp_py.errors import InputError
from seq2exp_py.genome import lines
from seq2exp_py.tracks import formats, hic_header
from seq2exp_py.tracks.text import heading, intervals
from seq2exp_py.tracks.values import LARGEST, Bounds

NONE = "NONE"
PREFERRED = ("VC", "weight")  # what "auto" takes, the first that the file has; the paper's data are VC
COUNT_COLUMNS = ("count", "counts", "contacts", "observed", "score")
SCORE_COLUMN = 7  # of bedpe, from 0
DAMAGED = (OSError, RuntimeError, KeyError, ValueError, AttributeError, TypeError)  # what cooler and hictk raise on a broken file


class PixelMap:
    """A .cool, .mcool or .hic map, read by hictk a window at a time (equal to cooler's, some 20 times as fast)."""

    partial = False

    def __init__(self, path: Path, format: str, norm: str, bin_size: int) -> None:
        self.path, self.bounds = path, Bounds()
        try:
            self._file: Any = _open_hic(path, bin_size) if format == "hic" else _open_cool(path, format, bin_size)
            self.bin_size = int(self._file.resolution())
            self.sizes: dict[str, int] = {str(k): int(v) for k, v in self._file.chromosomes().items()}
            self.normalisation = _choose(path, norm, [str(name) for name in self._file.avail_normalizations()])
            ice = self.normalisation == "weight" and format != "hic"
            self._unit = _ice_units(self._file) if ice else dict.fromkeys(self.sizes, 1.0)
        except DAMAGED as error:
            kind = ".hic" if format == "hic" else "cooler"
            raise InputError(f"{path}: is truncated or not a {kind} file ({_first_line(error)})") from None

    @property
    def chroms(self) -> tuple[str, ...]:
        """Names of the chromosomes in the file."""
        return tuple(self.sizes)

    def row(self, chrom: str, bin: int, first: int, last: int) -> NDArray[np.float32]:
        """Contacts of `bin` with bins `first … last - 1`: NaN where masked, 0 where the map has no pair or ends."""
        out = np.zeros(last - first, dtype=np.float32)
        size = self.sizes[chrom]
        bins = -(-size // self.bin_size)
        left, right = max(min(first, bin), 0), min(max(last, bin + 1), bins)
        if not 0 <= bin < bins or left >= right:
            return out
        where = f"{chrom}:{left * self.bin_size}-{min(right * self.bin_size, size)}"
        try:
            square = self._file.fetch(where, normalization=self.normalisation, count_type="float64").to_numpy()
        except DAMAGED as error:
            raise InputError(f"{self.path}: is truncated or damaged at {where} ({_first_line(error)})") from None
        inside = slice(max(first, left), min(last, right))
        row = square[bin - left, inside.start - left : inside.stop - left] * self._unit[chrom]
        out[inside.start - first : inside.stop - first] = self.bounds.put_contacts(row)
        return out

    def unbalanced(self) -> list[str]:
        """Chromosomes on which no bin has a weight of the normalisation, so that their contacts are all masked."""
        if self.normalisation == NONE:
            return []
        try:
            weights = np.asarray(self._file.weights(self.normalisation), float)
        except DAMAGED as error:
            raise InputError(f"{self.path}: its {self.normalisation} weights cannot be read ({_first_line(error)})") from None
        edges = np.cumsum([0, *(-(-size // self.bin_size) for size in self.sizes.values())])
        return [chrom for chrom, a, b in zip(self.sizes, edges, edges[1:], strict=False) if not np.isfinite(weights[a:b]).any()]

    def close(self) -> None:
        """Close the file, which hictkpy does when it is dropped."""
        self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class LoopMap:
    """Pairs of anchors from a bedpe file, binned by the midpoints of their anchors; pairs in the same two bins add up.

    Counts are those of the column named count, counts, contacts, observed or score (in that order), without a header the score
    column; a pair without a number counts once. Only pairs within a chromosome are used. If no pair joins a bin with itself the
    file holds chosen pairs, such as loops, and `partial` is True.
    """

    normalisation = NONE

    def __init__(self, path: Path, bin_size: int) -> None:
        self.path, self.bin_size, self.bounds = path, bin_size, Bounds()
        self.sizes: dict[str, int] = {}
        pairs = _read_pairs(path)
        pairs = pairs.assign(count=self.bounds.put(pairs["count"].to_numpy(), lambda: LARGEST).astype(float))
        pairs = pairs[pairs["chrom1"].astype(str) == pairs["chrom2"].astype(str)]
        one = (pairs["start1"] + pairs["end1"]) // 2 // bin_size
        two = (pairs["start2"] + pairs["end2"]) // 2 // bin_size
        self.partial = not bool((one == two).any())
        table = pd.DataFrame(
            {"chrom": pairs["chrom1"].astype(str), "a": np.minimum(one, two), "b": np.maximum(one, two), "n": pairs["count"]}
        )
        self._counts = {str(chrom): rows.groupby(["a", "b"])["n"].sum() for chrom, rows in table.groupby("chrom")}

    @property
    def chroms(self) -> tuple[str, ...]:
        """Chromosomes with contacts in the file."""
        return tuple(self._counts)

    def unbalanced(self) -> list[str]:
        """None: pairs are counts."""
        return []

    def row(self, chrom: str, bin: int, first: int, last: int) -> NDArray[np.float32]:
        """Contacts of `bin` with bins `first … last - 1`; 0 where the file has no pair."""
        wanted = np.arange(first, last)
        index = pd.MultiIndex.from_arrays([np.minimum(wanted, bin), np.maximum(wanted, bin)])
        return self._counts[chrom].reindex(index, fill_value=0).to_numpy(np.float32)

    def close(self) -> None:
        """Nothing is open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _open_cool(path: Path, format: str, bin_size: int) -> Any:
    """The map of an .mcool with the wanted bin size, or the one map of a .cool, which may be coarser by a whole factor."""
    file = formats.file_of(path)
    import cooler  # slow to import, and most runs have no such map
    import hictkpy

    inside = cooler.fileops.list_coolers(str(file))
    uri = str(path) if "::" in str(path) else f"{file}::/resolutions/{bin_size}" if format == "mcool" else str(file)
    if (uri.partition("::")[2] or "/") not in inside:
        raise InputError(f"{file}: has no map with bins of {bin_size} bp; it has {', '.join(inside) or 'none'}")
    found = cooler.Cooler(uri).binsize
    if not found or found % bin_size:
        raise InputError(
            f"{path}: has bins of {found} bp; expected {bin_size} bp or a multiple of it (cooler zoomify -r {bin_size})"
        )
    return hictkpy.File(uri)


def _open_hic(path: Path, bin_size: int) -> Any:
    import hictkpy  # training and prediction read stores alone, also where it is not installed

    hic_header.check(path)
    file: Any = hictkpy.MultiResFile(str(path))
    there = [int(size) for size in file.resolutions()]
    if bin_size not in there:
        raise InputError(f"{path}: has no map with bins of {bin_size} bp; it has {', '.join(map(str, there))}")
    return file[bin_size]


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _choose(path: Path, norm: str, there: list[str]) -> str:
    """The normalisation to use: the one asked for, or by `auto` the first of `PREFERRED` that the file has."""
    if norm == "auto":
        return next((name for name in PREFERRED if name in there), NONE)
    wanted = "weight" if norm == "ICE" and "weight" in there else norm
    if wanted != NONE and wanted not in there:
        raise InputError(f"{path}: has no normalisation '{norm}'; it has {', '.join([*there, NONE])}")
    return wanted


def _ice_units(file: Any) -> dict[str, float]:
    """What ICE-balanced values of each chromosome are multiplied by to be counts again: cooler makes the rows of a balanced map
    add up to 1.

    The factor is the mean row sum that cooler keeps beside the weights (`scale`): one for the file, or, where chromosomes were
    balanced by themselves (`cooler balance --cis-only`), one for each. Where it is not kept, counts over balanced values.
    """
    name, _, group = str(file.uri()).partition("::")
    chroms = [str(chrom) for chrom in file.chromosomes()]
    from cooler.util import open_hdf5

    with open_hdf5(name, mode="r") as handle:
        kept = np.atleast_1d(np.asarray(handle[group or "/"]["bins/weight"].attrs.get("scale", np.nan), float))
    if len(kept) == 1 and np.isfinite(kept[0]):
        return dict.fromkeys(chroms, float(kept[0]))
    if len(kept) == len(chroms) > 1:
        return {chrom: float(unit) if np.isfinite(unit) else 1.0 for chrom, unit in zip(chroms, kept, strict=True)}
    sums = [[float(file.fetch(c, normalization=n, count_type="float64").sum()) for c in chroms] for n in (NONE, "weight")]
    return dict.fromkeys(chroms, sum(sums[0]) / sum(sums[1]) if sum(sums[1]) else 1.0)


def _score(path: Path) -> int | None:
    """The score column of a bedpe file without a header; None where it has fewer columns.

    Raises:
        InputError: some lines have a score and some have none.
    """
    widths = {len(line.split("\t")) > SCORE_COLUMN: number for number, line in lines.numbered(path)}
    if len(widths) == 2:
        raise InputError(
            f"{path}: line {widths[False]} has no column {SCORE_COLUMN + 1} (score), line {widths[True]} has one; "
            "expected the same columns in every line"
        )
    return SCORE_COLUMN if True in widths else None


def _read_pairs(path: Path) -> pd.DataFrame:
    """chrom1, start1, end1, chrom2, start2, end2 and count of every pair."""
    lower = [name.strip().lower() for name in heading(path)]
    column = next((lower.index(name) for name in COUNT_COLUMNS if name in lower), None if lower else _score(path))
    columns: dict[int, tuple[str, type]] = {
        0: ("chrom1", str),
        1: ("start1", int),
        2: ("end1", int),
        3: ("chrom2", str),
        4: ("start2", int),
        5: ("end2", int),
    }
    if column is not None:
        columns[column] = ("count", float)
    pairs = intervals(path, dict(sorted(columns.items())), header=True)
    return pairs if "count" in pairs else pairs.assign(count=1.0)

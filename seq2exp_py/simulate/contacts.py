"""Hi-C: distance decay, domains, loops of enhancers and of insulators, bin visibility and counting noise."""

from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array, triu

from seq2exp_py.simulate.elements import ANCHOR, decay
from seq2exp_py.simulate.world import Cell, World

FloatArray = NDArray[np.float64]

DEPTH = 150.0  # mean count of neighbouring 5 kb bins, as of K562 (Rao et al. 2014)
DIAGONAL = 2.2  # count within a bin over that of neighbours, likewise
ACROSS = 0.6  # contact across a domain boundary over that within
VISIBILITY = 0.25  # log sd of how well a bin is seen
DISPERSION = 0.02  # variance over the Poisson's, relative to the squared mean
INSULATOR_LOOP = 4.0  # enrichment between neighbouring insulators, none of it causal
SPARSE = 0.05  # share of the median row below which a bin is masked
ROUNDS = 50  # of balancing; rows are then within 1 % of each other
UNLINKED = 0.5  # chance that a promoter has a loop to a place where nothing regulates it


def pixels(world: World, cell: Cell) -> pd.DataFrame:
    """Draw one Hi-C experiment.

    Returns:
        bin1_id, bin2_id, count (positive, upper triangle), bins numbered through the chromosomes in order.
    """
    rng = world.config.rng("contacts", cell.name)
    tables, offset = [], 0
    loops = _loops(world, cell, rng)
    for chrom, size in world.config.sizes.items():
        band = _expected(world, chrom, size, rng)
        band *= _enrichment(band.shape, loops[chrom])
        counts = rng.poisson(band * rng.gamma(1 / DISPERSION, DISPERSION, band.shape))
        rows, distance = np.nonzero(counts)
        tables.append(
            pd.DataFrame({"bin1_id": rows + offset, "bin2_id": rows + distance + offset, "count": counts[rows, distance]})
        )
        offset += len(band)
    return pd.concat(tables, ignore_index=True).astype({"count": np.int32})


def balance(counts: pd.DataFrame, bins: int) -> FloatArray:
    """(bins,) weights that make every row of the matrix sum to 1 (as ICE and KR do); NaN for bins with hardly a contact.

    Args:
        counts: pixels of the upper triangle.
        bins: number of bins.
    """
    first, second = counts["bin1_id"].to_numpy(), counts["bin2_id"].to_numpy()
    upper = coo_array((counts["count"].to_numpy(float), (first, second)), shape=(bins, bins)).tocsr()
    matrix = upper + triu(upper, 1).T.tocsr()
    total = np.asarray(matrix.sum(axis=1)).ravel()
    kept = total > SPARSE * np.median(total)
    weights = np.where(kept, 1 / np.sqrt(np.maximum(total, 1)), 0.0)
    for _ in range(ROUNDS):
        rows = weights * (matrix @ weights)
        weights[kept] /= np.sqrt(rows[kept])
    return np.where(kept, weights, np.nan)


def _expected(world: World, chrom: str, size: int, rng: np.random.Generator) -> FloatArray:
    """(bins, distances) expected count of bins i and i + d; 0 beyond the end and on bins of N."""
    step = world.config.bin_size
    bins = -(-size // step)
    reach = min(bins, world.config.contact_range // step)
    seen = np.exp(VISIBILITY * rng.standard_normal(bins))
    codes = np.pad(world.sequence[chrom], (0, bins * step - size), constant_values=4).reshape(bins, step)
    seen *= 1 - (codes == 4).mean(axis=1)
    starts = [d.start for d in world.layout.domains if d.chrom == chrom]
    home = np.searchsorted(starts, np.arange(bins) * step + step // 2, side="right")
    first, second = np.arange(bins)[:, None], np.arange(bins)[:, None] + np.arange(reach)[None, :]
    inside, second = second < bins, np.minimum(second, bins - 1)
    scale = DEPTH * (step / 5_000) * decay(np.arange(reach, dtype=np.float64) * step, world.config, ANCHOR)
    scale[0] *= DIAGONAL
    band = scale * seen[first] * seen[second] * np.where(home[first] == home[second], 1.0, ACROSS)
    return np.asarray(np.where(inside, band, 0.0), dtype=np.float64)


def _loops(world: World, cell: Cell, rng: np.random.Generator) -> dict[str, list[tuple[int, int, float]]]:
    """Bin pairs and enrichments by chromosome: links (half in log where the enhancer sleeps here), insulators, and chance pairs."""
    config, elements = world.config, world.layout.elements
    bins = [e.place.centre // config.bin_size for e in elements]
    found: dict[str, list[tuple[int, int, float]]] = {chrom: [] for chrom in config.sizes}
    for link in world.layout.links:
        factor = link.loop if cell.activity[link.element] > 0 else link.loop**0.5
        tss = world.transcripts[link.gene].gene.tss
        found[elements[link.element].place.chrom].append((bins[link.element], tss // config.bin_size, factor))
    bound = world.layout.of_kind("insulator") & (cell.chromatin > 0)
    for chrom, loops in found.items():
        sites = [b for b, e, here in zip(bins, elements, bound, strict=True) if here and e.place.chrom == chrom]
        loops += [(a, b, INSULATOR_LOOP) for a, b in pairwise(sites)]
    for gene in (t.gene for t in world.transcripts):
        away = int(rng.integers(config.nearest, config.reach)) * int(rng.choice([-1, 1]))
        factor = config.loop_mean * float(np.exp(config.loop_sigma * rng.standard_normal()))
        if rng.random() < UNLINKED:
            found[gene.body.chrom].append((gene.tss // config.bin_size, (gene.tss + away) // config.bin_size, factor))
    return found


def _enrichment(shape: tuple[int, ...], loops: list[tuple[int, int, float]]) -> FloatArray:
    """(bins, distances) enrichment of each bin pair: of the strongest loop there, and 0.3 of its excess on the pairs around it."""
    band = np.ones(shape)
    for first, second, factor in loops:
        low, high = sorted((first, second))
        for i in range(low - 1, low + 2):
            for j in range(high - 1, high + 2):
                if 0 <= i < j < shape[0] and j - i < shape[1]:
                    share = 1.0 if (i, j) == (low, high) else 0.3
                    band[i, j - i] = max(band[i, j - i], 1 + (factor - 1) * share)
    return band

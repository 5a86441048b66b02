"""Hi-C: distance decay, domains, loops of enhancers and of insulators, bin visibility and counting noise."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seq2exp_py.simulate.elements import decay
from seq2exp_py.simulate.world import Cell, World

FloatArray = NDArray[np.float64]

DEPTH = 150.0  # mean count of neighbouring 5 kb bins, as of K562 (Rao et al. 2014)
DIAGONAL = 2.2  # count within a bin over that of neighbours, likewise
ACROSS = 0.6  # contact across a domain boundary over that within
VISIBILITY = 0.25  # log sd of how well a bin is seen
DISPERSION = 0.02  # variance over the Poisson's, relative to the squared mean
INSULATOR_LOOP = 4.0  # enrichment between neighbouring insulators, none of it causal
UNLINKED = 0.5  # loops of other, non-causal pairs per gene


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


def _expected(world: World, chrom: str, size: int, rng: np.random.Generator) -> FloatArray:
    """(bins, distances) expected count of bins i and i + d; 0 beyond the end and on bins of N."""
    step = world.config.bin_size
    bins = -(-size // step)
    reach = min(bins, world.config.contact_range // step)
    seen = np.exp(VISIBILITY * rng.standard_normal(bins))
    codes = np.pad(world.sequence[chrom], (0, bins * step - size), constant_values=4).reshape(bins, step)
    seen *= 1 - (codes == 4).mean(axis=1)
    domains = world.layout.domains[world.layout.domains["chrom"] == chrom]
    home = np.searchsorted(domains["start"].to_numpy(), np.arange(bins) * step + step // 2, side="right")
    first, second = np.arange(bins)[:, None], np.arange(bins)[:, None] + np.arange(reach)[None, :]
    inside, second = second < bins, np.minimum(second, bins - 1)
    scale = DEPTH * (step / 5_000) * decay(np.arange(reach) * float(step))
    scale[0] *= DIAGONAL
    band = scale * seen[first] * seen[second] * np.where(home[first] == home[second], 1.0, ACROSS)
    return np.asarray(np.where(inside, band, 0.0), dtype=np.float64)


def _loops(world: World, cell: Cell, rng: np.random.Generator) -> dict[str, list[tuple[int, int, float]]]:
    """Bin pairs and enrichments by chromosome: linked pairs (loose where the enhancer is inactive here), insulators, and chance pairs."""
    step, elements = world.config.bin_size, world.layout.elements
    bins = ((elements["start"] + elements["end"]) // 2 // step).to_numpy()
    tss = np.array([t.gene.tss // step for t in world.transcripts])
    found: dict[str, list[tuple[int, int, float]]] = {chrom: [] for chrom in world.config.sizes}
    for row in world.layout.links.itertuples():
        factor = float(row.loop) if cell.activity[row.element] > 0 else float(row.loop) ** 0.5
        found[str(elements["chrom"].iloc[row.element])].append((int(bins[row.element]), int(tss[row.gene]), factor))
    for chrom in found:
        sites = bins[((elements["chrom"] == chrom) & (elements["kind"] == "insulator") & (cell.activity > 0)).to_numpy()]
        found[chrom] += [(int(a), int(b), INSULATOR_LOOP) for a, b in zip(sites[:-1], sites[1:], strict=True)]
        genes = np.array([t.gene.body.chrom == chrom for t in world.transcripts])
        reach = max(1, world.config.reach // step)
        for at in tss[genes][rng.random(int(genes.sum())) < UNLINKED]:
            other = int(at) + int(rng.integers(1, reach + 1)) * int(rng.choice([-1, 1]))
            found[chrom].append(
                (int(at), other, world.config.loop_mean * float(np.exp(world.config.loop_sigma * rng.standard_normal())))
            )
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

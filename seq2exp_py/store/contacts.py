"""The contacts of every gene of a cell, in a unit that means the same for genes and cells with and without a map.

With the scaling `powerlaw`, the contacts of the map are multiplied by one constant, so that their mean over the genes' bins at 5 to
100 kb is that of the power law, which stands in where the map has nothing. With `raw` they are as in the map (the paper's set-up),
and genes without a map have far smaller values than the others.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seq2exp_py.progress import counted
from seq2exp_py.store.contents import ContactsInfo
from seq2exp_py.tracks.contacts import BIN_SIZE, PSEUDOCOUNT, Contacts, bin_count, power_law, profile
from seq2exp_py.tracks.options import Scaling

NEAR = 5_000  # bp; nearer pairs lie in one bin, where maps differ most by their balancing


class Table(NamedTuple):
    """Contacts by gene: log10(c + 1), float32 (genes, bins); where each gene's come from; and what the manifest says."""

    values: NDArray[np.float32]
    sources: list[str]
    info: ContactsInfo


def tabulate(
    contacts: Contacts | None,
    path: Path | None,
    names: Mapping[str, str],
    sites: Sequence[tuple[str, int]],
    half: int,
    scaling: Scaling = "powerlaw",
) -> Table:
    """Tabulate the contacts of every gene.

    Args:
        contacts: the cell's map; None for none.
        path: its file, for the manifest.
        names: chromosome of the genome -> its name in the map.
        sites: chromosome and TSS of every gene.
        half: bp on either side of a TSS.
        scaling: see the module.
    """
    values = np.zeros((len(sites), bin_count(half, BIN_SIZE)), np.float32)
    sources = []
    for row, (chrom, tss) in enumerate(counted(sites, "contacts")):
        _, values[row], source = profile(contacts, names.get(chrom, chrom), tss, half, BIN_SIZE)
        sources.append(source)
    from_map = np.array([s == "hic" for s in sources], bool)
    constant = 1.0
    if scaling == "powerlaw" and contacts is not None and not contacts.partial and from_map.any():
        tss = np.array([t for _, t in sites])[from_map]
        values[from_map], constant = rescale(values[from_map], tss, half)
    info = ContactsInfo(
        source=path.name if path else None,
        bin_size=BIN_SIZE,
        half=half,
        normalisation=contacts.normalisation if contacts is not None else None,
        scaling=scaling,
        constant=constant,
        unit=1.0 if scaling == "raw" else float(np.log10(power_law(np.array([0.0]))[0] + PSEUDOCOUNT + 1)),
        genes_hic=int(from_map.sum()),
    )
    return Table(values, sources, info)


def rescale(values: NDArray[np.float32], tss: NDArray[np.int64], half: int) -> tuple[NDArray[np.float32], float]:
    """Multiply contacts by the constant that gives their mean at 5 to 100 kb (at most `half`) the value of the power law's.

    Args:
        values: log10(k + pseudocount + 1) of genes with a map, (genes, bins); 0 where nothing is known.
        tss: (genes,) TSS of each.
        half: bp that the bins cover on either side.

    Returns:
        The same with k multiplied, and the constant; 1 where the map has no contact there.
    """
    bins = (tss[:, None] - half) // BIN_SIZE + np.arange(values.shape[1])
    distance = np.abs(bins - tss[:, None] // BIN_SIZE) * float(BIN_SIZE)
    counts = np.maximum(10.0 ** values.astype(np.float64) - 1 - PSEUDOCOUNT, 0)
    known = (values > 0) & (distance >= NEAR) & (distance <= half)
    seen = counts[known].sum()
    constant = float(power_law(distance[known]).sum() / seen) if seen > 0 else 1.0
    scaled = np.where(values > 0, np.log10(counts * constant + PSEUDOCOUNT + 1), 0)
    return scaled.astype(np.float32), constant

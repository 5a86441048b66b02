"""Assemblies that UCSC serves itself: a hub on one of them names it, any other brings its sequence."""

from collections.abc import Mapping

from pybedtools import genome_registry

from seq2exp_py.progress import say

IN_REGISTRY = ("hg19", "hg38", "mm10")
OTHERS = {"hs1": {"chr1": 248_387_328}, "mm39": {"chr1": 195_154_279}}  # bp; too new for pybedtools' registry


def known(name: str) -> dict[str, int]:
    """Length in bp of UCSC's chromosomes of an assembly, as far as they are known here; empty for any other genome."""
    if name in IN_REGISTRY:
        return {chrom: end for chrom, (_, end) in getattr(genome_registry, name).items()}
    return OTHERS.get(name, {})


def is_native(name: str, chromosomes: Mapping[str, int]) -> bool:
    """Whether UCSC's assembly `name` has these chromosomes; says why not, where it has an assembly of that name."""
    sizes = known(name)
    shared = sizes.keys() & chromosomes.keys()
    other = sorted(chrom for chrom in shared if sizes[chrom] != chromosomes[chrom])
    if sizes and (other or not shared):
        why = f"no chromosome is called as UCSC's are (found {min(chromosomes)})"
        if other:
            why = f"{other[0]} has {chromosomes[other[0]]} bp where UCSC's has {sizes[other[0]]}"
        say(f"note: --genome {name}: {why}, so that the hub brings its own sequence")
    return bool(shared) and not other

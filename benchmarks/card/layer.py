"""Part 3: the layer against mamba_ssm's CUDA path: the rows `gpu_layer` and `gpu_memory` of `python -m benchmarks`."""

from benchmarks import gpu, gpu_layer, gpu_memory
from benchmarks.card.part import Part
from benchmarks.card.sizes import sizes
from benchmarks.row import SkipError


def measure(part: Part) -> None:
    size = sizes(part.dry)
    gpu.DEVICE, gpu.LENGTH, gpu.BATCHES = part.device.type, size.gene, size.batches
    gpu_layer.REPEATS = gpu_layer.REPEATS if not part.dry else size.repeats
    for row in (gpu_layer, gpu_memory):
        with part.attempt(row.ROW.what):
            try:
                found = row.measure()
                part.add(
                    row=row.__name__.rpartition(".")[2], value=found.value, verdict=verdict(part, row, found.value), **found.details
                )
            except SkipError as reason:
                part.add(row=row.__name__.rpartition(".")[2], value=None, verdict="skipped", reason=str(reason))


def verdict(part: Part, row: object, value: float) -> str:
    """Whether the row reaches its bars; a rehearsal reaches none."""
    return "rehearsed" if part.dry else row.ROW.verdict(value)  # type: ignore[attr-defined]

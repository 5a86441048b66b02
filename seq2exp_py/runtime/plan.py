"""How much a run will take before anyone pays for it: tasks, GPU hours, time on so many GPUs, storage, network."""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seq2exp_py.models.config import PRESETS
from seq2exp_py.models.rows import find
from seq2exp_py.runtime import costs
from seq2exp_py.training.settings import settings

HOUR = 3600.0


@dataclass(frozen=True)
class Request:
    """What is planned. `gpu`: a key of `costs.GPUS`; `precision`: `fp32` or `bf16`; `contacts`: `powerlaw`, `average` or `hic`."""

    cells: int
    seeds: int
    gpus: int
    models: tuple[str, ...]
    genes: int = costs.GENES
    preset: str = "paper"
    gpu: str = "h100"
    precision: str = "fp32"
    contacts: str = "powerlaw"


@dataclass(frozen=True)
class Plan:
    """The estimate; hours and bytes.

    Attributes:
        tasks: number of tasks by process.
        gpu_hours: training and prediction, with what each task needs to start.
        hours: from the first training to the last prediction.
        busy: share of the GPUs' time in which they work.
        longest: hours of the longest chain of training and prediction: more GPUs never go below it.
        storage: bytes by kind.
        downloads: bytes fetched once. staged: bytes that tasks read, over the network where nodes have no file system in common.
    """

    tasks: dict[str, int]
    gpu_hours: dict[str, float]
    hours: float
    busy: float
    longest: float
    storage: dict[str, float]
    downloads: float
    staged: float


def schedule(chains: Sequence[Sequence[float]], gpus: int) -> float:
    """List scheduling: a task takes the first free GPU in the order in which tasks become ready.

    Args:
        chains: durations of tasks of which each waits for the one before it.
        gpus: tasks that run at once.

    Returns:
        When the last task ends.
    """
    free = [0.0] * gpus
    ready = [(0.0, i, 0) for i, chain in enumerate(chains) if chain]
    while ready:
        since, i, stage = heapq.heappop(ready)
        end = max(since, heapq.heappop(free)) + chains[i][stage]
        heapq.heappush(free, end)
        if stage + 1 < len(chains[i]):
            heapq.heappush(ready, (end, i, stage + 1))
    return max(free)


def plan(request: Request) -> Plan:
    """Estimate a run.

    Raises:
        InputError: a model is unknown.
    """
    chain = {model: _seconds(model, request) for model in request.models if find(model).cost is not None}
    chains = [seconds for seconds in chain.values() for _ in range(request.cells * request.seeds)]
    end, total = schedule(chains, request.gpus), sum(map(sum, chains))
    runs = request.cells * request.seeds
    storage = _storage(request)
    return Plan(
        tasks=_tasks(request),
        gpu_hours={model: runs * sum(seconds) / HOUR for model, seconds in chain.items()},
        hours=end / HOUR,
        busy=total / (end * request.gpus) if end else 0.0,
        longest=max(map(sum, chains), default=0.0) / HOUR,
        storage=storage,
        downloads=_downloads(request),
        staged=2 * runs * len(request.models) * (storage["genome store"] + storage["cell stores"] / request.cells),
    )


def _downloads(request: Request) -> float:
    """Bytes of the genome, of each cell's signals, and of the contact maps that are asked for."""
    maps = {"powerlaw": 0.0, "average": costs.AVERAGE_DOWNLOAD, "hic": request.cells * costs.HIC_DOWNLOAD}[request.contacts]
    return costs.GENOME_DOWNLOAD + request.cells * costs.TRACKS * costs.BIGWIG_DOWNLOAD + maps


def _seconds(model: str, request: Request) -> tuple[float, float]:
    """Training and prediction of one cell and seed."""
    gpu = costs.GPUS[request.gpu]
    work = (step(model, request.preset, request.genes) for step in (costs.training, costs.prediction))
    train, predict = (one.seconds(gpu, request.precision) + costs.OVERHEAD_S for one in work)
    return train, predict


def _tasks(request: Request) -> dict[str, int]:
    trainings = request.cells * request.seeds * len(request.models)
    once = dict.fromkeys(("FETCH", "CHECK", "PREPARE_GENOME", "EVALUATE", "REPORT", "HUB", "IGV", "MULTIQC"), 1)
    many = {"TRAIN": trainings, "PREDICT": trainings, "ANNOTATE": request.cells * len(request.models)}
    called = {"CALL_PEAKS": request.cells} if "macs3" in request.models else {}
    return {**once, **called, "PREPARE_CELL": request.cells, **many}


def _storage(request: Request) -> dict[str, float]:
    """Bytes, as if no file had holes: runs of zeros in a signal take no space on most file systems."""
    masked = [model for model in request.models if find(model).masked]
    resolution = PRESETS[request.preset]["resolution"]
    window = PRESETS[request.preset]["window"]
    covered = min(request.genes * window, costs.GENOME_BASES) / resolution
    runs = request.cells * request.seeds
    return {
        "genome store": costs.GENOME_BASES,
        "cell stores": request.cells * costs.TRACKS * costs.GENOME_BASES * 4,
        "checkpoints": runs * len(request.models) * costs.CHECKPOINT_BYTES,
        "predictions": runs * len(masked) * request.genes * window / resolution * 2,  # mean and sd, a byte each
        "results": request.cells * len(masked) * covered * 3 * costs.BIGWIG_BYTES,  # mean, sd and max over seeds and genes
    }


def text(request: Request, found: Plan) -> str:
    """The estimate in lines to read."""
    rows = {
        "tasks": (f"{sum(found.tasks.values()):,}", _list(found.tasks, "{:,}")),
        "GPU hours": (f"{sum(found.gpu_hours.values()):,.1f}", _list(found.gpu_hours, "{:,.1f}")),
        "wall hours": (f"{found.hours:,.1f}", f"GPUs busy {found.busy:.0%}; never below {found.longest:,.1f} however many GPUs"),
        "storage": (_bytes(sum(found.storage.values())), ", ".join(f"{kind} {_bytes(n)}" for kind, n in found.storage.items())),
        "network": (_bytes(found.downloads), f"downloads; tasks read {_bytes(found.staged)} where nodes share no file system"),
    }
    head = (
        f"{request.cells} cells x {len(request.models)} models x {request.seeds} seeds, {request.genes:,} genes, "
        f"preset {request.preset}, {request.gpus} x {request.gpu}, {request.precision}\n"
        "Calculated from operation counts, data sheets and assumptions; nothing was measured on a GPU: see docs/scaling.md\n"
    )
    lines = [f"{name:<11}{value:>10}   {detail}".rstrip() for name, (value, detail) in rows.items()]
    return "\n".join([head, *lines, *_memory(request), "", *_sources()])


def _memory(request: Request) -> list[str]:
    """GPU memory of a training step of each model, by genes of a forward pass."""
    lines = []
    for model in request.models:
        batch = settings(model, request.preset, {}).batch
        asked = [(1, False), (batch, False), (batch, True)]
        found = [costs.vram(model, request.preset, genes, request.precision, again) for genes, again in asked]
        if all(amount is not None for amount in found):
            one, all_of_them, again = (_bytes(amount or 0.0) for amount in found)
            detail = f"{model}: training, 1 gene at a time; {batch} genes {all_of_them}, with checkpointing {again}"
            lines.append(f"{'GPU memory':<11}{one:>10}   {detail}")
    return lines


def _sources() -> list[str]:
    """Where the constants come from."""
    return [f"{kind}: {', '.join(names) or 'nothing'}" for kind, names in costs.SOURCES.items()]


def _list(amounts: Mapping[str, float], form: str) -> str:
    return ", ".join(f"{name} {form.format(amount)}" for name, amount in amounts.items())


def _bytes(amount: float) -> str:
    return f"{amount / 1e12:,.1f} TB" if amount >= 1e12 else f"{amount / 1e9:,.1f} GB"

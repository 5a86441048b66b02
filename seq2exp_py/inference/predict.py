"""Expression and masks of genes in a cell, from a checkpoint."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from seq2exp_py.errors import InputError
from seq2exp_py.genome import Interval
from seq2exp_py.inference.folder import PredictionWriter
from seq2exp_py.machine import find_device
from seq2exp_py.models.base import Model, Output
from seq2exp_py.models.parts.inputs import centre
from seq2exp_py.models.parts.mask_config import PRETRAINED
from seq2exp_py.models.parts.mask_head import ProductHead
from seq2exp_py.progress import say, track
from seq2exp_py.store import BASES, FEATURES, Sample, Store
from seq2exp_py.store.batch import Batch
from seq2exp_py.store.loader import loader
from seq2exp_py.training.checkpoint import Checkpoint, Said, load


def predict(
    genome: Path,
    cell: Path,
    checkpoint: Path,
    out: Path,
    splits: Sequence[str],
    device: str,
    batch: int,
    said: Path | None = None,
) -> None:
    """Predict the genes of some splits in one cell, measured there or not, and write the prediction folder.

    Args:
        genome: genome store.
        cell: cell store; it may be of a cell that the model never saw.
        checkpoint: folder from `seq2exp train`.
        out: prediction folder to write.
        splits: `train`, `valid`, `test`, `none` for genes in no split; empty for all genes that have one.
        device: auto, cpu or cuda.
        batch: genes per forward pass; it changes no value.
        said: folder of `seq2exp pretrain`; read where the checkpoint's mask has `sequence=pretrained`.

    Raises:
        InputError: something given cannot be used.
    """
    where = find_device(device)
    model, about = load(checkpoint)
    store = Store.open(genome, [cell], _said(about, checkpoint, said))
    if store.tracks != about.tracks:
        raise InputError(f"{cell}: tracks {', '.join(store.tracks)}, but {checkpoint} was trained on {', '.join(about.tracks)}")
    chosen: Sequence[str | None] = splits or [None]
    samples = sorted(s for split in chosen for s in store.samples(split, measured=False))
    if not samples:
        raise InputError(f"{genome}: no gene in the splits {', '.join(splits)}; give other --splits")
    model.to(where)
    empty = nothing(model)
    started = time.monotonic()
    with PredictionWriter(out, masked=empty.floor is not None) as writer:
        for rows, part, output in outputs(model, store, samples, batch):
            write(writer, store, rows, part, output, model.ratio(output).cpu().numpy(), about.samples_seen > 0)
        seconds = (time.monotonic() - started) / len(samples)
        writer.finish(
            {
                **describe(about, store),
                "floor": empty.floor,
                "forced": empty.forced,
                "tau": empty.tau,
                "device": str(where),
                "seconds_per_gene": seconds,
            }
        )
    say(f"{len(samples)} genes, {seconds:.3f} s each")


def _said(about: Checkpoint, checkpoint: Path, given: Path | None) -> Path | None:
    """The folder of P that a checkpoint's mask reads; None where it reads none.

    Raises:
        InputError: it reads one, and none is given.
    """
    if about.config.get("sequence") != PRETRAINED:
        return None
    if given is None:
        raise InputError(
            f"{checkpoint}: its mask is multiplied by P of the sequence; give --pretrained, the folder of `seq2exp pretrain`"
        )
    return given


@torch.no_grad()
def outputs(model: Model, store: Store, samples: Sequence[Sample], batch: int) -> Iterator[tuple[Sequence[Sample], Batch, Output]]:
    """Run a model in evaluation mode over samples, in order."""
    model.eval()
    parts = loader(store, samples, model.config.window, batch, workers=1)
    for i, part in enumerate(track(parts, "predicting, batches", -(-len(samples) // batch))):
        yield samples[i * batch : (i + 1) * batch], part, model(part.to(model.device))


def write(
    writer: PredictionWriter,
    store: Store,
    samples: Sequence[Sample],
    batch: Batch,
    output: Output,
    ratio: NDArray[np.float32],
    fitted: bool = True,
) -> None:
    """Write the samples of a batch, `ratio` being their mask ratios; a model that is not `fitted` predicts NaN."""
    predicted = output.expression.float().cpu().numpy()
    mask, sd = (None if x is None else x.float().cpu().numpy() for x in (output.graded, output.sd))
    for i, sample in enumerate(samples):
        gene, start = store.genes.iloc[sample.gene], int(batch.start[i])
        row = {
            "gene_id": gene.gene_id,
            "gene_name": gene.gene_name,
            "cell": batch.cell[i],
            "split": gene.split,
            "observed": float(batch.target[i]),
            "predicted": float(predicted[i]),
            "sd": np.nan,
            "mask_ratio": float(ratio[i]),
        }
        maps = (part if part is None else part[i] for part in (mask, sd, None if mask is None else ratio))
        _finite(gene.gene_id, batch.cell[i], predicted[i] if fitted else None, *maps)
        spread = None if mask is None else np.zeros_like(mask[i]) if sd is None else sd[i]
        writer.add(row, Interval(gene.chrom, start, start + batch.width), None if mask is None else mask[i], spread)


def _finite(gene: str, cell: str, *values: object) -> None:
    """Refuse what is no number, before it is stored in a byte.

    Raises:
        InputError: a value is NaN or infinite.
    """
    if not all(np.isfinite(np.asarray(part, np.float32)).all() for part in values if part is not None):
        reason = "its weights are damaged or its training diverged: train again"
        raise InputError(f"the model's values of gene {gene} in {cell} are no numbers; {reason}")


def describe(about: Checkpoint, store: Store) -> dict[str, object]:
    """What the manifest says of the model and the cell."""
    sizes = {k: about.config[k] for k in ("window", "resolution")}
    known = {"model": about.model, "seed": about.seed, "preset": about.preset, "variant": about.config.get("variant")}
    trained = {"samples_seen": about.samples_seen, "parameters": about.parameters, "trained_on": list(about.cells)}
    found = Said.of(store)
    if found is not None and about.said is not None and found.sha256 != about.said.sha256:
        say(f"P of {found.folder} is not the one that {about.model} was trained with ({about.said.folder}): other weights or cells")
    said = {"sequence": about.config.get("sequence"), "said": None if found is None else found.model_dump()}
    return {**known, "cell": store.cells[0], **sizes, **trained, **said}


class Nothing(NamedTuple):
    """The mask of a window of N without signal.

    Attributes:
        floor: its mean outside the centre; None without a mask.
        forced: bp around the TSS that the predictor sees whatever the mask says, 0 for none.
        tau: of a mask whose odds are shares of the evidence's total, over tau; None for any other.
    """

    floor: float | None
    forced: int
    tau: float | None


@torch.no_grad()
def nothing(model: Model) -> Nothing:
    """What a model makes of a window of N without signal."""
    config = model.config
    width = config.window
    none = torch.zeros((1, width), dtype=torch.bool)
    empty = Batch(
        sequence=torch.full((1, width), BASES.index("N"), dtype=torch.uint8),
        signals=torch.zeros((1, width, len(config.tracks))),
        scale=torch.ones((1, len(config.tracks))),
        background=torch.zeros((1, len(config.tracks), 2)),
        crowding=torch.ones(1),
        excluded=none,
        peaks=none,
        features=torch.zeros((1, len(FEATURES))),
        target=torch.zeros(1),
        start=torch.zeros(1, dtype=torch.int64),
        gene_id=("",),
        cell=("",),
        tracks=config.tracks,
        probability=torch.full((1, width), torch.nan),
    )
    output = model.eval()(empty.to(model.device))
    if output.mask is None or output.graded is None:
        return Nothing(None, 0, None)
    middle = centre(config)
    outside = torch.ones(output.mask.shape[1], dtype=torch.bool)
    outside[middle] = False
    values = output.graded[0].float().cpu()[outside]
    forced = (middle.stop - middle.start) * config.resolution if bool((output.mask[0, middle] == 1).all()) else 0
    heads = [part for part in model.modules() if isinstance(part, ProductHead)] if output.free is not None else []
    return Nothing(float(values.median()) if len(values) else 0.0, forced, float(heads[0].tau) if heads else None)

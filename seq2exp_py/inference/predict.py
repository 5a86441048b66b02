"""Expression and masks of genes in a cell, from a checkpoint; torch comes with the networks."""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from seq2exp_py.errors import InputError
from seq2exp_py.genome import Interval
from seq2exp_py.inference import fitted
from seq2exp_py.inference.folder import PredictionWriter
from seq2exp_py.inference.reader import Read, Reader
from seq2exp_py.models.parts.mask_config import PRETRAINED
from seq2exp_py.models.rows import find
from seq2exp_py.progress import counted, say
from seq2exp_py.store import Store
from seq2exp_py.training import checkpoint as checkpoints
from seq2exp_py.training.checkpoint import Checkpoint, Pretrained


def predict(
    genome: Path,
    cell: Path,
    checkpoint: Path,
    out: Path,
    splits: Sequence[str],
    device: str,
    batch: int,
    pretrained: Path | None = None,
) -> None:
    """Predict the genes of some splits in one cell, measured there or not, and write the prediction folder.

    Args:
        genome: genome store.
        cell: cell store; it may be of a cell that the model never saw.
        checkpoint: folder from `seq2exp train`.
        out: prediction folder to write.
        splits: `train`, `valid`, `test`, `none` for genes in no split; empty for all genes that have one.
        device: auto, cpu or cuda, for a network.
        batch: genes per forward pass; it changes no value.
        pretrained: folder of `seq2exp pretrain`; read where the checkpoint's mask has `sequence=pretrained`.

    Raises:
        InputError: something given cannot be used.
    """
    about = checkpoints.read(checkpoint)
    reader = opened(checkpoint, about, device)
    store = Store.open(genome, [cell], _pretrained(about, checkpoint, pretrained))
    if store.tracks != about.tracks:
        raise InputError(f"{cell}: tracks {', '.join(store.tracks)}, but {checkpoint} was trained on {', '.join(about.tracks)}")
    chosen: Sequence[str | None] = splits or [None]
    samples = sorted(s for split in chosen for s in store.samples(split, measured=False))
    if not samples:
        raise InputError(f"{genome}: no gene in the splits {', '.join(splits)}; give other --splits")
    empty = reader.empty
    started = time.monotonic()
    with PredictionWriter(out, masked=empty.floor is not None) as writer:
        for part in counted(reader.run(store, samples, batch), "predicting, batches", -(-len(samples) // batch)):
            write(writer, store, part, about.samples_seen > 0)
        seconds = (time.monotonic() - started) / len(samples)
        writer.finish(
            {
                **describe(about, store),
                "floor": empty.floor,
                "forced": empty.forced,
                "tau": empty.tau,
                "device": reader.device,
                "seconds_per_gene": seconds,
            }
        )
    say(f"{len(samples)} genes, {seconds:.3f} s each")


def opened(folder: Path, about: Checkpoint, device: str) -> Reader:
    """What reads genes by the model of a checkpoint."""
    if find(about.model).kind == "table":
        return fitted.reader(folder, about)
    from seq2exp_py.inference import networks

    return networks.reader(folder, device)


def _pretrained(about: Checkpoint, checkpoint: Path, given: Path | None) -> Path | None:
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


def write(writer: PredictionWriter, store: Store, part: Read, fitted: bool = True) -> None:
    """Write the samples of a batch; a model that is not `fitted` predicts NaN."""
    mask, sd = part.mask, part.sd
    for i, sample in enumerate(part.samples):
        gene, start = store.genes.iloc[sample.gene], int(part.start[i])
        row = {
            "gene_id": gene.gene_id,
            "gene_name": gene.gene_name,
            "cell": store.cells[sample.cell],
            "split": gene.split,
            "observed": float(part.target[i]),
            "predicted": float(part.expression[i]),
            "sd": np.nan,
            "mask_ratio": float(part.ratio[i]),
        }
        maps = (x if x is None else x[i] for x in (mask, sd, None if mask is None else part.ratio))
        _finite(gene.gene_id, row["cell"], part.expression[i] if fitted else None, *maps)
        spread = None if mask is None else np.zeros_like(mask[i]) if sd is None else sd[i]
        writer.add(row, Interval(gene.chrom, start, start + part.width), None if mask is None else mask[i], spread)


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
    found = Pretrained.of(store)
    if found is not None and about.pretrained is not None and found.sha256 != about.pretrained.sha256:
        before = about.pretrained.folder
        say(f"P of {found.folder} is not the one that {about.model} was trained with ({before}): other weights or cells")
    by = {"sequence": about.config.get("sequence"), "pretrained": None if found is None else found.model_dump()}
    return {**known, "cell": store.cells[0], **sizes, **trained, **by}

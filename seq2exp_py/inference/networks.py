"""Reading genes by a network."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from seq2exp_py.inference.reader import Nothing, Read, Reader
from seq2exp_py.machine import find_device
from seq2exp_py.models.base import Model
from seq2exp_py.models.parts.inputs import centre
from seq2exp_py.models.parts.mask_head import ProductHead
from seq2exp_py.store import BASES, FEATURES, Sample, Store
from seq2exp_py.store.batch import Batch
from seq2exp_py.store.loader import loader
from seq2exp_py.training.loading import load


def reader(folder: Path, device: str) -> Reader:
    """The network of a checkpoint, on its device.

    Raises:
        InputError: the device or the weights cannot be used.
    """
    where = find_device(device)
    model = load(folder)[0].to(where)
    return Reader(nothing(model), str(where), lambda store, samples, batch: read(model, store, samples, batch))


@torch.no_grad()
def read(model: Model, store: Store, samples: Sequence[Sample], batch: int) -> Iterator[Read]:
    """Run a model in evaluation mode over samples, in order."""
    model.eval()
    for i, part in enumerate(loader(store, samples, model.config.window, batch, workers=1)):
        output = model(part.to(model.device))
        mask, sd = (None if x is None else x.float().numpy(force=True) for x in (output.graded, output.sd))
        expression, ratio = (x.float().numpy(force=True) for x in (output.expression, model.ratio(output)))
        start, target = part.start.numpy(), part.target.numpy()
        yield Read(samples[i * batch : (i + 1) * batch], start, part.width, target, expression, mask, sd, ratio)


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

"""Start a model from weights that others have published: Enformer, HyenaDNA, Caduceus, EPInformer, the authors' Seq2Exp."""

import pickle
import re
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from seq2exp_py.errors import InputError
from seq2exp_py.models.base import Model, OneStep
from seq2exp_py.models.parts.fitted import NO_START
from seq2exp_py.models.parts.inputs import VOCABULARY
from seq2exp_py.models.parts.published_names import BASES, CONCATENATED, WORDS, WRAPPERS
from seq2exp_py.progress import say

FILES = ("model.safetensors", "pytorch_model.bin", "weights.ckpt")  # what a folder of published weights may hold
STACKS = ("stack.", "generator.", "predictor.stack.")  # where a model keeps Mamba blocks
FRESH = re.compile(r"(?:^|\.)(?:head|mask_head|signal)\.|\.num_batches_tracked$")  # what a model of another task cannot bring
OUTPUT = "pToExpr."  # the authors' name of the head; a checkpoint with it is of the same task and must be complete


def start(model: Model, path: Path) -> list[str]:
    """Load published weights into a model.

    Args:
        model: a model of the same sizes; what the checkpoint does not hold of head and signals keeps its fresh values.
        path: a file (safetensors, or a PyTorch file of tensors only), or a folder with one; published or our own.

    Returns:
        Names of the parameters that stay fresh.

    Raises:
        InputError: the file cannot be read, or its weights are of another model or size.
    """
    if isinstance(model, OneStep):
        raise InputError(f"{path}: {NO_START}")
    tensors = read(path)
    ours = model.state_dict()
    found, unknown = translate(model, tensors)
    lacking = [key for key in ours if key not in found]
    same_task = any(OUTPUT in key for key in tensors)
    fresh = [key for key in lacking if FRESH.search(key) and not (same_task and not key.endswith("num_batches_tracked"))]
    missing = [key for key in lacking if key not in fresh]
    if missing or unknown:
        raise InputError(
            f"{path}: its weights do not fit the model: {_some('missing', missing)}, {_some('not expected', unknown)}; expected "
            f"those of this model or of a published {model.names.what}, with as many layers (--set layers=N)"
        )
    fitted = {key: _fit(tensor, ours[key], key, path) for key, tensor in found.items()}
    model.load_state_dict({**ours, **fitted})
    say(f"{path}: {len(fitted)} tensors loaded, {len(fresh)} start fresh")
    return fresh


def read(path: Path) -> dict[str, Tensor]:
    """Read the tensors of a file, or of the first of `FILES` in a folder; only tensors are unpickled, never code.

    Raises:
        InputError: there is no such file, or it is damaged or holds more than tensors.
    """
    file = next((path / name for name in FILES if (path / name).is_file()), path) if path.is_dir() else path
    if not file.is_file():
        raise InputError(f"{file}: no weights there; expected a file of weights or a folder with {' or '.join(FILES)}")
    try:
        held: Any = load_file(file) if file.suffix == ".safetensors" else torch.load(file, map_location="cpu", weights_only=True)
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError, OSError) as error:
        reason = str(error).strip().split("\n")[0][:200]
        raise InputError(
            f"{file}: cannot be read as tensors alone ({reason}); if you trust it, convert it once where it was made: "
            f"torch.save(torch.load('{file.name}', weights_only=False)['state_dict'], 'weights.pt')"
        ) from error
    held = held.get("state_dict", held) if isinstance(held, dict) else {}
    tensors = {str(key): value for key, value in held.items() if isinstance(value, Tensor)}
    if not tensors:
        raise InputError(f"{file}: holds no named tensors; expected the state dict of a model")
    return tensors


def translate(model: Model, tensors: dict[str, Tensor]) -> tuple[dict[str, Tensor], list[str]]:
    """Rename published tensors to the model's names; return them and the published names that the model has no place for."""
    names = model.names
    keys = set(model.state_dict())
    found: dict[str, Tensor] = {}
    unknown: list[str] = []
    for theirs, tensor in tensors.items():
        name = re.sub(WRAPPERS, "", theirs)
        if re.search(names.dropped, name):
            continue
        name = re.sub(r"^pToExpr\.", "predictor.head.layers." if hasattr(model, "predictor") else "head.layers.", name)
        for pattern, replacement in names.changes:
            name = re.sub(pattern, replacement, name)
        made = _convert(model, name, tensor)
        if all(key in keys for key in made):
            found.update(made)
        else:
            unknown.append(theirs)
    return found, unknown


def _convert(model: Model, name: str, tensor: Tensor) -> dict[str, Tensor]:
    """Our tensors that one renamed tensor becomes: mostly itself."""
    if name == "embedding.table.weight":  # published tables are padded to a multiple of 8
        return {name: tensor[:VOCABULARY]}
    if name == WORDS:  # a row per token -> a linear layer on the one-hot base, N being its bias
        unknown = tensor[BASES + 4]
        return {"sequence.project.weight": (tensor[BASES : BASES + 4] - unknown).T, "sequence.project.bias": unknown}
    if name == f"{CONCATENATED}.weight":  # one layer on bases and signals -> one layer on each
        parts = {"sequence.project.weight": tensor[:, :4], "signal.project.weight": tensor[:, 4:]}
        return {key: part for key, part in parts.items() if part.shape[1]}
    if name == f"{CONCATENATED}.bias":
        return {"sequence.project.bias": tensor}
    if name.endswith("filter.code"):
        _check_reach(model, tensor)
        return {}
    if name.startswith("stack.") and not hasattr(model, "stack"):  # one published backbone -> generator and predictor alike
        keys = [key for key, _ in model.named_children()]
        places = [stack for stack in STACKS[1:] if stack.split(".")[0] in keys]
        return {place + name.removeprefix("stack."): tensor for place in places} or {name: tensor}
    return {name: tensor}


def _check_reach(model: Model, code: Tensor) -> None:
    """Refuse filters made for another time axis; the published position code is (1, reach, 5)."""
    reach = model.get_submodule("blocks.0.mixer.filter").reach
    if code.shape[1] != reach:
        raise InputError(
            f"the checkpoint's filters span {code.shape[1]} tokens and the model's {reach}; add --set reach={code.shape[1]}"
        )


def _fit(tensor: Tensor, like: Tensor, key: str, path: Path) -> Tensor:
    """The tensor in our shape, which may differ from the published one in axes of length 1."""
    if [n for n in tensor.shape if n > 1] != [n for n in like.shape if n > 1]:
        raise InputError(
            f"{path}: {key} is {tuple(tensor.shape)} there and {tuple(like.shape)} in the model; build it with the sizes of the "
            f"checkpoint (--preset paper, --set d_model=N, window=N)"
        )
    return tensor.reshape(like.shape).to(like.dtype)


def _some(what: str, names: list[str]) -> str:
    """`missing a, b, c and 4 more`."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{what} {', '.join(names[:3]) or 'none'}{more}"

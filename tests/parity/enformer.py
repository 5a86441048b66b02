"""Run by test_parity.py with enformer-pytorch on the path: random weights, one input, the outputs, and the published names."""

import sys

import torch
from enformer_pytorch import Enformer

SIZES = {
    "dim": 96,
    "depth": 2,
    "heads": 4,
    "attn_dim_key": 8,
    "dim_divisible_by": 8,
    "target_length": 14,
    "output_heads": {"human": 3},
}

torch.manual_seed(0)
model = Enformer.from_hparams(**SIZES).eval()
with torch.no_grad():
    for name, tensor in model.state_dict().items():  # no weight stays at 0 or 1, where an error would not show
        if tensor.is_floating_point():
            tensor.copy_(torch.rand_like(tensor) + 0.5 if name.endswith("running_var") else torch.randn_like(tensor) * 0.1)
    codes = torch.randint(0, 4, (2, 128 * 24))
    bases = torch.eye(4)[codes]
    stem = model.stem(bases.transpose(1, 2))
    tower = model.conv_tower(stem)
    block = model.transformer[0](tower.transpose(1, 2))
    embeddings = model(bases, return_only_embeddings=True)
with torch.device("meta"):
    published = {name: tuple(tensor.shape) for name, tensor in Enformer.from_hparams().state_dict().items()}
outputs = {"stem": stem, "tower": tower, "block": block, "embeddings": embeddings}
torch.save({"state": model.state_dict(), "codes": codes, "published": published, **outputs}, sys.argv[1])

"""Our models against the packages that others use, each in an isolated folder: `pytest -m parity`."""

import isolated
import pytest
import torch

from seq2exp_py.kernels import selective_scan
from seq2exp_py.models import build
from seq2exp_py.models.parts.backbone import Mixer
from seq2exp_py.models.parts.pretrained import start, translate

pytestmark = pytest.mark.parity


@pytest.fixture(scope="module")
def enformer(tmp_path_factory):
    helpers = ("transformers==4.56.2", "einops", "polars", "pyfaidx")
    packages = isolated.folder(
        "enformer", helpers, ("--no-deps", "enformer-pytorch==0.8.12", "discrete-key-value-bottleneck-pytorch")
    )
    out = tmp_path_factory.mktemp("enformer") / "out.pt"
    isolated.run("enformer.py", packages, out)
    return torch.load(out, weights_only=True)


@pytest.fixture(scope="module")
def mamba(tmp_path_factory):
    flags = {"MAMBA_FORCE_BUILD": "TRUE", "MAMBA_SKIP_CUDA_BUILD": "TRUE"}
    packages = isolated.folder("mamba", ("einops",), ("--no-deps", "--no-build-isolation", "mamba-ssm==2.3.2.post1"), **flags)
    out = tmp_path_factory.mktemp("mamba") / "out.pt"
    isolated.run("mamba.py", packages, out)
    return torch.load(out, weights_only=True)


def test_enformer_with_copied_weights_gives_the_same_stages(enformer, tmp_path):
    sizes = {"dim": 96, "depth": 2, "heads": 4, "d_key": 8, "rounding": 8, "bins": 14}
    model = build("enformer", window=128 * 24, bases=128 * 24, **sizes).eval()
    torch.save(enformer["state"], tmp_path / "pytorch_model.bin")
    fresh = start(model, tmp_path)
    assert all(name.startswith("head.") for name in fresh)
    bases = torch.eye(4)[enformer["codes"]]
    with torch.no_grad():
        stem = model.trunk.stem(bases.transpose(1, 2))
        tower = model.trunk.tower(stem)
        block = model.trunk.transformer[0](tower.transpose(1, 2))
        embeddings = model.trunk(bases)
    for name, ours in (("stem", stem), ("tower", tower), ("block", block), ("embeddings", embeddings)):
        torch.testing.assert_close(ours, enformer[name], atol=2e-5, rtol=1e-4)


def test_every_published_name_of_enformer_is_known(enformer):
    with torch.device("meta"):
        model = build("enformer")
    ours = {name: tensor.numel() for name, tensor in model.state_dict().items()}
    found, unknown = translate(model, {name: torch.empty(shape, device="meta") for name, shape in enformer["published"].items()})
    assert unknown == []
    assert {name: tensor.numel() for name, tensor in found.items()} == {k: n for k, n in ours.items() if not k.startswith("head.")}


@pytest.mark.parametrize("backend", ["reference", "cpu"])
def test_scan_and_its_gradients_equal_the_reference_of_mamba_ssm(mamba, backend):
    expected = mamba["scan"]
    steps = ("u", "delta", "B", "C", "z")  # (batch, channels, length) there, (batch, length, channels) here
    given = {k: (v.mT.contiguous() if k in steps else v.clone()).requires_grad_() for k, v in expected["given"].items()}
    out = selective_scan(**given, delta_softplus=True, backend=backend)
    torch.testing.assert_close(out.mT, expected["out"], atol=1e-5, rtol=1e-4)
    (out * expected["weight"].mT).sum().backward()
    for name, tensor in given.items():
        ours = tensor.grad.mT if name in steps else tensor.grad
        torch.testing.assert_close(ours, expected["grad"][name], atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("back", [False, True])
def test_mamba_block_equals_the_reference_of_mamba_ssm(mamba, back):
    """One direction; the other way round it equals the reference on the flipped sequence."""
    given, expected = mamba["inner"]["given"], mamba["inner"]["out"]
    mixer = Mixer(20, 4, both=True, init_depth=1)
    way = mixer.back if back else mixer.ahead
    names = {"conv.weight": "conv1d_weight", "conv.bias": "conv1d_bias", "x_proj.weight": "x_proj_weight"}
    names |= {"dt_proj.weight": "delta_proj_weight", "dt_proj.bias": "delta_bias", "D": "D"}
    way.load_state_dict({ours: given[theirs] for ours, theirs in names.items()} | {"A_log": (-given["A"]).log()})
    mixer.out_proj.load_state_dict({"weight": given["out_proj_weight"]})
    xz = given["xz"].mT
    with torch.no_grad():
        out = mixer.out_proj(way(xz.flip(1), reverse=True).flip(1) if back else way(xz))
    torch.testing.assert_close(out, expected, atol=1e-4, rtol=1e-4)

"""Key mapping on random state dicts with the names and shapes of the published checkpoints."""

import re
from itertools import pairwise

import pytest
import torch
from safetensors.torch import save_file

from seq2exp_py.errors import InputError
from seq2exp_py.models import build
from seq2exp_py.models.parts.pretrained import read, start, translate

DEVICE = "cpu"


def made(shapes):
    return {name: torch.randn(shape, device=DEVICE) for name, shape in shapes.items()}


def mamba_block(prefix, d, state=16, tied_copy=True):
    """Names and shapes of one BiMamba of `caduceus` (Hugging Face)."""
    inner, rank = 2 * d, -(-d // 16)
    shapes = {}
    for way in ("mamba_fwd", "mamba_rev"):
        at = f"{prefix}.{way}."
        if way == "mamba_fwd" or tied_copy:
            shapes |= {f"{at}in_proj.weight": (2 * inner, d), f"{at}out_proj.weight": (d, inner)}
        shapes |= {
            f"{at}conv1d.weight": (inner, 1, 4),
            f"{at}conv1d.bias": (inner,),
            f"{at}x_proj.weight": (rank + 2 * state, inner),
        }
        shapes |= {
            f"{at}dt_proj.weight": (inner, rank),
            f"{at}dt_proj.bias": (inner,),
            f"{at}A_log": (inner, state),
            f"{at}D": (inner,),
        }
    return shapes


def caduceus_stack(prefix, d=128, layers=4, sub="", **fields):
    shapes = {f"{prefix}norm_f.weight": (d,)}
    for i in range(layers):
        shapes |= {f"{prefix}layers.{i}.norm.weight": (d,)} | mamba_block(f"{prefix}layers.{i}.mixer{sub}", d, **fields)
    return shapes


def head(d=128, width=128):
    shapes = {"model.pToExpr.0.weight": (width, d + 9), "model.pToExpr.0.bias": (width,), "model.pToExpr.2.weight": (width, width)}
    return shapes | {"model.pToExpr.2.bias": (width,), "model.pToExpr.4.weight": (1, width), "model.pToExpr.4.bias": (1,)}


def hyena(prefix, d=128, layers=4, reach=200_002, layer=".layer", hidden=64, vocabulary=16):
    shapes = {
        f"{prefix}embeddings.word_embeddings.weight": (vocabulary, d),
        f"{prefix}ln_f.weight": (d,),
        f"{prefix}ln_f.bias": (d,),
    }
    for i in range(layers):
        at = f"{prefix}layers.{i}."
        mixer, mlp, f = f"{at}mixer{layer}.", f"{at}mlp{layer}.", f"{at}mixer{layer}.filter_fn."
        shapes |= {f"{at}norm{n}.{kind}": (d,) for n in (1, 2) for kind in ("weight", "bias")}
        shapes |= {f"{mixer}in_proj.weight": (3 * d, d), f"{mixer}in_proj.bias": (3 * d,)}
        shapes |= {f"{mixer}out_proj.weight": (d, d), f"{mixer}out_proj.bias": (d,)}
        shapes |= {f"{mixer}short_filter.weight": (3 * d, 1, 3), f"{mixer}short_filter.bias": (3 * d,)}
        shapes |= {
            f"{f}bias": (d,),
            f"{f}pos_emb.z": (1, reach, 5),
            f"{f}pos_emb.t": (1, reach, 1),
            f"{f}modulation.deltas": (1, 1, d),
        }
        for n, width in ((0, 5), (2, hidden), (4, hidden)):
            shapes |= {f"{f}implicit_filter.{n}.weight": (hidden, width), f"{f}implicit_filter.{n}.bias": (hidden,)}
        shapes |= {f"{f}implicit_filter.{n}.freq": (1, hidden) for n in (1, 3, 5)}
        shapes |= {f"{f}implicit_filter.6.weight": (d, hidden)}
        shapes |= {
            f"{mlp}fc1.weight": (4 * d, d),
            f"{mlp}fc1.bias": (4 * d,),
            f"{mlp}fc2.weight": (d, 4 * d),
            f"{mlp}fc2.bias": (d,),
        }
    return shapes


def enformer(dim=1536, depth=11, key=64, widths=(768, 768, 896, 1024, 1152, 1280, 1536), heads=8):
    def norm(at, c):
        return {f"{at}.{k}": (c,) for k in ("weight", "bias", "running_mean", "running_var")} | {f"{at}.num_batches_tracked": ()}

    def conv(at, a, b, k):
        return {f"{at}.weight": (b, a, k), f"{at}.bias": (b,)}

    w = widths
    trunk = conv("stem.0", 4, w[0], 15) | norm("stem.1.fn.0", w[0]) | conv("stem.1.fn.2", w[0], w[0], 1)
    trunk |= {"stem.2.to_attn_logits.weight": (w[0], w[0], 1, 1)}
    for i, (a, b) in enumerate(pairwise(w)):
        at = f"conv_tower.{i}"
        trunk |= norm(f"{at}.0.0", a) | conv(f"{at}.0.2", a, b, 5) | norm(f"{at}.1.fn.0", b) | conv(f"{at}.1.fn.2", b, b, 1)
        trunk |= {f"{at}.2.to_attn_logits.weight": (b, b, 1, 1)}
    for i in range(depth):
        at, ff = f"transformer.{i}.0.fn.", f"transformer.{i}.1.fn."
        trunk |= {f"{at}0.weight": (dim,), f"{at}0.bias": (dim,), f"{ff}0.weight": (dim,), f"{ff}0.bias": (dim,)}
        trunk |= {f"{at}1.to_{n}.weight": (heads * key, dim) for n in "qk"} | {f"{at}1.to_v.weight": (dim, dim)}
        trunk |= {f"{at}1.to_out.weight": (dim, dim), f"{at}1.to_out.bias": (dim,)}
        trunk |= {f"{at}1.to_rel_k.weight": (heads * key, dim // heads)}
        trunk |= {f"{at}1.rel_{n}_bias": (1, heads, 1, key) for n in ("content", "pos")}
        trunk |= {
            f"{ff}1.weight": (2 * dim, dim),
            f"{ff}1.bias": (2 * dim,),
            f"{ff}4.weight": (dim, 2 * dim),
            f"{ff}4.bias": (dim,),
        }
    trunk |= norm("final_pointwise.1.0", dim) | conv("final_pointwise.1.2", dim, 2 * dim, 1)
    again = {f"_trunk.{i}.{name}": shape for i, (name, shape) in enumerate(trunk.items())}  # the trunk's second name
    heads_of = {
        f"_heads.{s}.0.{k}": (n, 2 * dim)[: 2 if k == "weight" else 1]
        for s, n in (("human", 5313), ("mouse", 1643))
        for k in ("weight", "bias")
    }
    return trunk | again | heads_of


def check_all(model, tensors):
    """Every parameter but those allowed to be fresh is found, nothing is left over, and shapes agree up to axes of 1."""
    found, unknown = translate(model, tensors)
    ours = model.state_dict()
    assert unknown == []
    assert all(ours[k].numel() == v.numel() for k, v in found.items())
    return [k for k in ours if k not in found]


def test_enformer_at_the_published_size():
    with torch.device("meta"):
        model = build("enformer")
        tensors = {name: torch.empty(shape) for name, shape in enformer().items()}
    fresh = check_all(model, tensors)
    assert fresh
    assert all(k.startswith("head.") for k in fresh)


def test_enformer_values_arrive(tmp_path):
    sizes = {"dim": 24, "depth": 1, "heads": 2, "d_key": 4, "rounding": 4, "window": 4000, "bases": 3072, "bins": 14}
    model = build("enformer", "tiny", **sizes)
    tensors = made(enformer(24, 1, 4, tuple(model.config.widths()), 2))
    torch.save(tensors, tmp_path / "pytorch_model.bin")
    fresh = start(model, tmp_path)
    assert all(k.startswith("head.") for k in fresh)
    attention = model.trunk.transformer[0][0][1]
    assert torch.equal(attention.relative.weight, tensors["transformer.0.0.fn.1.to_rel_k.weight"])
    assert torch.equal(attention.position_bias, tensors["transformer.0.0.fn.1.rel_pos_bias"][0])
    assert torch.equal(model.trunk.tower[2][2].logits.weight, tensors["conv_tower.2.2.to_attn_logits.weight"][..., 0])
    assert torch.equal(model.trunk.transformer[0][1][4].weight, tensors["transformer.0.1.fn.4.weight"])


@pytest.mark.parametrize(("prefix", "layer"), [("model.backbone.", ".layer"), ("hyena.backbone.", ""), ("model.model.", "")])
def test_hyenadna_from_all_its_forms(prefix, layer, tmp_path):
    sizes = {"window": 1000, "centre": 20, "resolution": 1, "stem": 1, "d_model": 8, "layers": 2, "d_filter": 6, "reach": 50}
    model = build("hyenadna", "tiny", **sizes)
    tensors = made(hyena(prefix, 8, 2, 50, layer, 6)) | {"model.lm_head.weight": torch.zeros(16, 8)}
    torch.save({"state_dict": tensors, "epoch": 3}, tmp_path / "weights.ckpt")
    fresh = start(model, tmp_path / "weights.ckpt")
    assert all(k.startswith("head.") for k in fresh)
    at = f"{prefix}layers.1.mixer{layer}."
    assert torch.equal(model.embedding.table.weight, tensors[f"{prefix}embeddings.word_embeddings.weight"][:12])
    assert torch.equal(model.blocks[1].mixer.filter.last.weight, tensors[f"{at}filter_fn.implicit_filter.6.weight"])
    assert torch.equal(model.blocks[1].mixer.filter.frequency, tensors[f"{at}filter_fn.implicit_filter.5.freq"][0])
    assert torch.equal(model.blocks[1].mixer.bias, tensors[f"{at}filter_fn.bias"])
    assert torch.equal(model.blocks[0].mlp[2].weight, tensors[f"{prefix}layers.0.mlp{layer}.fc2.weight"])


def test_hyenadna_filters_of_another_reach_are_refused():
    model = build("hyenadna", "tiny", window=1000, centre=20, resolution=1, stem=1, d_model=8, layers=1, d_filter=6)
    with pytest.raises(InputError, match="--set reach=50"):
        translate(model, made(hyena("backbone.", 8, 1, 50, "", 6)))


@pytest.mark.parametrize(("sub", "words"), [("", "word_embeddings.weight"), (".submodule", "word_embeddings.embedding.weight")])
def test_published_caduceus_ph_and_ps(sub, words, tmp_path):
    model = build("caduceus", window=1000, centre=20, d_model=32, layers=2)
    at = "caduceus.backbone."
    tensors = made(caduceus_stack(at, 32, 2, sub, tied_copy=sub == "") | {f"{at}embeddings.{words}": (16, 32)})
    tensors |= {f"{at}embeddings.word_embeddings.complement_map": torch.arange(16), "lm_head.weight": torch.zeros(16, 32)}
    save_file(tensors, tmp_path / "model.safetensors")
    fresh = start(model, tmp_path)
    assert all(k.startswith("head.") for k in fresh)
    mixer = model.stack.blocks[1].mixer
    assert torch.equal(mixer.back.A_log, tensors[f"{at}layers.1.mixer{sub}.mamba_rev.A_log"])
    assert torch.equal(mixer.ahead.conv.weight, tensors[f"{at}layers.1.mixer{sub}.mamba_fwd.conv1d.weight"])
    embedded = model.sequence.project(torch.eye(5, 4))  # A C G T N
    torch.testing.assert_close(embedded, tensors[f"{at}embeddings.{words}"][7:12])


def test_one_published_backbone_starts_generator_and_predictor(tmp_path):
    model = build("seq2exp_soft", window=1000, centre=20, d_model=32, layers=2)
    at = "caduceus.backbone."
    tensors = made(caduceus_stack(at, 32, 2) | {f"{at}embeddings.word_embeddings.weight": (16, 32)})
    save_file(tensors, tmp_path / "c.safetensors")
    start(model, tmp_path / "c.safetensors")
    for stack in (model.generator, model.predictor.stack):
        assert torch.equal(stack.blocks[0].mixer.in_proj.weight, tensors[f"{at}layers.0.mixer.mamba_fwd.in_proj.weight"])


def first_layers(d=128):
    return {
        f"model.{n}_input_layer.{k}": s for n, c in (("seq", 4), ("signal", 3)) for k, s in (("weight", (d, c)), ("bias", (d,)))
    }


def mask(prefix="model."):
    return {
        f"{prefix}mask_output.weight": (2, 128),
        f"{prefix}mask_output.bias": (2,),
        f"{prefix}prior_weights": (3,),
        f"{prefix}signal_betas": (3,),
    }


def generator(prefix="model."):
    return caduceus_stack(f"{prefix}generator.backbone.") | mask(prefix)


LIGHTNING = {
    "seq2exp_soft": first_layers() | generator() | caduceus_stack("model.encoder.backbone.") | head(),
    "seq2exp_hard": first_layers()
    | generator()
    | caduceus_stack("model.encoder.backbone.")
    | head()
    | {"model.pos_emb": (1, 200_000, 128)},
    "seq2exp_retrain": first_layers()
    | {k.replace("model.", "model.mask_model.", 1): v for k, v in first_layers().items() if "seq" in k}
    | generator("model.mask_model.")
    | caduceus_stack("model.encoder.backbone.")
    | head(),
    "macs3": first_layers() | caduceus_stack("model.encoder.backbone.") | head(),
    "caduceus": {"model.input_layer.weight": (128, 4), "model.input_layer.bias": (128,)}
    | caduceus_stack("model.caduceus.backbone.")
    | head(),
    "caduceus_signals": {"model.input_layer.weight": (128, 7), "model.input_layer.bias": (128,)}
    | caduceus_stack("model.caduceus.backbone.")
    | head(),
    "mamba": {"model.model.embedding.weight": (12, 128)}
    | {re.sub(r"mamba_fwd\.", "", k): v for k, v in caduceus_stack("model.model.").items() if "mamba_rev" not in k}
    | head(),
    "hyenadna": hyena("model.model.", layer="", vocabulary=12) | head(),
}


@pytest.mark.parametrize("name", LIGHTNING)
def test_checkpoints_of_the_papers_authors_at_their_size(name):
    tensors = {key: torch.empty(shape, device="meta") for key, shape in LIGHTNING[name].items()}
    model = build(name, variant="paper")
    assert check_all(model, tensors) == []


def test_authors_checkpoint_of_joined_layers_keeps_its_function(tmp_path):
    model = build("caduceus_signals", variant="paper", window=2000, centre=200)
    tensors = made(LIGHTNING["caduceus_signals"])
    torch.save({"state_dict": tensors}, tmp_path / "last.ckpt")
    assert start(model, tmp_path / "last.ckpt") == []
    given = torch.randn(5, 7)
    joined = given @ tensors["model.input_layer.weight"].T + tensors["model.input_layer.bias"]
    torch.testing.assert_close(model.sequence.project(given[:, :4]) + model.signal.project(given[:, 4:]), joined)


def test_epinformer_checkpoint_of_the_authors():
    tower, shapes = (
        (256, 128, 64, 64, 128),
        {"seq_encoder.stem_conv.0.weight": (256, 4, 1, 8), "seq_encoder.stem_conv.0.bias": (256,)},
    )

    def conv(at, a, b, k):
        return {f"{at}.weight": (b, a, 1, k), f"{at}.bias": (b,)}

    def norm(at, c):
        return {f"{at}.{k}": (c,) for k in ("weight", "bias", "running_mean", "running_var")} | {f"{at}.num_batches_tracked": ()}

    for i, (a, b) in enumerate(pairwise(tower)):
        at = f"seq_encoder.conv_tower.{2 * i}"
        shapes |= conv(f"{at}.0", a, b, 3) | norm(f"{at}.1", b) | conv(f"seq_encoder.conv_tower.{2 * i + 1}.0", b, b, 1)
    for i, (a, b, k) in enumerate(((128, 64, 3), (64, 64, 3), (64, 64, 3), (64, 32, 1))):
        shapes |= conv(f"conv_out.{3 * i}", a, b, k) | norm(f"conv_out.{3 * i + 1}", b)
    shapes |= {"conv_out.12.weight": (2, 101), "conv_out.12.bias": (2,)}
    shapes |= {
        "add_pos_conv.0.weight": (64, 67, 1),
        "add_pos_conv.0.bias": (64,),
        "add_pos_conv.2.weight": (64, 64, 1),
        "add_pos_conv.2.bias": (64,),
    }
    for i in range(3):
        at = f"attn_encoder.{i}."
        shapes |= {f"{at}self_attn.in_proj_weight": (192, 64), f"{at}self_attn.in_proj_bias": (192,)}
        shapes |= {f"{at}self_attn.out_proj.weight": (64, 64), f"{at}self_attn.out_proj.bias": (64,)}
        shapes |= {f"{at}norm{n}.{k}": (64,) for n in (1, 2) for k in ("weight", "bias")}
        shapes |= {f"{at}ff.0.weight": (256, 64), f"{at}ff.0.bias": (256,), f"{at}ff.2.weight": (64, 256), f"{at}ff.2.bias": (64,)}
    shapes |= {k.removeprefix("model."): v for k, v in head(64).items()}
    with torch.device("meta"):
        tensors = {name: torch.empty(shape) for name, shape in shapes.items()}
        assert check_all(build("epinformer"), tensors) == []


def test_own_checkpoint_of_the_same_model_loads_whole(tmp_path):
    a, b = (build("seq2exp_soft", "tiny", window=4000) for _ in range(2))
    save_file(a.state_dict(), tmp_path / "model.safetensors")
    assert start(b, tmp_path) == []
    assert all(torch.equal(x, y) for x, y in zip(a.state_dict().values(), b.state_dict().values(), strict=True))


def test_another_model_is_refused_with_the_first_names(tmp_path):
    save_file(made(hyena("backbone.", 8, 1, 20, "", 6)), tmp_path / "h.safetensors")
    model = build("caduceus", window=1000, centre=20, d_model=8, layers=1)
    with pytest.raises(
        InputError, match=r"missing stack\.blocks\.0\.\S+, .* and \d+ more, not expected backbone\.layers\.0\.mixer\.filter"
    ):
        start(model, tmp_path / "h.safetensors")


def test_another_size_is_refused_with_both_shapes(tmp_path):
    at = "caduceus.backbone."
    save_file(made(caduceus_stack(at, 64, 2) | {f"{at}embeddings.word_embeddings.weight": (16, 64)}), tmp_path / "c.safetensors")
    with pytest.raises(InputError, match=r"is \(64,.*\(32,.*--set d_model=N"):
        start(build("caduceus", window=1000, centre=20, d_model=32, layers=2), tmp_path / "c.safetensors")


class Payload:
    def __reduce__(self):
        return print, ("ran",)


def test_a_file_with_code_is_refused_and_nothing_runs(tmp_path, capsys):
    torch.save({"state_dict": {"a": torch.zeros(1)}, "config": Payload()}, tmp_path / "x.ckpt")
    with pytest.raises(InputError, match="tensors alone"):
        read(tmp_path / "x.ckpt")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("content", [b"", b"not weights at all"])
@pytest.mark.parametrize("name", ["w.ckpt", "w.safetensors"])
def test_damaged_and_absent_files_are_input_errors(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=name):
        read(tmp_path / name)
    with pytest.raises(InputError, match="no weights there"):
        read(tmp_path / "absent")


def test_fitted_models_take_no_start(tmp_path):
    with pytest.raises(InputError, match="leave out --init-from"):
        start(build("evidence"), tmp_path)

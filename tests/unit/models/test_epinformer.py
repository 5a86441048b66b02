from dataclasses import replace

import pytest
import torch
from baseline_batches import batch
from torch.nn import functional as F

from seq2exp_py.errors import InputError
from seq2exp_py.models import build, configure
from seq2exp_py.models.epinformer import star
from seq2exp_py.models.parts.elements import elements

SMALL = {
    "window": 12_000,
    "length": 1800,
    "stem_width": 6,
    "tower": (5, 4, 4, 6),
    "out": (4, 4, 4, 2),
    "slots": 4,
    "heads": 2,
    "blocks": 2,
}
PEAKS = [(500, 900), (8000, 8300), (10_000, 10_500)]


@pytest.fixture
def model():
    torch.manual_seed(0)
    made = build("epinformer", "tiny", **SMALL)
    for layer in made.modules():
        if isinstance(layer, torch.nn.BatchNorm1d):
            layer.running_mean.uniform_(-0.5, 0.5)
            layer.running_var.uniform_(0.5, 2)
    return made.eval()


def norm(x, layer):
    return (x - layer.running_mean[:, None]) / torch.sqrt(layer.running_var[:, None] + 1e-5) * layer.weight[:, None] + layer.bias[
        :, None
    ]


def conv(x, layer, dilation=1, left=0, right=0):
    """Convolution of one element, written out: (C, T) -> (C', T')."""
    x = F.pad(x, (left, right))
    kernel = layer.weight.shape[2]
    length = x.shape[1] - (kernel - 1) * dilation
    return layer.bias[:, None] + sum(layer.weight[:, :, k] @ x[:, k * dilation : k * dilation + length] for k in range(kernel))


def layer_norm(x, layer):
    return (x - x.mean(-1, keepdim=True)) / torch.sqrt(x.var(-1, correction=0, keepdim=True) + 1e-5) * layer.weight + layer.bias


def encode(x, encoder):
    x = F.elu(conv(x, encoder.stem, left=3, right=4))
    for step in encoder.tower:
        x = F.elu(norm(conv(x, step.reduce[0], left=1, right=1), step.reduce[1]))
        x = torch.maximum(x[:, 0 : x.shape[1] // 2 * 2 : 2], x[:, 1::2])
        x = x + F.elu(conv(x, step.pointwise))
    for i, dilation in enumerate((2, 4, 6, 1)):
        x = F.elu(norm(conv(x, encoder.out[3 * i], dilation), encoder.out[3 * i + 1]))
    return F.elu(x @ encoder.summary.weight.T + encoder.summary.bias).flatten()


def attend(tokens, used, block):
    """One block over (K, width) tokens: the promoter sees all used slots, the others themselves and the promoter."""
    count, width = tokens.shape
    x = layer_norm(tokens, block.norm1)
    q, k, v = (x @ block.inward.weight.T + block.inward.bias).split(width, 1)
    size = width // block.heads
    seen = torch.zeros(count, width)
    for head in range(block.heads):
        cut = slice(head * size, (head + 1) * size)
        for i in range(count):
            keys = [j for j in range(count) if used[j] and (i == 0 or j in (0, i))]
            weights = torch.softmax(torch.stack([q[i, cut] @ k[j, cut] / size**0.5 for j in keys]), 0)
            seen[i, cut] = sum(w * v[j, cut] for w, j in zip(weights, keys, strict=True))
    tokens = tokens + seen @ block.outward.weight.T + block.outward.bias
    hidden = torch.relu(layer_norm(tokens, block.norm2) @ block.forth[0].weight.T + block.forth[0].bias)
    return tokens + hidden @ block.forth[2].weight.T + block.forth[2].bias


def test_prediction_equals_the_formula_written_out(model):
    given = batch(width=12_000, peaks=PEAKS)
    found = elements(given, 4, 1800)
    for sample, predicted in enumerate(model(given).expression):
        embedded = torch.stack([encode(torch.eye(5, 4)[codes.long()].T, model.encoder) for codes in found.sequence[sample]])
        features = found.features[sample].clone()
        features[:, 2] = torch.log1p(features[:, 2])  # the default variant
        tokens = torch.cat([embedded, features], 1)
        for layer in (model.fusion[0], model.fusion[2]):
            tokens = torch.relu(tokens @ layer.weight.T + layer.bias)
        for block in model.blocks:
            tokens = attend(tokens, found.present[sample], block)
        one = replace(given, features=given.features[sample : sample + 1])
        torch.testing.assert_close(predicted, model.head(tokens[:1], one)[0], atol=1e-5, rtol=1e-4)


def test_star_blocks_pairs_of_elements_and_empty_keys():
    allowed = star(torch.tensor([[True, True, True, False]]))[0]
    assert allowed.int().tolist() == [[1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 0]]


def test_elements_do_not_reach_each_other_in_one_block(model):
    tokens = torch.randn(1, 5, 4, requires_grad=True)
    out = model.blocks[0](tokens, star(torch.ones(1, 5, dtype=torch.bool)))
    (gradient,) = torch.autograd.grad(out[0, 2].sum(), tokens)
    assert gradient[0, [1, 3, 4]].abs().max() == 0
    assert gradient[0, [0, 2]].abs().amin(1).max() > 0


def test_order_and_content_of_slots_matter_only_where_they_are_used(model):
    found = elements(batch(width=12_000, peaks=PEAKS), 6, 1800)
    expected = model.interact(found)[:, 0]
    order = torch.tensor([0, 3, 6, 1, 5, 2, 4])
    shuffled = replace(found, **{k: getattr(found, k)[:, order] for k in ("sequence", "features", "present")})
    torch.testing.assert_close(model.interact(shuffled)[:, 0], expected)
    noisy = found.sequence.clone()
    noisy[:, 4:] = 1
    torch.testing.assert_close(model.interact(replace(found, sequence=noisy))[:, 0], expected, atol=0, rtol=0)


def test_published_variant_masks_elements_without_a_known_base_and_survives_an_unknown_window():
    torch.manual_seed(0)
    model = build("epinformer", "tiny", **SMALL, variant="paper").eval()
    given = batch(width=12_000, peaks=PEAKS)
    blank = replace(given, sequence=torch.full_like(given.sequence, 4))
    assert model(blank).expression.isfinite().all()
    louder = replace(blank, signals=blank.signals * 2)
    torch.testing.assert_close(model(louder).expression, model(blank).expression, atol=0, rtol=0)


def test_scale_of_the_cell_cancels_in_the_corrected_variant(model):
    given = batch(width=12_000, peaks=PEAKS)
    deeper = replace(given, signals=given.signals * torch.tensor([4.0, 8.0, 1.0]), scale=torch.tensor([[4.0, 8.0, 1.0]] * 2))
    torch.testing.assert_close(model(deeper).expression, model(given).expression)


def test_length_must_fit_the_window():
    with pytest.raises(InputError, match="at most the window"):
        configure("epinformer", window=1000, centre=200)

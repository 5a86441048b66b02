import pytest
import torch
from torch.nn import functional as F

from seq2exp_py.models.parts.backbone import Direction, Mixer, Stack, flips, take


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def by_hand(direction: Direction, xz: torch.Tensor) -> torch.Tensor:
    """One direction as the Mamba paper writes it, step by step."""
    x, z = xz.chunk(2, -1)
    taps, rank = direction.conv.weight[:, 0], direction.dt_proj.in_features
    state = direction.A_log.shape[1]
    padded = F.pad(x, (0, 0, 3, 0))
    x = F.silu(sum(padded[:, k : k + x.shape[1]] * taps[:, k] for k in range(4)) + direction.conv.bias)
    r, B, C = torch.split(x @ direction.x_proj.weight.T, [rank, state, state], -1)
    step = F.softplus(r @ direction.dt_proj.weight.T + direction.dt_proj.bias)
    h, out = torch.zeros(len(x), x.shape[2], state), []
    for t in range(x.shape[1]):
        h = torch.exp(step[:, t, :, None] * -direction.A_log.exp()) * h + (step[:, t] * x[:, t])[..., None] * B[:, t, None]
        out.append((h * C[:, t, None]).sum(-1) + direction.D * x[:, t])
    return torch.stack(out, 1) * F.silu(z)


def test_a_direction_is_the_written_out_recurrence():
    direction, xz = Direction(16, 4), torch.randn(2, 37, 64)
    assert torch.allclose(direction(xz), by_hand(direction, xz), atol=1e-5)
    assert torch.allclose(direction(xz, reverse=True), by_hand(direction, xz.flip(1)).flip(1), atol=1e-5)


def test_projecting_once_equals_projecting_each_direction():
    mixer, tokens = Mixer(16, 4, both=True, init_depth=1), torch.randn(2, 33, 16)
    ahead = mixer.out_proj(by_hand(mixer.ahead, mixer.in_proj(tokens)))
    back = mixer.out_proj(by_hand(mixer.back, mixer.in_proj(tokens.flip(1)))).flip(1)
    assert torch.allclose(mixer(tokens, slice(None), None), ahead + back, atol=1e-5)


def test_a_stack_with_equal_directions_is_flip_symmetric():
    stack, tokens = Stack(16, 4, 2), torch.randn(1, 40, 16)
    assert not torch.allclose(stack(tokens.flip(1)), stack(tokens).flip(1), atol=1e-4)
    for block in stack.blocks:
        block.mixer.back.load_state_dict(block.mixer.ahead.state_dict())
    assert torch.allclose(stack(tokens.flip(1)), stack(tokens).flip(1), atol=1e-5)


@pytest.mark.parametrize("both", [True, False])
def test_wanted_tokens_equal_those_of_the_whole_output(both):
    stack, tokens = Stack(16, 4, 2, both=both), torch.randn(2, 50, 16)
    assert torch.allclose(stack(tokens, wanted=slice(20, 27)), stack(tokens)[:, 20:27], atol=1e-6)


def test_padding_behind_a_sample_changes_nothing():
    stack, lengths = Stack(16, 4, 2), torch.tensor([30, 41])
    tokens = torch.randn(2, 41, 16)
    padded = tokens.clone()
    padded[0, 30:] = 0
    together = stack(padded, flip=flips(lengths, 41))
    assert torch.allclose(together[:1, :30], stack(tokens[:1, :30]), atol=1e-6)
    assert torch.allclose(together[1:], stack(tokens[1:]), atol=1e-6)


def test_flips_reverse_the_real_tokens_and_undo_themselves():
    index = flips(torch.tensor([3, 5]), 5)
    assert index.tolist() == [[2, 1, 0, 3, 4], [4, 3, 2, 1, 0]]
    tokens = torch.randn(2, 5, 3)
    assert torch.equal(take(take(tokens, index), index), tokens)


def test_checkpointing_changes_no_gradient():
    gradients = []
    for checkpointing in (False, True):
        torch.manual_seed(1)
        stack, tokens = Stack(16, 4, 2), torch.randn(1, 20, 16, requires_grad=True)
        stack.checkpointing = checkpointing
        stack.train()(tokens).square().sum().backward()
        gradients.append([tokens.grad] + [p.grad for p in stack.parameters()])
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(*gradients, strict=True))


def test_initial_values():
    stack = Stack(32, 8, 2, init_depth=64)
    direction = stack.blocks[0].mixer.ahead
    assert torch.allclose(direction.A_log.exp(), torch.arange(1.0, 9).expand(64, 8))
    step = F.softplus(direction.dt_proj.bias)
    assert step.min() >= 1e-4 * 0.99
    assert step.max() <= 0.1 * 1.01
    bound = 64**-0.5  # of a plain linear layer with 64 inputs
    assert stack.blocks[0].mixer.out_proj.weight.abs().max() <= bound / 8
    assert stack.blocks[0].mixer.out_proj.weight.abs().max() > 0.9 * bound / 8


def test_a_gate_of_zero_silences_a_token_and_a_factor_on_the_embedding_hardly_does():
    stack, tokens = Stack(16, 4, 2), torch.randn(1, 30, 16)
    other = tokens.clone()
    other[0, 12] = torch.randn(16)
    gate = torch.ones(1, 30)
    gate[0, 12] = 0.01

    @torch.no_grad()
    def change(gate: torch.Tensor | None) -> float:
        scale = torch.ones(1, 30, 1)
        scale[0, 12] = 0.01
        apart = stack(other * scale, gate) - stack(tokens * scale, gate)
        return float(apart[0, [10, 11, 13, 14]].abs().max())

    assert change(gate) < 0.05 * change(None)

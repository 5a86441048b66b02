"""The predictor of every masked model: embeddings under a mask, BiMamba blocks, mean over the centre, head."""

import torch
from torch import Tensor, nn

from seq2exp_py.models.parts.backbone import Stack, flips, take
from seq2exp_py.models.parts.head import Head
from seq2exp_py.models.parts.inputs import centre
from seq2exp_py.models.parts.mask_config import LEARNED, MaskConfig
from seq2exp_py.store.batch import Batch


def stack(config: MaskConfig) -> Stack:
    """A bidirectional stack of the configuration's sizes."""
    return Stack(config.d_model, config.d_state, config.layers, init_depth=config.init_depth)


def generator(config: MaskConfig) -> Stack | None:
    """The stack that learns from expression what the sequence says; None where something else says it, or nothing."""
    return stack(config) if config.sequence == LEARNED else None


def read(generator: Stack | None, tokens: Tensor) -> Tensor | None:
    """(B, T, d_model) a generator's outputs; None without one."""
    return None if generator is None else generator(tokens)


class Predictor(nn.Module):
    """(B, T, d_model) embeddings and (B, T) mask -> (B,) expression.

    Args:
        config: sizes, and `gate`.
        blocks: a stack to use instead of one of its own (the published hard model shares it with the generator).
    """

    def __init__(self, config: MaskConfig, blocks: Stack | None = None):
        super().__init__()
        self.config = config
        self.stack = stack(config) if blocks is None else blocks
        self.head = Head(config.d_model, config)

    def dense(self, tokens: Tensor, mask: Tensor, batch: Batch) -> Tensor:
        """Multiply every token by its mask and read the whole window."""
        masked = tokens * mask.unsqueeze(-1).to(tokens.dtype)
        outputs = self.stack(masked, self._gate(mask), wanted=centre(self.config))
        return self._pooled(outputs, batch)

    def compact(self, tokens: Tensor, mask: Tensor, batch: Batch, live: bool) -> Tensor:
        """Read only the tokens whose mask is 1, moved together in genomic order.

        The padding behind the shorter samples of a batch stays behind them in both directions, so it changes nothing.

        Args:
            tokens: (B, T, d_model) embeddings.
            mask: (B, T) of exact 0 and 1, 1 on the whole centre.
            batch: for the features.
            live: multiply the gathered tokens by their mask, which changes no value and lets the task's gradient reach the mask;
                the published model does not.
        """
        kept = mask > 0
        lengths = kept.sum(1)
        width = int(lengths.max())
        order = torch.argsort((~kept).to(torch.uint8), dim=1, stable=True)[:, :width]
        real = torch.arange(width, device=mask.device) < lengths[:, None]
        factor = (mask.gather(1, order) if live else torch.ones_like(order, dtype=mask.dtype)) * real
        gathered = take(tokens, order) * factor.unsqueeze(-1).to(tokens.dtype)
        flip = None if bool((lengths == width).all()) else flips(lengths, width)
        outputs = self.stack(gathered, self._gate(factor), flip=flip)
        middle = centre(self.config)
        first = kept[:, : middle.start].sum(1, keepdim=True)
        index = first + torch.arange(middle.stop - middle.start, device=mask.device)
        return self._pooled(take(outputs, index), batch)

    def _gate(self, mask: Tensor) -> Tensor | None:
        return mask if self.config.gate == "blocks" else None

    def _pooled(self, outputs: Tensor, batch: Batch) -> Tensor:
        expression: Tensor = self.head(outputs.float().mean(1), batch)
        return expression

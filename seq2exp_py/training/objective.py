"""What is minimised: the task, the KL that the model gives, and a mask ratio held by a Lagrange multiplier."""

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F

from seq2exp_py.models.base import Output
from seq2exp_py.training.settings import Settings

DESCENT = 0.5  # share of the training over which the excess that is allowed falls from that of the first step to zero
HIGHEST = 10.0  # bound of the price's integral part, so that it does not wind up while the mask cannot follow


@dataclass
class Multiplier:
    """Holds a mean excess at zero by proportional and integral control of its price.

    What is allowed starts at the excess of the first step and falls to zero: a mask that is squeezed before the task has told
    which tokens matter loses all of them, and a threshold lets none back in. Between zero and what is allowed nothing pulls.
    The price is fixed during a step, so a loss linear in the excess is the same sum over micro-batches or processes.
    """

    price: float = 0.0
    total: float = 0.0
    first: float | None = None

    def update(self, excess: float, done: float, settings: Settings) -> None:
        """Set the price of the next step.

        Args:
            excess: of this step.
            done: share of the training that is over.
            settings: how strongly to answer.
        """
        self.first = excess if self.first is None else self.first
        allowed = max(0.0, self.first * (1 - done / DESCENT))
        excess = max(excess - allowed, min(excess, 0.0))
        self.total = min(HIGHEST, max(-HIGHEST, self.total + settings.drift * excess))
        self.price = self.total + settings.pull * excess


@dataclass(frozen=True, slots=True)
class Loss:
    """Scalars of a batch: what is minimised, and its parts."""

    total: Tensor
    task: Tensor
    regulariser: Tensor
    excess: Tensor


def loss(output: Output, target: Tensor, price: float, settings: Settings) -> Loss:
    """Loss of a batch, a mean over its samples.

    Args:
        output: prediction of a model.
        target: (B,) log10(expression + 1).
        price: of a unit of excess mask ratio, from `Multiplier`.
        settings: for the kind of loss.
    """
    task = (F.smooth_l1_loss if settings.loss == "smooth_l1" else F.mse_loss)(output.expression, target)
    zero = task.new_zeros(())
    regulariser = zero if output.regulariser is None else output.regulariser
    excess = zero if output.excess is None else output.excess
    return Loss(task + regulariser + price * excess, task, regulariser, excess)

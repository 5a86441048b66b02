"""What is minimised: the task, the KL that the model gives, and a mask ratio held by a Lagrange multiplier."""

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F

from seq2exp_py.models import Output
from seq2exp_py.training.settings import Settings


@dataclass
class Multiplier:
    """Holds a mean excess at zero by proportional and integral control of its price.

    The price is fixed during a step, so a loss linear in the excess is the same sum over micro-batches or processes.
    """

    price: float = 0.0
    total: float = 0.0

    def update(self, excess: float, settings: Settings) -> None:
        """Set the price of the next step from the excess of this one."""
        self.total += settings.drift * excess
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

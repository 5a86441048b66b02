"""From stores to a checkpoint folder: one run of one model with one seed; torch comes with the networks."""

from seq2exp_py.models.rows import find
from seq2exp_py.training import fitted
from seq2exp_py.training.clock import Clock
from seq2exp_py.training.request import Request


def train(request: Request, clock: Clock) -> None:
    """Train and write the checkpoint; the state is removed once that is whole.

    Raises:
        InputError: something asked for cannot be done, or training diverged.
        OutOfTimeError: the state is saved; the same call goes on from it.
    """
    if find(request.model).kind == "table":
        fitted.train(request)
        return
    from seq2exp_py.training import networks

    networks.train(request, clock)

"""Part 4: what the card can do, and each kernel's share of it."""

import torch
from torch.profiler import ProfilerActivity, profile

from benchmarks.card import floor
from benchmarks.card.part import Part
from benchmarks.card.rehearsal import small_tiles
from benchmarks.card.sizes import Sizes, sizes
from seq2exp_py.kernels.operands import Operands
from seq2exp_py.kernels.triton import launch


def measure(part: Part) -> None:
    size = sizes(part.dry)
    if part.dry:
        small_tiles()
    rates = {"copy": float("nan")}
    with part.attempt("copy"):
        rates["copy"] = copied(part, size)
        part.add(rate="copy", bytes_per_second=rates["copy"])
    for precision in (torch.bfloat16, torch.float32):
        with part.attempt(f"product in {precision}"):
            part.add(rate=f"product, {str(precision).removeprefix('torch.')}", flop_per_second=product(part, size, precision))
    for batch in size.batches[:1] if part.dry else size.batches:
        for dtype in (torch.float32, torch.bfloat16):
            with part.attempt(f"kernels, batch {batch}, {dtype}"):
                for row in shares(part, size, batch, dtype, rates["copy"]):
                    part.add(**row)


def copied(part: Part, size: Sizes) -> float:
    """Bytes read and written per second by a copy."""
    source = torch.ones(size.copied, dtype=torch.uint8, device=part.device)
    target = torch.empty_like(source)
    return 2 * size.copied / part.seconds(lambda: target.copy_(source), size.repeats, 2)


def product(part: Part, size: Sizes, dtype: torch.dtype) -> float:
    """FLOP per second of a product of random square matrices."""
    a, b = (torch.randn(size.product, size.product, device=part.device).to(dtype) for _ in "ab")
    return 2 * size.product**3 / part.seconds(lambda: a @ b, size.repeats, 2)


def shares(part: Part, size: Sizes, batch: int, dtype: torch.dtype, copy: float) -> list[dict[str, object]]:
    """Time of each kernel of one direction at the paper's width, and its bytes over that time as a share of the copy's rate."""
    channels, states = (16, 2) if part.dry else (256, 16)
    wide = {name: torch.randn(batch, size.gene, channels, device=part.device).to(dtype) for name in ("u", "delta", "z")}
    mixing = {name: torch.randn(batch, size.gene, states, device=part.device).to(dtype) for name in "BC"}
    A, zeros = -torch.rand(channels, states, device=part.device), torch.zeros(channels, device=part.device)
    operands = Operands(wide["u"], wide["delta"], A, mixing["B"], mixing["C"], zeros, wide["z"], zeros, delta_softplus=True)
    scan = launch.Launch(operands)

    def work() -> None:
        starts, spent = scan.starts()
        scan.forward(starts.clone())
        scan.backward(starts, spent, wide["u"])

    work()
    part.wait()
    with profile(activities=[ProfilerActivity.CPU if part.dry else ProfilerActivity.CUDA]) as found:
        work()
        part.wait()
    seconds = {row.key: getattr(row, "device_time_total", 0.0) / 1e6 for row in found.key_averages()}
    rows = []
    shape = floor.Shape(batch, size.gene, channels, states, wide["u"].element_size())
    for name, cost in floor.kernels(shape).items():
        took = seconds.get(name)
        said = {"kernel": name, "batch": batch, "dtype": str(dtype).removeprefix("torch."), "seconds": took, **cost._asdict()}
        rows.append(said | ({} if not took else {"share_of_copy": cost.moved / took / copy, "exps_per_second": cost.exps / took}))
    return rows

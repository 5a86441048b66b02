from dataclasses import replace

import pytest
from click.testing import CliRunner

from seq2exp_py.cli.plan import command
from seq2exp_py.errors import InputError
from seq2exp_py.runtime import costs, plan

MANY = plan.Request(cells=100, seeds=5, gpus=8, models=("seq2exp_soft", "ridge"))


def test_one_layer_on_one_token_of_the_paper():
    assert costs.layer(128, 16) == costs.Work(flop=323_584, moved=808 * 2 * 2 * 4)
    assert costs.layer(128, 16, both=False).flop == 260_096
    assert costs.forward("caduceus", "paper").flop == 323_584 * 200_000 * 4
    assert costs.forward("caduceus_signals_2kb", "paper").flop == 323_584 * 2_000 * 4


def test_training_sees_the_published_number_of_genes():
    assert costs.samples("seq2exp_soft", "paper", 18_377) == (400_000, 26)
    assert costs.samples("caduceus", "paper", 18_377) == (800_000, 51)
    assert costs.samples("seq2exp_soft", "small", 1_000) == (12 * 870, 12)


def test_time_is_bound_by_arithmetic_or_by_memory():
    gpu = costs.Gpu(fp32=10.0, bf16=100.0, memory=5.0)
    work = costs.Work(flop=40.0, moved=10.0)
    assert work.seconds(gpu, "fp32") == 4.0 / costs.UTILISATION
    assert work.seconds(gpu, "bf16") == 2.0 / costs.UTILISATION


@pytest.mark.parametrize(
    ("chains", "gpus", "end"),
    [
        ([[3, 1], [2, 1], [4]], 2, 6),
        ([[3, 1], [2, 1], [4]], 1, 11),
        ([[3, 1], [2, 1], [4]], 9, 4),
        ([[1, 5], [1, 1]], 2, 6),
        ([], 2, 0),
    ],
)
def test_list_schedule(chains, gpus, end):
    assert plan.schedule(chains, gpus) == end


def test_counts_and_storage_of_a_hundred_cells():
    found = plan.plan(MANY)
    assert found.tasks["TRAIN"] == found.tasks["PREDICT"] == 1000
    assert found.tasks["ANNOTATE"] == 200
    assert sum(found.tasks.values()) == 2308
    assert "CALL_PEAKS" not in found.tasks
    assert list(found.gpu_hours) == ["seq2exp_soft"]
    assert found.storage["predictions"] == 500 * 18_377 * 200_000 * 2
    assert found.storage["cell stores"] == 100 * 2 * 3.1e9 * 4


def test_peaks_are_called_once_for_each_cell_where_a_model_needs_them():
    assert plan.plan(plan.Request(3, 2, 1, ("macs3", "ridge"))).tasks["CALL_PEAKS"] == 3


def test_more_gpus_take_less_time_down_to_the_longest_chain():
    hours = [plan.plan(plan.Request(2, 2, gpus, ("seq2exp_soft",))).hours for gpus in (1, 2, 4, 8)]
    longest = plan.plan(plan.Request(2, 2, 1, ("seq2exp_soft",))).longest
    assert hours == pytest.approx([4 * longest, 2 * longest, longest, longest])


def test_only_models_on_the_cpu_need_no_gpu():
    found = plan.plan(plan.Request(1, 1, 1, ("ridge", "gbm")))
    assert (found.hours, found.longest, found.gpu_hours) == (0, 0, {})


def test_command_prints_the_estimate_and_where_it_comes_from():
    done = CliRunner().invoke(command, ["--cells", "100", "--seeds", "5", "--gpus", "8"])
    assert done.exit_code == 0
    assert "2,308" in done.output
    assert "nothing was measured on a GPU" in done.output


def test_unknown_model_is_refused():
    with pytest.raises(InputError, match="'rigde' is unknown"):
        plan.plan(plan.Request(1, 1, 1, ("rigde",)))


def test_downloads_are_those_of_the_contacts_that_are_asked_for():
    downloads = {c: plan.plan(replace(MANY, cells=1, contacts=c)).downloads for c in ("powerlaw", "average", "hic")}
    assert downloads == {"powerlaw": 3e9, "average": 57.1e9, "hic": 23e9}


def test_numbers_kept_for_the_backward_pass_are_those_that_autograd_keeps(monkeypatch):
    """A block as a GPU runs it; its kernels' launches stand still, so that only what is kept is real."""
    pytest.importorskip("triton", reason="triton is not installed")
    import torch

    from seq2exp_py.kernels import inner
    from seq2exp_py.kernels.triton import launch
    from seq2exp_py.models.parts.backbone import Block

    d_model, states, length = 32, 4, 512

    class Still:
        def __init__(self, x):
            self.u, self.cells = x.u, (2, 1, states, 2 * d_model)

        def starts(self):
            return torch.zeros(self.cells), torch.zeros(2, 1, 2 * d_model)

        def forward(self, state):
            return torch.zeros_like(self.u)

    monkeypatch.setattr(launch, "Launch", Still)
    monkeypatch.setattr(inner, "choose", lambda device: "triton")
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    block, tokens = Block(d_model, states, both=True, init_depth=1), torch.randn(1, length, d_model, requires_grad=True)
    known, found = {p.untyped_storage().data_ptr() for p in block.parameters()}, {}

    def keep(x):
        found[x.untyped_storage().data_ptr()] = x
        return x

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda x: x):
        block(tokens, torch.rand(1, length, requires_grad=True), slice(None), None)
    numbers = sum(x.untyped_storage().nbytes() / 4 for at, x in found.items() if at not in known) / length
    assert numbers == pytest.approx(costs.kept(d_model, states), rel=0.05)


def test_memory_grows_with_genes_and_shrinks_with_what_is_recomputed():
    one = costs.vram("seq2exp_soft", "paper", 1, "fp32", False)
    assert costs.vram("seq2exp_soft", "paper", 8, "fp32", False) == 8 * one
    assert costs.vram("seq2exp_soft", "paper", 8, "fp32", True) < 8 * one / 3
    assert costs.vram("seq2exp_soft", "paper", 1, "bf16", False) < one
    assert costs.vram("enformer", "paper", 1, "fp32", False) is None


def test_a_plan_says_of_its_constants_whether_they_were_measured():
    done = CliRunner().invoke(command, ["--models", "seq2exp_soft,ridge"])
    assert "measured on a GPU: nothing" in done.output and "assumed: utilisation 40 %" in done.output
    assert "GPU memory" in done.output and "seq2exp_soft: training, 1 gene at a time" in done.output

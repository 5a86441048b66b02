from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from baseline_batches import batch
from safetensors.torch import load_file, save_file
from sklearn.linear_model import Ridge

from seq2exp_py.errors import InputError
from seq2exp_py.models import build
from seq2exp_py.models.gbm import grow
from seq2exp_py.models.parts.table import collect, table

SMALL = {"window": 4000, "centre": 200}
FITTED = [("ridge", {}), ("gbm", {"trees": 20, "leaves": 5})]


def genes(count=4, samples=20):
    """Batches whose target depends on features and signals."""
    for seed in range(count):
        given = batch(samples, seed=seed)
        level = torch.rand(samples, 1, 3, generator=torch.Generator().manual_seed(seed)) * 4
        given = replace(given, signals=given.signals * level)
        yield replace(given, target=given.features[:, 0] + (level[:, 0, 0] > 2) + 0.1 * given.target)


def test_table_holds_features_then_mean_signals_by_radius():
    config = build("ridge", variant="paper", **SMALL).config
    given = batch()
    made = table(given, config)
    assert made.shape == (2, config.columns) == (2, 15)
    torch.testing.assert_close(made[:, :9], given.features.double())
    torch.testing.assert_close(made[:, 9:12], given.signals[:, 1500:2500].mean(1).double())
    torch.testing.assert_close(made[:, 12:], given.signals.mean(1).double())


@pytest.mark.parametrize(
    ("fields", "columns"),
    [({"signals": False}, 9), ({"promoter_activity": False}, 14), ({"signals": False, "promoter_activity": False}, 8)],
)
def test_switches_drop_columns(fields, columns):
    config = build("gbm", **SMALL, **fields).config
    assert table(batch(), config).shape[1] == config.columns == columns


def test_depth_of_a_cell_cancels_in_the_corrected_table():
    config = build("ridge", **SMALL).config
    given = batch()
    deeper = replace(given, signals=given.signals * 4, scale=given.scale * 4)
    torch.testing.assert_close(table(deeper, config), table(given, config))


def test_ridge_equals_scikit_learn():
    model = build("ridge", penalty=3.0, **SMALL)
    model.fit(genes())
    x, y = collect(genes(), partial(table, config=model.config))
    scaled = ((x - x.mean(0)) / x.std(0, correction=0)).numpy()
    expected = Ridge(alpha=3.0).fit(scaled, y.numpy()).predict(scaled)
    predicted = torch.cat([model(b).expression for b in genes()]).numpy()
    np.testing.assert_allclose(predicted, expected, atol=1e-6)


def test_penalty_is_the_one_of_least_leave_one_out_error():
    model = build("ridge", **SMALL)
    model.fit(genes(1, 30))
    x, y = collect(genes(1, 30), partial(table, config=model.config))
    x = ((x - x.mean(0)) / x.std(0, correction=0)).numpy()

    def error(penalty):
        keep = [np.arange(30) != i for i in range(30)]
        return np.mean([(Ridge(alpha=penalty).fit(x[k], y[k]).predict(x[~k])[0] - y[~k].item()) ** 2 for k in keep])

    chosen = float(model.penalty)
    assert error(chosen) <= min(error(chosen * 3), error(chosen / 3))


def test_boosting_equals_scikit_learn():
    model = build("gbm", trees=20, leaves=5, **SMALL)
    x, y = collect(genes(), partial(table, config=model.config))
    grown = grow(x.numpy(), y.numpy(), model.config)
    model.fit(genes())
    fresh, _ = collect((replace(b, features=b.features * 1.7) for b in genes()), partial(table, config=model.config))
    np.testing.assert_allclose(model.walk(fresh).numpy(), grown.predict(fresh.numpy()), atol=1e-9)
    predicted = torch.cat([model(b).expression for b in genes()]).numpy()
    np.testing.assert_allclose(predicted, grown.predict(x.numpy()), atol=1e-6)


@pytest.mark.parametrize(("name", "fields"), FITTED)
def test_weights_go_through_safetensors_and_a_fit_repeats(name, fields, tmp_path):
    model, again, loaded = (build(name, **SMALL, **fields) for _ in range(3))
    model.fit(genes())
    again.fit(genes())
    save_file(model.state_dict(), tmp_path / "model.safetensors")
    loaded.load_state_dict(load_file(tmp_path / "model.safetensors"))
    given = batch(5, seed=9)
    assert torch.equal(model(given).expression, loaded(given).expression)
    assert torch.equal(model(given).expression, again(given).expression)


@pytest.mark.parametrize(("name", "fields"), FITTED)
def test_fit_beats_the_mean_and_skips_unknown_targets(name, fields):
    model, partial = (build(name, **SMALL, **fields) for _ in range(2))
    model.fit(genes())
    holed = [replace(b, target=b.target.where(torch.arange(20) < 15, torch.nan)) for b in genes()]
    partial.fit(holed)
    test = next(iter(genes(1)))
    for fitted in (model, partial):
        assert (fitted(test).expression - test.target).square().mean() < 0.5 * test.target.var()


def test_a_constant_column_gets_no_weight():
    model = build("ridge", **SMALL)
    model.fit(replace(b, features=torch.cat([torch.ones(20, 1), b.features[:, 1:]], 1)) for b in genes())
    assert model.weight[0] == 0
    assert model.weight.isfinite().all()


@pytest.mark.parametrize("name", ["ridge", "gbm"])
def test_no_measured_gene_is_an_input_error(name):
    with pytest.raises(InputError, match="expression"):
        build(name, **SMALL).fit([batch(target=torch.full((2,), torch.nan))])

from dataclasses import replace

import baseline_batches
import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file
from sklearn.linear_model import Ridge

from seq2exp_py.errors import InputError
from seq2exp_py.models import build, build_fitted
from seq2exp_py.models.gbm import grow
from seq2exp_py.models.parts import table as tables
from seq2exp_py.models.parts.head import features
from seq2exp_py.models.parts.table import table

SMALL = {"window": 4000, "centre": 200}
FITTED = [("ridge", {}), ("gbm", {"trees": 20, "leaves": 5})]


def batch(*given, **fields):
    return baseline_batches.batch(*given, **fields).arrays()


def genes(count=4, samples=20):
    """Windows whose target depends on features and signals."""
    for seed in range(count):
        given = batch(samples, seed=seed)
        level = torch.rand(samples, 1, 3, generator=torch.Generator().manual_seed(seed)).numpy() * 4
        given = replace(given, signals=given.signals * level)
        yield replace(given, target=given.features[:, 0] + (level[:, 0, 0] > 2) + 0.1 * given.target)


def collected(batches, config):
    return tables.collect((table(b, config), b.target) for b in batches)


def fit(model, batches):
    model.fit(*collected(batches, model.config))
    return model


def predicted(model, *batches):
    return np.concatenate([model.predict(table(b, model.config)) for b in batches])


def test_table_holds_features_then_mean_signals_by_radius():
    config = build_fitted("ridge", variant="paper", **SMALL).config
    given = batch()
    made = table(given, config)
    assert made.shape == (2, config.columns) == (2, 15)
    np.testing.assert_allclose(made[:, :9], given.features)
    np.testing.assert_allclose(made[:, 9:12], given.signals[:, 1500:2500].mean(1), rtol=1e-5)
    np.testing.assert_allclose(made[:, 12:], given.signals.mean(1), rtol=1e-5)


@pytest.mark.parametrize("variant", ["paper", "corrected"])
@pytest.mark.parametrize("seen", [True, False])
def test_table_and_the_heads_of_networks_see_the_same_features(variant, seen):
    config = build_fitted("ridge", variant=variant, promoter_activity=seen, signals=False, **SMALL).config
    given = baseline_batches.batch()
    np.testing.assert_allclose(table(given.arrays(), config), features(given, config).numpy(), rtol=1e-6)


@pytest.mark.parametrize(
    ("fields", "columns"),
    [({"signals": False}, 9), ({"promoter_activity": False}, 14), ({"signals": False, "promoter_activity": False}, 8)],
)
def test_switches_drop_columns(fields, columns):
    config = build_fitted("gbm", **SMALL, **fields).config
    assert table(batch(), config).shape[1] == config.columns == columns


def test_depth_of_a_cell_cancels_in_the_corrected_table():
    config = build_fitted("ridge", **SMALL).config
    given = batch()
    deeper = replace(given, signals=given.signals * 4, scale=given.scale * 4)
    np.testing.assert_allclose(table(deeper, config), table(given, config), rtol=1e-6)


def test_ridge_equals_scikit_learn():
    model = fit(build_fitted("ridge", penalty=3.0, **SMALL), genes())
    x, y = collected(genes(), model.config)
    scaled = (x - x.mean(0)) / x.std(0)
    expected = Ridge(alpha=3.0).fit(scaled, y).predict(scaled)
    np.testing.assert_allclose(predicted(model, *genes()), expected, atol=1e-9)


def test_penalty_is_the_one_of_least_leave_one_out_error():
    model = fit(build_fitted("ridge", **SMALL), genes(1, 30))
    x, y = collected(genes(1, 30), model.config)
    x = (x - x.mean(0)) / x.std(0)

    def error(penalty):
        keep = [np.arange(30) != i for i in range(30)]
        return np.mean([(Ridge(alpha=penalty).fit(x[k], y[k]).predict(x[~k])[0] - y[~k].item()) ** 2 for k in keep])

    chosen = float(model.values["penalty"])
    assert error(chosen) <= min(error(chosen * 3), error(chosen / 3))


def test_boosting_equals_scikit_learn():
    model = fit(build_fitted("gbm", trees=20, leaves=5, **SMALL), genes())
    grown = grow(*collected(genes(), model.config), model.config)
    fresh, _ = collected((replace(b, features=b.features * 1.7) for b in genes()), model.config)
    np.testing.assert_allclose(model.predict(fresh), grown.predict(fresh), atol=1e-9)


@pytest.mark.parametrize(("name", "fields"), FITTED)
def test_weights_go_through_safetensors_and_a_fit_repeats(name, fields, tmp_path):
    model, again, loaded = (build_fitted(name, **SMALL, **fields) for _ in range(3))
    fit(model, genes())
    fit(again, genes())
    save_file(model.values, tmp_path / "model.safetensors")
    loaded.fill(load_file(tmp_path / "model.safetensors"), tmp_path)
    given = batch(5, seed=9)
    assert np.array_equal(predicted(model, given), predicted(loaded, given))
    assert np.array_equal(predicted(model, given), predicted(again, given))


@pytest.mark.parametrize(("name", "fields"), FITTED)
@pytest.mark.parametrize("spoil", [lambda v: v[..., None], lambda v: v.astype(np.float32), None])
def test_weights_of_another_model_are_refused(name, fields, spoil, tmp_path):
    model = fit(build_fitted(name, **SMALL, **fields), genes())
    first, *others = model.values
    spoilt = {k: model.values[k] for k in others} | ({first: spoil(model.values[first])} if spoil else {})
    with pytest.raises(InputError, match=f"do not fit the model; use the same model, preset and tracks .{first}"):
        build_fitted(name, **SMALL, **fields).fill(spoilt, tmp_path)


@pytest.mark.parametrize(("name", "fields"), FITTED)
def test_fit_beats_the_mean_and_skips_unknown_targets(name, fields):
    model = fit(build_fitted(name, **SMALL, **fields), genes())
    holed = [replace(b, target=np.where(np.arange(20) < 15, b.target, np.nan)) for b in genes()]
    test = next(iter(genes(1)))
    for fitted in (model, fit(build_fitted(name, **SMALL, **fields), holed)):
        assert ((predicted(fitted, test) - test.target) ** 2).mean() < 0.5 * test.target.var()


def test_a_constant_column_gets_no_weight():
    ones = (replace(b, features=np.column_stack([np.ones(20), b.features[:, 1:]])) for b in genes())
    weight = fit(build_fitted("ridge", **SMALL), ones).values["weight"]
    assert weight[0] == 0
    assert np.isfinite(weight).all()


@pytest.mark.parametrize("name", ["ridge", "gbm"])
def test_no_measured_gene_is_an_input_error(name):
    with pytest.raises(InputError, match="expression"):
        fit(build_fitted(name, **SMALL), [batch(target=torch.full((2,), torch.nan))])


def test_the_regression_of_the_evidence_is_that_of_ridge():
    model = build("evidence", window=4096, centre=64, resolution=16)
    given = [baseline_batches.batch(20, 4096, seed=seed) for seed in range(3)]
    given = [replace(b, target=b.features[:, 0] + 0.1 * b.target) for b in given]
    model.fit(given)
    rows, target = np.concatenate([model.rows(b) for b in given]), np.concatenate([b.target for b in given])
    scaled = (rows - rows.mean(0)) / model.deviation.numpy()
    expected = Ridge(alpha=float(model.penalty)).fit(scaled, target).predict(scaled)
    with torch.no_grad():
        np.testing.assert_allclose(torch.cat([model(b).expression for b in given]), expected, atol=1e-5)

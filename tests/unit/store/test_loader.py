"""Order, resumption, threads and processes of the loader."""

import pickle
import threading

import pytest
import torch

from seq2exp_py.store import Store
from seq2exp_py.store.loader import batches, loader

WIDTH = 500


@pytest.fixture(scope="module")
def store(world):
    return Store.open(world.genome, [world.cell])


@pytest.fixture(scope="module")
def samples(store):
    return store.samples(measured=False) * 5


def ids(found):
    return [batch.gene_id for batch in found]


def test_without_a_seed_samples_come_as_given(store, samples):
    found = list(loader(store, samples, WIDTH, 4))
    assert [g for batch in found for g in batch.gene_id] == [store.genes.gene_id[s.gene] for s in samples]
    assert [len(b) for b in found] == [4] * 8 + [3]


def test_a_seed_decides_the_order(store, samples):
    first, again, other = (ids(loader(store, samples, WIDTH, 4, seed=(1, epoch))) for epoch in (0, 0, 1))
    assert first == again != other
    assert sorted(sum(first, ())) == sorted(sum(other, ()))


def test_the_order_of_a_seed_is_the_same_for_ever():
    assert batches(6, 4, (7, 0)) == [[5, 2, 0, 4], [1, 3]]
    assert batches(6, 4) == [[0, 1, 2, 3], [4, 5]]


@pytest.mark.parametrize("workers", [0, 2])
def test_starting_late_gives_the_rest_of_the_epoch(store, samples, workers):
    whole = ids(loader(store, samples, WIDTH, 4, seed=3, workers=workers))
    for start in (0, 1, 5, 8):
        assert ids(loader(store, samples, WIDTH, 4, seed=3, start=start, workers=workers)) == whole[start:]


def test_skipped_batches_are_not_loaded(store, samples, monkeypatch):
    loaded = []
    monkeypatch.setattr(Store, "batch", lambda self, rows, width: loaded.append(len(rows)))
    list(loader(store, samples, WIDTH, 4, start=7))
    assert loaded == [4, 3]


@pytest.mark.parametrize("workers", [1, 3])
def test_threads_give_the_same_batches(store, samples, workers):
    for one, other in zip(
        loader(store, samples, WIDTH, 4, seed=1), loader(store, samples, WIDTH, 4, seed=1, workers=workers), strict=True
    ):
        assert one.gene_id == other.gene_id
        assert torch.equal(one.signals, other.signals) and torch.equal(one.sequence, other.sequence)


def test_stopping_early_leaves_no_thread(store, samples):
    before = threading.active_count()
    batches_ = loader(store, samples, WIDTH, 4, workers=3)
    next(batches_)
    batches_.close()
    assert threading.active_count() == before


def test_an_error_while_loading_ahead_reaches_the_caller(store, samples):
    with pytest.raises(Exception, match="not a window of"):
        list(loader(store, samples, 10**6, 4, workers=2))


def test_a_store_sent_to_another_process_maps_its_files_anew(store):
    sample = store.samples("train")[:1]
    expected = store.batch(sample, WIDTH)
    sent = pickle.dumps(store)
    assert len(sent) < 100_000  # no chromosome travels
    found = pickle.loads(sent).batch(sample, WIDTH)
    assert torch.equal(found.signals, expected.signals) and torch.equal(found.sequence, expected.sequence)

"""The default method against planted truth: does it find the true features, and do its intervals hold what they say?"""

import warnings

import keras
import numpy as np
import pytest
from keras import layers

import nbviz

from .planted import CLASSES, FEATURES, TRUE, planted, total_variation

SEEDS = range(3)
REDRAWS = 200

pytestmark = pytest.mark.slow


def trained(data, seed, *units, dropout=0.0, epochs=12):
    keras.utils.set_random_seed(seed)
    hidden = [layer for count in units for layer in (layers.Dense(count, "relu"), layers.Dropout(dropout))]
    model = keras.Sequential([keras.Input((FEATURES,)), *hidden, layers.Dense(CLASSES, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(data.x.to_numpy(), data.y, epochs=epochs, batch_size=64, verbose=0)
    return model


def importance(model, x, **options):
    with warnings.catch_warnings():
        # The twin is there on purpose.
        warnings.filterwarnings("ignore", message=".*correlated", category=UserWarning)
        return nbviz.importance(model, x, **options)


@pytest.fixture(scope="module", params=SEEDS)
def case(request):
    """Planted data, a 20-256-256-256-3 relu network with dropout trained on them, and its seed."""
    data = planted(request.param)
    return data, trained(data, request.param, 256, 256, 256, dropout=0.3), request.param


@pytest.fixture(scope="module")
def small():
    """Planted data, a 20-32-32-3 network, and its strengths over all rows against 1,000 of them."""
    data = planted(0)
    model = trained(data, 0, 32, 32)
    everyone = np.random.default_rng(0).choice(len(data.x), 1000, replace=False)
    full = importance(model, data.x, background=data.x.iloc[everyone], evaluations=2000).strength
    return data, model, full


def test_the_plant_is_what_it_says():
    data = planted(0)
    assert data.truth.to_numpy().sum(axis=0) == pytest.approx(np.ones(CLASSES))
    assert (data.truth.loc[data.true] > 0.15).all().all()
    assert (data.truth.drop(data.true) == 0).all().all()
    assert np.corrcoef(data.x[data.twin], data.x[data.true[0]])[0, 1] == pytest.approx(0.9, abs=0.02)
    assert len({*data.true, data.twin}) == TRUE + 1
    assert (np.bincount(data.y) > 500).all()


def test_the_true_features_lead_in_every_class_and_the_shares_are_near_the_truth(case):
    data, model, seed = case
    shares = importance(model, data.x).to_frame(normalize="class")
    for name in shares:
        assert set(shares[name].nlargest(TRUE).index) == set(data.true)
    distance = total_variation(shares, data.truth)
    print(f"seed {seed}: total variation to the truth {distance.round(3)}")
    # Noise features never reach 0: most of the distance is what the network learned of them.
    assert (distance < 0.3).all()
    assert distance.mean() < 0.25
    # What 3,000 rows tell a network of the true features; of 40,000 rows it is within 0.06.
    of_true = shares.loc[data.true] / shares.loc[data.true].sum()
    assert (total_variation(of_true, data.truth.loc[data.true]) < 0.2).all()


@pytest.mark.parametrize("rows", [200, 400])
def test_95_percent_intervals_cover_the_full_background_value(small, rows):
    """Redrawn: the rows, and the background rows among them."""
    data, model, full = small
    x = data.x.to_numpy()
    strengths, errors = [], []
    for redraw in range(REDRAWS):
        some = np.random.default_rng([redraw, 1]).choice(len(x), rows, replace=False)
        table = importance(model, x[some], seed=redraw)
        strengths.append(table.strength)
        errors.append(table.standard_error)
    covered = np.abs(np.stack(strengths) - full) <= 1.96 * np.stack(errors)
    true, noise = covered[:, data.is_true].mean(), covered[:, ~data.is_true].mean()
    print(f"{rows} rows: true features {true:.3f}, noise {noise:.3f}, all {covered.mean():.3f}")
    assert 0.90 <= covered.mean() <= 0.98
    assert 0.90 <= true <= 0.98
    assert 0.90 <= noise <= 0.98
    # Single entries of the table, with the scatter of 200 redraws.
    assert covered.mean(axis=0).min() > 0.85
    # Over rows alone, as is often done, they would be far too narrow.
    alone = np.std(np.abs(nbviz.attributions(model, x[some], seed=redraw)), axis=0) / np.sqrt(rows)
    assert np.median(errors[-1] / alone) > 1.2


def test_the_shadow_floor_parts_true_from_noise_features():
    shadow_features = pytest.importorskip("nbviz.attribution.checks.noise_floor")
    data = planted(1)
    model = trained(data, 1, 64, 64, dropout=0.2)
    strength = importance(model, data.x).strength
    floor = shadow_features.noise_floor(model, data.x, data.y, epochs=12)
    true, noise = strength[data.is_true], strength[~data.is_true & (data.x.columns != data.twin)]
    print(
        f"floor {floor.round(3)}, lowest true {true.min(axis=0).round(3)}, highest noise {noise.max(axis=0).round(3)}"
    )
    assert (true > 4 * floor).all()
    assert (noise < 2 * floor).all()
    assert np.mean(noise < 1.1 * floor) > 0.7

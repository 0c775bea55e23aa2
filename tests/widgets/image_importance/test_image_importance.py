import numpy as np
import pandas as pd
import pytest

from nbviz.attribution.images.image_form import ImageForm
from nbviz.attribution.images.region_tables import ImageTables
from nbviz.attribution.images.regions import grid_regions
from nbviz.attribution.table.directions import LocalSample
from nbviz.attribution.table.importance import Importance
from nbviz.widgets.image_importance.image_importance import SHOWN_SIDE, ImageImportance
from nbviz.widgets.image_importance.image_importance_wire import MappedPictures, image_maps_wire

FORM = ImageForm(4, 6)
REGIONS = grid_regions(FORM, (2, 3))
RANDOM = np.random.default_rng(0)


def table(names, *shape):
    strength = RANDOM.uniform(1, 2, size=(*shape, 2))
    sample = LocalSample(RANDOM.normal(size=(9, *shape, 2)).astype("float32"), RANDOM.normal(size=(9, *shape)))
    attrs = {"method": "expected_gradients", "output": "logit", "rows": 9, "direction": "spearman", "head": "softmax"}
    return Importance(strength, strength / 10, pd.Index(names), pd.Index(["cat", "<dog>"]), attrs, sample=sample)


TABLES = ImageTables(table(REGIONS.names, 6), table([str(at) for at in range(24)], 4, 6))
PICTURES = MappedPictures(FORM, REGIONS, np.linspace(0, 1, 24).reshape(4, 6, 1), 0.0, 1.0)


def test_maps_and_regions_travel_as_shares_that_sum_to_one():
    wire, numbers = image_maps_wire(TABLES, PICTURES)
    found = {
        each["key"]: np.frombuffer(numbers, f"<{each['dtype']}", int(np.prod(each["shape"])), each["offset"]).reshape(
            each["shape"]
        )
        for each in wire["arrays"]
    }
    squares, regions = TABLES.squares.strength, TABLES.regions.strength
    shares = squares / squares.sum(axis=(0, 1))
    np.testing.assert_allclose(found["share"], np.moveaxis(shares, -1, 0), rtol=1e-5)
    np.testing.assert_allclose(found["region_share"], (regions / regions.sum(axis=0)).T, rtol=1e-5)
    np.testing.assert_allclose(found["region_error"], (regions / 10 / regions.sum(axis=0)).T, rtol=1e-5)
    np.testing.assert_allclose(found["region_strength"], regions.T, rtol=1e-5)
    assert found["labels"].reshape(4, 6).tolist() == REGIONS.labels.tolist()
    assert found["mean"].ravel().tolist() == np.round(255 * np.linspace(0, 1, 24)).astype(int).tolist()
    assert wire["classes"] == ["cat", "<dog>"]
    assert wire["regions"][2] == "rows 0-1, right"
    assert "|sum of their pixels|, mean over rows" in wire["captions"][1]


def test_the_scale_is_that_of_all_maps_and_no_single_square():
    squares = table([str(at) for at in range(24)], 4, 6)
    squares.strength[0, 0, 0] = 500
    wire, _ = image_maps_wire(ImageTables(TABLES.regions, squares), PICTURES)
    assert wire["deepest"] < 0.2


def test_a_sample_stands_beside_the_maps():
    view = ImageImportance(PICTURES)
    assert (view.maps, view.tables, view.picture_html()) == ({}, None, "")
    view.show(TABLES)
    assert view.tables is TABLES
    assert "rows 0-1, right" in view.picture_html()
    view.show_sample(view.sample_state(np.ones((4, 6, 1)), "sample 1", "cat read as <dog>", misread=True, predicted=1))
    assert view.sample["is_misread"]
    assert view.sample_picture == b"\xff" * 24
    view.show_sample(view.sample_state(None))
    assert (view.sample, view.sample_picture) == ({}, b"")


@pytest.mark.parametrize("side", [95, 200, 1024])
def test_a_large_sample_is_shown_small(side):
    pictures = MappedPictures(ImageForm(side, side), REGIONS, np.zeros((side, side, 1)), 0.0, 1.0)
    state = ImageImportance(pictures).sample_state(np.zeros((side, side, 3)))
    assert state["sample"]["rows"] <= SHOWN_SIDE
    assert len(state["sample_picture"]) == 3 * state["sample"]["rows"] ** 2

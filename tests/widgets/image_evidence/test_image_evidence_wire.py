import numpy as np

from nbviz.attribution.edges.explanation import LocalExplanation
from nbviz.attribution.images.image_form import ImageForm
from nbviz.attribution.images.regions import grid_regions
from nbviz.widgets.image_evidence.image_evidence import ImageEvidence
from nbviz.widgets.image_evidence.image_evidence_wire import (
    MOST_NUMBERS,
    EvidencePlan,
    ExplainedPicture,
    evidence_wire,
)

FORM = ImageForm(4, 4, 2)
VALUES = np.random.default_rng(0).normal(size=(32, 3))
START = np.array([1.0, -1.0, 0.5])
LOCAL = LocalExplanation(VALUES, START, START + VALUES.sum(axis=0) + [0, 0.01, 0])
PICTURE = np.linspace(0, 1, 32).reshape(4, 4, 2)


def plan(form=FORM, classes=("a", "b", "<c>")):
    return EvidencePlan(form, grid_regions(form, (2, 2)), 0.0, 1.0, classes, "average of 9 rows", "centred logit")


def arrays_of(wire, numbers):
    return {
        each["key"]: np.frombuffer(numbers, f"<{each['dtype']}", int(np.prod(each["shape"])), each["offset"]).reshape(
            each["shape"]
        )
        for each in wire["arrays"]
    }


def test_average_and_squares_and_regions_add_up_to_the_output():
    explained = ExplainedPicture(LOCAL, PICTURE, "sample 3", np.array([0.7, 0.2, 0.1]), 0, 1)
    wire, numbers = evidence_wire(explained, plan())
    found = arrays_of(wire, numbers)
    assert (wire["predicted"], wire["truth"], wire["sent"]) == (0, 1, [0, 1, 2])
    by_pixel = VALUES.reshape(4, 4, 2, 3).sum(axis=2)
    np.testing.assert_allclose(found["values"], np.moveaxis(by_pixel, -1, 0), rtol=1e-5)
    np.testing.assert_allclose(found["regions"][:, 1], by_pixel[:2, 2:].sum(axis=(0, 1)), rtol=1e-5)
    for part in ("values", "regions"):
        added = found["start"] + found[part].reshape(3, -1).sum(axis=1)
        np.testing.assert_allclose(added, found["end"] - [0, 0.01, 0], atol=1e-5)
    np.testing.assert_allclose(wire["gap"], 0.01, atol=1e-9)
    assert found["labels"].tolist() == [[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [2, 2, 3, 3]]
    assert found["picture"].shape == (4, 4, 1)  # two channels: their mean


def test_of_many_classes_the_ones_of_interest_are_sent():
    form = ImageForm(64, 64)
    classes = 20
    values = np.zeros((4096, classes))
    values[:, 19] = np.nan  # not asked for
    local = LocalExplanation(values, np.zeros(classes), np.arange(classes, 0.0, -1))
    explained = ExplainedPicture(local, np.zeros((64, 64, 1)), "sample 0", np.full(classes, 0.05), 0, 15)
    wire, _ = evidence_wire(explained, plan(form, tuple(map(str, range(classes)))))
    room = MOST_NUMBERS // 4096
    assert wire["sent"] == [*range(room - 1), 15]
    assert wire["gap"] == 20  # of class 0, as far as is known


def test_a_picture_goes_and_another_comes():
    view = ImageEvidence(plan())
    view.show(ExplainedPicture(LOCAL, PICTURE, "sample 3"))
    assert (view.evidence["has_classes"], view.evidence["predicted"]) == (False, None)
    assert repr(view) == "ImageEvidence(sample 3)"
    view.show(None)
    assert (view.evidence, view.numbers) == ({}, b"")
    assert repr(view) == "ImageEvidence(nothing yet)"

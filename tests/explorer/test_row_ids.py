import numpy as np
from keras import Input, Model, layers

from nbviz import explore
from tests.explorer.small_classifier import LONG


def test_rows_stand_for_units_of_the_picture_in_its_order(no_widget_outlives_its_test):
    one, two = Input((2,), name="one"), Input((3,), name="two")
    hidden = layers.Dense(4, name="hidden")(layers.Concatenate(name="joined")([one, two]))
    model = Model([two, one], layers.Dense(2, activation="softmax", name="answer")(hidden))
    made = explore(model, [np.eye(6, size, dtype="float32") for size in (3, 2)])
    assert made.wait(LONG)
    ids, unit = made._panels.tables.ids, made.diagram.unit_id
    features = [unit(name, at) for name, count in (("two", 3), ("one", 2)) for at in range(count)]
    assert ids.of_features() == ids.of_rows("", 5) == features
    assert ids.of_rows("hidden", 4) == [unit("hidden", at) for at in range(4)]
    assert ids.of_rows("", 4) == [None] * 4  # a table of something else
    assert ids.of_rows("elsewhere", 2) == [None] * 2

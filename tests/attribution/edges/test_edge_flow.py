import numpy as np

from nbviz.attribution.edges.edge_flow import EdgeFlow, joined


def flow(features, classes, first=0):
    """Of 2 sources and 3 targets, with numbers of their own for each class."""
    number = np.arange(first, first + classes, dtype=float)
    return EdgeFlow(*(np.broadcast_to(number.reshape(-1, *(1,) * len(rest)), (features, classes, *rest)) for rest in (
        (2, 3), (3,), (2,), (), (),
    )))  # fmt: skip


def test_chunks_of_classes_are_put_side_by_side():
    whole = joined([flow(4, 2), flow(4, 1, first=2)])
    assert (whole.edges.shape, whole.into.shape) == ((4, 3, 2, 3), (4, 3, 3))
    assert (whole.out_of.shape, whole.total.shape, whole.absolute.shape) == ((4, 3, 2), (4, 3), (4, 3))
    assert whole.edges[3, :, 1, 2].tolist() == [0, 1, 2]
    assert whole.total[0].tolist() == [0, 1, 2]


def test_one_chunk_is_the_whole():
    alone = flow(1, 2)
    assert joined([alone]) is alone

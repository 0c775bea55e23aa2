import sys
import threading

import keras
import numpy as np
import pytest

from nbviz.training.fit_watch import caller_of_callbacks, is_running


def test_a_frame_runs_while_its_function_has_not_returned():
    def called():
        frame = sys._getframe()
        return frame, is_running(threading.get_ident(), frame)

    frame, inside = called()
    assert inside
    assert not is_running(threading.get_ident(), frame)
    assert is_running(threading.get_ident(), sys._getframe())


def test_a_frame_of_another_thread_is_looked_for_in_that_thread():
    began, over, frames = threading.Event(), threading.Event(), []

    def work():
        frames.append(sys._getframe())
        began.set()
        over.wait(60)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert began.wait(60)
        assert is_running(thread.ident, frames[0])
        assert not is_running(threading.get_ident(), frames[0])
    finally:
        over.set()
        thread.join()
    assert not is_running(thread.ident, frames[0])


@pytest.mark.parametrize("hook", ["on_train_begin", "on_epoch_end", "on_train_batch_end"])
def test_who_calls_callbacks_is_fit(hook):
    found = []

    class Looking(keras.callbacks.Callback):
        pass

    setattr(Looking, hook, lambda self, *_, **__: found.append(caller_of_callbacks(sys._getframe())))
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.ones((2, 2)), np.ones(2), verbose=0, callbacks=[Looking()])
    (frame,) = found
    assert frame.f_code.co_name == "fit"
    assert not is_running(threading.get_ident(), frame)


def test_who_calls_callbacks_in_a_loop_of_ones_own_is_that_loop():
    class Looking(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.found = caller_of_callbacks(sys._getframe())

    looking = Looking()
    for callbacks in (keras.callbacks.CallbackList([looking]), looking):
        callbacks.on_epoch_begin(0)
        assert looking.found is sys._getframe()

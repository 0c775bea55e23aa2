"""What ends with the interpreter is tried in interpreters of its own."""

import signal
import subprocess
import sys
import textwrap
import threading

import pytest

from nbviz.training.background_thread import start_thread

LONG = 60  # seconds, for what must happen
EXPLORE = """
    import sys
    import keras
    import numpy as np
    import nbviz

    draws = np.random.default_rng(0)
    x, y = draws.normal(size=(600, 20)).astype("float32"), draws.integers(0, 3, 600)
    inputs = keras.Input((20,))
    hidden = keras.layers.Dense(64, "relu")(keras.layers.Dense(64, "relu")(inputs))
    model = keras.Model(inputs, keras.layers.Dense(3, "softmax")(hidden))
    model.compile("adam", "sparse_categorical_crossentropy")
    explorer = nbviz.explore(model, x, y)
"""


def ended(*parts: str) -> subprocess.CompletedProcess[str]:
    """A script that ran to its end."""
    script = "\n".join(textwrap.dedent(part) for part in parts)
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=False)


def test_a_thread_runs_and_is_gone():
    done = threading.Event()
    thread = start_thread("nbviz test", done.set, lambda: None)
    assert thread is not None
    assert done.wait(LONG)
    thread.join(LONG)
    assert not thread.is_alive()


def test_at_the_end_threads_are_asked_to_stop_and_waited_for_and_none_starts():
    run = ended("""
        import threading
        from nbviz.training.background_thread import end_threads, start_thread

        stop, running = threading.Event(), threading.Event()

        def work():
            running.set()
            stop.wait()
            print("stopped")

        start_thread("nbviz test", work, stop.set)
        running.wait()
        end_threads()
        print(start_thread("nbviz later", work, stop.set))
    """)
    assert (run.returncode, run.stdout.split()) == (0, ["stopped", "None"]), run.stderr


def test_they_have_stopped_before_anything_that_is_registered_for_the_end_of_the_interpreter():
    # pyzmq registers its own with the first large message: from then on another one is sent in part only.
    run = ended(
        EXPLORE,
        """
        import atexit, threading
        trainer = explorer.training.trainer
        trainer.play()
        before = trainer.updates
        while trainer.updates == before:
            pass
        atexit.register(lambda: print([t.name for t in threading.enumerate() if t.name.startswith("nbviz")]))
        """,
    )
    assert (run.returncode, run.stdout.split("\n")[-2]) == (0, "[]"), run.stderr


@pytest.mark.parametrize(
    ("ending", "status"),
    [("", 0), ("sys.exit(3)", 3), ("raise KeyboardInterrupt", -signal.SIGINT)],
    ids=["at its end", "SystemExit", "interrupted"],
)
def test_a_script_that_explores_ends_as_it_would_without(ending, status):
    run = ended(EXPLORE, ending)
    assert run.returncode == status, run.stderr


def test_a_script_that_trains_in_an_explorer_ends_with_status_0():
    run = ended(EXPLORE, "explorer.training.trainer.play()")
    assert run.returncode == 0, run.stderr


def test_an_error_ends_a_thread_in_words(monkeypatch):
    failed = []
    monkeypatch.setattr(threading, "excepthook", failed.append)
    told = []
    monkeypatch.setattr("nbviz.training.background_thread.tell", told.append)
    start_thread("nbviz test", lambda: 1 / 0, lambda: None).join()
    assert failed == []
    assert told == ["nbviz test has stopped: ZeroDivisionError('division by zero')."]

import base64
import gc
import gzip
import inspect
import threading
import weakref

import ipywidgets
import pytest
import traitlets
from ipywidgets.embed import dependency_state
from ipywidgets.widgets.widget import _instances

import nbviz
from nbviz.page.bundle import built_file, loader
from nbviz.widgets.code_file import CodeFile
from nbviz.widgets.view import SavedPicture, View


class Bar(View):
    _view_folder = "trainer"
    state = traitlets.Dict().tag(sync=True)

    def _answer(self, content, buffers):
        self.answered = content, buffers


@pytest.fixture
def bar(monkeypatch):
    made = Bar(state={"status": "ready"})
    made.sent = []
    monkeypatch.setattr(made, "send", lambda content, buffers=None: made.sent.append(content), raising=False)
    return made


def test_a_greeting_is_answered(bar):
    bar._receive(bar, {"type": "hello"}, [])
    assert bar.sent == [{"type": "alive"}]


def test_other_messages_are_the_widgets_own(bar):
    bar._receive(bar, {"type": "play"}, [b"x"])
    assert (bar.answered, bar.sent) == (({"type": "play"}, [b"x"]), [{"type": "alive"}])


def plain(packed):
    return gzip.decompress(base64.b64decode(packed)).decode()


def test_a_front_end_without_other_models_is_sent_the_code(bar):
    bar._receive(bar, {"type": "code"}, [])
    alive, sent = bar.sent
    assert alive == {"type": "alive"}
    files = sent["files"]
    assert (sent["type"], sent["entry"]) == ("code", bar._code.model_id)
    assert plain(files[sent["entry"]]["source"]) == built_file("trainer.js").source
    assert plain(files[sent["entry"]]["style"]) == built_file("trainer.js").style != ""
    for file in files.values():
        for specifier, key in file["imports"].items():
            assert f'"{specifier}"' in plain(file["source"])
            assert key in files


def test_a_widget_carries_the_loader_and_refers_to_code_that_all_share(bar):
    state = bar.get_state()
    assert state["_esm"] == loader()
    assert len(state["_esm"]) < 4_000
    assert state["_code"] == f"IPY_MODEL_{bar._code.model_id}"
    assert Bar()._code is bar._code


def test_whoever_tidies_up_all_other_widgets_leaves_their_code(bar):
    early = [widget for widget in _instances.values() if widget not in (bar, bar.layout)]
    for widget in early:
        widget.close()
    state = dependency_state([bar], drop_defaults=False)
    assert bar._code.model_id in state
    assert {file.model_id for file in bar._code.files().values()} <= set(state)
    assert dependency_state([Bar()], drop_defaults=False)


def test_the_code_of_a_view_outlives_it_and_the_view_goes():
    widget = Bar()
    code, gone = widget._code, weakref.ref(widget)
    widget.close()
    del widget
    gc.collect()
    assert gone() is None
    assert isinstance(code, CodeFile)
    assert code.comm is not None


class Pictured(SavedPicture, ipywidgets.VBox):
    def picture_html(self):
        return "<b>it</b>"

    def __repr__(self):
        return "Pictured()"


def test_a_notebook_keeps_the_picture_beside_the_view():
    widget = Pictured()
    bundle = widget._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == widget.model_id
    assert (data["text/html"], data["text/plain"]) == ("<b>it</b>", "Pictured()")


@pytest.mark.parametrize("kind", [nbviz.NetworkDiagram, nbviz.FeatureMaps, nbviz.Trainer, nbviz.KernelGrid])
def test_help_tells_what_a_widget_is_made_with(kind):
    told = list(inspect.signature(kind).parameters)
    assert told[0] == "model"
    assert told == list(inspect.signature(kind.__init__).parameters)[1:]


def test_what_a_thread_sets_while_another_sends_is_neither_forgotten_nor_an_error():
    """As with ipywidgets, which reads the names of what is set while others are added."""
    meanwhile = []

    def ready(value, _widget):
        while meanwhile:
            thread = threading.Thread(target=meanwhile.pop())
            thread.start()
            thread.join()
        return value

    class Two(Bar):
        one = traitlets.Int(0).tag(sync=True, to_json=ready)
        other = traitlets.Int(0).tag(sync=True)

    made, sent = Two(), []
    made._send = lambda message, buffers=None: sent.append(message["state"])

    def set_other():
        with made.hold_sync():
            made.other = 2

    with made.hold_sync():
        made.one = 1
        assert sent == []
        meanwhile.append(set_other)  # once the first is on its way
    assert sent == [{"other": 2}, {"one": 1}]
    with made.hold_sync():
        thread = threading.Thread(target=lambda: setattr(made, "other", 3))
        thread.start()
        thread.join()
        assert len(sent) == 2
    assert sent[2:] == [{"other": 3}]

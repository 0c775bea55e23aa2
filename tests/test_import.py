import importlib
import pkgutil
import subprocess
import sys

import nbviz


def test_importing_nbviz_imports_no_keras_tensorflow_or_bqplot():
    code = "import sys, nbviz; print(sorted({'keras', 'tensorflow', 'bqplot'} & set(sys.modules)))"
    # -P: without it, `python -c` would put the working directory before the installed package.
    printed = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"


def test_no_module_shadows_a_public_name():
    modules = [
        importlib.import_module(module.name)
        for module in pkgutil.walk_packages(nbviz.__path__, "nbviz.")
        if not module.name.endswith("__main__")
    ]
    assert nbviz.network.architecture in modules  # the walk found the package
    for name in nbviz.__all__:
        public = getattr(nbviz, name)
        assert not isinstance(public, type(nbviz)), f"nbviz.{name} is a module"
        if name.startswith("__"):
            continue
        assert callable(public) or name.isupper(), f"nbviz.{name} is {public!r}"
        owners = [module for module in modules if vars(module).get(name) is public]
        assert owners, f"nbviz.{name} is {public!r}, which no module of nbviz calls {name}"


def test_every_public_name_is_listed_by_dir():
    assert set(nbviz.__all__) <= set(dir(nbviz))

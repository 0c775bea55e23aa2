import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def dockerfile(project, tmp_path_factory):
    """The lines of the Dockerfile that Binder would build; needs neither docker nor a network."""
    folder = tmp_path_factory.mktemp("repository")
    # Only what decides what is installed: repo2docker would walk node_modules and virtual environments as well.
    (folder / "binder").symlink_to(project / "binder")
    (folder / "pyproject.toml").symlink_to(project / "pyproject.toml")
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."]
    finished = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return (finished.stdout + finished.stderr).splitlines()


def test_binder_takes_the_python_of_runtime_txt(dockerfile, project):
    version = (project / "binder" / "runtime.txt").read_text().strip().removeprefix("python-")
    major, minor = version.split(".")
    # File names are escaped in the Dockerfile: "-2e" is a dot, "-2d" a hyphen.
    locks = [line for line in dockerfile if f"environment-2epy-2d{major}-2e{minor}-2dlinux" in line]
    assert len(locks) == 1


def test_binder_installs_the_requirements_after_the_repository_is_copied(dockerfile):
    copied = dockerfile.index("COPY --chown=0:0 src/ ${REPO_DIR}/")
    command = 'RUN ${KERNEL_PYTHON_PREFIX}/bin/pip install --no-cache-dir -r "binder/requirements.txt"'
    # "." in the requirements means the copied repository, so the order matters.
    assert dockerfile.index(command) > copied
    assert dockerfile.count(command) == 1


def test_binder_requirements_are_a_backend_jupyterlab_and_nbviz_itself(project):
    requirements = (project / "binder" / "requirements.txt").read_text().split()
    assert {"tensorflow-cpu", "jupyterlab", "scikit-learn", "."} <= set(requirements)

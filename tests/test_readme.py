# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages' examples run as they stand, their commands are understood, and what they link to is there."""

import ast
import contextlib
import dataclasses
import inspect
import io
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytest.importorskip("soundfile")
pytest.importorskip("torch")  # the arguments of `train` are the training's own

from soliloquy import samples
from soliloquy.command_line import build_parser
from soliloquy.core.generate.models import MODELS

ROOT = Path(__file__).resolve().parent.parent
PAGES = ["README.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))]
"""All pages; parametrised by name, so that a missing one is seen in a list."""

if not (ROOT / "README.md").is_file():
    pytest.skip("the pages are not beside the tests", allow_module_level=True)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def commands(page: str, start: str) -> list[str]:
    """Lines of the page's indented blocks that begin so, comments and examples with holes left out."""
    lines = [line.split("  #")[0].strip() for line in text(page).splitlines() if line.startswith("    ")]
    return [line for line in lines if line.startswith(start) and "[" not in line and "..." not in line]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", re.sub(r"\[(.+?)\]\(.+?\)", r"\1", head)) for head in heads]
    return {head.strip().lower().replace(" ", "-") for head in plain}


BLEND_FILE = """
import bpy, os, sys, soliloquy
soliloquy.register()
from soliloquy.bake import create_head
bpy.ops.wm.read_homefile(use_empty=True)
create_head(bpy.context.scene.collection, "Head")
bpy.ops.wm.save_as_mainfile(filepath=os.path.abspath("shot.blend"))
"""
"""What the example for scripts in Blender starts with."""

KEYED = """
action = bpy.data.objects["Head"].data.shape_keys.animation_data.action
assert action.name == "speech" and action.frame_range[1] > 200, action
"""


@pytest.mark.parametrize(
    ("page", "before", "after"),
    [("README.md", "", ""), ("docs/library.md", "", ""), ("docs/headless.md", BLEND_FILE, KEYED)],
)
def test_the_python_examples_run(page: str, before: str, after: str, tmp_path: Path) -> None:
    import soundfile

    examples = re.findall(r"```python\n(.*?)```", text(page), re.DOTALL)
    assert examples
    if any("import bpy" in example for example in examples):
        pytest.importorskip("bpy")
    sound, rate = soundfile.read(samples.SOUND)
    soundfile.write(tmp_path / "speech.wav", sound, rate)
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "soliloquy").symlink_to(Path(sys.modules["soliloquy"].__path__[0]).absolute())
    # bpy has no clean end: os._exit, after everything was done.
    script = "\n".join([before, *examples, after, "import os, sys", "sys.stdout.flush()", "os._exit(0)"])
    # A process of its own, as a reader would have: other tests register the add-on and open files.
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "path")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_are_understood(page: str) -> None:
    for line in commands(page, "soliloquy "):
        words = shlex.split(line)[1:]
        if "--help" in words:
            with pytest.raises(SystemExit) as stop:
                build_parser().parse_args(words)
            assert stop.value.code == 0
        else:
            build_parser().parse_args(words)


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_in_blender_are_understood(page: str) -> None:
    pytest.importorskip("bpy")
    from soliloquy.blender_addon.command_line import _parser

    for line in commands(page, "blender "):
        before, found, after = line.partition("--command soliloquy ")
        words = shlex.split(after)
        if found and "--help" not in words:
            assert "-b" in before.split(), line
            _parser().parse_args(words)


def test_there_are_commands_to_check() -> None:
    assert sum(len(commands(page, "soliloquy ")) for page in PAGES) > 10
    assert sum("--command soliloquy" in line for page in PAGES for line in commands(page, "blender ")) > 5


@pytest.mark.parametrize("page", PAGES)
def test_targets_of_make_exist(page: str) -> None:
    targets = set(re.findall(r"^([\w-]+):", text("Makefile"), re.MULTILINE))
    named = {line.split()[1] for line in commands(page, "make ")}
    named |= set(re.findall(r"`make ([\w-]+)`", text(page)))
    assert named <= targets


@pytest.mark.parametrize("page", PAGES)
def test_links_and_pictures_are_there(page: str) -> None:
    home = (ROOT / page).parent
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (home / path).resolve() if path else ROOT / page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert not broken


@pytest.mark.parametrize("page", PAGES)
def test_files_named_in_the_text_are_there(page: str) -> None:
    """`core/errors.py` and the like: the pages name files of the project from its root."""
    named = re.findall(r"`([a-z_]+/[\w./-]+\.(?:py|md|txt|toml|sh|npz|onnx|flac))`", text(page))
    missing = [name for name in named if not (ROOT / name).is_file() and name.split("/")[0] in FOLDERS]
    assert not missing


FOLDERS = {path.name for path in ROOT.iterdir() if path.is_dir()}


def test_every_page_is_linked_from_the_readme() -> None:
    readme = text("README.md")
    assert not [page for page in PAGES[1:] if f"]({page}" not in readme]


def settings() -> list[tuple[str, str]]:
    """Names that the panels and the preferences show beside their settings, with the file of each."""
    found = []
    for path in [
        *(ROOT / "blender_addon" / "panels").glob("*.py"),
        ROOT / "blender_addon" / "preferences.py",
    ]:
        tree = ast.parse(path.read_text(encoding="utf-8")) if path.is_file() else ast.Module([], [])
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        properties = [call for call in calls if getattr(call.func, "id", "").endswith("Property")]
        names = [word.value for call in properties for word in call.keywords if word.arg == "name"]
        found += [(path.name, name.value) for name in names if isinstance(name, ast.Constant)]
    return found


def test_every_setting_is_described() -> None:
    page = text("docs/blender.md")
    # First and Last appear below Frames, Start Frame and Model File beside what they belong to.
    assert len(settings()) > 15
    assert not [each for each in settings() if each[1] not in page and each[1].lower() not in page]


def test_the_library_page_names_everything() -> None:
    from soliloquy.core import AnimationSettings, FaceMotion, animate

    page = text("docs/library.md")
    names = [*inspect.signature(animate).parameters]
    names += [field.name for each in (AnimationSettings, FaceMotion) for field in dataclasses.fields(each)]
    assert not [name for name in names if f"| `{name}` |" not in page]


def test_the_page_of_headless_work_names_every_argument() -> None:
    pytest.importorskip("bpy")
    from soliloquy.blender_addon.command_line import _parser

    help_text = io.StringIO()
    with contextlib.redirect_stdout(help_text), pytest.raises(SystemExit):
        _parser().parse_args(["animate", "--help"])
    page = text("docs/headless.md")
    arguments = set(re.findall(r"--[a-z-]+", help_text.getvalue().partition("options:")[2])) - {"--help"}
    assert len(arguments) > 10
    assert not [each for each in arguments if f"`{each}" not in page]


def test_the_page_of_the_command_line_names_every_argument() -> None:
    page = text("docs/command_line.md")
    for command in ("animate", "batch"):
        help_text = io.StringIO()
        with contextlib.redirect_stdout(help_text), pytest.raises(SystemExit):
            build_parser().parse_args([command, "--help"])
        arguments = set(re.findall(r"--[a-z-]+", help_text.getvalue().partition("options:")[2])) - {"--help"}
        assert len(arguments) > 5
        assert not [each for each in arguments if f"`{each}" not in page]


def test_the_citation_is_of_this_version() -> None:
    project = tomllib.loads(text("pyproject.toml"))["project"]
    assert f"\nversion: {project['version']}\n" in text("CITATION.cff")


def test_papers_are_cited_wherever_it_is_asked_for() -> None:
    titles = re.findall(r'^    title: "(.+)"$', text("CITATION.cff"), re.MULTILINE)
    assert "Animating Face using Disentangled Audio Representations" in titles
    page = " ".join(text("docs/licences.md").split())
    assert not [title for title in titles if f"*{title}*" not in page]


@pytest.mark.parametrize("page", ["README.md", "docs/blender.md"])
def test_every_network_that_makes_faces_is_named(page: str) -> None:
    assert not [facts.label for facts in MODELS.values() if f"*{facts.label}*" not in text(page)]


def test_the_page_of_installing_names_every_zip() -> None:
    there = tomllib.loads(text("release/wheels.toml"))["zip"]
    rows = re.findall(r"`((?:linux|windows|macos)-\w+-cp\d+)`", text("docs/install.md"))
    assert sorted(rows) == sorted(f"{each['platform']}-{each['python_tag']}" for each in there)


def test_the_page_of_installing_names_every_zip_with_cuda() -> None:
    rows = re.findall(r"\| `([\w-]+)` (cp[\d, cp]+) \| (\d+) \| (\d+) \| (.+?) \|", text("docs/install.md"))
    said = {(platform, tag): rest for platform, tags, *rest in rows for tag in tags.split(", ")}
    there = {
        (each["platform"], each["python_tag"]): [each["cuda"], each["cudnn"], each["system"]]
        for each in tomllib.loads(text("release/wheels.toml"))["zip"]
        if "cuda_wheel" in each
    }
    assert said == there


def test_every_picture_is_shown() -> None:
    pages = "".join(text(page) for page in PAGES)
    assert not [
        path.name for path in (ROOT / "docs" / "images").iterdir() if f"images/{path.name})" not in pages
    ]

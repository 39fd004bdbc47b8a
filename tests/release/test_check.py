# SPDX-License-Identifier: GPL-3.0-or-later
"""Every check finds the fault that it is for, and says so in one clear line."""

import re
import stat
import subprocess
import sys
import warnings

import pytest
from soliloquy.release import archive, blender_validator
from soliloquy.release.check import check
from soliloquy.release.errors import ReleaseError

from .conftest import WHEELS, small_wheel

ONNXRUNTIME, SCIPY = (f"wheels/{name}" for name in WHEELS)


def test_a_good_zip_passes(draft, pins):
    assert check(draft.write(), pins) == []


def test_a_whole_zip_passes(combination, cache, pins, tmp_path):
    assert check(archive.build(tmp_path, combination, cache=cache), pins) == []


SPOILT = {
    "unknown field": (lambda d: d.in_manifest("tagline", 'homepage = "x"\ntagline'), "field 'homepage'"),
    "unknown licence": (lambda d: d.in_manifest("GPL-3.0-or-later", "GPL-3"), "licence 'SPDX:GPL-3' is not"),
    "no GPL": (lambda d: d.in_manifest("GPL-3.0-or-later", "MIT"), "lack SPDX:GPL-3.0-or-later"),
    "unknown tag": (lambda d: d.in_manifest('"Sequencer"', '"Faces"'), "'Faces' is not a tag"),
    "other permission": (lambda d: d.in_manifest("files =", "network ="), "permission 'network'"),
    "final stop": (lambda d: d.in_manifest("temporary files", "temporary files."), "reason for 'files'"),
    "long reason": (
        lambda d: d.in_manifest("temporary files", "temporary files " * 9 + "x"),
        "reason for 'files'",
    ),
    "other version": (
        lambda d: d.in_manifest("\nversion = ", '\nversion = "9.9.9" # '),
        "says version 9.9.9",
    ),
    "not TOML": (lambda d: d.in_manifest("id =", "id"), "is not TOML"),
    "no manifest": (lambda d: d.contents.pop("blender_manifest.toml"), "not at the zip's top"),
    "other platform": (lambda d: d.in_manifest('["linux-x64"]', '["macos-arm64"]'), "says platforms"),
    "other Blender": (lambda d: d.in_manifest('max = "5.1.0"', 'max = "6.0.0"'), "blender_version_max 6.0.0"),
    "wheel lost": (lambda d: d.contents.pop(SCIPY), "which is not in the zip"),
    "wheel not listed": (lambda d: d.in_manifest(f'"./{SCIPY}"', f'"./{ONNXRUNTIME}"'), "is not listed in"),
    "other wheel": (
        lambda d: d.contents.update({"wheels/x-1-cp311-cp311-any.whl": b""}),
        "is not pinned for",
    ),
    "changed wheel": (lambda d: d.contents.update({SCIPY: small_wheel({"a": b"b"})}), "is not the file that"),
    "broken wheel": (lambda d: d.contents.update({SCIPY: b"<html>"}), "is not a wheel"),
    "telemetry": (
        lambda d: d.contents.update(
            {ONNXRUNTIME: small_wheel({"onnxruntime/capi/libonnxruntime.so.1.29.0": b"x.data.microsoft.com"})}
        ),
        "sends telemetry",
    ),
    "library not named": (
        lambda d: d.contents.update({SCIPY: small_wheel({"scipy.libs/libmkl-1.so.2": b""})}),
        "does not name the library 'scipy.libs/libmkl-1.so.2'",
    ),
    "library taken from NOTICE": (
        lambda d: d.contents.update(
            {SCIPY: small_wheel({"scipy/.dylibs/libquadmath.0.dylib": b""}), "NOTICE": b"GCC"}
        ),
        "does not name the library 'scipy/.dylibs/libquadmath.0.dylib'",
    ),
    "no attribution": (lambda d: d.contents.update({"NOTICE": b"scipy 1.15.3"}), "does not name onnxruntime"),
    "no NOTICE": (lambda d: d.contents.pop("NOTICE"), "'NOTICE' is not in the zip"),
    "no head": (lambda d: [d.contents.pop(n) for n in list(d.contents) if n.endswith(".npz")], "head's data"),
    "no network": (
        lambda d: [d.contents.pop(name) for name in list(d.contents) if name.endswith(".onnx")],
        "There is no network",
    ),
    "no card": (lambda d: d.contents.pop("core/weights/expnet.md"), "expnet.onnx has no card"),
    "folder without a card": (
        lambda d: d.contents.pop("core/weights/meshtalk/meshtalk.md"),
        "meshtalk.onnx has no card",
    ),
    "card alone": (lambda d: d.contents.update({"core/weights/x.md": b""}), "x.md has no network"),
    "training": (
        lambda d: d.contents.update({"core/training/fit.py": b""}),
        "'core/training/fit.py' is not for",
    ),
    "tests": (lambda d: d.contents.update({"tests/test_a.py": b""}), "'tests/test_a.py' is not for users"),
    "torch": (
        lambda d: d.contents.update({"core/x.py": b"def f():\n    import torch\n"}),
        "imports torch, but",
    ),
    "torch's part": (
        lambda d: d.contents.update({"core/x.py": b"from torch.nn import Linear"}),
        "imports torch, but",
    ),
    "a download": (
        lambda d: d.contents.update({"core/x.py": b"from urllib import request"}),
        "urllib.request, but",
    ),
    "not Python": (lambda d: d.contents.update({"core/x.py": b"def"}), "'core/x.py' is not Python"),
    "compiled": (lambda d: d.contents.update({"core/__pycache__/x.pyc": b""}), "is compiled Python"),
    "space": (lambda d: d.contents.update({"core/a b.py": b""}), "'core/a b.py' is odd"),
    "parent": (lambda d: d.contents.update({"../x.py": b""}), "'../x.py' is odd"),
    "absolute": (lambda d: d.contents.update({"/x.py": b""}), "'/x.py' is odd"),
    "capitals": (lambda d: d.contents.update({"core/Motion.py": b""}), "is there 2 times"),
}


@pytest.mark.parametrize("fault", SPOILT)
def test_each_fault_is_found(draft, pins, fault):
    spoil, words = SPOILT[fault]
    spoil(draft)
    found = check(draft.write(), pins)
    assert [line for line in found if words in line], found
    assert [line for line in found if "\n" in line or not line.endswith(".")] == []


def test_link_and_double_are_found(draft, pins):
    draft.write()
    draft.append("core/link.py", b"../../secret", stat.S_IFLNK | 0o777)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        draft.append("NOTICE")
    found = "\n".join(check(draft.path, pins))
    assert "'core/link.py' is a link" in found
    assert "'notice' is there 2 times" in found


def test_size_limit(draft, pins):
    path = draft.write()
    assert "at most 1 were expected" in "\n".join(check(path, pins, size_limit=1_000_000))
    cuda = path.rename(path.with_name(f"{path.stem}-cuda.zip"))
    assert "were expected" not in "\n".join(check(cuda, pins, size_limit=1_000_000))


def test_other_names_and_files(draft, pins, tmp_path):
    path = draft.write()
    assert "is none that build.py gives" in "\n".join(check(path.rename(tmp_path / "x.zip"), pins))
    assert "There is no file" in check(path, pins)[0]
    (tmp_path / "text.zip").write_text("text")
    assert "is not a zip" in check(tmp_path / "text.zip", pins)[0]


def test_damaged_zip(draft, pins):
    path = draft.write()
    data = bytearray(path.read_bytes())
    data[data.index(b"GNU GENERAL PUBLIC LICENSE")] ^= 1
    path.write_bytes(data)
    assert check(path, pins) == ["'LICENSE' in the zip is damaged: build again."]


@pytest.mark.blender
def test_blender_validates(draft):
    command = blender_validator.find_validator()
    assert command is not None
    assert blender_validator.validate(command, draft.write()) == []
    draft.in_manifest(
        'tagline = "', 'tagline = "Much too long a line, and with a stop at its end, which is not liked. '
    )
    found = blender_validator.validate(command, draft.write())
    assert found
    assert re.search("tagline", found[0])


def test_a_blender_that_is_not_there():
    with pytest.raises(ReleaseError, match="No Blender at '/nowhere/blender'"):
        blender_validator.find_validator("/nowhere/blender")


def test_validator_named_by_its_file(tmp_path, draft):
    tool = tmp_path / "blender_ext.py"
    tool.write_text("import sys; print('ERROR: bad', sys.argv[1]); print('0.1 | WARNING: log'); sys.exit(1)")
    command = blender_validator.find_validator(str(tool))
    assert command == [sys.executable, str(tool), "validate"]
    assert blender_validator.validate(command, draft.path) == ["Blender's validator: ERROR: bad validate"]
    tool.write_text("import sys; sys.exit(3)")
    assert "status 3" in blender_validator.validate(command, draft.path)[0]


def test_without_blender_check_says_so_and_fails(project_copy, draft):
    """The copy has no environments; without site-packages and PATH there is no bpy and no blender."""
    command = [sys.executable, "-S", "-E", "build.py", "--check", str(draft.write())]
    done = subprocess.run(command, cwd=project_copy, env={}, capture_output=True, text=True)
    assert done.returncode == 1
    assert "Blender's own validator: NOT RUN" in done.stderr

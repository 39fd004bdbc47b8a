# SPDX-License-Identifier: GPL-3.0-or-later
"""The pins: every platform and ABI is there or has a reason, and what they say agrees."""

import re

import pytest
from soliloquy.release import archive
from soliloquy.release.errors import ReleaseError
from soliloquy.release.known import LICENCES, SIZE_LIMIT, TAGS
from soliloquy.release.paths import ROOT
from soliloquy.release.table import table
from soliloquy.release.wheels import load_pins

PINS = load_pins()
PLATFORMS = ("linux-x64", "linux-arm64", "windows-x64", "windows-arm64", "macos-arm64", "macos-x64")
ABIS = ("cp311", "cp313", "cp314")
MACHINE = {"x64": r"(x86_64|amd64|universal2)", "arm64": r"(aarch64|arm64|universal2)"}
SYSTEM = {"linux": "manylinux", "windows": "win", "macos": "macosx"}
ALL_WHEELS = [
    (entry, wheel)
    for entry in PINS.combinations
    for wheel in (*entry.wheels, *([entry.cuda_wheel] if entry.cuda_wheel else []))
]


def test_every_combination_is_there_or_has_a_reason():
    there = {(entry.platform, entry.python_tag) for entry in PINS.combinations}
    missing = {(platform, tag) for platform, tag, reason in PINS.missing if len(reason) > 20}
    assert there | missing == {(platform, tag) for platform in PLATFORMS for tag in ABIS}
    assert not there & missing
    assert len(PINS.combinations) == len(there)
    with_cuda = {entry.platform for entry in PINS.combinations if entry.cuda_wheel}
    assert with_cuda | {platform for platform, _ in PINS.missing_cuda} == set(PLATFORMS)
    assert with_cuda == {"linux-x64", "windows-x64"}


@pytest.mark.parametrize(("entry", "wheel"), ALL_WHEELS, ids=[wheel.file for _, wheel in ALL_WHEELS])
def test_wheel_is_for_its_platform_and_abi(entry, wheel):
    system, machine = entry.platform.split("-")
    assert wheel.abi == entry.python_tag
    assert all(tag.startswith(SYSTEM[system]) for tag in wheel.platform_tags)
    assert all(re.search(rf"_{MACHINE[machine]}$", tag) for tag in wheel.platform_tags)
    assert re.fullmatch("[0-9a-f]{64}", wheel.sha256)


@pytest.mark.parametrize("entry", PINS.combinations, ids=lambda entry: f"{entry.platform}-{entry.python_tag}")
def test_system_and_older_pins_are_explained(entry):
    """What the wheels' tags ask of the system is said; an older version than elsewhere has a note."""
    versions = {wheel.distribution: wheel.version for wheel in entry.wheels}
    assert set(versions) == {"onnxruntime", "scipy"}
    if versions != {"onnxruntime": "1.28.0", "scipy": "1.17.1"}:
        assert entry.note
    tags = [tag for wheel in entry.wheels for tag in wheel.platform_tags]
    if entry.platform.startswith("macos"):
        needed = max(int(tag.split("_")[1]) for tag in tags)
        assert entry.system == f"macOS {needed}"
    if entry.platform.startswith("linux"):
        lowest = [min(t for t in wheel.platform_tags if "2014" not in t) for wheel in entry.wheels]
        assert max(int(tag.split("_")[2]) for tag in lowest) <= 28
        assert entry.system == "glibc 2.28"
    if entry.cuda_wheel:
        assert entry.cuda
        assert entry.cudnn


def test_blender_4_2_and_5_2_cannot_take_the_same_zip():
    for entry in PINS.combinations:
        if entry.python_tag == "cp311":
            assert (entry.blender_version_min, entry.blender_version_max) == ("4.2.0", "5.1.0")
        else:
            assert entry.blender_version_max is None


@pytest.mark.parametrize(
    "wheel", {wheel.file: wheel for _, wheel in ALL_WHEELS}.values(), ids=lambda w: w.file
)
def test_notice_names_every_wheel(wheel):
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    line = next(line for line in notice.splitlines() if re.search(rf"\b{wheel.distribution} \d", line))
    own = line[re.search(rf"\b{wheel.distribution} \d", line).start() :].partition(";")[0]  # type: ignore[union-attr]
    assert wheel.version in own


def test_sizes_keep_the_limit():
    assert max(archive.size_of(entry) for entry in PINS.combinations) < SIZE_LIMIT


def test_table_names_all():
    text = table(PINS)
    for entry in PINS.combinations:
        assert f"| {entry.platform}-{entry.python_tag} | {entry.blender} |" in text
    assert "macos-x64-cp314: ONNX Runtime has no wheel" in text
    assert "macos-x64 with CUDA" in text


def test_choosing(pins, combination):
    assert pins.choose(None, None, cuda=False) == [combination]
    assert pins.choose(["linux-x64"], ["cp311"], cuda=True) == [combination]
    with pytest.raises(ReleaseError, match=r"No zip for macos-x64-cp314: Nobody made it."):
        pins.choose(["macos-x64"], ["cp314"], cuda=False)
    with pytest.raises(ReleaseError, match=r"No CUDA flavour for macos-arm64: There is no CUDA for macOS."):
        PINS.choose(["macos-arm64"], None, cuda=True)
    assert {entry.platform for entry in PINS.choose(None, None, cuda=True)} == {"linux-x64", "windows-x64"}


def test_facts_of_blender():
    assert len(TAGS) == 31
    assert "SPDX:GPL-3.0-or-later" in LICENCES

# SPDX-License-Identifier: GPL-3.0-or-later
"""Presets of mappings come back as they were, and say in one line what is wrong with them."""

import json

import pytest
from soliloquy.core.errors import InputError, OutputError
from soliloquy.core.retarget.arkit import ARKIT_NAMES
from soliloquy.core.retarget.detection import detect
from soliloquy.core.retarget.mapping import METHODS, MappedKey, RigMapping, read_mapping, write_mapping

MAPPING = RigMapping(
    (
        MappedKey("jawOpen", "jawOpen", 0.95, gain=1.2),
        MappedKey("口 'あ' \"x\"\n", "MMD あ", offset=-0.1, invert=True),
        MappedKey("Hat", use=False),
        MappedKey("Key 1", gain=-2.0),
    ),
    "names",
)


def test_presets_come_back(tmp_path):
    path = tmp_path / "face.json"
    write_mapping(path, MAPPING)
    assert read_mapping(path) == MAPPING
    for method in METHODS:
        mapping = RigMapping(detect([*ARKIT_NAMES, "Hat"]).keys, method)
        write_mapping(path, mapping)
        assert read_mapping(path) == mapping
    write_mapping(path, RigMapping(()))
    assert read_mapping(path) == RigMapping(())
    assert [each.name for each in tmp_path.iterdir()] == ["face.json"]


def test_presets_are_read_by_people(tmp_path):
    path = tmp_path / "face.json"
    write_mapping(path, MAPPING)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert '"soliloquy_mapping": 1,' in lines
    assert '{"key": "jawOpen", "channel": "jawOpen", "confidence": 0.95, "gain": 1.2},' in lines
    assert '{"key": "Hat", "use": false},' in lines
    assert "MMD あ" in path.read_text(encoding="utf-8")


def test_a_preset_may_be_written_by_hand(tmp_path):
    path = tmp_path / "hand.json"
    path.write_text(
        '\ufeff{"soliloquy_mapping": 1, "keys": [{"key": "A", "channel": "VRM A", "gain": 2}]}',
        encoding="utf-8",
    )
    assert read_mapping(path) == RigMapping((MappedKey("A", "VRM A", gain=2.0),), "auto")


def preset(*keys, **others):
    return json.dumps({"soliloquy_mapping": 1, "keys": list(keys)} | others)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Line 1 of the mapping '{path}' is not JSON: Expecting value."),
        ('{"soliloquy_mapping": 1,\n"keys": [}', "Line 2 of the mapping '{path}' is not JSON"),
        ("[]", "'{path}' is not a mapping: choose"),
        ("17", "'{path}' is not a mapping"),
        ('{"keys": []}', "'{path}' is not a mapping"),
        ('{"soliloquy_mapping": 1}', "'{path}' is not a mapping"),
        ("[" * 100000, "'{path}' is not a mapping"),
        ('{"soliloquy_mapping": 2, "keys": []}', "is of version 2, expected 1: it needs another Soliloquy."),
        ('{"soliloquy_mapping": true, "keys": []}', "is of version True, expected 1"),
        (preset(method="magic"), "has the method 'magic': expected one of auto, names, shapes."),
        (preset(method=["auto"]), "has the method '['auto']'"),
        (preset(kyes=[]), "The mapping '{path}' has 'kyes': expected soliloquy_mapping, method, keys."),
        (preset("jawOpen"), "Key 1 of the mapping '{path}' has no name"),
        (preset({"key": "a"}, {"channel": "jawOpen"}), "Key 2 of the mapping '{path}' has no name"),
        (preset({"key": ""}), "has no name"),
        (
            preset({"key": "a", "gian": 1}),
            "Key 1 of the mapping '{path}' ('a') has 'gian': expected key, channel",
        ),
        (preset({"key": "a"}, {"key": "a"}), "The mapping '{path}' has the key 'a' twice"),
        (preset({"key": "a", "gain": "1"}), "has the gain '1': expected a finite number."),
        (preset({"key": "a", "gain": True}), "has the gain True: expected a finite number."),
        (preset({"key": "a", "gain": float("nan")}), "has the gain nan: expected a finite number."),
        (preset({"key": "a", "offset": float("inf")}), "has the offset inf: expected a finite number."),
        (preset({"key": "a", "offset": 10**400}), "expected a finite number."),
        ('{"soliloquy_mapping": 1' + "0" * 5000 + ', "keys": []}', "'{path}' is not a mapping"),
        (preset({"key": "a", "confidence": 1.5}), "has the confidence 1.5: expected 0 to 1."),
        (preset({"key": "a", "use": 1}), "has the use 1: expected true or false."),
        (preset({"key": "a", "channel": 3}), "has the channel '3', which is not known"),
        (preset({"key": "a", "channel": "jawopen"}), "which is not known: did you mean 'jawOpen'"),
        (preset({"key": "a", "channel": "Oculus a"}), "did you mean 'Oculus aa'"),
        (
            preset({"key": "a", "channel": "qqqq"}),
            "which is not known: choose one of Soliloquy's list, or leave it out.",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path, text, message):
    path = tmp_path / "wrong.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_mapping(path)
    assert message.format(path=path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match="Cannot read the mapping"):
        read_mapping(tmp_path / "none.json")
    with pytest.raises(InputError, match="Cannot read the mapping"):
        read_mapping(tmp_path)
    path = tmp_path / "latin.json"
    path.write_bytes(b'{"soliloquy_mapping": 1, "keys": [{"key": "L\xe4cheln"}]}')
    with pytest.raises(InputError, match="is not UTF-8 text"):
        read_mapping(path)
    path.write_bytes(b" " * (17 * 2**20))
    with pytest.raises(InputError, match="is too large for a mapping"):
        read_mapping(path)


def test_files_that_cannot_be_written_stay_as_they_were(tmp_path):
    with pytest.raises(OutputError, match="Cannot write"):
        write_mapping(tmp_path / "none" / "face.json", MAPPING)
    path = tmp_path / "face.json"
    write_mapping(path, MAPPING)
    with pytest.raises(UnicodeEncodeError):
        write_mapping(path, RigMapping((MappedKey("\ud800"),)))
    assert read_mapping(path) == MAPPING

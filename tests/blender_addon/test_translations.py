# SPDX-License-Identifier: GPL-3.0-or-later
"""Every text of the window has a German translation, which a real Blender shows."""

import ast
import importlib.util
import os
import re
import string
import struct
import subprocess
from pathlib import Path

import bpy
import pytest
import soliloquy
from soliloquy import blender_addon
from soliloquy.blender_addon import mapping, rig, shape_settings, texts, translations
from soliloquy.blender_addon.package import CONTEXT
from soliloquy.blender_addon.panels.performance import model_items
from soliloquy.blender_addon.styles import other_items, style_items
from soliloquy.blender_addon.translations import german
from soliloquy.core.generate.emotion.directions import EMOTIONS
from soliloquy.core.generate.models import MODELS
from soliloquy.core.generate.style_presets import PRESETS

ROOT = Path(soliloquy.__file__).resolve().parent
REAL_BLENDER = ROOT / "scripts" / "real_blender.sh"

WITHOUT_A_WINDOW = (
    "bake/preview.py",
    "blender_addon/batch_rows.py",
    "blender_addon/blend_file.py",
    "blender_addon/command_arguments.py",
    "blender_addon/command_line.py",
    "blender_addon/mapping_arguments.py",
    "blender_addon/rig_arguments.py",
    "blender_addon/problem_report.py",
    "blender_addon/saving.py",
    "blender_addon/shape_arguments.py",
    "command_line/",
    "core/argument_types.py",
    "core/batch.py",
    "core/evaluation/",
    "core/models/",
    "core/output_folders.py",
    "core/phone_files.py",
    "core/training/",
)
"""Their messages are read on the command line, or by those who mend."""

FOR_PROGRAMMERS = {
    "ARKit weights have shape …, expected (frames, …).",
    "A limit of the head's turn is below zero: expected degrees from 0 on.",
    "A look-at target has directions of shape … at times of shape …: expected (N, 2) and (N,), N at least 1.",
    "A look-at target has directions or times that are no numbers, or times that fall.",
    "Key reduction error … is not between 0 and 90 degrees.",
    "The amount of accents is …: expected 0 or more.",
    "The amount of gaze is …: expected 0 or more.",
    "The curves of emotions have times of shape … and intensities of …: expected (K,) and (K, …).",
    "The curves of emotions hold what is no number, or times that fall: expected rising seconds, and "
    "intensities from 0 to 1.",
    "The head style is '…': expected one of ….",
    "The head's rotation has shape …: expected (…, 3).",
    "The network knows no head style '…': expected one of ….",
    "Unknown facing '…': expected one of ….",
    "Unknown way to bake head and eyes '…': expected replace or add.",
    "Cannot write '…': the ending '…' is not known. Use .csv (Live Link Face) or .npz (every field).",
    "DLL load failed",
    "Sampling with temperature … and top-p …: expected a temperature of 0 to 10 and a top-p above 0, at most "
    "1.",
    "The identity has shape …: expected (…,), alpha.",
    "The sampling style is '…': expected one of ….",
    "Expression coefficients have shape …, expected (frames, …).",
    "Posteriors are no probabilities: expected numbers from 0 to 1.",
    "Posteriors have shape …, expected (frames, …).",
    "The network is '…', expected speech_encoder.",
    "The strength of articulation is …: expected 0 to 1.",
    "The … '…' at … to … s is out of order: …s follow one another from … s to … s at most.",
    "There are no frames of the speech encoder: expected one for each 12.5 ms of sound.",
    "There are … frames of weights and … of demands: expected as many.",
    "… phones cannot be aligned with … frames.",
    "FaceMotion.vertices has shape …, expected (…, V, 3).",
    "FaceMotion.… has shape …, expected ….",
    "No provider is called '…'. Known: ….",
    "The blink rate is … a minute: expected 0 (no blinks) to 60.",
    "The expression matrix has shape …, expected (coefficients, …).",
    "The frame rate is …: expected frames per second above 0.",
    "The frame step is …: expected a whole number from 1 on.",
    "The motion holds … vertices a frame, expected the … of the built-in head: generate it again.",
    "The take has no name: give it the name of the sound.",
    "Unknown choice for blocked keys '…': expected error, skip or fix.",
    "Unknown parts …: expected some of ….",
    "Unknown way to bake vertices '…': expected cache or shape_keys.",
    "The range is … to …: expected the first frame before the last.",
    "fps is '…': expected a number such as 25, 23.976 or 30000/1001.",
    "… has head format …, expected …: rebuild it.",
}
"""What the window's settings cannot lead to."""

# Parts of messages that the table has within the whole.
PIECES = {
    ", the range is … to …",
    "has a driver",
    "has a locked F-curve",
    "has a muted F-curve",
    "holds samples (use Samples to Keys)",
    "is in the locked channel group '…'",
    "is in the muted channel group '…'",
    "is locked",
    "is muted",
    "these shape keys are empty (equal to their reference key)",
}


def collector():
    """The module that finds every message."""
    path = ROOT / "tests" / "test_messages.py"
    if not path.is_file():
        pytest.skip("the collector of messages is not beside the tests")
    spec = importlib.util.spec_from_file_location("message_collector", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def properties_of(each):
    """The properties of a class; those of operators are apart from it."""
    if issubclass(each, bpy.types.Operator):
        group, _, name = each.bl_idname.partition(".")
        return getattr(getattr(bpy.ops, group), name).get_rna_type().properties
    return each.bl_rna.properties


def rna_texts():
    """What Blender shows of our classes: names, which have our context, and tooltips, which have none."""
    names, tooltips = set(), set()
    for each in blender_addon.CLASSES:
        if issubclass(each, bpy.types.Panel | bpy.types.Operator):
            names.add(each.bl_label)
            assert each.bl_translation_context == CONTEXT, each
        if issubclass(each, bpy.types.Operator):
            tooltips.add(each.__doc__)
        for name, annotation in each.__annotations__.items():
            if "name" not in getattr(annotation, "keywords", {}):
                continue
            prop = properties_of(each)[name]
            assert prop.translation_context == CONTEXT, name
            names.add(prop.name)
            tooltips.add(prop.description)
            for item in getattr(prop, "enum_items", ()):
                names.add(item.name)
                tooltips.add(item.description)
    for name in (*rig.PROPERTIES, *mapping.PROPERTIES, *shape_settings.PROPERTIES):
        prop = bpy.types.Object.bl_rna.properties[name]
        assert prop.translation_context == CONTEXT, name
        names |= {prop.name, *(item.name for item in getattr(prop, "enum_items", ()))}
        tooltips |= {prop.description, *(item.description for item in getattr(prop, "enum_items", ()))}
    names |= {each.bl_label for each in blender_addon.CLASSES if issubclass(each, bpy.types.Menu)}
    for item in (*style_items(None, None), *other_items(None, None)):
        names.add(item[1])
        tooltips.add(item[2])
    names |= {facts.looks for facts in PRESETS.values()}
    # Items that are asked for when they are drawn.
    names |= {item[1] for item in model_items()}
    tooltips |= {item[2] for item in model_items()}
    names |= {facts.good_for for facts in MODELS.values()}
    names |= {emotion.capitalize() for emotion in EMOTIONS}
    return names, tooltips


def drawn_texts():
    """Literals that panels draw or put values into."""
    found = set()
    for path in (ROOT / "blender_addon").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            values = [keyword.value for keyword in node.keywords if keyword.arg in {"heading", "text"}]
            if called == "iface":
                values = node.args
            found |= {each.value for each in values if isinstance(each, ast.Constant) and each.value}
    return found


def test_every_label_and_tooltip_is_in_the_table_and_no_other():
    names, tooltips = rna_texts()
    names |= drawn_texts()
    assert len(names) > 30
    assert len(tooltips) > 30
    for wanted, table in ((names, german.NAMES), (tooltips, german.TOOLTIPS)):
        assert sorted(wanted - table.keys()) == []
        assert sorted(table.keys() - wanted) == []


def test_every_message_is_in_the_table_and_no_other():
    module = collector()
    found = {text for text, path in module.messages().items() if not path.startswith(WITHOUT_A_WINDOW)}
    known = {module.canonical(re.sub(r"\{\d+\}", "…", text)) for text in german.MESSAGES}
    labels = {module.canonical(re.sub(r"\{\w+\}", "…", text)) for text in german.NAMES}
    missing = found - known - labels - FOR_PROGRAMMERS - PIECES - module.NAMES
    assert sorted(missing) == []
    # What stands there whole is made of pieces here.
    stale = {text for text in known - found if not any(piece in text for piece in PIECES)}
    assert sorted(stale) == []
    assert sorted((FOR_PROGRAMMERS | PIECES) - found) == []


def places(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("module", {id(each): each for each in translations.LANGUAGES.values()}.values())
def test_places_for_values_agree(module):
    for table in (module.NAMES, module.TOOLTIPS, module.MESSAGES):
        for text, translation in table.items():
            assert places(text) == places(translation), text
            assert translation.strip(), text
            assert text.endswith(".") == translation.endswith("."), text
    for text in module.MESSAGES:
        assert places(text) == [str(index) for index in range(len(places(text)))], text


def german_of(text):
    return texts._translated(text, lambda english: german.MESSAGES.get(english, english))


def test_messages_are_recognised_with_their_values():
    assert german_of("Strip 'a, b.wav' cannot be used: channel 'Mike' is muted.") == (
        "Der Streifen „a, b.wav“ ist nicht verwendbar: der Kanal „Mike“ ist stumm."
    )
    assert german_of("'x' is muted, 'y' has a driver and 3 more") == (
        "„x“ ist stumm, „y“ hat einen Treiber und 3 weitere"
    )
    assert german_of(
        "Animated 'A' from 'b': frames 1 to 9, 12 keys on 3 shape keys, along with 'C', 'D'"
    ) == ("„A“ animiert nach „b“: Bilder 1 bis 9, 12 Schlüssel auf 3 Formschlüsseln, zusammen mit 'C', 'D'")
    assert german_of("Nothing to key in frames 1 to 5: the speech is at 40 to 139.") == (
        "In den Bildern 1 bis 5 bekommt nichts Schlüssel: Die Sprache liegt bei 40 bis 139."
    )
    assert german_of("Something that nobody wrote a line for.") == "Something that nobody wrote a line for."
    assert texts.message("No sound file is chosen.") == "No sound file is chosen."


def test_languages_are_known_by_each_of_their_names():
    assert all(map(translations.has_table, ("de", "de_DE", "de_AT")))
    assert not any(map(translations.has_table, ("", "en_US", "nds", "da")))


def test_icons_exist_in_this_blender():
    icons = set(bpy.types.UILayout.bl_rna.functions["prop"].parameters["icon"].enum_items.keys())
    used = set()
    for path in (ROOT / "blender_addon").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "icon":
                used |= {each.value for each in ast.walk(node) if isinstance(each, ast.Constant)}
    used -= {None, 0}
    assert len(used) > 8
    assert used - icons == set()
    for each in blender_addon.CLASSES:
        for annotation in getattr(each, "__annotations__", {}).values():
            items = getattr(annotation, "keywords", {}).get("items", ())
            for item in items(None, None) if callable(items) else items:
                assert len(item) == 3 or item[3] in icons


GERMAN = """
import bpy, os, sys
sys.path.insert(0, {path!r})
import soliloquy
soliloquy.register()
view = bpy.context.preferences.view
view.language = "de"
view.use_translate_interface = view.use_translate_tooltips = view.use_translate_reports = True
from soliloquy.blender_addon.texts import iface, message
show = bpy.app.translations
panel = bpy.types.VIEW3D_PT_soliloquy_mouth
print("LABEL", show.pgettext_iface(panel.bl_label, panel.bl_translation_context))
print("OPERATOR", show.pgettext_iface("Animate from Audio", "Soliloquy"))
print("BLENDER", show.pgettext_iface("File"))
print("TOOLTIP", show.pgettext_tip("Animate jaw, lips, cheeks and nose"))
print("COUNT", iface("{{count}} blocked, see Output").format(count=3))
print("MESSAGE", message("Strip 'a.wav' is not used: it is muted."))
view.language = "en_US"
print("ENGLISH", show.pgettext_iface("Mouth", "Soliloquy"), message("No sound file is chosen."))
soliloquy.unregister()
view.language = "de"
print("GONE", show.pgettext_iface("Animate from Audio", "Soliloquy"))
sys.stdout.flush()
os._exit(0)
"""


@pytest.mark.skipif(bpy.app.version[:2] != (5, 0), reason="one run of the real Blender is enough")
def test_a_real_blender_speaks_german(tmp_path):
    """Debian's Blender has no languages, so it is given a list of them and a dictionary without words."""
    cache = os.environ.get("SOLILOQUY_CACHE") or f"{os.environ.get('XDG_CACHE_HOME', '~/.cache')}/soliloquy"
    if not (Path(cache).expanduser() / "blender-5.2" / ".soliloquy").exists():
        pytest.skip("there is no real Blender here: scripts/real_blender.sh makes it")
    header = b"Content-Type: text/plain; charset=UTF-8\n"
    # GNU MO: magic, version, one text, where the tables of originals and translations are.
    words = struct.pack("<11i", 0x950412DE - 2**32, 0, 1, 28, 36, 0, 0, 0, 44, len(header), 45)
    folder = tmp_path / "locale" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "blender.mo").write_bytes(words + b"\0" + header + b"\0")
    names = "1:English (English):en_US\n2:German (Deutsch):de\n"
    (tmp_path / "locale" / "languages").write_text(names)
    (tmp_path / "german.py").write_text(GERMAN.format(path=str(tmp_path / "path")))
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "soliloquy").symlink_to(ROOT)
    program = "mount --bind locale /usr/share/locale && blender -b --factory-startup -P german.py"
    command = [str(REAL_BLENDER), "run", "--work", str(tmp_path), "--", "bash", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode == 77:
        pytest.skip(done.stderr.strip())
    said = dict(line.split(" ", 1) for line in done.stdout.splitlines() if line.split(" ")[0].isupper())
    assert said["LABEL"] == "Mund", done.stdout + done.stderr
    assert said["OPERATOR"] == "Aus Ton animieren"
    # Words that Blender has too stay Blender's.
    assert said["BLENDER"] == "File"
    assert said["TOOLTIP"] == "Kiefer, Lippen, Wangen und Nase animieren"
    assert said["COUNT"] == "3 blockiert, siehe Ausgabe"
    assert said["MESSAGE"] == "Der Streifen „a.wav“ wird nicht verwendet: er ist stumm."
    assert said["ENGLISH"] == "Mouth No sound file is chosen."
    assert said["GONE"] == "Animate from Audio"

# SPDX-License-Identifier: GPL-3.0-or-later
import json
import os
from dataclasses import replace

import pytest
from soliloquy.core.batch import BatchRow, read_manifest, run_batch
from soliloquy.core.errors import Cancelled, InputError, OutputError
from soliloquy.core.frame_times import parse_fps
from soliloquy.core.generate.emotion.directions import EmotionDirections, EmotionTag
from soliloquy.core.generate.settings import AnimationSettings
from soliloquy.core.generate.style_choice import StyleChoice


def write(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def render_name(row):
    row.out.write_text(row.audio.name)


def test_csv_and_json_lines_give_the_same_rows(tmp_path):
    table = write(
        tmp_path,
        "rows.csv",
        "audio,object,head,fps,seed,out\nä b.wav,Kopf,,23.976,3,out/a.csv\n/x/c.wav,,yes,,,c.blend\n",
    )
    lines = write(
        tmp_path,
        "rows.jsonl",
        '{"audio": "ä b.wav", "object": "Kopf", "fps": 23.976, "seed": 3, "out": "out/a.csv"}\n\n'
        '{"audio": "/x/c.wav", "head": true, "out": "c.blend"}\n',
    )
    rows = read_manifest(table)
    assert rows[0].audio == tmp_path / "ä b.wav"
    assert (rows[0].object_name, rows[0].fps, rows[0].seed) == ("Kopf", 24000 / 1001, 3)
    assert (rows[1].audio.as_posix(), rows[1].object_name, rows[1].fps) == ("/x/c.wav", None, None)
    assert [row.own_head for row in rows] == [False, True]
    assert [replace(row, line=0) for row in rows] == [replace(row, line=0) for row in read_manifest(lines)]


def test_models_are_names_or_files_beside_the_manifest(tmp_path):
    (tmp_path / "my talk").mkdir()
    (tmp_path / "meshtalk").mkdir()
    table = (
        "audio,model,sampling,out\na.wav,meshtalk,lively,a.csv\na.wav,nets/own.onnx,,b.csv\na.wav,,,c.csv\n"
    )
    rows = read_manifest(write(tmp_path, "rows.csv", table + "a.wav,my talk,,d.csv\na.wav,nobody,,e.csv\n"))
    assert [row.model for row in rows] == [
        "meshtalk",
        str(tmp_path / "nets" / "own.onnx"),
        None,
        str(tmp_path / "my talk"),
        "nobody",
    ]
    assert [row.sampling for row in rows[:2]] == ["lively", None]


def test_styles_are_names_or_files_beside_the_manifest(tmp_path):
    rows = read_manifest(
        write(
            tmp_path,
            "rows.csv",
            "audio,style,mix_with,style_share,style_strength,out\n"
            "a.wav,calm,anna.csv,0.25,1.5,a.csv\na.wav,styles/bert.JSON,,,,b.csv\na.wav,,,,,c.csv\n"
            "a.wav,calm,big,half,,d.csv\na.wav,,,,2,e.csv\n",
        )
    )
    usual = StyleChoice("mumbling", "grim", 0.1)
    assert rows[0].style_choice(usual) == StyleChoice("calm", str(tmp_path / "anna.csv"), 0.25)
    assert rows[0].settings(AnimationSettings()).style_strength == 1.5
    assert rows[1].style_choice(usual) == StyleChoice(str(tmp_path / "styles" / "bert.JSON"), "grim", 0.1)
    assert rows[2].style_choice(usual) == usual
    assert rows[2].settings(AnimationSettings(style_strength=0.5)).style_strength == 0.5
    assert rows[3].problem == "style_share is 'half': expected a number from 0 to 1."
    with pytest.raises(InputError, match=r"style_strength is 2\.0: expected a number from 0 to 1\.5"):
        rows[4].settings(AnimationSettings())
    with pytest.raises(InputError, match="share is 2: expected a number from 0 to 1"):
        replace(rows[2], style_share=2.0).style_choice(usual)


def test_emotions_differ_from_the_usual_one(tmp_path):
    rows = read_manifest(
        write(
            tmp_path,
            "rows.csv",
            "audio,emotion,voice_emotion,idle,out\na.wav,angry 0.6,0.5,2,a.csv\na.wav,,,,b.csv\n"
            'a.wav,hapy,,,c.csv\na.wav,,much,,d.csv\na.wav,"sad ,4",,2.5,e.csv\n',
        )
    )
    usual = EmotionDirections((EmotionTag(0.0, "fear"),))
    assert rows[0].emotions(usual) == EmotionDirections((EmotionTag(0.0, "anger", 0.6),))
    assert rows[1].emotions(usual) is usual
    assert rows[1].emotions(None) is None
    assert rows[4].emotions(None) == EmotionDirections((EmotionTag(0.0, "sadness", 0.4),))
    settings = rows[0].settings(AnimationSettings(voice_emotion=1.5))
    assert (settings.voice_emotion, settings.idle_amount) == (0.5, 2.0)
    assert rows[1].settings(AnimationSettings(voice_emotion=1.5)).voice_emotion == 1.5
    with pytest.raises(InputError, match=r"'hapy' is no emotion: expected one of happy, sad"):
        rows[2].emotions(usual)
    assert rows[3].problem == "voice_emotion is 'much': expected a number from 0 to 2."
    with pytest.raises(InputError, match=r"idle_amount is 2\.5: expected a number from 0 to 2"):
        rows[4].settings(AnimationSettings())


def test_separator_of_the_country_and_byte_order_mark(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes("\ufeffaudio;out\r\na.wav;a.csv\r\n".encode())
    assert read_manifest(path)[0].out == tmp_path / "a.csv"


@pytest.mark.parametrize(
    ("name", "text", "part"),
    [
        ("rows.csv", "", "no column 'audio'"),
        ("rows.csv", "audio,out\n", "has no rows"),
        ("rows.csv", "audio,oot\na.wav,b.csv\n", "no column 'out'"),
        ("rows.csv", "audio,out,sed\na,b,1\n", "unknown column 'sed'"),
        ("rows.jsonl", "{nonsense\n", "is not JSON"),
        ("rows.jsonl", "[1]\n", "not a JSON object"),
    ],
)
def test_unusable_manifest_is_refused(tmp_path, name, text, part):
    with pytest.raises(InputError, match=part):
        read_manifest(write(tmp_path, name, text))


def test_missing_and_binary_manifest_are_refused(tmp_path):
    with pytest.raises(InputError, match="Cannot read"):
        read_manifest(tmp_path / "none.csv")
    (tmp_path / "rows.csv").write_bytes(b"\xff\xfe\x00a")
    with pytest.raises(InputError, match="not UTF-8"):
        read_manifest(tmp_path / "rows.csv")


def test_a_bad_row_fails_alone(tmp_path):
    path = write(
        tmp_path,
        "rows.csv",
        "audio,object,head,fps,seed,out\n"
        "a.wav,,,fast,,a.csv\n"
        "a.wav,,,,x,b.csv\n"
        ",,,,,c.csv\n"
        "a.wav,Cube,yes,,,d.blend\n"
        "a.wav,,,,,same.csv\n"
        "a.wav,,,,,./same.csv\n"
        "a.wav,,,,,good.csv\n",
    )
    (tmp_path / "a.wav").write_text("")
    report = run_batch(read_manifest(path), render_name, output=lambda line: None)
    assert [result.status for result in report.results] == ["failed"] * 4 + ["done", "failed", "done"]
    assert "line 6" in report.results[5].message
    assert (report.count("failed"), report.exit_status) == (5, 1)


def test_a_blend_row_names_what_to_animate(tmp_path):
    lines = (",,1.blend", ",no,2.BLEND", ",yes,3.blend", "Cube,no,4.blend", ",,5.csv")
    table = "\n".join(["audio,object,head,out", *(f"a.wav,{line}" for line in lines)])
    rows = read_manifest(write(tmp_path, "rows.csv", table))
    assert all("neither 'object' nor 'head'" in row.problem for row in rows[:2])
    assert [row.problem for row in rows[2:]] == [None] * 3
    assert [(row.object_name, row.own_head) for row in rows[2:]] == [
        (None, True),
        ("Cube", False),
        (None, False),
    ]


def test_a_preset_lies_beside_the_manifest_and_is_for_an_object(tmp_path):
    table = "audio,object,head,mapping,out\na.wav,Head,,robot.json,a.blend\na.wav,,yes,robot.json,b.blend\n"
    rows = read_manifest(write(tmp_path, "rows.csv", table + "a.wav,Head,,,c.blend\n"))
    assert [row.mapping for row in rows] == [tmp_path / "robot.json", tmp_path / "robot.json", None]
    assert [row.problem is None for row in rows] == [True, False, True]
    assert "for the keys of an object" in rows[1].problem


def test_shapes_are_made_for_an_object_where_a_row_says_so(tmp_path):
    lines = (
        "Head,,yes,a.blend",
        "Head,,,b.blend",
        ",yes,yes,c.blend",
        "Head,,perhaps,d.blend",
        ",,yes,e.csv",
    )
    table = "\n".join(["audio,object,head,make_shapes,out", *(f"a.wav,{line}" for line in lines)])
    rows = read_manifest(write(tmp_path, "rows.csv", table))
    assert [row.make_shapes for row in rows[:2]] == [True, False]
    assert [row.problem is None for row in rows] == [True, True, False, False, False]
    assert "make_shapes is for an object" in rows[2].problem
    assert "make_shapes is 'perhaps'" in rows[3].problem


def test_failures_never_stop_the_rest_and_finished_outputs_are_skipped(tmp_path):
    calls = []

    def render(row):
        calls.append(row.out.name)
        if row.audio.name == "fault.wav":
            raise ZeroDivisionError("a\nfault")
        if row.audio.name == "bad.wav":
            raise InputError("bad sound.")
        if row.audio.name != "lazy.wav":
            render_name(row)

    names = ("bad", "fault", "lazy", "good")
    rows = [BatchRow(i, tmp_path / f"{n}.wav", tmp_path / "new" / f"{n}.csv") for i, n in enumerate(names)]
    printed = []
    first = run_batch(rows, render, tmp_path / "report.json", output=printed.append)
    assert [result.status for result in first.results] == ["failed", "failed", "failed", "done"]
    assert first.results[1].message == "ZeroDivisionError: a fault"
    assert "was not written" in first.results[2].message
    assert "[4/4] done" in printed[3]
    assert printed[-1].endswith("s")
    assert "1 done, 0 skipped, 3 failed" in printed[-1]
    content = json.loads((tmp_path / "report.json").read_text())
    assert (content["done"], content["failed"], len(content["rows"])) == (1, 3, 4)

    calls.clear()
    second = run_batch(rows, render, output=printed.append)
    assert second.results[3].status == "skipped"
    assert "good.csv" not in calls
    assert run_batch(rows[3:], render, force=True, output=printed.append).exit_status == 0
    assert calls[-1] == "good.csv"

    (tmp_path / "good.wav").write_text("")
    os.utime(tmp_path / "new" / "good.csv", (0, 0))
    assert "--force" in run_batch(rows[3:], render, output=printed.append).results[0].message


def test_warnings_of_a_finished_row_are_told(tmp_path):
    def render(row):
        render_name(row)
        return ("No shape key\nfor tongueOut.", "The lips do not close.") if row.line == 1 else None

    rows = [BatchRow(line, tmp_path / "a.wav", tmp_path / f"{line}.csv") for line in (1, 2)]
    printed = []
    report = run_batch(rows, render, tmp_path / "report.json", output=printed.append)
    told = "No shape key for tongueOut. The lips do not close."
    assert [(each.status, each.message) for each in report.results] == [("done", told), ("done", "")]
    assert report.exit_status == 0
    assert told in printed[0]
    assert told in printed[-1]
    assert json.loads((tmp_path / "report.json").read_text())["rows"][0]["message"] == told


def test_report_that_cannot_be_written_is_found_before_the_work(tmp_path):
    calls = []
    with pytest.raises(OutputError):
        run_batch([BatchRow(2, tmp_path, tmp_path / "a.csv")], calls.append, tmp_path / "no" / "report.json")
    assert calls == []


def test_cancelling_keeps_what_is_finished(tmp_path):
    def render(row):
        if row.line == 2:
            raise Cancelled("stopped.")
        render_name(row)

    rows = [BatchRow(line, tmp_path / "a.wav", tmp_path / f"{line}.csv") for line in (1, 2, 3)]
    with pytest.raises(Cancelled):
        run_batch(rows, render, tmp_path / "report.json", output=lambda line: None)
    assert json.loads((tmp_path / "report.json").read_text())["done"] == 1
    assert (tmp_path / "1.csv").exists()


@pytest.mark.parametrize(
    ("text", "fps"),
    [
        ("25", 25.0),
        ("23.976", 24000 / 1001),
        ("23.98", 24000 / 1001),
        ("29.97", 30000 / 1001),
        ("30000/1001", 30000 / 1001),
        ("29.9", 29.9),
        ("24", 24.0),
    ],
)
def test_rates_as_people_write_them(text, fps):
    assert parse_fps(text) == fps


@pytest.mark.parametrize("text", ["", "fast", "0", "-25", "1/0", "nan", "inf", "2000"])
def test_impossible_rates_are_refused(text):
    with pytest.raises(InputError, match="fps is"):
        parse_fps(text)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Many sounds in one process: the manifest, the loop over its rows, and the report.

Both command lines (outside Blender and inside it) call `read_manifest` and `run_batch`; only what makes
one row differs, and is handed in as `render`.
"""

import csv
import io
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from .errors import Cancelled, InputError, OutputError, SoliloquyError
from .frame_times import parse_fps
from .motion_files import whole_file
from .output_folders import make_folder

if TYPE_CHECKING:
    from .generate.emotion.directions import EmotionDirections
    from .generate.settings import AnimationSettings
    from .generate.style_choice import StyleChoice

COLUMNS: Final = (
    "audio",
    "object",
    "head",
    "fps",
    "model",
    "sampling",
    "seed",
    "head_style",
    "head_amount",
    "gaze_amount",
    "accents",
    "style",
    "mix_with",
    "style_share",
    "style_strength",
    "emotion",
    "voice_emotion",
    "idle",
    "look_at",
    "mapping",
    "make_shapes",
    "transcript",
    "out",
)
"""Columns of a manifest; only `audio` and `out` are required."""

MANIFEST_HELP: Final = """\
The manifest is a CSV file with a header, or JSON lines (one object a line, ending .jsonl or .json), in
UTF-8. Columns:
  audio   sound to animate from (required)
  out     file to write (required): .csv (Live Link Face), .npz (every field) or, in Blender, .blend
  object  name of the mesh object to animate (.blend only)
  head    'yes' for Soliloquy's own head, instead of an object (.blend only)
          A .blend row needs one of the two.
  fps     frames per second: 25, 23.976, 30000/1001 (default: 60, or the scene's rate in Blender)
  model   network that animates, such as meshtalk (default: that of --model)
  sampling
          how freely such a network draws: steady, natural or lively (default: that of --sampling)
  seed    whole number from which head motion, blinks and the like are drawn (default 0)
  head_style
          how the head moves: reading, calm, conversation, lively or emphatic (default: that of --head-style)
  head_amount, gaze_amount, accents
          amounts of 0 to 2, where a row is to differ from --head-amount, --gaze-amount and --accents
  style   how somebody speaks, for models that take styles: a style's name, a file with one (.json), or a
          performance to speak like (.csv, .npz), or drawn:SEED (default: that of --style)
  mix_with, style_share
          a second style, and how much of it there is, 0 to 1 (default: those of --mix-with and --style-share)
  style_strength
          how much of the style there is, 0 to 1.5 (default: that of --style-strength)
  emotion what the face feels from the start on: happy, angry 0.6, neutral (default: that of --emotion)
  voice_emotion, idle
          amounts of 0 to 2, where a row is to differ from --voice-emotion and --idle
  look_at what the eyes look at: name of an object, or 'camera' (.blend only)
  mapping which key of the object is driven by what: a preset that Blender's panel wrote, .json (.blend only;
          default: as the object has it)
  make_shapes
          'yes' to make the ARKit shape keys first that the object lacks (.blend only; default: as
          the command in Blender is told)
  transcript
          what is said: .txt, .srt, .vtt, .TextGrid, or times of words as .csv or .json
Relative paths start at the manifest's folder. Rows whose output exists are skipped, so a stopped run
is taken up again by the same command."""

_YES: Final = frozenset({"1", "yes", "true", "y", "head", "soliloquy", "built-in"})
_AMOUNTS: Final = {
    "head_amount": ("head_amount", 2.0),
    "gaze_amount": ("gaze_amount", 2.0),
    "accents": ("accents", 2.0),
    "style_strength": ("style_strength", 1.5),
    "voice_emotion": ("voice_emotion", 2.0),
    "idle": ("idle_amount", 2.0),
}
"""Columns of amounts: the name of each in `generate.settings.AnimationSettings`, and the most of it."""
_NO: Final = frozenset({"", "0", "no", "false", "n"})

Status = Literal["done", "skipped", "failed"]


@dataclass(frozen=True)
class BatchRow:
    """One row of a manifest.

    Attributes:
        line: line of the manifest, from 1.
        audio: sound to animate from.
        out: file to write.
        object_name: object to animate in the open .blend file, None for none.
        own_head: whether to animate Soliloquy's own head; a .blend row has this or an object.
        fps: frames per second; None for the default of whoever renders.
        seed: seed of the blinks and the like.
        model: network, None for the default of whoever renders.
        sampling: style in which such a network draws, None for the default of whoever renders.
        transcript: file with what is said, None for none.
        head_style: how the head moves, None for the default of whoever renders.
        amounts: those of `generate.settings.AnimationSettings` in which the row differs, by name.
        style: how to speak, None for the default of whoever renders; so are the next two.
        mix_with: a second style.
        style_share: of the second style.
        emotion: what the face feels from the start on, None for the default of whoever renders.
        look_at: what the eyes look at in the open .blend file, None for the default of whoever renders.
        mapping: preset that says which key of the object is driven by what, None as for `look_at`.
        make_shapes: whether to make the shape keys first that the object lacks.
        problem: why this row cannot be used, None for a good row. `run_batch` counts it as failed.
    """

    line: int
    audio: Path
    out: Path
    object_name: str | None = None
    own_head: bool = False
    fps: float | None = None
    seed: int = 0
    model: str | None = None
    sampling: str | None = None
    transcript: Path | None = None
    head_style: str | None = None
    amounts: Mapping[str, float] = field(default_factory=dict)
    style: str | None = None
    mix_with: str | None = None
    style_share: float | None = None
    emotion: str | None = None
    look_at: str | None = None
    mapping: Path | None = None
    make_shapes: bool = False
    problem: str | None = None

    def settings(self, usual: "AnimationSettings") -> "AnimationSettings":
        """How this row is animated, where others are animated as usual.

        Raises:
            InputError: a style that is not known, or an amount out of range.
        """
        styles = {"sampling": self.sampling, "head_style": self.head_style}
        chosen = {name: style for name, style in styles.items() if style is not None}
        return replace(usual, **chosen, **self.amounts)

    def style_choice(self, usual: "StyleChoice") -> "StyleChoice":
        """How this row speaks, where others speak as usual.

        Raises:
            InputError: a share out of range.
        """
        given = {"style": self.style, "mix_with": self.mix_with, "share": self.style_share}
        return replace(usual, **{name: value for name, value in given.items() if value is not None})

    def emotions(self, usual: "EmotionDirections | None") -> "EmotionDirections | None":
        """What the face feels in this row, where in others it feels as usual.

        Raises:
            InputError: no such emotion, or a strength out of range.
        """
        from .generate.emotion.directions import EmotionDirections
        from .generate.emotion.words import emotion_tag

        return usual if self.emotion is None else EmotionDirections(tags=(emotion_tag(self.emotion),))


@dataclass(frozen=True)
class RowResult:
    """What became of one row; `message` says why it was skipped or failed, or what a done row warns of."""

    line: int
    audio: str
    out: str
    status: Status
    seconds: float
    message: str = ""


@dataclass(frozen=True)
class BatchReport:
    """What became of every row, in the manifest's order."""

    results: tuple[RowResult, ...]

    def count(self, status: Status) -> int:
        """Number of rows with this status."""
        return Counter(result.status for result in self.results)[status]

    @property
    def exit_status(self) -> int:
        """0 when no row failed, else 1."""
        return 1 if self.count("failed") else 0

    def table(self) -> str:
        """The report as people read it: one line a row, then the totals."""
        rows = [
            (str(result.line), result.status, f"{result.seconds:.1f} s", result.out, result.message)
            for result in self.results
        ]
        head = ("line", "status", "time", "output", "note")
        widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in (head, *rows)
        ]
        seconds = sum(result.seconds for result in self.results)
        totals = ", ".join(f"{self.count(status)} {status}" for status in ("done", "skipped", "failed"))
        return "\n".join([*lines, f"{len(rows)} rows: {totals}; {seconds:.1f} s"])

    def write_json(self, path: Path) -> None:
        """Write the report for programs, whole or not at all."""
        content = {
            "done": self.count("done"),
            "skipped": self.count("skipped"),
            "failed": self.count("failed"),
            "rows": [asdict(result) for result in self.results],
        }
        with whole_file(path, "w") as stream:
            json.dump(content, stream, ensure_ascii=False, indent=1)
            stream.write("\n")


def read_manifest(path: Path) -> list[BatchRow]:
    """Read a manifest (`MANIFEST_HELP` describes it).

    A row that cannot be used is kept with its `problem`, so that it fails alone.

    Raises:
        InputError: the manifest itself is missing, unreadable, empty or has wrong columns.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"Cannot read the manifest '{path}': {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"The manifest '{path}' is not UTF-8 text: save it as UTF-8.") from error
    is_json = path.suffix.lower() in {".jsonl", ".json", ".ndjson"} or text.lstrip().startswith("{")
    records = _json_records(path, text) if is_json else _csv_records(path, text)
    rows = [_row(line, record, path.parent) for line, record in records]
    if not rows:
        raise InputError(f"The manifest '{path}' has no rows: expected one row for each sound.")
    return _without_shared_outputs(rows)


def run_batch(
    rows: Sequence[BatchRow],
    render: Callable[[BatchRow], Iterable[str] | None],
    report: Path | None = None,
    *,
    force: bool = False,
    bar: bool = False,
    output: Callable[[str], None] = print,
) -> BatchReport:
    """Make every row; one failed row never stops the rest.

    Args:
        rows: what `read_manifest` gave.
        render: makes one row and writes `row.out` whole or not at all; any exception fails only this row.
            It may return warnings, lines for the user that become the message of the row.
        report: JSON file to write at the end, None for none.
        force: make rows again whose output exists.
        bar: show a moving progress bar where tqdm is installed and somebody is watching; else plain lines.
        output: receives the lines for people (progress and the table at the end).

    Raises:
        OutputError: the report's folder cannot be written to (found before any work is done).
        Cancelled, KeyboardInterrupt: the user stopped the run; finished outputs stay.
    """
    if report is not None:
        # Hours of work must not end in a report that cannot be written.
        BatchReport(()).write_json(report)
    results: list[RowResult] = []
    progress = _Progress(len(rows), bar, output)
    try:
        for row in rows:
            progress.start(row)
            results.append(_make(row, render, force))
            progress.finish(results[-1])
    finally:
        progress.close()
        finished = BatchReport(tuple(results))
        if report is not None:
            finished.write_json(report)
    output(finished.table())
    return finished


def _make(row: BatchRow, render: Callable[[BatchRow], Iterable[str] | None], force: bool) -> RowResult:
    """Make one row and say what became of it."""
    start = time.perf_counter()

    def result(status: Status, message: str = "") -> RowResult:
        seconds = time.perf_counter() - start
        return RowResult(row.line, str(row.audio), str(row.out), status, seconds, message)

    if row.problem is not None:
        return result("failed", row.problem)
    if row.out.exists() and not force:
        # A hand-edited output must survive, so a newer sound is only mentioned.
        newer = row.audio.exists() and row.audio.stat().st_mtime > row.out.stat().st_mtime
        return result(
            "skipped", "exists, but the sound is newer: --force makes it again" if newer else "exists"
        )
    try:
        make_folder(row.out.parent)
        warnings = tuple(render(row) or ())
        if not row.out.exists():
            raise OutputError(f"'{row.out}' was not written.")
    except Cancelled:
        raise
    except SoliloquyError as error:
        return result("failed", str(error))
    except Exception as error:
        # A fault of ours in one row must not cost the user the other rows; the type tells what to report.
        return result("failed", " ".join(f"{type(error).__name__}: {error}".split()))
    return result("done", " ".join(" ".join(warnings).split()))


class _Progress:
    """A tqdm bar on a terminal, else one line as each row ends."""

    def __init__(self, total: int, bar: bool, output: Callable[[str], None]) -> None:
        self._output = output
        self._total = total
        self._done = 0
        self._bar: Any = None
        if bar and sys.stderr.isatty():
            try:
                from tqdm import tqdm
            except ImportError:
                return
            self._bar = tqdm(total=total, unit="row")

    def start(self, row: BatchRow) -> None:
        if self._bar is not None:
            self._bar.set_description(row.out.name, refresh=True)

    def finish(self, result: RowResult) -> None:
        self._done += 1
        if self._bar is not None:
            self._bar.update(1)
            return
        note = f": {result.message}" if result.message else ""
        self._output(
            f"[{self._done}/{self._total}] {result.status} {result.out} ({result.seconds:.1f} s){note}"
        )

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def _csv_records(path: Path, text: str) -> Iterable[tuple[int, dict[str, Any]]]:
    header = text.partition("\n")[0]
    # Spreadsheets write the separator of the country.
    delimiter = max(",;\t", key=header.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns = [(name or "").strip().lower() for name in reader.fieldnames or ()]
    _check_columns(path, columns, "The manifest")
    reader.fieldnames = columns
    for record in reader:
        if any(value for value in record.values()):
            yield reader.line_num, record


def _json_records(path: Path, text: str) -> Iterable[tuple[int, dict[str, Any]]]:
    for line, content in enumerate(text.splitlines(), start=1):
        if not content.strip():
            continue
        try:
            record = json.loads(content)
        except json.JSONDecodeError as error:
            raise InputError(
                f"Line {line} of '{path}' is not JSON ({error.msg}): write one JSON object on each line."
            ) from error
        if not isinstance(record, dict):
            raise InputError(f"Line {line} of '{path}' is not a JSON object such as {{\"audio\": ...}}.")
        record = {str(name).strip().lower(): value for name, value in record.items()}
        _check_columns(path, list(record), f"Line {line} of the manifest")
        yield line, record


def _check_columns(path: Path, columns: Sequence[str], where: str) -> None:
    known = ", ".join(COLUMNS)
    missing = [name for name in ("audio", "out") if name not in columns]
    if missing:
        raise InputError(f"{where} '{path}' has no column '{missing[0]}'; known columns: {known}.")
    unknown = [name for name in columns if name not in COLUMNS]
    if unknown:
        raise InputError(f"{where} '{path}' has an unknown column '{unknown[0]}'; known columns: {known}.")


def _row(line: int, record: dict[str, Any], folder: Path) -> BatchRow:
    def cell(name: str) -> str:
        value = record.get(name)
        return "" if value is None else str(value).strip()

    problem: str | None = None
    fps: float | None = None
    seed = 0
    amounts: dict[str, float] = {}
    share: float | None = None
    try:
        if None in record:
            raise InputError("more cells than columns: quote cells that hold the separator.")
        for name in ("audio", "out"):
            if not cell(name):
                raise InputError(f"'{name}' is empty: name a file.")
        fps = parse_fps(cell("fps")) if cell("fps") else None
        seed = _seed(cell("seed"))
        amounts = {
            name: _amount(column, cell(column), most)
            for column, (name, most) in _AMOUNTS.items()
            if cell(column)
        }
        share = _amount("style_share", cell("style_share"), 1.0) if cell("style_share") else None
        own_head = cell("head").lower()
        if own_head not in _YES | _NO:
            raise InputError(
                f"head is '{cell('head')}': write 'yes' for Soliloquy's own head, or leave it empty."
            )
        if own_head in _YES and cell("object"):
            raise InputError("both 'object' and 'head' are given: fill only one of them.")
        if cell("look_at") and not cell("out").lower().endswith(".blend"):
            raise InputError("look_at names something of a .blend file: give 'out' that ending.")
        if cell("mapping") and not cell("object"):
            raise InputError("mapping is for the keys of an object: name it in 'object', or leave it empty.")
        makes = cell("make_shapes").lower()
        if makes not in _YES | _NO:
            raise InputError(f"make_shapes is '{cell('make_shapes')}': write 'yes', or leave it empty.")
        if makes in _YES and not cell("object"):
            raise InputError("make_shapes is for an object: name it in 'object', or leave it empty.")
        if cell("out").lower().endswith(".blend") and own_head in _NO and not cell("object"):
            raise InputError(
                "neither 'object' nor 'head' is given: a .blend row needs the name of an object, "
                "or head 'yes' for Soliloquy's own head."
            )
    except InputError as error:
        problem = str(error)
    return BatchRow(
        line=line,
        audio=folder / cell("audio"),
        out=folder / cell("out"),
        object_name=cell("object") or None,
        own_head=cell("head").lower() in _YES,
        fps=fps,
        seed=seed,
        model=_model(cell("model"), folder),
        sampling=cell("sampling") or None,
        transcript=folder / cell("transcript") if cell("transcript") else None,
        head_style=cell("head_style").lower() or None,
        amounts=amounts,
        style=_style(cell("style"), folder),
        mix_with=_style(cell("mix_with"), folder),
        style_share=share,
        emotion=cell("emotion") or None,
        look_at=cell("look_at") or None,
        mapping=folder / cell("mapping") if cell("mapping") else None,
        make_shapes=cell("make_shapes").lower() in _YES,
        problem=problem,
    )


def _model(text: str, folder: Path) -> str | None:
    """A network's name, or the file or folder of one's own, which starts at the manifest's folder."""
    from .generate.models import MODELS

    is_own = text and text not in MODELS and (text.endswith(".onnx") or (folder / text).is_dir())
    return str(folder / text) if is_own else text or None


def _style(text: str, folder: Path) -> str | None:
    """A style's name, or the file with one, which starts at the manifest's folder."""
    from .generate.style_choice import is_style_file

    return str(folder / text) if is_style_file(text) else text or None


def _seed(text: str) -> int:
    try:
        return int(text or "0")
    except ValueError:
        raise InputError(f"seed is '{text}': expected a whole number.") from None


def _amount(name: str, text: str, most: float) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{name} is '{text}': expected a number from 0 to {most:g}.") from None


def _without_shared_outputs(rows: list[BatchRow]) -> list[BatchRow]:
    """Mark rows that would write a file which an earlier row writes: one of the two would be lost."""
    first: dict[Path, int] = {}
    checked = []
    for row in rows:
        out = row.out.resolve() if row.problem is None else row.out
        if row.problem is None and first.setdefault(out, row.line) != row.line:
            problem = f"writes the same file as line {first[out]}: give each row its own 'out'."
            row = replace(row, problem=problem)
        checked.append(row)
    return checked

# SPDX-License-Identifier: GPL-3.0-or-later
"""Deutsch."""

from typing import Final

NAMES: Final = {
    # Names that stay as they are.
    "Soliloquy": "Soliloquy",
    "CUDA": "CUDA",
    "CPU": "CPU",
    "ExpNet": "ExpNet",
    "Contextual": "Contextual",
    "Content": "Content",
    "Hybrid": "Hybrid",
    "MeshTalk": "MeshTalk",
    # The panels' titles.
    "Source": "Quelle",
    "Target": "Ziel",
    "Performance": "Darbietung",
    "Mouth": "Mund",
    "Eyes": "Augen",
    "Output": "Ausgabe",
    "Takes": "Fassungen",
    # Operators.
    "Animate from Audio": "Aus Ton animieren",
    "New Take": "Neue Fassung",
    "Show Take": "Fassung zeigen",
    "Remove Take": "Fassung entfernen",
    "Export Vertices": "Scheitelpunkte exportieren",
    "Remove Unused Caches": "Unbenutzte Zwischenspeicher löschen",
    "Soliloquy Head": "Soliloquy-Kopf",
    "Report a Problem": "Problem melden",
    # Source.
    "Sound": "Ton",
    "Selected Strips": "Ausgewählte Streifen",
    "File": "Datei",
    "Start Frame": "Erstes Bild",
    "Transcript": "Transkript",
    "None": "Keines",
    "Text": "Text",
    "{name} (muted, not used)": "{name} (stumm, nicht verwendet)",
    "and {count} more": "und {count} weitere",
    # Target.
    "Head": "Kopf",
    "{count} blocked, see Output": "{count} blockiert, siehe Ausgabe",
    # Performance.
    "Model": "Modell",
    "Model File": "Modelldatei",
    "Fastest, and one mouth whatever the seed; all else is drawn from the seed": "Am schnellsten, und ein Mund bei "
    "jedem Startwert; alles andere wird danach gezogen",
    "An ExpNet that is told only what is said, apart from who says it and how it is felt": "Ein ExpNet, das nur erfährt, was gesagt wird, nicht von wem und mit welchem Gefühl",
    "Each frame knows those before it, so movements flow; speaks in any style": "Jedes Bild kennt die vor ihm, so "
    "fließen die Bewegungen; spricht in jedem Stil",
    "Speaks like whoever you show it: styles from performances, mixed and as strong as you like": "Spricht wie der, den "
    "Sie ihm zeigen: Stile aus Darbietungen, gemischt und so ausgeprägt, wie Sie wollen",
    "A living face: lids and brows move by themselves, and each seed is another performance": "Ein lebendiges "
    "Gesicht: Lider und Brauen bewegen sich von selbst, und jeder Startwert ist eine andere Darbietung",
    "Liveliness": "Lebhaftigkeit",
    "Steady": "Ruhig",
    "Natural": "Natürlich",
    "Lively": "Lebhaft",
    "Seed": "Startwert",
    "seed {seed}": "Startwert {seed}",
    # Style.
    "Style": "Stil",
    "Neutral": "Neutral",
    "Articulated": "Deutlich",
    "Mumbling": "Nuschelnd",
    "Big": "Groß",
    "Smiling": "Lächelnd",
    "Grim": "Grimmig",
    "Pouting": "Schmollend",
    "One-Sided": "Einseitig",
    "Small, smooth movements of mouth and jaw": "Kleine, weiche Bewegungen von Mund und Kiefer",
    "Every sound is shaped clearly, as before an audience": "Jeder Laut wird klar geformt, wie vor Publikum",
    "The mouth hardly opens, and sounds run into each other": "Der Mund öffnet sich kaum, und die Laute gehen "
    "ineinander über",
    "Wide open mouth and jaw, as somebody who speaks loudly": "Weit offener Mund und Kiefer, wie jemand, der laut "
    "spricht",
    "The corners of the mouth are up and wide, and the brows are high": "Die Mundwinkel sind oben und weit außen, die "
    "Brauen hoch",
    "The corners of the mouth and the brows are down, the lips are tight": "Mundwinkel und Brauen sind unten, die "
    "Lippen schmal",
    "Rounded lips that stand forward": "Gerundete Lippen, die vorstehen",
    "The mouth speaks to one side, with one corner up": "Der Mund spricht zu einer Seite, ein Winkel ist oben",
    "Mix With": "Mischen mit",
    "Nothing": "Nichts",
    "Share": "Anteil",
    "Strength": "Ausprägung",
    "Style From...": "Stil von ...",
    "Style from Action": "Stil aus Aktion",
    "Style from File": "Stil aus Datei",
    "Draw Style": "Stil ziehen",
    "What the Head Does Now": "Dem, was der Kopf jetzt tut",
    "File...": "Datei ...",
    "A New One": "Ein neuer",
    "Save Style": "Stil sichern",
    "Remove Style": "Stil entfernen",
    "{model} speaks in no style: choose {models} under Performance": "{model} spricht in keinem Stil: {models} unter "
    "Darbietung wählen",
    # Recordings.
    "Import Live Link Face": "Live Link Face importieren",
    "Frame Rate": "Bildrate",
    # Mouth.
    "Amount": "Stärke",
    "Articulation": "Artikulation",
    "Animate This Part": "Diesen Teil animieren",
    # Eyes.
    "Blinks": "Blinzeln",
    "Blink Amount": "Lidschluss",
    "Per Minute": "Pro Minute",
    "Drawn Blinks": "Gezogenes Blinzeln",
    "Gaze": "Blick",
    "Gaze Amount": "Stärke des Blicks",
    "Look At": "Blickziel",
    "Ahead": "Geradeaus",
    "Camera": "Kamera",
    "Object": "Objekt",
    "Gaze Moves": "Blick bewegt",
    "Both": "Beides",
    "Eye Bones": "Augenknochen",
    "Brows": "Brauen",
    "Brows Amount": "Stärke der Brauen",
    "Accents": "Akzente",
    # Emotion.
    "Emotion": "Gefühl",
    "From the Voice": "Aus der Stimme",
    "Idle": "Leerlauf",
    "Markers": "Markierungen",
    "Add Emotion Sliders": "Gefühlsregler hinzufügen",
    "Remove Emotion Sliders": "Gefühlsregler entfernen",
    "Bake Emotion": "Gefühl backen",
    "Happiness": "Freude",
    "Sadness": "Trauer",
    "Anger": "Ärger",
    "Fear": "Angst",
    "Disgust": "Ekel",
    "Surprise": "Überraschung",
    "Contempt": "Verachtung",
    # Head.
    "Reading": "Vorlesen",
    "Calm": "Gelassen",
    "Conversation": "Gespräch",
    "Emphatic": "Nachdrücklich",
    "Existing Keys": "Vorhandene",
    "Replace": "Ersetzen",
    "Add to Them": "Dazugeben",
    "Limits": "Grenzen",
    "Turn": "Drehen",
    "Nod": "Nicken",
    "Tilt": "Neigen",
    "Rig": "Rig",
    "Own Network": "Eigenes Netz",
    "Chosen": "Gewählt",
    "Bone": "Knochen",
    "Neck": "Hals",
    "Neck Share": "Anteil des Halses",
    "Left Eye": "Linkes Auge",
    "Right Eye": "Rechtes Auge",
    "Face Looks To": "Gesicht blickt nach",
    "-Y": "-Y",
    "Y": "Y",
    "X": "X",
    "-X": "-X",
    "Z": "Z",
    "-Z": "-Z",
    "Find Bones": "Knochen suchen",
    "Nothing was found that carries the head: choose it under Rig": "Nichts gefunden, das den Kopf trägt: "
    "unter „Rig“ wählen",
    # Output.
    "Animate": "Animieren",
    "Shape Keys": "Formschlüssel",
    "Vertex Cache": "Scheitelpunkte",
    "Absolute Keys": "Absolute Schlüssel",
    "Frame Step": "Bildschritt",
    "On a Copy": "Auf einer Kopie",
    "Deleted for good: {size}": "Endgültig gelöscht: {size}",
    "Frames": "Bilder",
    "All": "Alle",
    "Scene Range": "Bereich der Szene",
    "Custom": "Eigener",
    "First": "Erstes",
    "Last": "Letztes",
    "Fewer Keys": "Weniger Schlüssel",
    "Largest Error": "Größter Fehler",
    "Blocked Keys": "Blockierte Schlüssel",
    "Stop": "Anhalten",
    "Leave Out": "Auslassen",
    "Clear the Way": "Freimachen",
    "Phone Markers": "Lautmarker",
    # Work under way.
    "Animating {share} (Esc cancels)": "Animiert {share} (Esc bricht ab)",
    "Animating from audio: {share}   Esc: cancel": "Animation aus Ton: {share}   Esc: abbrechen",
    # Preferences.
    "Processor": "Prozessor",
    # Faces of bones.
    "Moves By": "Bewegt durch",
    "Bones": "Knochen",
    "Armature": "Armatur",
    "Poses": "Posen",
    "Action": "Action",
    "Pose Markers": "Posen-Markierungen",
    "Pose Assets": "Posen-Assets",
    "Actions": "Actions",
    "Scene Markers": "Markierungen der Szene",
    # Mapping.
    "Mapping": "Zuordnung",
    "Method": "Verfahren",
    "Names": "Namen",
    "Shapes": "Gestalt",
    "Key": "Formschlüssel",
    "Channel": "Kanal",
    "Gain": "Faktor",
    "Offset": "Versatz",
    "Invert": "Umkehren",
    "Use": "Verwenden",
    "Confidence": "Sicherheit",
    "Find Keys": "Formschlüssel suchen",
    # Making shape keys.
    "Make Shape Keys": "Formschlüssel erzeugen",
    "Missing Shapes": "Fehlende Formen",
    "Make Changed Keys Anew": "Geänderte neu erzeugen",
    "{count} of 52 ARKit shapes are missing": "Von 52 ARKit-Formen fehlen {count}",
    "Made along": "Erhalten auch welche",
    "Make Along": "Miterzeugen",
    "Making {share} (Esc cancels)": "Erzeugt: {share} (Esc bricht ab)",
    "Making shape keys: {share}   Esc: cancel": "Formschlüssel werden erzeugt: {share}   Esc: abbrechen",
    "Marks: {placed} of {count}": "Marken: {placed} von {count}",
    "Place": "Ort",
    "Place Marks": "Marken setzen",
    "Clear Marks": "Marken entfernen",
    "Click into the 3D View (Esc cancels)": "In die 3D-Ansicht klicken (Esc bricht ab)",
    "Click on {mark}": "Klicken Sie auf {mark}",
    "{placed} of {count} marks are placed. Right and left are the character's own": "{placed} von {count} Marken sind "
    "gesetzt. Rechts und links sind die der Figur",
    "Backspace: back   S: leave out   Enter: done   Esc: cancel": "Rücktaste: zurück   S: auslassen   Eingabe: fertig   "
    "Esc: abbrechen",
    "That was beside the mesh": "Das war neben dem Netz",
    "the outer corner of the right eye": "den äußeren Winkel des rechten Auges",
    "the inner corner of the right eye": "den inneren Winkel des rechten Auges",
    "the inner corner of the left eye": "den inneren Winkel des linken Auges",
    "the outer corner of the left eye": "den äußeren Winkel des linken Auges",
    "the tip of the nose": "die Nasenspitze",
    "the right corner of the mouth": "den rechten Mundwinkel",
    "the left corner of the mouth": "den linken Mundwinkel",
    "the middle of the upper lip, at its lower edge": "die Mitte der Oberlippe, an ihrem unteren Rand",
    "the middle of the lower lip, at its upper edge": "die Mitte der Unterlippe, an ihrem oberen Rand",
    "the tip of the chin": "die Spitze des Kinns",
    "Start Over": "Von vorn",
    "Measure Face": "Gesicht vermessen",
    "Measuring (Esc cancels)": "Vermisst (Esc bricht ab)",
    "Save Preset": "Vorgabe speichern",
    "Load Preset": "Vorgabe laden",
    "Animate Along": "Mit animieren",
    "Animated along": "Mit animiert",
    "By its shape": "Nach der Gestalt",
    "By its shape: {shapes}": "Der Gestalt nach: {shapes}",
    "Moved by name": "Nach Namen bewegt",
    "Moved by the shapes of its keys": "Nach der Gestalt bewegt",
    "No keys": "Keine Formschlüssel",
    "confidence {share}": "Sicherheit {share}",
    "{convention} {found} of {of}": "{convention}: {found} von {of}",
    "Keys that are not in the list: {count}. Find Keys adds them": "Formschlüssel, die in der Liste fehlen: {count}. „Formschlüssel suchen“ "
    "trägt sie ein",
    "{count} keys, whose names say nothing: they go by their shapes": "{count} Formschlüssel, deren Namen nichts sagen: Es gilt "
    "ihre Gestalt",
    "{used} of {count} keys, as chosen under Mapping": "{used} von {count} Formschlüsseln, wie unter „Zuordnung“ gewählt",
    "Automatic": "Automatisch",
    "Threads": "Threads",
    "Cache Folder": "Ordner für Zwischendateien",
    "Looking for processors ...": "Prozessoren werden gesucht ...",
    "ONNX Runtime {version} can use: {names}": "ONNX Runtime {version} kann verwenden: {names}",
}
"""Labels, names of settings and of their choices."""

TOOLTIPS: Final = {
    # Operators.
    "Make the ARKit shape keys that this head lacks, by its own shape. Keys that it has stay as they are": "Die "
    "ARKit-Formschlüssel erzeugen, die diesem Kopf fehlen, nach seiner eigenen Gestalt. Vorhandene bleiben, wie sie sind",
    "Show where the face is, by clicking on ten places of it: where it is not found by itself": "Zeigen, wo das Gesicht "
    "ist, durch Klicken auf zehn Stellen: wo es nicht von selbst gefunden wird",
    "Make those keys anew too that were changed after they had been made here": "Auch die Formschlüssel neu erzeugen, die "
    "geändert wurden, nachdem sie hier erzeugt worden waren",
    "Forget the marks of this face": "Die Marken dieses Gesichts vergessen",
    "Make shape keys on this object too, and move its vertices, together with the face that it belongs to": "Auch auf diesem "
    "Objekt Formschlüssel erzeugen und seine Scheitelpunkte bewegen, zusammen mit dem Gesicht, zu dem es gehört",
    "Where it is on the mesh at rest, in the object's own coordinates": "Wo sie auf dem ruhenden Netz liegt, in den "
    "Koordinaten des Objekts",
    "Animate mouth, eyes and head from speech, as ordinary keyframes or as moving vertices": "Mund, Augen und "
    "Kopf nach der Sprache animieren, als gewöhnliche Schlüsselbilder oder als bewegte Scheitelpunkte",
    "Animate this part anew, from the same speech and seed. The keys of all other parts stay": "Diesen Teil neu "
    "animieren, nach derselben Sprache und demselben Startwert. Die Schlüssel aller anderen Teile bleiben",
    "Look for bones or objects that carry head, neck and eyes, by the names that common rigs give them": "Knochen "
    "oder Objekte suchen, die Kopf, Hals und Augen tragen, nach den Namen in verbreiteten Rigs",
    "Animate the same speech with the next seed, as a take of its own. What the head shows is kept": "Dieselbe "
    "Sprache mit dem nächsten Startwert als eigene Fassung animieren. Was der Kopf zeigt, bleibt erhalten",
    "Have the head show this take. The others are kept": "Den Kopf diese Fassung zeigen lassen. Die anderen "
    "bleiben erhalten",
    "Remove this take. The file of a vertex cache stays until Remove Unused Caches": "Diese Fassung entfernen. "
    "Die Datei eines Zwischenspeichers bleibt bis „Unbenutzte Zwischenspeicher löschen“",
    "Delete the files of vertex takes that are no longer listed. Undo does not bring them back": "Die Dateien von "
    "Scheitelpunkt-Fassungen löschen, die nicht mehr in der Liste stehen. Rückgängig bringt sie nicht zurück",
    "Write the head as it moves in the scene's frames to Alembic (.abc) or USD (.usdc) for other programs": "Den "
    "Kopf, wie er sich in den Bildern der Szene bewegt, für andere Programme als Alembic (.abc) oder USD (.usdc) "
    "schreiben",
    "Add a head that speaks: with the 52 ARKit shape keys, and an empty that turns it": "Einen Kopf "
    "hinzufügen, der spricht: mit den 52 ARKit-Formschlüsseln und einem Leerobjekt, das ihn dreht",
    "Copy versions, settings and the last error to the clipboard, without paths of files": "Versionen, "
    "Einstellungen und den letzten Fehler in die Zwischenablage kopieren, ohne Pfade von Dateien",
    # Source.
    "Where the speech comes from": "Woher die Sprache kommt",
    "The selected sound strips of the sequencer, as it plays them: trimmed, moved, retimed. Several make one "
    "line of speech. Without a selection, the scene's only sound strip": "Die ausgewählten Tonstreifen des "
    "Sequenzers, so wie er sie abspielt: beschnitten, verschoben, in anderem Tempo. Mehrere ergeben einen "
    "Text. Ohne Auswahl der einzige Tonstreifen der Szene",
    "A sound file, whole, from a frame on": "Eine ganze Tondatei ab einem Bild",
    "Sound file with speech: WAV, FLAC, Ogg, Opus, MP3, or a film with sound": "Tondatei mit Sprache: WAV, "
    "FLAC, Ogg, Opus, MP3 oder ein Film mit Ton",
    "What is said, in English. With it the lips know the sounds more surely": "Was gesagt wird, auf Englisch. "
    "Die Lippen kennen die Laute damit sicherer",
    "The sound alone tells what is said": "Der Ton allein sagt, was gesprochen wird",
    "A text of this file, as in the text editor": "Ein Text dieser Datei, wie im Texteditor",
    "A file: plain text, subtitles, TextGrid, or times of words": "Eine Datei: reiner Text, Untertitel, TextGrid "
    "oder Zeiten von Wörtern",
    "Text with the words that are said": "Text mit den gesprochenen Wörtern",
    "Transcript: .txt, .srt, .vtt, .TextGrid, or times of words as .csv or .json": "Transkript: .txt, .srt, .vtt, "
    ".TextGrid oder Zeiten von Wörtern als .csv oder .json",
    "Frame at which the sound of the file begins": "Bild, bei dem der Ton der Datei beginnt",
    # Target.
    "Mesh whose face is animated, or armature with a face of bones. Empty: what is selected": "Netz, dessen Gesicht "
    "animiert wird, oder Armatur mit einem Gesicht aus Knochen. Leer: was ausgewählt ist",
    "What moves this face": "Was dieses Gesicht bewegt",
    "The mesh's own shape keys": "Die eigenen Formschlüssel des Netzes",
    "Bones of an armature, by poses that the rig has: one for each shape or viseme": "Knochen einer Armatur, nach Posen, "
    "die das Rig hat: eine für jede Form oder jedes Visem",
    "Armature with the bones of the face. Empty: the one that deforms the mesh": "Armatur mit den Knochen des Gesichts. "
    "Leer: die, die das Netz verformt",
    "Where the poses of the face lie": "Wo die Posen des Gesichts liegen",
    "Where most names are found that say what a face does": "Wo sich die meisten Namen finden, die sagen, was ein Gesicht "
    "tut",
    "An action with a pose marker at the frame of each pose": "Eine Action mit einer Posen-Markierung beim Bild jeder Pose",
    "Actions of this file that are pose assets, one for each pose": "Actions dieser Datei, die Posen-Assets sind, eine für "
    "jede Pose",
    "Actions that are named after what they show, one for each pose": "Actions, die nach dem benannt sind, was sie zeigen, "
    "eine für jede Pose",
    "An action, and the scene's markers at the frame of each pose": "Eine Action, und die Markierungen der Szene beim Bild "
    "jeder Pose",
    "Action with the poses. Empty: the first one that has some": "Action mit den Posen. Leer: die erste, die welche hat",
    # Emotion.
    "Show emotion over the speech, and what a face does at rest. Off, the face is animated without, and what emotion "
    "changed before goes": "Über der Sprache Gefühl zeigen, und was ein Gesicht in Ruhe tut. Ausgeschaltet wird das "
    "Gesicht ohne animiert, und was ein Gefühl vorher änderte, verschwindet",
    "How strongly the face shows what the voice feels; 0 leaves it to sliders and markers": "Wie stark das Gesicht "
    "zeigt, was die Stimme fühlt; 0 überlässt es Reglern und Markierungen",
    "How much the face breathes, swallows and moves a little by itself, most of all between lines": "Wie sehr das "
    "Gesicht atmet, schluckt und sich von selbst ein wenig bewegt, vor allem zwischen den Sätzen",
    "Markers of the time line that are named like emotions (happy, angry 0.6, neutral) say what the face feels from "
    "their frame on": "Markierungen der Zeitleiste, die wie Gefühle heißen (happy, angry 0.6, neutral), sagen, was das "
    "Gesicht von ihrem Bild an fühlt",
    "Give the object a slider for each emotion, to be keyed like any other property. Animate reads them": "Dem Objekt "
    "einen Regler für jedes Gefühl geben, der sich wie jede andere Eigenschaft animieren lässt. Animieren liest sie",
    "Remove the emotion sliders of the object, with their keys. The face stays as it was animated": "Die Gefühlsregler "
    "des Objekts mit ihren Schlüsseln entfernen. Das Gesicht bleibt, wie es animiert wurde",
    # Mouth.
    "Animate jaw, lips, cheeks and nose": "Kiefer, Lippen, Wangen und Nase animieren",
    "How strongly jaw and lips move; 1 as the speech asks for": "Wie stark sich Kiefer und Lippen bewegen; "
    "1: wie es die Sprache verlangt",
    "How far lips do what is heard: meet in m, b and p, touch the teeth in f and v, round, and rest in pauses. 0 "
    "leaves the mouth to the network alone": "Wie weit die Lippen tun, was zu hören ist: sich bei m, b und p "
    "schließen, bei f und v die Zähne berühren, sich runden und in Pausen ruhen. 0 überlässt den Mund allein dem "
    "Netz",
    # Eyes.
    "Animate the lids: blinks": "Die Lider animieren: Blinzeln",
    "How far the lids close in a blink; 1 closes them": "Wie weit sich die Lider beim Blinzeln schließen; "
    "1 schließt sie ganz",
    "How often the eyes blink on average. People who speak blink 15 to 20 times a minute": "Wie oft die "
    "Augen im Mittel blinzeln. Wer spricht, blinzelt 15- bis 20-mal in der Minute",
    "Animate where the eyes look: at their aim while the head turns, and aside now and then": "Animieren, wohin "
    "die Augen blicken: auf ihr Ziel, während der Kopf sich dreht, und ab und zu zur Seite",
    "How far the eyes wander from what they look at; 0 keeps them on it while the head turns": "Wie weit die Augen "
    "von ihrem Ziel abschweifen; bei 0 bleiben sie darauf, während der Kopf sich dreht",
    "What the eyes look at, apart from glances aside": "Was die Augen ansehen, außer bei Seitenblicken",
    "Straight ahead of the head as it stands": "Geradeaus, wie der Kopf steht",
    "The scene's camera, also where it moves": "Die Kamera der Szene, auch wenn sie sich bewegt",
    "An object, also where it moves: another character's head, an empty": "Ein Objekt, auch wenn es sich bewegt: "
    "der Kopf einer anderen Figur, ein Leerobjekt",
    "What the eyes look at: the object's origin": "Was die Augen ansehen: der Ursprung des Objekts",
    "What turns the eyes": "Was die Augen dreht",
    "The eyeLook shape keys, and eye bones or objects where the rig has them": "Die Formschlüssel eyeLook, und "
    "Augenknochen oder -objekte, wo das Rig sie hat",
    "The eyeLook shape keys alone": "Nur die Formschlüssel eyeLook",
    "The rig's eye bones or objects alone, see Head > Rig": "Nur die Augenknochen oder -objekte des Rigs, siehe "
    "„Kopf > Rig“",
    "How far brows and upper lids rise on stressed syllables; 0 leaves that out": "Wie weit sich Brauen und obere "
    "Lider bei betonten Silben heben; 0 lässt es weg",
    # Head.
    "Animate how the head turns and nods with the speech": "Animieren, wie der Kopf sich beim Sprechen dreht und "
    "nickt",
    "How the head moves while it speaks": "Wie sich der Kopf beim Sprechen bewegt",
    "As when a text is read aloud: the head hardly moves": "Wie beim Vorlesen: Der Kopf bewegt sich kaum",
    "Small, slow turns and nods: a narrator, a tired or a thoughtful character": "Kleines, langsames Drehen und "
    "Nicken: ein Erzähler, eine müde oder nachdenkliche Figur",
    "As people move who talk with somebody: nods on what matters": "Wie sich Menschen im Gespräch bewegen: Nicken "
    "bei dem, worauf es ankommt",
    "Large and quick, seldom still: a character who is full of it": "Groß und schnell, selten still: eine Figur, "
    "die ganz davon erfüllt ist",
    "Strong nods on stressed words: a speech, an argument": "Starkes Nicken bei betonten Wörtern: eine Rede, ein "
    "Streit",
    "How far the head turns; 1 as the style does, 0 keeps it still": "Wie weit sich der Kopf dreht; 1: wie es der "
    "Stil vorgibt, 0 hält ihn still",
    "What becomes of the rotation keys that the head has already": "Was aus den Drehungen wird, die der Kopf schon "
    "hat",
    "In the frames of the speech the head turns as the speech asks for, alone": "In den Bildern der Sprache dreht "
    "sich der Kopf nur, wie es die Sprache verlangt",
    "The head turns as before, and as the speech asks for on top of it": "Der Kopf dreht sich wie zuvor, und dazu, "
    "wie es die Sprache verlangt",
    "How far the head turns to a side at most. It slows down before it gets there": "Wie weit sich der Kopf "
    "höchstens zu einer Seite dreht. Davor wird er langsamer",
    "How far the chin goes up or down at most. It slows down before it gets there": "Wie weit das Kinn höchstens "
    "auf oder ab geht. Davor wird der Kopf langsamer",
    "How far the head tilts to a shoulder at most. It slows down before it gets there": "Wie weit sich der Kopf "
    "höchstens zu einer Schulter neigt. Davor wird er langsamer",
    "emotion.onnx of a network that hears the voice, by 'soliloquy train disentangled'. Empty: the one that ships": "emotion.onnx eines Netzes, das die Stimme hört, mit „soliloquy train disentangled“ gemacht. Leer: das mitgelieferte",
    "ONNX file of a network for the head, by 'soliloquy train pose'. Empty: the one that ships": "ONNX-Datei eines Netzes für den Kopf, mit „soliloquy train pose“ gemacht. Leer: das mitgelieferte",
    "What carries head, neck and eyes of this character": "Was Kopf, Hals und Augen dieser Figur trägt",
    "What is found by the names that common rigs give it": "Was nach den Namen in verbreiteten Rigs gefunden wird",
    "Animate this object's shape keys together with the face that it belongs to": "Die Formschlüssel dieses Objekts zusammen "
    "mit dem Gesicht animieren, zu dem es gehört",
    "By their names where these name all ARKit shapes of the mouth, else by their shapes": "Nach den Namen, wo diese alle "
    "ARKit-Formen des Mundes nennen, sonst nach der Gestalt",
    "Each key does what its name, or its channel in the list, says": "Jeder Formschlüssel tut, was sein Name oder sein Kanal in der "
    "Liste sagt",
    "Every key is measured, and the keys together come as near to the face as they can": "Jeder Formschlüssel wird vermessen, und "
    "alle zusammen kommen dem Gesicht so nah, wie sie können",
    "Factor of the key's value": "Faktor für den Wert des Formschlüssels",
    "Forget what was edited in the list": "Vergessen, was in der Liste bearbeitet wurde",
    "How surely the key's name says what it shows": "Wie sicher der Name sagt, was der Formschlüssel zeigt",
    "How the values of the keys are found": "Wie die Werte der Formschlüssel gefunden werden",
    "List every key of this rig with what its name says. Rows that are there already stay as they are": "Jeden Formschlüssel "
    "dieses Rigs aufführen, mit dem, was sein Name sagt. Zeilen, die es schon gibt, bleiben, wie sie sind",
    "Measure what each key does by its shape, and tell what this rig cannot do. Nothing is changed": "Vermessen, was jeder "
    "Formschlüssel nach seiner Gestalt tut, und sagen, was dieses Rig nicht kann. Nichts wird verändert",
    "Take which key is animated by what from a JSON file": "Aus einer JSON-Datei übernehmen, welcher Formschlüssel wovon "
    "animiert wird",
    "The key is at 1 while the face rests, and falls from there": "Der Formschlüssel steht auf 1, während das Gesicht ruht, "
    "und fällt von dort",
    "The key that is shown below the list": "Der Formschlüssel, der unter der Liste gezeigt wird",
    "The list below. Find Keys fills it in, to be edited": "Die Liste unten. „Formschlüssel suchen“ füllt sie aus, zum "
    "Bearbeiten",
    "Value of the key while the face rests": "Wert des Formschlüssels, während das Gesicht ruht",
    "What is found by the names and the shapes of the keys": "Was nach Namen und Gestalt der Formschlüssel gefunden wird",
    "What the key shows: type to search for ARKit shapes, visemes and the like. Empty: only its shape tells": "Was der "
    "Formschlüssel zeigt: tippen, um ARKit-Formen, Viseme und dergleichen zu suchen. Leer: nur seine Gestalt "
    "entscheidet",
    "Whether this key is animated at all": "Ob dieser Formschlüssel überhaupt animiert wird",
    "Which keys of this rig are animated by what": "Welche Formschlüssel dieses Rigs wovon animiert werden",
    "Write which key is animated by what into a JSON file, for other characters with the same keys": "In eine JSON-Datei "
    "schreiben, welcher Formschlüssel wovon animiert wird, für andere Figuren mit denselben Formschlüsseln",
    "What is chosen below. Find Bones fills it in, to be edited": "Was unten gewählt ist. „Knochen suchen“ füllt "
    "es aus, zum Ändern",
    "Bone of the armature: the control that an animator would turn": "Knochen der Armatur: der, den man beim "
    "Animieren drehen würde",
    "Armature, empty or object that turns the head": "Armatur, Leerobjekt oder Objekt, das den Kopf dreht",
    "Armature, empty or object that turns below the head and takes a share of the turn": "Armatur, Leerobjekt oder "
    "Objekt, das sich unter dem Kopf dreht und einen Teil der Drehung übernimmt",
    "What turns the character's own left eye, or what that eye looks at": "Was das eigene linke Auge der Figur "
    "dreht, oder was dieses Auge ansieht",
    "What turns the character's own right eye, or what that eye looks at": "Was das eigene rechte Auge der Figur "
    "dreht, oder was dieses Auge ansieht",
    "How much of the turn the neck does; the head does the rest": "Wie viel der Drehung der Hals übernimmt; den "
    "Rest macht der Kopf",
    "The axis of the armature or object to which the face looks at rest": "Die Achse der Armatur oder des Objekts, "
    "zu der das Gesicht in Ruhe blickt",
    "As the rig's left and right bones say it, else -Y, as in Blender": "Wie es die linken und rechten Knochen des "
    "Rigs sagen, sonst -Y wie in Blender",
    "With Z up, as Blender's characters stand": "Mit Z nach oben, wie Blenders Figuren stehen",
    "With Z up": "Mit Z nach oben",
    "With Y up, as glTF and Mixamo have it": "Mit Y nach oben, wie bei glTF und Mixamo",
    "With Y up": "Mit Y nach oben",
    "Animate the brows along with the speech": "Die Brauen mit der Sprache animieren",
    "How strongly the brows move; 1 as the speech asks for": "Wie stark sich die Brauen bewegen; 1: wie es "
    "die Sprache verlangt",
    # Performance.
    "Another seed draws other blinks, and with MeshTalk another performance; the same seed always gives the same "
    "animation": "Ein anderer Startwert ergibt anderes Blinzeln und mit MeshTalk eine andere Darbietung; derselbe "
    "Startwert ergibt immer dieselbe Animation",
    "The network that hears speech and moves the face": "Das Netz, das Sprache hört und das Gesicht bewegt",
    "Fastest, and one mouth whatever the seed; all else is drawn from the seed": "Am schnellsten, und ein Mund bei "
    "jedem Startwert; alles andere wird danach gezogen",
    "An ExpNet that is told only what is said, apart from who says it and how it is felt": "Ein ExpNet, das nur erfährt, was gesagt wird, nicht von wem und mit welchem Gefühl",
    "Each frame knows those before it, so movements flow; speaks in any style": "Jedes Bild kennt die vor ihm, so "
    "fließen die Bewegungen; spricht in jedem Stil",
    "Speaks like whoever you show it: styles from performances, mixed and as strong as you like": "Spricht wie der, den "
    "Sie ihm zeigen: Stile aus Darbietungen, gemischt und so ausgeprägt, wie Sie wollen",
    "A living face: lids and brows move by themselves, and each seed is another performance": "Ein lebendiges "
    "Gesicht: Lider und Brauen bewegen sich von selbst, und jeder Startwert ist eine andere Darbietung",
    "A network of your own, made by 'soliloquy train'": "Ein eigenes Netz, mit „soliloquy train“ gemacht",
    "ONNX file of a network like ExpNet, or any one of a network like MeshTalk": "ONNX-Datei eines Netzes wie "
    "ExpNet, oder irgendeine eines Netzes wie MeshTalk",
    "How freely the performance is drawn": "Wie frei die Darbietung gezogen wird",
    "Calm: what is most likely, alike with every seed": "Ruhig: was am wahrscheinlichsten ist, bei jedem Startwert "
    "ähnlich",
    "As people do": "Wie es Menschen tun",
    "More often what is rare, and less alike from seed to seed": "Öfter das Seltene, und von Startwert zu "
    "Startwert verschiedener",
    "Blinks that are drawn from the seed, instead of the lids as the model moves them": "Blinzeln, das nach dem "
    "Startwert gezogen wird, statt der Lider, wie das Modell sie bewegt",
    # Style.
    "Small, smooth movements of mouth and jaw": "Kleine, weiche Bewegungen von Mund und Kiefer",
    "Every sound is shaped clearly, as before an audience": "Jeder Laut wird klar geformt, wie vor Publikum",
    "The mouth hardly opens, and sounds run into each other": "Der Mund öffnet sich kaum, und die Laute gehen "
    "ineinander über",
    "Wide open mouth and jaw, as somebody who speaks loudly": "Weit offener Mund und Kiefer, wie jemand, der laut "
    "spricht",
    "The corners of the mouth are up and wide, and the brows are high": "Die Mundwinkel sind oben und weit außen, die "
    "Brauen hoch",
    "The corners of the mouth and the brows are down, the lips are tight": "Mundwinkel und Brauen sind unten, die "
    "Lippen schmal",
    "Rounded lips that stand forward": "Gerundete Lippen, die vorstehen",
    "The mouth speaks to one side, with one corner up": "Der Mund spricht zu einer Seite, ein Winkel ist oben",
    "As the model speaks where nobody asks for a style": "Wie das Modell spricht, wo niemand einen Stil verlangt",
    "The style alone": "Der Stil allein",
    "How the head speaks, whatever is said": "Wie der Kopf spricht, was auch gesagt wird",
    "Another style to speak in at the same time": "Ein anderer Stil, in dem zugleich gesprochen wird",
    "How much of the mixture is the other style": "Wie viel der Mischung der andere Stil ist",
    "How much of the style there is; 1 as it was read, 0 is neutral, above 1 exaggerates": "Wie viel Stil es gibt; 1: "
    "wie er gelesen wurde, 0 ist neutral, über 1 übertreibt",
    "Speak like what the selected head does now, or like another of its takes, whoever animated it": "So sprechen, wie "
    "es der ausgewählte Kopf jetzt tut oder in einer anderen seiner Fassungen, wer immer ihn animiert hat",
    "Speak like a recording of Live Link Face (.csv) or a motion (.npz), or in a saved style (.json)": "So sprechen wie "
    "in einer Aufnahme von Live Link Face (.csv) oder einer Bewegung (.npz), oder in einem gesicherten Stil (.json)",
    "Draw a style that nobody showed": "Einen Stil ziehen, den niemand vorgemacht hat",
    "Another seed draws another style; the same seed always draws the same one": "Ein anderer Startwert zieht einen "
    "anderen Stil; derselbe Startwert zieht immer denselben",
    "Write the style, as it is mixed, into a file, for other scenes and the command line": "Den Stil, wie er gemischt "
    "ist, in eine Datei schreiben, für andere Szenen und die Befehlszeile",
    "Forget this style": "Diesen Stil vergessen",
    # Recordings.
    "Animate the head as it was recorded with Live Link Face (.csv), as a take of its own": "Den Kopf so animieren, wie "
    "mit Live Link Face aufgenommen (.csv), als eigene Fassung",
    "Frame at which the recording begins": "Bild, bei dem die Aufnahme beginnt",
    "Frames per second of the recording; 0 as its timecodes tell": "Bilder pro Sekunde der Aufnahme; 0: wie ihre "
    "Zeitcodes sagen",
    # Output.
    "What the motion becomes": "Was aus der Bewegung wird",
    "Ordinary keyframes on the head's own ARKit shape keys": "Gewöhnliche Schlüsselbilder auf den "
    "ARKit-Formschlüsseln des Kopfes",
    "Every vertex, as it was made, in a file beside the .blend file. Needs no shape keys": "Jeder Scheitelpunkt, wie er "
    "erzeugt wurde, in einer Datei neben der .blend-Datei. Braucht keine Formschlüssel",
    "Every vertex, as absolute shape keys within the .blend file: for speech of seconds. Needs no other shape keys": "Jeder "
    "Scheitelpunkt, als absolute Formschlüssel in der .blend-Datei: für Sprache von Sekunden. Braucht keine anderen "
    "Formschlüssel",
    "Frames from one absolute shape key to the next": "Bilder von einem absoluten Formschlüssel zum nächsten",
    "Leave the head as it is, and put the absolute shape keys on a copy of it. A mesh with other shape keys cannot "
    "hold them": "Den Kopf lassen, wie er ist, und die absoluten Formschlüssel auf eine Kopie setzen. Ein Netz mit "
    "anderen Formschlüsseln kann sie nicht aufnehmen",
    "Which frames may get keys; keys elsewhere are kept": "Welche Bilder Schlüssel bekommen dürfen; andere "
    "Schlüssel bleiben",
    "All frames of the speech": "Alle Bilder der Sprache",
    "Frames of the speech within the scene's range, or its preview range": "Bilder der Sprache im Bereich "
    "der Szene oder in ihrem Vorschaubereich",
    "Frames of the speech from one frame to another": "Bilder der Sprache von einem Bild bis zu einem anderen",
    "First frame that may get keys": "Erstes Bild, das Schlüssel bekommen darf",
    "Last frame that may get keys": "Letztes Bild, das Schlüssel bekommen darf",
    "Leave out keys that the curve does not need; closed lips always keep theirs": "Schlüssel weglassen, die "
    "die Kurve nicht braucht; geschlossene Lippen behalten ihre immer",
    "How far a shape key's value may be from the full animation where keys are left out": "Wie weit der Wert "
    "eines Formschlüssels von der vollen Animation abweichen darf, wo Schlüssel fehlen",
    "What to do with shape keys that have a driver, are muted, locked or pinned": "Was mit Formschlüsseln "
    "geschieht, die einen Treiber haben, stumm, gesperrt oder angeheftet sind",
    "Mark in the time line where each sound of speech begins. Markers of an earlier animation of the same sound "
    "are replaced": "In der Zeitleiste markieren, wo jeder Sprachlaut beginnt. Marker einer früheren Animation "
    "desselben Tons werden ersetzt",
    "Animate nothing, and name them": "Nichts animieren und sie nennen",
    "Animate the other shape keys": "Die anderen Formschlüssel animieren",
    "Mute drivers, unmute and unlock the shape keys, and animate them": "Treiber stummschalten, die "
    "Formschlüssel einschalten und entsperren, und sie animieren",
    # Preferences.
    "What the network runs on": "Worauf das Netz läuft",
    "The graphics card where CUDA works, else the processor": "Die Grafikkarte, wo CUDA läuft, sonst der "
    "Prozessor",
    "An NVIDIA graphics card; where CUDA does not work, the processor": "Eine Grafikkarte von NVIDIA; wo "
    "CUDA nicht läuft, der Prozessor",
    "The processor. Equal settings then give the same animation on every machine": "Der Prozessor. Gleiche "
    "Einstellungen ergeben dann auf jedem Rechner dieselbe Animation",
    "Processor threads of the network. It is small: one is the fastest for each core, and leaves the other "
    "cores to Blender": "Threads des Netzes auf dem Prozessor. Es ist klein: Einer leistet am meisten je "
    "Kern und lässt die anderen Kerne Blender",
    "Where copies of packed sounds and of retimed strips lie while an animation is under way. They are "
    "removed after it, and nothing else is kept. Empty: Soliloquy's folder in Blender's user files": "Wo "
    "Kopien gepackter Töne und von Streifen in anderem Tempo liegen, während eine Animation läuft. Danach "
    "werden sie gelöscht, und sonst wird nichts aufgehoben. Leer: Soliloquys Ordner in Blenders "
    "Benutzerdateien",
}
"""What Blender shows under the mouse."""

MESSAGES: Final = {
    # What the panel says when it cannot animate.
    "No sound file is chosen.": "Es ist keine Tondatei gewählt.",
    "No sound file is chosen: choose one in the Soliloquy panel.": "Es ist keine Tondatei gewählt: Wählen "
    "Sie eine im Soliloquy-Bereich.",
    "No sound strip is selected in the sequencer.": "Im Sequenzer ist kein Tonstreifen ausgewählt.",
    "No sound strip is selected: add speech to the sequencer and select it, or choose a sound file.": "Es "
    "ist kein Tonstreifen ausgewählt: Fügen Sie dem Sequenzer Sprache hinzu und wählen Sie sie aus, oder "
    "wählen Sie eine Tondatei.",
    "Strip '{0}' cannot be used: {1}.": "Der Streifen „{0}“ ist nicht verwendbar: {1}.",
    "Strip '{0}' is not used: {1}.": "Der Streifen „{0}“ wird nicht verwendet: {1}.",
    "{0} Unmute it, or select another strip.": "{0} Schalten Sie ihn ein, oder wählen Sie einen anderen.",
    "it is muted": "er ist stumm",
    "meta strip '{0}' is muted": "der Metastreifen „{0}“ ist stumm",
    "channel '{0}' is muted": "der Kanal „{0}“ ist stumm",
    "Mouth, eyes and head are all switched off.": "Mund, Augen und Kopf sind alle ausgeschaltet.",
    "Mouth, eyes and head are all switched off: switch one of them on.": "Mund, Augen und Kopf sind alle "
    "ausgeschaltet: Schalten Sie eines davon ein.",
    "The scene has no camera that the eyes could look at.": "Die Szene hat keine Kamera, die die Augen ansehen "
    "könnten.",
    "No object is chosen that the eyes look at.": "Es ist kein Objekt gewählt, das die Augen ansehen.",
    # What turns head and eyes.
    # What keys are measured to do.
    "None of the {0} shape keys of '{1}' ({2}) moves jaw or lips by its name{3}: a head that speaks needs shapes of the "
    "mouth, such as jawOpen or visemes, or name them under Mapping.": "Keiner der {0} Formschlüssel von „{1}“ ({2}) bewegt "
    "dem Namen nach Kiefer oder Lippen{3}: Ein Kopf, der spricht, braucht Formen des Mundes, wie jawOpen oder Viseme, "
    "oder nennen Sie sie unter „Zuordnung“.",
    ", and what they do cannot be measured ({0})": ", und was sie tun, lässt sich nicht vermessen ({0})",
    "'{0}' is animated by the names of its keys: {1}": "„{0}“ wird nach den Namen der Formschlüssel animiert: {1}",
    "'{0}' is half a head, which the modifier '{1}' mirrors: its shapes cannot be measured. Apply the modifier, or map its "
    "keys by their names.": "„{0}“ ist ein halber Kopf, den der Modifikator „{1}“ spiegelt: Seine Formen lassen sich nicht "
    "vermessen. Wenden Sie den Modifikator an, oder ordnen Sie die Formschlüssel nach Namen zu.",
    "'{0}' is linked from another file and was not animated along: make a library override of it.": "„{0}“ ist aus einer "
    "anderen Datei verknüpft und wurde nicht mit animiert: Legen Sie eine Bibliotheksüberschreibung an.",
    "Keys of '{0}' that Soliloquy did not write were replaced: {1}.": "Schlüssel von „{0}“, die nicht von Soliloquy sind, "
    "wurden ersetzt: {1}.",
    "Emotion leaves shape keys of '{0}' alone that were keyed by hand or play in NLA strips: {1}. Remove their keys, "
    "or give the strip's action back to them, to have it there.": "Gefühl lässt Formschlüssel von „{0}“ in Ruhe, die von Hand "
    "animiert sind oder in NLA-Streifen spielen: {1}. Entfernen Sie deren Schlüssel, oder geben Sie ihnen die Action des "
    "Streifens zurück, um es dort zu haben.",
    "Shape keys of '{0}' were left out: {1}.": "Formschlüssel von „{0}“ wurden ausgelassen: {1}.",
    "None of the shape keys moves a vertex: expected keys that move the mouth.": "Kein Formschlüssel bewegt einen "
    "Scheitelpunkt: Erwartet werden solche, die den Mund bewegen.",
    "None of the {0} keys is known by its name or moves a face: name them in the mapping, or choose the mesh of the face.": ""
    "Keiner der {0} Formschlüssel ist dem Namen nach bekannt oder bewegt ein Gesicht: Nennen Sie sie in der Zuordnung, "
    "oder wählen Sie das Netz des Gesichts.",
    "None of the {0} shape keys moves the face: expected keys that move the mouth. Choose the mesh of the face.": "Keiner "
    "der {0} Formschlüssel bewegt das Gesicht: Erwartet werden solche, die den Mund bewegen. Wählen Sie das Netz des "
    "Gesichts.",
    "The mesh has vertices that are not numbers: expected finite coordinates. Repair it.": "Das Netz hat Scheitelpunkte, "
    "die keine Zahlen sind: Erwartet werden endliche Koordinaten. Reparieren Sie es.",
    "The mesh holds {0} heads that move: expected one. Separate them by loose parts, each with its own shape keys.": "Das "
    "Netz enthält {0} Köpfe, die sich bewegen: Erwartet wird einer. Trennen Sie sie nach losen Teilen, jeden mit eigenen "
    "Formschlüsseln.",
    "The mesh is half a head: expected both sides. Apply its Mirror modifier, or mirror the mesh and its keys.": "Das Netz "
    "ist ein halber Kopf: Erwartet werden beide Seiten. Wenden Sie den Spiegel-Modifikator an, oder spiegeln Sie das Netz "
    "und seine Formschlüssel.",
    "The mesh of '{0}' is empty: choose the mesh of the face.": "Das Netz von „{0}“ ist leer: Wählen Sie das Netz des "
    "Gesichts.",
    "The mesh of '{0}' holds coordinates that are not numbers: mend it first.": "Das Netz von „{0}“ enthält Koordinaten, "
    "die keine Zahlen sind: Reparieren Sie es zuerst.",
    "Shape key '{0}' of '{1}' holds coordinates that are not numbers.": "Der Formschlüssel „{0}“ von „{1}“ enthält "
    "Koordinaten, die keine Zahlen sind.",
    "The shape keys of '{0}' move nothing ({1} equal the key that they are relative to): choose the mesh whose keys move the "
    "face.": "Die Formschlüssel von „{0}“ bewegen nichts ({1} gleichen dem Schlüssel, zu dem sie relativ sind): Wählen Sie "
    "das Netz, dessen Formschlüssel das Gesicht bewegen.",
    "Vertices of one piece that the shape keys move: {0}. Expected a face, with {1} at least: choose the mesh of the face.": ""
    "Scheitelpunkte eines Stücks, die die Formschlüssel bewegen: {0}. Erwartet wird ein Gesicht mit mindestens {1}: Wählen "
    "Sie das Netz des Gesichts.",
    "What the shape keys move has no area: expected a face. Choose the mesh of the face.": "Was die Formschlüssel bewegen, "
    "hat keine Fläche: Erwartet wird ein Gesicht. Wählen Sie das Netz des Gesichts.",
    "What {0} of {1} keys were measured to do is not what their names say, and opens no mouth: the names are believed.": ""
    "Was {0} von {1} Formschlüsseln gemessen tun, ist nicht, was ihre Namen sagen, und öffnet keinen Mund: Den Namen wird "
    "geglaubt.",
    "No face was found: {0} of the surface looks where that of a head does, and no shape key parts lips in its middle. "
    "Choose the mesh of the face, standing upright, or drive its keys by their names.": "Es wurde kein Gesicht gefunden: "
    "{0} der Oberfläche blicken dorthin, wohin die eines Kopfes blickt, und kein Formschlüssel öffnet Lippen in ihrer "
    "Mitte. Wählen Sie das Netz des Gesichts, aufrecht, oder ordnen Sie die Formschlüssel nach Namen zu.",
    "None of the shape keys of '{0}' is to be driven: switch them on under Mapping, or choose the mesh whose keys move the "
    "face.": "Keiner der Formschlüssel von „{0}“ soll bewegt werden: Schalten Sie sie unter „Zuordnung“ ein, oder wählen "
    "Sie das Netz, dessen Formschlüssel das Gesicht bewegen.",
    "The shape keys of '{0}' cannot {1}. Measure Face under Mapping says how much of it they reach.": "Die Formschlüssel "
    "von „{0}“ können nicht {1}. „Gesicht vermessen“ unter „Zuordnung“ sagt, wie viel davon sie erreichen.",
    "The shape keys of '{0}' move no mouth: choose the mesh whose keys open and close the lips.": "Die Formschlüssel von "
    "„{0}“ bewegen keinen Mund: Wählen Sie das Netz, dessen Formschlüssel die Lippen öffnen und schließen.",
    # Emotion.
    "'{0}' is no emotion: expected one of {1}, alone or with a strength from 0 to 1 behind it, such as 'angry 0.6'.": "„{0}“ "
    "ist kein Gefühl: Erwartet wird eines von {1}, allein oder mit einer Stärke von 0 bis 1 dahinter, wie „angry 0.6“.",
    "'[{0}]' of the transcript is no emotion: write '[{1}]' if that is meant.": "„[{0}]“ im Transkript ist kein Gefühl: "
    "Schreiben Sie „[{1}]“, falls es gemeint ist.",
    "'[{0}]' of the transcript is not used: {1}": "„[{0}]“ im Transkript wird nicht verwendet: {1}",
    "'{0}' is a library override, which keeps no new properties: add the sliders in the file that it is linked "
    "from.": "„{0}“ ist eine Bibliotheksüberschreibung, die keine neuen Eigenschaften behält: Fügen Sie die Regler in der "
    "Datei hinzu, aus der sie verknüpft ist.",
    "'{0}' is a library override, whose sliders come back when the file is opened: remove them in the file that it "
    "is linked from.": "„{0}“ ist eine Bibliotheksüberschreibung, deren Regler beim Öffnen der Datei wiederkommen: Entfernen "
    "Sie sie in der Datei, aus der sie verknüpft ist.",
    "'{0}' has {1} emotion sliders more": "„{0}“ hat {1} Gefühlsregler mehr",
    "'{0}' has {1} emotion sliders less": "„{0}“ hat {1} Gefühlsregler weniger",
    "Marker '{0}' at frame {1}: {2}": "Markierung „{0}“ bei Bild {1}: {2}",
    "The emotion '{0}' is asked for, and no part shows it: expected Emotion among the parts, got {1}.": "Das Gefühl „{0}“ "
    "ist verlangt, und kein Teil zeigt es: Erwartet wird Emotion unter den Teilen, nicht nur {1}.",
    "Marker '{0}' at frame {1} is no emotion: call it '{2}' if that is meant.": "Markierung „{0}“ bei Bild {1} ist kein "
    "Gefühl: Nennen Sie sie „{2}“, falls es gemeint ist.",
    "'{0}' of '{1}' holds '{2}': expected a number from 0 to 1. Remove this property, and add the sliders anew.": "„{0}“ "
    "von „{1}“ enthält „{2}“: Erwartet wird eine Zahl von 0 bis 1. Entfernen Sie diese Eigenschaft, und fügen Sie die "
    "Regler neu hinzu.",
    "The emotion is '{0}': expected {1} or {2}.": "Das Gefühl ist „{0}“: Erwartet wird {1} oder {2}.",
    "The strength of {0} is {1}: expected 0 to 1.": "Die Stärke von {0} ist {1}: Erwartet wird 0 bis 1.",
    # Presets.
    "'{0}' is not a mapping: choose a preset that Soliloquy has saved.": "„{0}“ ist keine Zuordnung: Wählen Sie eine "
    "Vorgabe, die Soliloquy gespeichert hat.",
    "'{0}' is too large for a mapping: choose a preset that Soliloquy has saved.": "„{0}“ ist zu groß für eine Zuordnung: "
    "Wählen Sie eine Vorgabe, die Soliloquy gespeichert hat.",
    "Cannot read the mapping '{0}': {1}.": "Die Zuordnung „{0}“ lässt sich nicht lesen: {1}.",
    "Line {0} of the mapping '{1}' is not JSON: {2}.": "Zeile {0} der Zuordnung „{1}“ ist kein JSON: {2}.",
    "The mapping '{0}'": "Die Zuordnung „{0}“",
    "Key {0} of the mapping '{1}'": "Formschlüssel {0} der Zuordnung „{1}“",
    "The mapping '{0}' has the key '{1}' twice: remove one of the two.": "Die Zuordnung „{0}“ hat den Formschlüssel „{1}“ "
    "zweimal: Entfernen Sie einen der beiden.",
    "The mapping '{0}' has the method '{1}': expected one of {2}.": "Die Zuordnung „{0}“ hat das Verfahren „{1}“: Erwartet "
    "wird eines von {2}.",
    "The mapping '{0}' is not UTF-8 text: save it as UTF-8.": "Die Zuordnung „{0}“ ist kein UTF-8-Text: Speichern Sie sie als "
    "UTF-8.",
    "The mapping '{0}' is of version {1}, expected {2}: it needs another Soliloquy.": "Die Zuordnung „{0}“ hat die Version "
    "{1}, erwartet wird {2}: Sie braucht ein anderes Soliloquy.",
    "{0} has '{1}': expected {2}.": "{0} hat „{1}“: Erwartet wird {2}.",
    "{0} has no name: expected 'key' and the key's name.": "{0} hat keinen Namen: Erwartet wird „key“ und der Name des "
    "Formschlüssels.",
    "{0} has the channel '{1}', which is not known{2}": "{0} hat den Kanal „{1}“, den es nicht gibt{2}",
    ": choose one of Soliloquy's list, or leave it out.": ": Wählen Sie einen aus der Liste von Soliloquy, oder lassen Sie "
    "ihn weg.",
    ": did you mean {0}?": ": Meinten Sie {0}?",
    "{0} has the confidence {1}: expected 0 to 1.": "{0} hat die Sicherheit {1}: Erwartet wird 0 bis 1.",
    "{0} has the {1}: expected a finite number.": "{0} hat den Wert {1}: Erwartet wird eine endliche Zahl.",
    "{0} has the {1}: expected true or false.": "{0} hat den Wert {1}: Erwartet wird true oder false.",
    # Faces of bones.
    "'{0}' has no armature whose bones could move its face: choose it under Mapping.": "„{0}“ hat keine Armatur, deren "
    "Knochen das Gesicht bewegen könnten: Wählen Sie sie unter „Zuordnung“.",
    "'{0}' is hidden in viewports: show it, so that its face can be measured.": "„{0}“ ist in Ansichten verborgen: Zeigen "
    "Sie es, damit sich das Gesicht vermessen lässt.",
    "'{0}' is hidden in viewports: whether its face moves was not checked.": "„{0}“ ist in Ansichten verborgen: Ob sich das "
    "Gesicht bewegt, wurde nicht geprüft.",
    "'{0}' is of type {1}, not an armature: poses of a face need bones.": "„{0}“ ist vom Typ {1}, keine Armatur: Posen "
    "eines Gesichts brauchen Knochen.",
    "'{0}' would not show its animation: {1}. Clear this by hand.": "„{0}“ würde die Animation nicht zeigen: {1}. Beheben "
    "Sie das von Hand.",
    "A modifier of '{0}' makes other vertices in each pose, so it cannot be measured: switch it off meanwhile.": "Ein "
    "Modifikator von „{0}“ macht in jeder Pose andere Scheitelpunkte, also lässt sie sich nicht vermessen: Schalten Sie ihn "
    "solange aus.",
    "At frame {0} bones are seen otherwise than their keys say: {1}. A constraint, the NLA or a script of the rig changes "
    "them.": "Bei Bild {0} stehen Knochen anders, als ihre Schlüssel sagen: {1}. Eine Bedingung, der NLA oder ein Skript "
    "des Rigs ändert sie.",
    "Bones of '{0}' move at frame {1}, but no mesh does ({2}): give the mesh weights of them, or choose the armature that "
    "moves it. Nothing was baked.": "Knochen von „{0}“ bewegen sich bei Bild {1}, aber kein Netz ({2}): Geben Sie dem Netz "
    "Gewichte dieser Knochen, oder wählen Sie die Armatur, die es bewegt. Es wurde nichts geschrieben.",
    "Emotion leaves bones of '{0}' alone that play in NLA strips: {1}. Give the armature the strip's action back to have "
    "it there.": "Gefühl lässt Knochen von „{0}“ in Ruhe, die in NLA-Streifen spielen: {1}. Geben Sie der Armatur die Action "
    "des Streifens zurück, um es dort zu haben.",
    "Bones of '{0}' were left out: {1}.": "Knochen von „{0}“ wurden ausgelassen: {1}.",
    "Bones that carry head or eyes are left to them: {0}.": "Knochen, die Kopf oder Augen tragen, bleiben diesen "
    "überlassen: {0}.",
    "No bone of the face of '{0}' can be animated: {1}.": "Kein Knochen des Gesichts von „{0}“ lässt sich animieren: {1}.",
    "No mesh that '{0}' moves is visible: whether a mouth moves was not checked.": "Kein Netz, das „{0}“ bewegt, ist "
    "sichtbar: Ob sich ein Mund bewegt, wurde nicht geprüft.",
    "No pose of '{0}' ({1}) belongs to the parts {2}.": "Keine Pose von „{0}“ ({1}) gehört zu den Teilen {2}.",
    "No poses of a face were found for '{0}': make an action with a pose marker for each (jawOpen, or A, E, O, M ...), pose "
    "assets, or actions named after them.": "Für „{0}“ wurden keine Posen eines Gesichts gefunden: Machen Sie eine Action "
    "mit einer Posen-Markierung für jede (jawOpen, oder A, E, O, M ...), Posen-Assets, oder Actions, die nach ihnen benannt "
    "sind.",
    "None of the bones of the poses ({0}) is in '{1}': choose the armature that they were made for.": "Keiner der Knochen "
    "der Posen ({0}) ist in „{1}“: Wählen Sie die Armatur, für die sie gemacht sind.",
    "None of the {0} poses of '{1}' ({2}) is known by its name or moves a face: name them after shapes or visemes (jawOpen, "
    "or A, E ...).{3}": "Keine der {0} Posen von „{1}“ ({2}) ist dem Namen nach bekannt oder bewegt ein Gesicht: Benennen "
    "Sie sie nach Formen oder Visemen (jawOpen, oder A, E ...).{3}",
    "'{0}' is animated by the names of its poses: {1}": "„{0}“ wird nach den Namen seiner Posen animiert: {1}",
    "The poses of '{0}' move no mesh that is visible: choose the armature of a face.": "Die Posen von „{0}“ bewegen kein "
    "sichtbares Netz: Wählen Sie die Armatur eines Gesichts.",
    "The poses of '{0}' cannot {1}. Measure Face under Mapping says how much of it they reach.": "Die Posen von „{0}“ können "
    "nicht {1}. „Gesicht vermessen“ unter „Zuordnung“ sagt, wie viel davon sie erreichen.",
    "The poses of '{0}' move no mouth: choose the armature whose poses open and close the lips.": "Die Posen von „{0}“ "
    "bewegen keinen Mund: Wählen Sie die Armatur, deren Posen die Lippen öffnen und schließen.",
    "The action '{0}' of '{1}' holds poses: it was kept, and a new one was made.": "Die Action „{0}“ von „{1}“ enthält "
    "Posen: Sie wurde behalten und eine neue angelegt.",
    "No pose of '{0}' opens the jaw: the mouth stays shut on vowels.": "Keine Pose von „{0}“ öffnet den Kiefer: Der Mund "
    "bleibt bei Vokalen geschlossen.",
    "None of the {0} poses of '{1}' ({2}) moves a bone: key what each does on its own frame.": "Keine der {0} Posen von "
    "„{1}“ ({2}) bewegt einen Knochen: Setzen Sie Schlüssel für jede auf ihrem eigenen Bild.",
    "Poses go beyond the limits of bones and were held there: {0}.": "Posen gehen über die Grenzen von Knochen hinaus und "
    "wurden dort gehalten: {0}.",
    "Poses key more than location, rotation and scale of bones, which is not animated: {0}.": "Posen haben Schlüssel für "
    "mehr als Ort, Drehung und Größe von Knochen, und das wird nicht animiert: {0}.",
    "Poses move bones that '{0}' does not have: {1}.": "Posen bewegen Knochen, die „{0}“ nicht hat: {1}.",
    "Poses that move nothing are left out: {0}.": "Posen, die nichts bewegen, werden ausgelassen: {0}.",
    "Poses use locked channels, which were not keyed, of {0}.": "Posen verwenden gesperrte Kanäle, die keine Schlüssel "
    "bekamen, von {0}.",
    "The armature of '{0}' was deleted meanwhile: nothing was changed.": "Die Armatur von „{0}“ wurde inzwischen gelöscht: "
    "Nichts wurde verändert.",
    "The face of '{0}' does not move at frame {1}: constraints, the NLA or a script of the rig keep its bones ({2}). "
    "Nothing was baked.": "Das Gesicht von „{0}“ bewegt sich bei Bild {1} nicht: Bedingungen, der NLA oder ein Skript des "
    "Rigs halten seine Knochen fest ({2}). Es wurde nichts geschrieben.",
    "The motion of the face holds weights that are not numbers: generate it again.": "Die Bewegung des Gesichts enthält "
    "Werte, die keine Zahlen sind: Erzeugen Sie sie neu.",
    "The poses are shown by what their names say: {0}": "Die Posen werden nach ihren Namen gezeigt: {0}",
    "There is no action '{0}' to read poses from: find the poses again.": "Es gibt keine Action „{0}“, aus der Posen zu "
    "lesen wären: Suchen Sie die Posen noch einmal.",
    "it is not in the armature": "er ist nicht in der Armatur",
    "its constraint '{0}' turns it": "seine Bedingung „{0}“ dreht ihn",
    "the channels that its poses use are locked": "die Kanäle, die seine Posen verwenden, sind gesperrt",
    "{0} keys of bones of the face that were edited by hand were replaced.": "{0} von Hand bearbeitete Schlüssel von "
    "Knochen des Gesichts wurden ersetzt.",
    "{0} keys on {1} bones of '{2}'": "{0} Schlüssel auf {1} Knochen von „{2}“",
    "along with {0}": "zusammen mit {0}",
    # Mapping.
    "'{0}' fits none of the {1} keys of '{2}': it is for keys such as {3}.": "„{0}“ passt auf keinen der {1} "
    "Formschlüssel von „{2}“: Es ist für solche wie {3}.",
    "'{0}' has no keys whose mapping could be saved.": "„{0}“ hat keine Formschlüssel, deren Zuordnung sich speichern ließe.",
    "'{0}' has no shape keys to list.": "„{0}“ hat keine Formschlüssel für die Liste.",
    "'{0}' has {1} keys that '{2}' has not: {3}.": "„{0}“ nennt {1} Formschlüssel, die „{2}“ nicht hat: {3}.",
    "Loaded the mapping '{0}'": "Zuordnung „{0}“ geladen",
    "Saved the mapping as '{0}'": "Zuordnung als „{0}“ gespeichert",
    "Measured {0} keys": "{0} Formschlüssel vermessen",
    # Making shape keys.
    "Made {0} shape keys on {1}": "{0} Formschlüssel erzeugt auf {1}",
    "'{0}' has all ARKit shapes: no shape key was made": "„{0}“ hat alle ARKit-Formen: Es wurde kein Formschlüssel erzeugt",
    "No head is selected: select the mesh of a head.": "Es ist kein Kopf ausgewählt: Wählen Sie das Netz eines Kopfes aus.",
    "'{0}' gets no shapes: {1}": "„{0}“ bekommt keine Formen: {1}",
    "'{0}' is not moved along: {1}": "„{0}“ wird nicht mitbewegt: {1}",
    "'{0}' has a mesh of its own now: shapes of two objects cannot be the same.": "„{0}“ hat jetzt ein eigenes Netz: Die "
    "Formen zweier Objekte können nicht dieselben sein.",
    "'{0}' has no faces: expected the mesh of a head. Choose that mesh.": "„{0}“ hat keine Flächen: Erwartet wird das Netz "
    "eines Kopfes. Wählen Sie dieses Netz aus.",
    "'{0}' is in Sculpt Mode: switch to Object Mode and try again.": "„{0}“ ist im Bildhauermodus: Wechseln Sie in den "
    "Objektmodus und versuchen Sie es noch einmal.",
    "'{0}' is one half, which the modifier '{1}' mirrors: no shapes can be made for it. Apply the modifier.": "„{0}“ ist eine "
    "Hälfte, die der Modifikator „{1}“ spiegelt: Dafür lassen sich keine Formen erzeugen. Wenden Sie den Modifikator an.",
    "'{0}' is scaled to nothing along an axis: set its scale to 1.": "„{0}“ ist entlang einer Achse auf nichts skaliert: "
    "Setzen Sie die Skalierung auf 1.",
    "'{0}' was removed or renamed meanwhile: try again.": "„{0}“ wurde inzwischen entfernt oder umbenannt: Versuchen Sie es "
    "noch einmal.",
    "The mesh of '{0}' has no faces, only vertices: choose the mesh of the head.": "Das Netz von „{0}“ hat keine Flächen, nur "
    "Scheitelpunkte: Wählen Sie das Netz des Kopfes aus.",
    "The mesh of '{0}' was changed meanwhile: make its shapes again.": "Das Netz von „{0}“ wurde inzwischen geändert: Erzeugen "
    "Sie seine Formen noch einmal.",
    "The mesh '{0}' is used by {1} objects, which would all get the shapes: make it single-user (Object > Relations > Make "
    "Single User > Object & Data).": "Das Netz „{0}“ wird von {1} Objekten benutzt, die alle die Formen bekämen: Machen Sie es "
    "zum Einzelbenutzer (Objekt > Beziehungen > Einzelbenutzer machen > Objekt & Daten).",
    "The mesh '{0}' of '{1}' is linked from another file, where Blender adds no shape keys: make it local (Object > Relations "
    "> Make Local > Selected Objects and Data).": "Das Netz „{0}“ von „{1}“ ist aus einer anderen Datei verknüpft, wo Blender "
    "keine Formschlüssel hinzufügt: Machen Sie es lokal (Objekt > Beziehungen > Lokal machen > Ausgewählte Objekte und "
    "Daten).",
    "No eyeballs were found: eyeLook shapes move the lids alone.": "Es wurden keine Augäpfel gefunden: Die eyeLook-Formen "
    "bewegen nur die Lider.",
    "No tongue was found: tongueOut moves the lips alone.": "Es wurde keine Zunge gefunden: tongueOut bewegt nur die Lippen.",
    "No teeth were found.": "Es wurden keine Zähne gefunden.",
    "No slit between the lips was found: the mouth cannot open. Cut the mesh between the lips, and make the shape keys "
    "again.": "Zwischen den Lippen wurde kein Spalt gefunden: Der Mund kann sich nicht öffnen. Schneiden Sie das Netz zwischen "
    "den Lippen auf, und erzeugen Sie die Formschlüssel noch einmal.",
    "The eyes have no lids that part: blinks move the skin around them alone. Cut the lids open, and make the shape keys "
    "again.": "Die Augen haben keine Lider, die sich trennen: Blinzeln bewegt nur die Haut um sie herum. Schneiden Sie die "
    "Lider auf, und erzeugen Sie die Formschlüssel noch einmal.",
    "The shape keys of '{0}' are absolute, one for each time: choose a mesh without them, or switch Relative on in its shape "
    "keys.": "Die Formschlüssel von „{0}“ sind absolut, einer für jede Zeit: Wählen Sie ein Netz ohne sie, oder schalten Sie "
    "bei ihnen „Relativ“ ein.",
    "{0} of the motion's movement is left out: no expression of the built-in head shows it.": "{0} der Bewegung fallen weg: "
    "Kein Ausdruck des eingebauten Kopfes zeigt sie.",
    "{0} keys that were changed after Soliloquy had made them stay as they are: {1}. Make Changed Keys Anew replaces "
    "them.": "{0} Formschlüssel, die geändert wurden, nachdem Soliloquy sie erzeugt hatte, bleiben, wie sie sind: {1}. "
    "„Geänderte neu erzeugen“ ersetzt sie.",
    "The mouth of '{0}' rests open: the shape key lipsAtRest, at 1, closes it, so that m, b and p can seal. Set it to 0 to see "
    "the mesh as it was modelled.": "Der Mund von „{0}“ ist in Ruhe offen: Der Formschlüssel lipsAtRest schließt ihn bei 1, "
    "damit m, b und p dicht sind. Bei 0 ist das Netz zu sehen, wie es modelliert wurde.",
    "Edges with more than two faces: {0}. Expected a surface: remove what is double or inside (Select > All by Trait > Non "
    "Manifold shows it).": "Kanten mit mehr als zwei Flächen: {0}. Erwartet wird eine Oberfläche: Entfernen Sie, was doppelt "
    "ist oder innen liegt (Auswählen > Alles nach Eigenschaft > Nicht mannigfaltig zeigt es).",
    "Faces without area: {0} of {1}. Expected a surface: remove them (Mesh > Clean Up > Degenerate Dissolve).": "Flächen ohne "
    "Inhalt: {0} von {1}. Erwartet wird eine Oberfläche: Entfernen Sie sie (Netz > Aufräumen > Degeneriertes auflösen).",
    "No face was found at the mark '{0}': expected three marks at least where the shape alone does not tell. Mark eyes, nose, "
    "mouth and chin.": "An der Marke „{0}“ wurde kein Gesicht gefunden: Wo die Gestalt allein es nicht sagt, werden mindestens "
    "drei Marken erwartet. Markieren Sie Augen, Nase, Mund und Kinn.",
    "No face was found: the mesh's faces lie every which way, expected the surface of a head. Choose the mesh of the face.": "Es "
    "wurde kein Gesicht gefunden: Die Flächen des Netzes liegen kreuz und quer, erwartet wird die Oberfläche eines Kopfes. "
    "Wählen Sie das Netz des Gesichts aus.",
    "No face was found: the nearest fit of a head is {0} of a face's height off on average, expected below {1}. Choose the mesh "
    "of the face, or mark its eyes, nose, mouth and chin.": "Es wurde kein Gesicht gefunden: Der nächste Kopf liegt im Mittel "
    "um {0} der Höhe eines Gesichts daneben, erwartet werden weniger als {1}. Wählen Sie das Netz des Gesichts aus, oder "
    "markieren Sie Augen, Nase, Mund und Kinn.",
    "No face was found: {0} of the surface differs from that of a head where it is likest one, expected below {1}, or lips that "
    "can part. Choose the mesh of the face, or mark its eyes, nose, mouth and chin.": "Es wurde kein Gesicht gefunden: Wo es "
    "einem Kopf am ähnlichsten ist, weichen {0} der Oberfläche davon ab, erwartet werden weniger als {1} oder Lippen, die sich "
    "trennen. Wählen Sie das Netz des Gesichts aus, oder markieren Sie Augen, Nase, Mund und Kinn.",
    "The chosen mesh has no faces: expected a head. Choose the mesh of the face.": "Das gewählte Netz hat keine Flächen: "
    "Erwartet wird ein Kopf. Wählen Sie das Netz des Gesichts aus.",
    "The mark '{0}' cannot be used: expected three coordinates for one of {1}.": "Die Marke „{0}“ ist nicht verwendbar: "
    "Erwartet werden drei Koordinaten für eine von {1}.",
    "The marks do not lie as those of a face do: expected each where its name says, right and left being the head's own. Place "
    "them again.": "Die Marken liegen nicht wie die eines Gesichts: Erwartet wird jede dort, wo ihr Name es sagt, rechts und "
    "links vom Kopf aus. Setzen Sie sie noch einmal.",
    "The mesh has {0} vertices and {1} faces: expected a head, with {2} vertices at least. Choose the mesh of the face, or "
    "subdivide it.": "Das Netz hat {0} Scheitelpunkte und {1} Flächen: Erwartet wird ein Kopf mit mindestens {2} "
    "Scheitelpunkten. Wählen Sie das Netz des Gesichts aus, oder unterteilen Sie es.",
    "The mesh holds {0} heads: expected one. Separate them by loose parts, and choose one.": "Das Netz enthält {0} Köpfe: "
    "Erwartet wird einer. Trennen Sie sie nach losen Teilen, und wählen Sie einen aus.",
    "The mesh is flat: expected a head. Choose the mesh of the face.": "Das Netz ist flach: Erwartet wird ein Kopf. Wählen Sie "
    "das Netz des Gesichts aus.",
    "The mesh is {0} loose pieces of {1} triangles: expected a surface that hangs together. Merge its vertices by "
    "distance.": "Das Netz besteht aus {0} losen Stücken von {1} Dreiecken: Erwartet wird eine Oberfläche, die zusammenhängt. "
    "Verschmelzen Sie seine Scheitelpunkte nach Abstand.",
    "No face was found: the nearest fit of a head is {0} of a face's height off on average, expected below {1}. Choose the "
    "mesh of the face, standing upright, or drive its keys by their names.": "Es wurde kein Gesicht gefunden: Ein Kopf "
    "passt am besten mit {0} der Gesichtshöhe Abstand im Mittel, erwartet wird weniger als {1}. Wählen Sie das Netz des "
    "Gesichts, aufrecht, oder ordnen Sie die Formschlüssel nach Namen zu.",
    "Placed {0} of {1} marks": "{0} von {1} Marken gesetzt",
    "Marks are placed with the mouse, in a 3D View.": "Marken werden mit der Maus gesetzt, in einer 3D-Ansicht.",
    "'{0}' is hidden: show it, so that marks can be placed on it.": "„{0}“ ist verborgen: Blenden Sie es ein, damit Marken "
    "darauf gesetzt werden können.",
    "No file for the preset is chosen.": "Für die Vorgabe ist keine Datei gewählt.",
    "The mapping of '{0}' uses none of its keys: switch some on, or let Find Keys fill it in.": "Die Zuordnung von „{0}“ "
    "verwendet keinen seiner Formschlüssel: Schalten Sie welche ein, oder lassen Sie „Formschlüssel suchen“ sie ausfüllen.",
    "This head cannot {0}: {1} of what is asked is reached, and {2} mm are left where the face moves.": "Dieser Kopf kann "
    "nicht {0}: {1} des Verlangten werden erreicht, und {2} mm fehlen, wo sich das Gesicht bewegt.",
    "bring the lower lip in under the teeth": "die Unterlippe unter die Zähne ziehen",
    "close one eye alone": "ein Auge allein schließen",
    "close the left eye": "das linke Auge schließen",
    "close the right eye": "das rechte Auge schließen",
    "close the lips while the jaw is open": "die Lippen schließen, während der Kiefer offen ist",
    "lower the brows": "die Brauen senken",
    "move the corners of the mouth apart from each other": "die Mundwinkel unabhängig voneinander bewegen",
    "open the mouth": "den Mund öffnen",
    "purse the lips": "die Lippen spitzen",
    "raise the brows": "die Brauen heben",
    "raise the upper lip": "die Oberlippe heben",
    "spread the lips": "die Lippen breitziehen",
    "Nothing was found that carries the head of '{0}', so it is not turned: choose it under Head > Rig.": "Es wurde "
    "nichts gefunden, das den Kopf von „{0}“ trägt, also wird er nicht gedreht: Wählen Sie es unter Kopf > Rig.",
    "Nothing was found that turns the eyes of '{0}': choose it under Head > Rig, or let shape keys do it.": "Es "
    "wurde nichts gefunden, das die Augen von „{0}“ dreht: Wählen Sie es unter Kopf > Rig, oder überlassen Sie es "
    "Formschlüsseln.",
    "Bones and vertices both turn the eyes of '{0}', which would turn twice as far: only the vertices were "
    "animated.": "Knochen und Scheitelpunkte drehen beide die Augen von „{0}“, die sich doppelt so weit drehen würden: Nur "
    "die Scheitelpunkte wurden animiert.",
    "Bones and shape keys both turn the eyes of '{0}', which would turn twice as far: only the bones were "
    "animated.": "Knochen und Formschlüssel drehen beide die Augen von „{0}“, die sich doppelt so weit drehen würden: "
    "Nur die Knochen wurden animiert.",
    "The shape keys of '{0}' still turn its eyes, by keys of an earlier animation: remove their group Gaze.": "Die "
    "Formschlüssel von „{0}“ drehen die Augen noch, mit Schlüsseln einer früheren Animation: Entfernen Sie deren "
    "Gruppe Gaze.",
    "The rig of '{0}' still turns its eyes, by keys of an earlier animation: remove their group Gaze.": "Das Rig von "
    "„{0}“ dreht die Augen noch, mit Schlüsseln einer früheren Animation: Entfernen Sie deren Gruppe Gaze.",
    "'{0}' is an armature: choose the bone of it that turns.": "„{0}“ ist eine Armatur: Wählen Sie den Knochen, der "
    "sich dreht.",
    "Nothing carries the head or the eyes: choose bones or objects for them.": "Nichts trägt den Kopf oder die "
    "Augen: Wählen Sie Knochen oder Objekte dafür.",
    "'{0}' is linked from another file: make a library override first.": "„{0}“ ist aus einer anderen Datei "
    "verknüpft: Legen Sie erst eine Bibliotheksüberschreibung an.",
    "There is no object '{0}' to turn: choose head and eyes again.": "Es gibt kein Objekt „{0}“ zum Drehen: Wählen "
    "Sie Kopf und Augen neu.",
    "'{0}' has no bone '{1}': choose head and eyes again.": "„{0}“ hat keinen Knochen „{1}“: Wählen Sie Kopf und "
    "Augen neu.",
    "{0} is both {1}: choose another for one of them.": "{0} ist zugleich {1}: Wählen Sie für eines etwas anderes.",
    "left eye": "linkes Auge",
    "right eye": "rechtes Auge",
    "'{0}' shows its rest position: set Pose Position to Pose in its data tab.": "„{0}“ zeigt die Ruheposition: "
    "Stellen Sie in den Daten der Armatur auf Pose um.",
    "The rotation of {0} is locked: unlock it, or choose another.": "Die Drehung von {0} ist gesperrt: Entsperren "
    "Sie sie, oder wählen Sie etwas anderes.",
    "{0} has locked rotation channels ({1}): keyed all the same.": "{0} hat gesperrte Drehkanäle ({1}): Schlüssel "
    "gibt es trotzdem.",
    "{0} would not show its animation: {1}. Clear this by hand.": "{0} würde die Animation nicht zeigen: {1}. "
    "Beheben Sie das von Hand.",
    "it has a driver": "es hat einen Treiber",
    "it has a muted F-curve": "eine F-Kurve ist stumm",
    "it has a locked F-curve": "eine F-Kurve ist gesperrt",
    "it holds samples (use Samples to Keys)": "eine F-Kurve hat Abtastwerte (zu Schlüsseln machen)",
    "it is in the muted channel group '{0}'": "die Kanalgruppe „{0}“ ist stumm",
    "it is in the locked channel group '{0}'": "die Kanalgruppe „{0}“ ist gesperrt",
    "its F-curves have modifiers": "die F-Kurven haben Modifikatoren",
    "{0} is turned by its constraint '{1}': animate what it follows ('{2}'), or mute the constraint.": "{0} wird "
    "von der Bedingung „{1}“ gedreht: Animieren Sie, was sie verfolgt („{2}“), oder schalten Sie sie stumm.",
    "{0} does not turn at frame {1}: a constraint, the NLA or a script of the rig keeps it. Choose the control "
    "that an animator would turn. Nothing was baked.": "{0} dreht sich bei Bild {1} nicht: Eine Bedingung, der NLA "
    "oder ein Skript des Rigs hält es fest. Wählen Sie den Knochen, den man beim Animieren drehen würde. Es wurde "
    "nichts geschrieben.",
    "At frame {0} {1} is seen {2} degrees off its turn of {3}: a constraint, the NLA or a script of the rig changes "
    "it.": "Bei Bild {0} steht {1} um {2} Grad neben der Drehung von {3} Grad: Eine Bedingung, der NLA oder ein Skript "
    "des Rigs ändert es.",
    "The action of '{0}' is combined with its NLA strips: set its blending to Replace (NLA Editor), or choose Add.": ""
    "Die Action von „{0}“ wird mit den NLA-Streifen kombiniert: Stellen Sie ihr Mischen auf Ersetzen (NLA-Editor), "
    "oder wählen Sie „Dazugeben“.",
    "'{0}' is hidden in viewports: whether it turns was not checked.": "„{0}“ ist in Ansichten verborgen: Ob es "
    "sich dreht, wurde nicht geprüft.",
    "{0} keys of head and eyes that were edited by hand were replaced.": "{0} von Hand bearbeitete Schlüssel von "
    "Kopf und Augen wurden ersetzt.",
    "{0} is animated in the NLA, and another action plays above it: push that action down (NLA Editor), or choose "
    "Replace.": "{0} ist im NLA animiert, und darüber spielt eine andere Action: Schieben Sie sie in den NLA "
    "hinunter (NLA-Editor), oder wählen Sie „Ersetzen“.",
    "The motion of head and eyes holds values that are not numbers: generate it again.": "Die Bewegung von Kopf und "
    "Augen enthält Werte, die keine Zahlen sind: Erzeugen Sie sie neu.",
    "{0} keys on '{1}'": "{0} Schlüssel auf „{1}“",
    "The network for the head is '{0}': expected pose_vae, as 'soliloquy train pose' writes it.": "Das Netz für den "
    "Kopf ist „{0}“: Erwartet wird pose_vae, wie „soliloquy train pose“ es schreibt.",
    "The network for the head hears {0}: expected {1}. Train it with this version of Soliloquy.": "Das Netz für den "
    "Kopf hört {0}: Erwartet wird {1}. Trainieren Sie es mit dieser Version von Soliloquy.",
    "The first frame to key, {0}, comes after the last, {1}.": "Das erste Bild für Schlüssel, {0}, kommt "
    "nach dem letzten, {1}.",
    "Key reduction error {0} is not between 0 and 1 (0.01 is usual).": "Der Fehler {0} für weniger Schlüssel "
    "liegt nicht zwischen 0 und 1 (üblich ist 0,01).",
    "Nothing to key in frames {0} to {1}: the speech {2}.": "In den Bildern {0} bis {1} bekommt nichts "
    "Schlüssel: Die Sprache {2}.",
    "starts at frame {0}": "beginnt bei Bild {0}",
    "is at {0} to {1}": "liegt bei {0} bis {1}",
    "The sequencer's scene '{0}' has {1} frames a second and scene '{2}' {3}: give both the same frame rate.": "Die "
    "Szene „{0}“ des Sequenzers hat {1} Bilder pro Sekunde, die Szene „{2}“ hat {3}: Geben Sie beiden "
    "dieselbe Bildrate.",
    "Other work is under way: wait for it, or cancel it with Esc.": "Eine andere Arbeit läuft noch: Warten Sie, "
    "oder brechen Sie sie mit Esc ab.",
    "Leave the edit mode first (Tab).": "Verlassen Sie zuerst den Bearbeitungsmodus (Tab).",
    # The head.
    "No head is selected: select a mesh with shape keys.": "Es ist kein Kopf ausgewählt: Wählen Sie "
    "ein Netz mit Formschlüsseln aus.",
    "'{0}' is of type {1}, not a mesh: select the mesh of the head.": "„{0}“ ist vom Typ {1}, kein Netz: "
    "Wählen Sie das Netz des Kopfes aus.",
    "'{0}' has no shape keys: let Make Shape Keys make them, or select a head that has some (jawOpen, mouthClose "
    "...).": "„{0}“ hat keine Formschlüssel: Lassen Sie sie mit Formschlüssel erzeugen machen, oder wählen Sie "
    "einen Kopf aus, der welche hat (jawOpen, mouthClose ...).",
    "'{0}' is linked from another file and cannot be animated: make a library override (Object > Library "
    "Override > Make).": "„{0}“ ist aus einer anderen Datei verknüpft und lässt sich nicht animieren: Legen "
    "Sie eine Bibliotheksüberschreibung an (Objekt > Bibliotheksüberschreibung > Erstellen).",
    "The mesh '{0}' of '{1}' is linked: make a library override of it.": "Das Netz „{0}“ von „{1}“ ist "
    "verknüpft: Legen Sie dafür eine Bibliotheksüberschreibung an.",
    "'{0}' is in Edit Mode: leave it (Tab) and animate again.": "„{0}“ ist im Bearbeitungsmodus: Verlassen "
    "Sie ihn (Tab), und animieren Sie noch einmal.",
    "'{0}' has {1} of {2} ARKit shapes; missing: {3}.": "„{0}“ hat {1} von {2} ARKit-Formen; es fehlen: {3}.",
    "{0} and {1} more": "{0} und {1} weitere",
    "'{0}' lacks {1}": "„{0}“ fehlen {1}",
    "Without jawOpen the mouth does not open.": "Ohne jawOpen öffnet sich der Mund nicht.",
    "'{0}' has no shape key of the parts {1}.": "„{0}“ hat keinen Formschlüssel der Teile {1}.",
    # Blocked shape keys.
    "Shape keys of '{0}' would not show their animation: {1}. Clear this, or choose otherwise under Output > "
    "Blocked Keys.": "Formschlüssel von „{0}“ würden ihre Animation nicht "
    "zeigen: {1}. Beheben Sie das, oder entscheiden Sie anders unter Ausgabe > Blockierte Schlüssel.",
    "Shape keys of '{0}' would not show their animation: {1}. Clear this by hand, or choose to skip these "
    "keys or to let Soliloquy clear it.": "Formschlüssel von „{0}“ würden ihre Animation nicht zeigen: {1}. "
    "Beheben Sie das von Hand, lassen Sie diese Schlüssel aus, oder lassen Sie Soliloquy es beheben.",
    "All shape keys of '{0}' are blocked, nothing is left to bake: {1}.": "Alle Formschlüssel von „{0}“ sind "
    "blockiert, es bleibt nichts zu animieren: {1}.",
    "Cannot clear what blocks '{0}': {1}. Clear it by hand.": "Was „{0}“ blockiert, lässt sich nicht "
    "beheben: {1}. Beheben Sie es von Hand.",
    "one shape key is pinned (Solo Active Shape Key)": "ein Formschlüssel ist angeheftet (nur aktiven "
    "Formschlüssel zeigen)",
    "its shape keys are absolute (Relative is off)": "die Formschlüssel sind absolut (Relativ ist aus)",
    "NLA track '{0}' plays solo": "die NLA-Spur „{0}“ spielt allein",
    "an NLA strip is open in tweak mode": "ein NLA-Streifen ist zum Anpassen offen",
    "its action has zero influence": "die Aktion hat den Einfluss null",
    "'{0}' is muted": "„{0}“ ist stumm",
    "'{0}' is locked": "„{0}“ ist gesperrt",
    "'{0}' has a driver": "„{0}“ hat einen Treiber",
    "'{0}' has a muted F-curve": "„{0}“ hat eine stumme F-Kurve",
    "'{0}' has a locked F-curve": "„{0}“ hat eine gesperrte F-Kurve",
    "'{0}' holds samples (use Samples to Keys)": "„{0}“ enthält Abtastwerte (wandeln Sie sie in Schlüssel um)",
    "'{0}' is in the muted channel group '{1}'": "„{0}“ ist in der stummen Kanalgruppe „{1}“",
    "'{0}' is in the locked channel group '{1}'": "„{0}“ ist in der gesperrten Kanalgruppe „{1}“",
    # The sound.
    "Strip '{0}' has no length: drag its handles apart.": "Der Streifen „{0}“ hat keine Länge: Ziehen Sie "
    "seine Griffe auseinander.",
    "Strip '{0}' lies in the retimed meta strip '{1}': clear the meta strip's retiming, and retime the sound "
    "strip itself.": "Der Streifen „{0}“ liegt im Metastreifen „{1}“, der ein anderes Tempo hat: Nehmen Sie "
    "dem Metastreifen das Tempo, und ändern Sie das des Tonstreifens selbst.",
    "The modifiers of strip '{0}' are left out.": "Die Modifikatoren des Streifens „{0}“ werden nicht beachtet.",
    "Strip '{0}' has lost its sound: choose a file for it in the sequencer.": "Der Streifen „{0}“ hat seinen "
    "Ton verloren: Wählen Sie im Sequenzer eine Datei dafür.",
    "The sound of strip '{0}' is missing: no file '{1}'. Find it with File > External Data > Find Missing "
    "Files.": "Der Ton des Streifens „{0}“ fehlt: Es gibt keine Datei „{1}“. Suchen Sie sie mit Datei > "
    "Externe Daten > Fehlende Dateien finden.",
    "No text is chosen as the transcript.": "Es ist kein Text als Transkript gewählt.",
    "No transcript file is chosen.": "Es ist keine Transkriptdatei gewählt.",
    "No sound file at '{0}': check the path.": "Bei „{0}“ ist keine Tondatei: Prüfen Sie den Pfad.",
    "'{0}' is a folder: expected a sound file in it.": "„{0}“ ist ein Ordner: Erwartet wird eine Tondatei "
    "darin.",
    "No permission to read '{0}': check the file's access rights.": "„{0}“ darf nicht gelesen werden: Prüfen "
    "Sie die Zugriffsrechte der Datei.",
    "'{0}' cannot be read: {1}.": "„{0}“ lässt sich nicht lesen: {1}.",
    "'{0}' is an empty file: expected sound. Export or copy it again.": "„{0}“ ist eine leere Datei: Erwartet "
    "wird Ton. Exportieren oder kopieren Sie sie noch einmal.",
    "'{0}' holds no sound that can be read: expected WAV, FLAC, Ogg, Opus, MP3, M4A or a film with sound. If "
    "another program plays it, save it as WAV there.": "„{0}“ enthält keinen lesbaren Ton: Erwartet wird "
    "WAV, FLAC, Ogg, Opus, MP3, M4A oder ein Film mit Ton. Wenn ein anderes Programm die Datei abspielt, "
    "sichern Sie sie dort als WAV.",
    "'{0}' has samples that are not numbers (NaN or infinite), the first at {1} s: expected finite samples. "
    "Export the sound again.": "„{0}“ hat Abtastwerte, die keine Zahlen sind (NaN oder unendlich), zuerst bei "
    "{1} s: Erwartet werden endliche Werte. Exportieren Sie den Ton noch einmal.",
    "'{0}' holds no samples: expected sound. Export it again.": "„{0}“ enthält keine Abtastwerte: Erwartet "
    "wird Ton. Exportieren Sie die Datei noch einmal.",
    "'{0}' (M4A or a film) needs one more package outside Blender: `pip install soliloquy[av]`, or convert "
    "it to WAV.": "„{0}“ (M4A oder ein Film) braucht außerhalb von Blender ein weiteres Paket: `pip install "
    "soliloquy[av]`; oder wandeln Sie die Datei in WAV um.",
    "No sound decoder found: install one with `pip install soundfile`.": "Kein Programm zum Lesen von Ton "
    "gefunden: Installieren Sie eines mit `pip install soundfile`.",
    "{0} holds no samples: expected speech. Choose another sound.": "{0} enthält keine Abtastwerte: Erwartet "
    "wird Sprache. Wählen Sie einen anderen Ton.",
    "{0} lasts {1} s, less than one frame at {2} frames a second: expected speech. Choose a longer sound.": "{0} "
    "dauert {1} s, weniger als ein Bild bei {2} Bildern pro Sekunde: Erwartet wird Sprache. Wählen Sie einen "
    "längeren Ton.",
    "The sound": "Der Ton",
    # Vertices.
    "The motion holds positions that are not numbers: generate it again.": "Die Bewegung enthält Orte, die "
    "keine Zahlen sind: Erzeugen Sie sie noch einmal.",
    "The .blend file was never saved: save it first, because caches lie beside it.": "Die .blend-Datei wurde "
    "noch nie gesichert: Sichern Sie sie zuerst, denn Zwischenspeicher liegen neben ihr.",
    "Cannot make the folder '{0}' for vertex caches: {1}. Save the .blend file in a folder that can be written "
    "to.": "Der Ordner „{0}“ für Scheitelpunkt-Zwischenspeicher lässt sich nicht anlegen: {1}. Sichern Sie die "
    ".blend-Datei in einem Ordner, in den geschrieben werden darf.",
    "The path '{0}' is too long for Blender: save the .blend file in a folder nearer to the root.": "Der Pfad "
    "„{0}“ ist zu lang für Blender: Sichern Sie die .blend-Datei in einem Ordner mit kürzerem Pfad.",
    "'{0}' has no vertex take '{1}' any more.": "„{0}“ hat keine Scheitelpunkt-Aufnahme „{1}“ mehr.",
    "The cache of take '{0}' is missing: no file '{1}'. Put it back there, or animate again.": "Der "
    "Zwischenspeicher der Aufnahme „{0}“ fehlt: Es gibt keine Datei „{1}“. Legen Sie sie wieder dorthin, oder "
    "animieren Sie noch einmal.",
    "'{0}' has shape keys already, which absolute ones would replace: bake to a copy of the object, or to a "
    "vertex cache.": "„{0}“ hat schon Formschlüssel, die durch absolute ersetzt würden: Animieren Sie eine "
    "Kopie des Objekts, oder mit einem Scheitelpunkt-Zwischenspeicher.",
    "The mesh '{0}' is used by {1} objects, which would all move: make it single-user (Object > Relations > "
    "Make Single User), or bake to a copy of the object.": "Das Netz „{0}“ wird von {1} Objekten verwendet, "
    "die sich alle bewegen würden: Machen Sie es zum Einzelbenutzer (Objekt > Beziehungen > Einzelbenutzer "
    "erstellen), oder animieren Sie eine Kopie des Objekts.",
    "The vertices of '{0}' do not move at frame {1}: a modifier, a vertex group or the active mode hides the "
    "movement. Nothing was baked.": "Die Scheitelpunkte von „{0}“ bewegen sich bei Bild {1} nicht: Ein "
    "Modifikator, eine Scheitelpunktgruppe oder der aktive Modus verdeckt die Bewegung. Es wurde nichts "
    "animiert.",
    "{0} shape keys would need {1} GB of memory: bake every {2} frames or fewer of them, or to a vertex "
    "cache.": "{0} Formschlüssel bräuchten {1} GB Speicher: Nehmen Sie nur jedes {2}. Bild oder weniger, oder "
    "einen Scheitelpunkt-Zwischenspeicher.",
    "'{0}' has no ending that tells a format: expected .abc, .usdc or .usda.": "„{0}“ hat keine Endung, die ein "
    "Format nennt: Erwartet wird .abc, .usdc oder .usda.",
    "The first frame to export, {0}, comes after the last, {1}.": "Das erste Bild des Exports, {0}, kommt nach "
    "dem letzten, {1}.",
    "This Blender is built without Alembic: choose .usdc, or another Blender.": "Dieses Blender ist ohne Alembic "
    "gebaut: Wählen Sie .usdc, oder ein anderes Blender.",
    "This Blender is built without USD: choose .abc, or another Blender.": "Dieses Blender ist ohne USD gebaut: "
    "Wählen Sie .abc, oder ein anderes Blender.",
    "This Blender is built without Alembic and USD: export with one from blender.org.": "Dieses Blender ist ohne "
    "Alembic und USD gebaut: Exportieren Sie mit einem von blender.org.",
    "Blender gave no reason": "Blender nannte keinen Grund",
    "Cannot delete '{0}': {1}.": "„{0}“ lässt sich nicht löschen: {1}.",
    # While baking, and after it.
    "Cancelled: nothing was changed.": "Abgebrochen: Es wurde nichts geändert.",
    "'{0}' was deleted meanwhile: nothing was changed.": "„{0}“ wurde inzwischen gelöscht: Es wurde nichts "
    "geändert.",
    "Animated '{0}' from '{1}': frames {2} to {3}, {4}": "„{0}“ animiert nach „{1}“: Bilder {2} bis {3}, {4}",
    "{0} keys on {1} shape keys": "{0} Schlüssel auf {1} Formschlüsseln",
    "{0} MB of vertices in '{1}'": "{0} MB Scheitelpunkte in „{1}“",
    "{0} absolute shape keys on '{1}'": "{0} absolute Formschlüssel auf „{1}“",
    "There is no take '{0}' any more.": "Die Fassung „{0}“ gibt es nicht mehr.",
    "The shape keys of '{0}' play take '{1}': show another one before you remove it.": "Die Formschlüssel von "
    "„{0}“ spielen die Fassung „{1}“: Zeigen Sie eine andere, bevor Sie sie entfernen.",
    "The bones of '{0}' play take '{1}': show another one before you remove it.": "Die Knochen von „{0}“ spielen die "
    "Fassung „{1}“: Zeigen Sie eine andere, bevor Sie sie entfernen.",
    "'{0}' shows take '{1}': show another one before you remove it.": "„{0}“ zeigt die Fassung „{1}“: Zeigen Sie "
    "eine andere, bevor Sie sie entfernen.",
    "Take '{0}' is used elsewhere too, as in the NLA: remove it there first.": "Die Fassung „{0}“ wird auch "
    "anderswo gebraucht, etwa in der NLA: Entfernen Sie sie zuerst dort.",
    "No head is selected.": "Es ist kein Kopf ausgewählt.",
    "The vertices of '{0}' were changed meanwhile: animate it again.": "Die Scheitelpunkte von „{0}“ wurden "
    "inzwischen geändert: Animieren Sie noch einmal.",
    "Cannot write '{0}': {1}. Choose a folder that exists, can be written to and has space.": "„{0}“ lässt sich "
    "nicht schreiben: {1}. Wählen Sie einen Ordner, den es gibt, in den sich schreiben lässt und der Platz hat.",
    "There are no unused vertex caches.": "Es gibt keine unbenutzten Zwischenspeicher.",
    "Removed {0} vertex caches: {1}": "{0} Zwischenspeicher gelöscht: {1}",
    "Exported '{0}': {1} MB": "„{0}“ exportiert: {1} MB",
    "No file to export to is chosen.": "Es ist keine Datei für den Export gewählt.",
    "Keys that Soliloquy did not write were replaced: {0}.": "Schlüssel, die nicht von Soliloquy sind, wurden "
    "ersetzt: {0}.",
    "Blender did not evaluate the head: update the scene (play one frame) and try again.": "Blender hat den "
    "Kopf nicht ausgewertet: Aktualisieren Sie die Szene (spielen Sie ein Bild ab), und versuchen Sie es "
    "noch einmal.",
    "'{0}' is hidden in viewports: whether its mouth moves was not checked.": "„{0}“ ist in den Ansichten "
    "verborgen: Ob sich der Mund bewegt, wurde nicht geprüft.",
    "The mouth of '{0}' does not move at frame {1}: {2}. Nothing was baked.": "Der Mund von „{0}“ bewegt sich "
    "bei Bild {1} nicht: {2}. Es wurde nichts animiert.",
    "these shape keys are empty (equal to their reference key): {0}": "diese Formschlüssel sind leer (gleich "
    "ihrem Bezugsschlüssel): {0}",
    "the NLA, a driver or a script gives other values to {0}": "NLA, ein Treiber oder ein Skript gibt {0} "
    "andere Werte",
    "the slider range of {0} is closed": "der Bereich der Regler von {0} ist geschlossen",
    "a modifier, a vertex group or the active mode hides the movement": "ein Modifikator, eine "
    "Scheitelpunktgruppe oder der aktive Modus verdeckt die Bewegung",
    "At frame {0} the NLA, a driver or a script gives {1} other values than the keys.": "Bei Bild {0} gibt "
    "NLA, ein Treiber oder ein Skript {1} andere Werte als die Schlüssel.",
    "The motion would cover frames {0} to {1}; Blender's frames end at {2}. Move the sound or shorten it.": "Die "
    "Bewegung ginge von Bild {0} bis {1}; Blenders Bilder enden bei {2}. Verschieben oder kürzen Sie den Ton.",
    "The motion holds {0} weights that are not numbers (first: {1} at frame {2}): generate it again.": "Die "
    "Bewegung enthält {0} Werte, die keine Zahlen sind (zuerst {1} bei Bild {2}): Erzeugen Sie sie noch einmal.",
    "Nothing to bake: the motion covers {0}.": "Nichts zu animieren: Die Bewegung umfasst {0}.",
    "frames {0} to {1}": "die Bilder {0} bis {1}",
    "frames {0} to {1}, the range is {2} to {3}": "die Bilder {0} bis {1}, der Bereich ist {2} bis {3}",
    "no frame": "kein Bild",
    "{0} is {1}: expected a number from 0 to {2}.": "{0} ist {1}: Erwartet wird eine Zahl von 0 bis {2}.",
    "fps is {0}: expected 1 to 1000 frames per second.": "Die Bildrate ist {0}: Erwartet werden 1 bis 1000 "
    "Bilder pro Sekunde.",
    # Styles and recordings.
    "The style is '{0}' now": "Der Stil ist jetzt „{0}“",
    "The style is '{0}' now, and the model is {1}, which speaks in styles": "Der Stil ist jetzt „{0}“, und das Modell "
    "{1}, das in Stilen spricht",
    "The model '{0}' has no styles, and '{1}' was asked for: choose {2}, or no style.": "Das Modell „{0}“ hat keine "
    "Stile, und „{1}“ wurde verlangt: Wählen Sie {2}, oder keinen Stil.",
    "'{0}' is no style and no performance: choose a Live Link Face recording (.csv), a motion (.npz) or a saved style "
    "(.json).": "„{0}“ ist weder Stil noch Darbietung: Wählen Sie eine Aufnahme von Live Link Face (.csv), eine "
    "Bewegung (.npz) oder einen gesicherten Stil (.json).",
    "No style is called '{0}'. Known: {1}.": "Kein Stil heißt „{0}“. Bekannt: {1}.",
    "No style is called '{0}'. Known: {1}, drawn:SEED; or give a style (.json) or a performance to speak like (.csv, "
    ".npz).": "Kein Stil heißt „{0}“. Bekannt: {1}, drawn:STARTWERT; oder geben Sie einen Stil (.json) oder eine "
    "Darbietung an, die als Vorbild dient (.csv, .npz).",
    "No performance at '{0}': expected a Live Link Face .csv or an .npz motion.": "Keine Darbietung bei „{0}“: Erwartet "
    "wird eine .csv von Live Link Face oder eine Bewegung als .npz.",
    "Cannot read '{0}': {1}. Choose a style's file.": "„{0}“ lässt sich nicht lesen: {1}. Wählen Sie die Datei eines "
    "Stils.",
    "'{0}' is not a motion: expected an .npz file that Soliloquy wrote.": "„{0}“ ist keine Bewegung: Erwartet wird eine "
    ".npz-Datei, die Soliloquy geschrieben hat.",
    "'{0}' is not a style: expected a .json file that Soliloquy wrote.": "„{0}“ ist kein Stil: Erwartet wird eine "
    ".json-Datei, die Soliloquy geschrieben hat.",
    "The mouth hardly moves in '{0}': expected somebody who speaks. Choose another performance.": "Der Mund bewegt sich "
    "in „{0}“ kaum: Erwartet wird jemand, der spricht. Wählen Sie eine andere Darbietung.",
    "The style '{0}' is {1} numbers: expected {2} finite ones. Read it again from a performance.": "Der Stil „{0}“ sind "
    "{1} Zahlen: Erwartet werden {2} endliche. Lesen Sie ihn noch einmal aus einer Darbietung.",
    "The style '{0}' was read by another style encoder than the one that '{1}' was trained with: read it from the "
    "performance again.": "Den Stil „{0}“ hat ein anderer Stil-Encoder gelesen als der, mit dem „{1}“ trainiert wurde: "
    "Lesen Sie ihn noch einmal aus der Darbietung.",
    "The styles '{0}' and '{1}' were read by different style encoders: read one of them from its performance again.": "Die "
    "Stile „{0}“ und „{1}“ haben verschiedene Stil-Encoder gelesen: Lesen Sie einen noch einmal aus seiner Darbietung.",
    "The styles' file '{0}' is missing or broken: install Soliloquy again, or train the styles anew.": "Die Stil-Datei "
    "„{0}“ fehlt oder ist beschädigt: Installieren Sie Soliloquy noch einmal, oder trainieren Sie die Stile neu.",
    "The mixture's share is {0}: expected a number from 0 to 1.": "Der Anteil der Mischung ist {0}: Erwartet wird eine "
    "Zahl von 0 bis 1.",
    "Only styles of your own can be removed: choose one of them.": "Nur eigene Stile lassen sich entfernen: Wählen Sie "
    "einen davon.",
    "Removed the style '{0}'": "Stil „{0}“ entfernt",
    "The style is neutral: choose one to save.": "Der Stil ist neutral: Wählen Sie einen zum Sichern.",
    "No file for the style is chosen.": "Keine Datei für den Stil ist gewählt.",
    "Saved the style as '{0}'": "Stil als „{0}“ gesichert",
    "'{0}' is not a Live Link Face recording: choose a .csv file.": "„{0}“ ist keine Aufnahme von Live Link Face: Wählen "
    "Sie eine .csv-Datei.",
    "'{0}' is not a Live Link Face recording: expected a .csv table.": "„{0}“ ist keine Aufnahme von Live Link Face: "
    "Erwartet wird eine Tabelle als .csv.",
    "'{0}' is not a Live Link Face recording: expected numbers in the column {1}.": "„{0}“ ist keine Aufnahme von Live "
    "Link Face: Erwartet werden Zahlen in der Spalte {1}.",
    "'{0}' is not a Live Link Face recording: the column {1} is missing.": "„{0}“ ist keine Aufnahme von Live Link Face: "
    "Die Spalte {1} fehlt.",
    "'{0}' is too short to tell its frame rate from the timecodes: give the rate.": "„{0}“ ist zu kurz, um die Bildrate "
    "aus den Zeitcodes zu lesen: Geben Sie die Rate an.",
    "'{0}' has no timecodes to tell its frame rate from: give the rate.": "„{0}“ hat keine Zeitcodes, die die Bildrate "
    "sagen: Geben Sie die Rate an.",
    "'{0}' has the timecode '{1}': expected hours:minutes:seconds:frames. Give the frame rate.": "„{0}“ hat den Zeitcode "
    "„{1}“: Erwartet wird Stunden:Minuten:Sekunden:Bilder. Geben Sie die Bildrate an.",
    "'{0}' has numbers in the column {1} that are not finite: record it again.": "„{0}“ hat in der Spalte {1} Zahlen, die "
    "nicht endlich sind: Nehmen Sie noch einmal auf.",
    "'{0}' holds no frames with a face: record it again.": "„{0}“ enthält keine Bilder mit einem Gesicht: Nehmen Sie noch "
    "einmal auf.",
    "{0} of {1} frames are missing in '{2}' and were filled in.": "{0} von {1} Bildern fehlen in „{2}“ und wurden "
    "aufgefüllt.",
    "There is no file '{0}': check the path.": "Es gibt keine Datei „{0}“: Prüfen Sie den Pfad.",
    "Cannot read '{0}': {1}.": "„{0}“ lässt sich nicht lesen: {1}.",
    "The recording holds no frames: choose one in which a face was recorded.": "Die Aufnahme enthält keine Bilder: Wählen "
    "Sie eine, in der ein Gesicht aufgenommen wurde.",
    "'{0}' does not move the mouth of '{1}': expected animated keys of jaw and lips. Choose another action.": "„{0}“ bewegt "
    "den Mund von „{1}“ nicht: Erwartet werden animierte Schlüssel von Kiefer und Lippen. Wählen Sie eine andere Aktion.",
    "'{0}' has no action that moves its face: choose one in the Action Editor, or animate the head first.": "„{0}“ hat "
    "keine Aktion, die das Gesicht bewegt: Wählen Sie eine im Aktions-Editor, oder animieren Sie zuerst den Kopf.",
    "'{0}' holds no take of Soliloquy's for the bones of '{1}': of faces that bones move only these can be read. Choose "
    "such a take, or a recording in a file.": "„{0}“ enthält keine Fassung von Soliloquy für die Knochen von „{1}“: Von "
    "Gesichtern, die Knochen bewegen, lassen sich nur diese lesen. Wählen Sie eine solche Fassung, oder eine Aufnahme in "
    "einer Datei.",
    "The vertices of '{0}' are not those of the built-in head: what they say cannot be read. Choose a take of shape keys, "
    "or a recording in a file.": "Die Scheitelpunkte von „{0}“ sind nicht die des eingebauten Kopfes: Was sie sagen, lässt "
    "sich nicht lesen. Wählen Sie eine Fassung aus Formschlüsseln, oder eine Aufnahme in einer Datei.",
    "'{0}' holds values that are not numbers: delete these keys.": "„{0}“ enthält Werte, die keine Zahlen sind: Löschen "
    "Sie diese Schlüssel.",
    "'{0}' lasts {1} s: expected {2} s or more to tell how somebody speaks. Choose a longer performance.": "„{0}“ dauert "
    "{1} s: Erwartet werden {2} s oder mehr, um zu sagen, wie jemand spricht. Wählen Sie eine längere Darbietung.",
    "'{0}' plays {1} NLA strips: select the one to read, or give its action to the head.": "„{0}“ spielt {1} NLA-Streifen: "
    "Wählen Sie den aus, der gelesen werden soll, oder geben Sie dem Kopf dessen Aktion.",
    "No head is selected: select a mesh with shape keys, or the armature of a face.": "Kein Kopf ist ausgewählt: Wählen Sie "
    "ein Netz mit Formschlüsseln aus, oder die Armatur eines Gesichts.",
    # The installation.
    "ONNX Runtime is not installed. {0}": "ONNX Runtime ist nicht installiert. {0}",
    "ONNX Runtime does not load ({0}). {1}": "ONNX Runtime lässt sich nicht laden ({0}). {1}",
    "ONNX Runtime is installed only in part. {0}": "ONNX Runtime ist nur zum Teil installiert. {0}",
    "This Blender runs Python {0}, and the installed Soliloquy is made for Python {1}: install {2} instead.": "Dieses "
    "Blender läuft mit Python {0}, und das installierte Soliloquy ist für Python {1} gemacht: Installieren "
    "Sie stattdessen {2}.",
    "Install {0} again (this Blender runs Python {1}).": "Installieren Sie {0} noch einmal (dieses Blender "
    "läuft mit Python {1}).",
    "Run 'pip install soliloquy[cpu]', or 'pip install soliloquy[cuda]' for NVIDIA graphics cards.": "Rufen "
    "Sie „pip install soliloquy[cpu]“ auf, oder „pip install soliloquy[cuda]“ für Grafikkarten von NVIDIA.",
    "On Windows the usual cause is a missing Visual C++ runtime: install Microsoft's Visual C++ "
    "Redistributable and start again.": "Unter Windows fehlt meist die Laufzeit von Visual C++: Installieren "
    "Sie Microsofts „Visual C++ Redistributable“, und starten Sie neu.",
    "Both onnxruntime and onnxruntime-gpu are installed, and each overwrites the other: run 'pip uninstall "
    "onnxruntime onnxruntime-gpu', then install soliloquy[cpu] or soliloquy[cuda].": "Sowohl onnxruntime als "
    "auch onnxruntime-gpu sind installiert und überschreiben einander: Rufen Sie „pip uninstall onnxruntime "
    "onnxruntime-gpu“ auf, dann installieren Sie soliloquy[cpu] oder soliloquy[cuda].",
    "Another extension has brought onnxruntime too, and it overwrites Soliloquy's onnxruntime-gpu: install "
    "{0}, which works without CUDA, or remove the other extension.": "Eine andere Erweiterung bringt auch "
    "onnxruntime mit und überschreibt damit Soliloquys onnxruntime-gpu: Installieren Sie {0}, das ohne CUDA "
    "läuft, oder entfernen Sie die andere Erweiterung.",
    "CUDA cannot be used: {0}.": "CUDA ist nicht verwendbar: {0}.",
    "CUDA cannot be used: {0}. The CPU is used instead.": "CUDA ist nicht verwendbar: {0}. Stattdessen wird "
    "der Prozessor verwendet.",
    "CUDA cannot be used: {0}. Choose the CPU.": "CUDA ist nicht verwendbar: {0}. Wählen Sie den Prozessor.",
    "this ONNX Runtime is the build without CUDA": "diese ONNX Runtime ist die Fassung ohne CUDA",
    "no NVIDIA driver is installed": "es ist kein Treiber von NVIDIA installiert",
    "the NVIDIA driver finds no graphics card": "der Treiber von NVIDIA findet keine Grafikkarte",
    "the graphics card does not take the network": "die Grafikkarte nimmt das Netz nicht an",
    "a library of CUDA or cuDNN does not load ({0})": "eine Bibliothek von CUDA oder cuDNN lässt sich nicht "
    "laden ({0})",
    "The network file '{0}' is missing: install Soliloquy again, or choose another model.": "Die Netzdatei "
    "„{0}“ fehlt: Installieren Sie Soliloquy noch einmal, oder wählen Sie ein anderes Modell.",
    "The network file '{0}' cannot be loaded ({1}). Install Soliloquy again, or choose another model.": "Die "
    "Netzdatei „{0}“ lässt sich nicht laden ({1}). Installieren Sie Soliloquy noch einmal, oder wählen Sie "
    "ein anderes Modell.",
    "No model is called '{0}'. Known: {1}; or give the path of an .onnx file.": "Kein Modell heißt „{0}“. "
    "Bekannt: {1}; oder geben Sie den Pfad einer .onnx-Datei an.",
    "No model is called '{0}'. Known: {1}; or give the path of an .onnx file or of a folder that 'soliloquy train' "
    "wrote.": "Kein Modell heißt „{0}“. Bekannt: {1}; oder geben Sie den Pfad einer .onnx-Datei oder eines Ordners an, "
    "den „soliloquy train“ geschrieben hat.",
    "'{0}' is not a network of Soliloquy: its inputs are {1}, expected {2}. Choose another model.": "„{0}“ ist "
    "kein Netz von Soliloquy: Seine Eingänge sind {1}, erwartet werden {2}. Wählen Sie ein anderes Modell.",
    "No emotion network is called '{0}': expected disentangled_audio, or the folder or emotion.onnx that 'soliloquy train disentangled' wrote.": "Kein "
    "Gefühlsnetz heißt „{0}“: Erwartet wird disentangled_audio, oder der Ordner oder die emotion.onnx, die „soliloquy train disentangled“ geschrieben "
    "hat.",
    "The network is '{0}', expected the emotion encoder of disentangled_audio: choose an emotion.onnx that 'soliloquy train disentangled' wrote.": "Das Netz ist „{0}“, erwartet wird der Gefühls-Encoder von disentangled_audio: Wählen Sie eine emotion.onnx, die „soliloquy train disentangled“ geschrieben hat.",
    "The content encoder was trained with another speech encoder: choose the one that ships.": "Der Inhalts-Encoder wurde mit einem anderen Sprach-Encoder trainiert: Wählen Sie den mitgelieferten.",
    "This network was trained with another speech encoder: choose the one it was trained with.": "Dieses Netz "
    "wurde mit einem anderen Sprach-Encoder trainiert: Wählen Sie den, mit dem es trainiert wurde.",
    "This network listens through the speech encoder: choose an encoder too.": "Dieses Netz hört durch den "
    "Sprach-Encoder: Wählen Sie auch einen Encoder.",
    "'{0}' holds '{1}', expected meshtalk_{2}: choose a folder that 'soliloquy train meshtalk' wrote.": "„{0}“ "
    "enthält „{1}“, erwartet wird meshtalk_{2}: Wählen Sie einen Ordner, den „soliloquy train meshtalk“ geschrieben "
    "hat.",
    "no named network": "kein benanntes Netz",
    "'{0}' holds {1} and {2} of different trainings: choose a folder that 'soliloquy train meshtalk' wrote.": "„{0}“ "
    "enthält {1} und {2} aus verschiedenen Trainings: Wählen Sie einen Ordner, den „soliloquy train meshtalk“ geschrieben "
    "hat.",
    "The performance blinked {0} times a minute, {1} were kept.": "Die Darbietung blinzelte {0}-mal in der Minute, "
    "{1}-mal blieb erhalten.",
    "No model file is chosen: choose one under Performance in the Soliloquy panel.": "Es ist keine Modelldatei "
    "gewählt: Wählen Sie eine unter Darbietung im Soliloquy-Bereich.",
    "Threads are {0}: expected 1 or more.": "Die Zahl der Threads ist {0}: Erwartet wird 1 oder mehr.",
    "The head file '{0}' is missing: install Soliloquy again.": "Die Kopfdatei „{0}“ fehlt: Installieren Sie "
    "Soliloquy noch einmal.",
    "The head file '{0}' is damaged ({1}): install Soliloquy again.": "Die Kopfdatei „{0}“ ist beschädigt "
    "({1}): Installieren Sie Soliloquy noch einmal.",
    "The cache folder '{0}' cannot be written to ({1}): choose another one in Preferences > Add-ons > "
    "Soliloquy, or none.": "In den Ordner „{0}“ für Zwischendateien lässt sich nicht schreiben ({1}): Wählen "
    "Sie unter Einstellungen > Add-ons > Soliloquy einen anderen oder keinen.",
    "There is no folder for temporary files that can be written to ({0}): choose a cache folder in "
    "Preferences > Add-ons > Soliloquy.": "Es gibt keinen Ordner für Zwischendateien, in den sich schreiben "
    "lässt ({0}): Wählen Sie einen unter Einstellungen > Add-ons > Soliloquy.",
    "Cannot write the temporary file '{0}' ({1}): make space, or choose another cache folder in Preferences > "
    "Add-ons > Soliloquy.": "Die Zwischendatei „{0}“ lässt sich nicht schreiben ({1}): Schaffen Sie Platz, "
    "oder wählen Sie unter Einstellungen > Add-ons > Soliloquy einen anderen Ordner.",
    "Soliloquy made a mistake of its own ({0}). Please copy the details with Report a Problem, in the "
    "Soliloquy panel or its preferences, and send them in.": "Soliloquy hat selbst einen Fehler gemacht "
    "({0}). Bitte kopieren Sie die Einzelheiten mit „Problem melden“, im Soliloquy-Bereich oder in seinen "
    "Einstellungen, und schicken Sie sie ein.",
    "'{0}' is missing or damaged: install Soliloquy again.": "„{0}“ fehlt oder ist beschädigt: Installieren Sie Soliloquy neu.",
    "Cannot read {0}: {1}.": "{0} lässt sich nicht lesen: {1}.",
    "Entry {0} of {1}": "Eintrag {0} von {1}",
    "Row {0} of {1}": "Zeile {0} von {1}",
    "The word '{0}' of {1}": "Das Wort „{0}“ von {1}",
    "The transcript '{0}'": "Das Transkript „{0}“",
    "Not in the dictionary, so pronounced by their spelling: {0}.": "Nicht im Wörterbuch, daher nach der Schreibung ausgesprochen: {0}.",
    "Speech that the transcript does not have: {0}.": "Sprache, die das Transkript nicht hat: {0}.",
    "The transcript has no words that can be said: write down in English what is spoken.": "Das Transkript hat keine Wörter, die man aussprechen kann: Schreiben Sie auf Englisch auf, was gesagt wird.",
    "The transcript is not of this sound: hardly one of its words was heard, so the sound alone decides.": "Das Transkript gehört nicht zu diesem Ton: Kaum eines seiner Wörter war zu hören, daher entscheidet der Ton allein.",
    "These parts of the transcript cannot be said in English: {0}.": "Diese Teile des Transkripts lassen sich auf Englisch nicht aussprechen: {0}.",
    "These words of the transcript were not heard: {0}.": "Diese Wörter des Transkripts waren nicht zu hören: {0}.",
    "{0} ends at {1} s, before it starts at {2} s.": "{0} endet bei {1} s, bevor es bei {2} s anfängt.",
    "{0} has a subtitle that ends before it starts: '{1}'.": "{0} hat einen Untertitel, der endet, bevor er anfängt: „{1}“.",
    "{0} has no columns 'word', 'start' and 'end': name them in its first line.": "{0} hat keine Spalten „word“, „start“ und „end“: Nennen Sie sie in der ersten Zeile.",
    "{0} has no subtitles: expected lines such as 00:00:01,000 --> 00:00:02,500, then the text.": "{0} hat keine Untertitel: Erwartet werden Zeilen wie 00:00:01,000 --> 00:00:02,500 und dann der Text.",
    "{0} has no tier 'words' or 'transcript' (its tiers: {1}): rename one.": "{0} hat keine Ebene „words“ oder „transcript“ (seine Ebenen: {1}): Benennen Sie eine um.",
    "{0} has no words: write down what is said.": "{0} hat keine Wörter: Schreiben Sie auf, was gesagt wird.",
    "{0} has the unknown ending '{1}': use {2} or {3}.": "{0} hat die unbekannte Endung „{1}“: Nehmen Sie {2} oder {3}.",
    "{0} has times that are no numbers: give seconds, such as 1.25.": "{0} hat Zeiten, die keine Zahlen sind: Geben Sie Sekunden an, etwa 1.25.",
    "{0} is a damaged TextGrid: save it again with Praat.": "{0} ist ein beschädigtes TextGrid: Speichern Sie es mit Praat noch einmal.",
    "{0} is neither an object nor [word, start, end].": "{0} ist weder ein Objekt noch [Wort, Anfang, Ende].",
    "{0} is not JSON ({1} in line {2}): save it again.": "{0} ist kein JSON ({1} in Zeile {2}): Speichern Sie es noch einmal.",
    "{0} is not a Praat TextGrid: save it as a text file with Praat.": "{0} ist kein TextGrid von Praat: Speichern Sie es mit Praat als Textdatei.",
    "{0} is not text: save it as UTF-8.": "{0} ist kein Text: Speichern Sie es als UTF-8.",
    '{0} has no words: expected [["hello", 0.2, 0.6], ...].': '{0} hat keine Wörter: Erwartet wird [["hello", 0.2, 0.6], ...].',
    "The details are on the clipboard: paste them into a new issue": "Die Einzelheiten sind in der "
    "Zwischenablage: Fügen Sie sie in eine neue Meldung ein",
}
"""Lines that `texts.message` recognises."""

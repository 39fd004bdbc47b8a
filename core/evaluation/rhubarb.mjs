// SPDX-License-Identifier: GPL-3.0-or-later
// Mouth shapes of every WAV file in a folder, by the npm package rhubarb-lip-sync-wasm:
//   node rhubarb.mjs PACKAGE FOLDER
// FOLDER/name.wav (16 kHz, mono, 16 bits, a header of 44 bytes) becomes FOLDER/name.json. One process for
// many files, because loading the acoustic model takes as long as seconds of speech.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [source, folder] = process.argv.slice(2);
try {
    const entry = pathToFileURL(resolve(source, "dist", "index.js"));
    const { Rhubarb } = await import(entry.href);
    for (const name of readdirSync(folder).filter((each) => each.endsWith(".wav")).sort()) {
        const file = readFileSync(join(folder, name));
        // A buffer of its own: the package reads from the beginning of the memory that a view lies in.
        const samples = Buffer.alloc(file.length - 44);
        file.copy(samples, 0, 44);
        const { mouthCues } = await Rhubarb.getLipSync(samples);
        writeFileSync(join(folder, name.replace(/wav$/, "json")), JSON.stringify({ mouthCues }));
    }
} catch (error) {
    console.error(String(error?.message ?? error).split("\n")[0]);
    process.exit(1);
}

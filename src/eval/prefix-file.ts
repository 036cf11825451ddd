import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { Script } from "./script.ts";
import { readExport, storedTurns, type StoredTurn } from "./stored-requests.ts";
import { type Fault, type Read, readYamlFile } from "./yaml-file.ts";

/*
 * Point-in-time cases: after this stored beginning of a conversation, does the model call that tool?
 */

/** The folder of a directory of evals that holds them. */
export const PREFIXES = "prefixes";

const Matcher = z.union([z.string(), z.number(), z.boolean(), z.strictObject({ matches: z.string().min(1) })]);

export const PrefixFile = z.strictObject({
  description: z.string().min(1).max(500),
  /** A journal's export, beside this file. */
  journal: z.string().min(1),
  conversation: z.string().min(1),
  /** The answer that is asked for, from 1. */
  turn: z.int().positive(),
  expect: z.strictObject({
    tool: z.string().min(1),
    /** Keys of the input: an equal value, or a text that matches. */
    input: z.record(z.string(), Matcher).default({}),
  }),
  /** What a recorded model says. */
  script: Script,
});
export type PrefixFile = z.infer<typeof PrefixFile>;

export interface PrefixCase extends PrefixFile {
  readonly name: string;
  readonly stored: StoredTurn;
}

async function readPrefix(directory: string, file: string): Promise<Read<PrefixCase>> {
  const name = `${PREFIXES}/${file}`;
  const read = await readYamlFile(PrefixFile, join(directory, file), name);
  if (!read.ok) return read;
  const { journal, conversation, turn } = read.value;
  const facts = await readExport(join(directory, journal), `${PREFIXES}/${journal}`);
  if (!facts.ok) return facts;
  const turns = storedTurns(facts.value.map(({ event }) => event));
  const stored = turns.find((one) => one.conversation === conversation && one.turn === turn);
  if (stored === undefined)
    return { ok: false, faults: [`${name}:1 ${journal} holds no turn ${turn} of conversation ${conversation}`] };
  return { ok: true, value: { ...read.value, name: file.replace(/\.ya?ml$/, ""), stored } };
}

/** All cases of a folder, with all that is wrong; a folder that is not there holds none. */
export async function readPrefixes(directory: string): Promise<{ prefixes: PrefixCase[]; faults: Fault[] }> {
  const names = await readdir(directory).catch(() => []);
  const prefixes: PrefixCase[] = [];
  const faults: Fault[] = [];
  for (const file of names.filter((name) => /\.ya?ml$/.test(name)).toSorted()) {
    const read = await readPrefix(directory, file);
    if (read.ok) prefixes.push(read.value);
    else faults.push(...read.faults);
  }
  return { prefixes, faults };
}

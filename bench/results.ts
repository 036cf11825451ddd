import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Figure } from "./figure.ts";

/* What each part showed last, so that one part can be measured again without the others. */

const FOLDER = new URL("../node_modules/.cache/journeyman-bench/", import.meta.url).pathname;

const values = z.array(z.number());
const FigureSchema = z.object({
  name: z.string(),
  unit: z.enum(["ms", "s", "MB", "tokens", "share", "per second", "count"]),
  ours: values,
  peer: z.object({ name: z.string(), values }).exactOptional(),
  goal: z
    .object({
      atMost: z.number().exactOptional(),
      atLeast: z.number().exactOptional(),
      atMostRatio: z.number().exactOptional(),
      atLeastRatio: z.number().exactOptional(),
    })
    .exactOptional(),
});
const Result = z.object({
  measuredAt: z.string(),
  machine: z.string(),
  seconds: z.number(),
  load: z.number(),
  figures: z.array(FigureSchema),
});

export interface Result {
  /** ISO 8601. */
  readonly measuredAt: string;
  readonly machine: string;
  readonly seconds: number;
  /** Load of the machine when the part began. */
  readonly load: number;
  readonly figures: readonly Figure[];
}

export async function keep(part: string, result: Result): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  await writeFile(join(FOLDER, `${part}.json`), JSON.stringify(result));
}

/** Null when the part was never measured here, or by a bench that wrote other things down. */
export async function lastOf(part: string): Promise<Result | null> {
  const text = await readFile(join(FOLDER, `${part}.json`), "utf8").catch(() => null);
  if (text === null) return null;
  const { success, data } = Result.safeParse(JSON.parse(text));
  return success ? data : null;
}

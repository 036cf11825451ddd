import { ok } from "node:assert/strict";
import { CALLS, EFFECTS, STORY, TURNS } from "./scene.ts";

/*
 * Every moment at which the scene is cut: 12 turns, 18 tool calls and 9 effects, 4 moments each, 156 in all, as failpoints with the count at
 * which they are passed in a run without faults. An answer, a call that only looks at something and a result are held back and written with
 * the next fact: they are there "after append" when that batch is durable.
 */

export const MOMENTS = {
  turn: ["before-send", "mid-stream", "before-append", "after-append"],
  tool: ["before-call", "before-run", "before-result", "after-append"],
  effect: ["before-intent", "after-intent", "after-effect", "after-done"],
} as const;

type Kind = keyof typeof MOMENTS;

/** Of one kind: how many have begun in this process when the point is passed. */
interface Counted {
  readonly kind: Kind;
  /** From 1, among all of its kind. */
  readonly number: number;
  readonly moment: string;
}

export interface Point extends Counted {
  /** `Kturn03.mid-stream`. */
  readonly name: string;
  /** As JOURNEYMAN_FAILPOINT takes it, without what is to happen there. */
  readonly failpoint: string;
}

/** Calls that are held back, because they only look at something. */
const HELD: ReadonlySet<string> = new Set(["read", "grep", "glob", "todo"]);

/** How many of the first `number` values fit. */
const among = (values: readonly string[], number: number, fits: (value: string) => boolean): number =>
  values.slice(0, number).filter(fits).length;

function turnPoint(number: number, moment: string): string {
  const turn = TURNS[number - 1];
  ok(turn !== undefined, `no turn ${number}`);
  const nth = `${turn.role}#${turn.nth}`;
  if (moment === "before-send") return `model.before:${nth}`;
  if (moment === "mid-stream") return `model.streaming:${nth}`;
  return moment === "before-append" ? `model.after:${nth}` : `append.after:model.responded#${number}`;
}

function toolPoint(number: number, moment: string): string {
  const name = CALLS[number - 1];
  ok(name !== undefined, `no call ${number}`);
  const nth = among(CALLS, number, (other) => other === name);
  if (moment === "before-run") return `tool.before:${name}#${nth}`;
  if (moment === "before-result") return `tool.after:${name}#${nth}`;
  if (moment === "after-append") return `append.after:tool.returned#${number}`;
  return HELD.has(name)
    ? `held:tool.called#${among(CALLS, number, (other) => HELD.has(other))}`
    : `append.before:tool.called#${number}`;
}

function effectPoint(number: number, moment: string): string {
  if (moment === "before-intent") return `append.before:effect.intended#${number}`;
  if (moment === "after-intent") return `effect.before:*#${number}`;
  return moment === "after-effect" ? `effect.after:*#${number}` : `append.after:effect.done#${number}`;
}

const POINT_OF = { turn: turnPoint, tool: toolPoint, effect: effectPoint } as const;
const SIZES = { turn: TURNS.length, tool: CALLS.length, effect: EFFECTS.length } as const;

function point(kind: Kind, number: number, moment: string): Point {
  const name = `K${kind}${String(number).padStart(2, "0")}.${moment}`;
  return { kind, number, moment, name, failpoint: POINT_OF[kind](number, moment) };
}

const pointsOf = (kind: Kind): readonly Point[] =>
  Array.from({ length: SIZES[kind] }, (_, place) =>
    MOMENTS[kind].map((moment) => point(kind, place + 1, moment)),
  ).flat();

/** All 156, by kind. */
export const POINTS: readonly Point[] = [...pointsOf("turn"), ...pointsOf("tool"), ...pointsOf("effect")];

/** Place of a turn, call or effect in the story. */
function placeOf({ kind, number }: Counted): number {
  let left = number;
  return STORY.findIndex((other) => other === kind && --left === 0);
}

/** How many of a kind begin only after this one, and so for certain in whatever process goes on after a kill there. */
const after = (first: Counted, kind: Kind): number =>
  STORY.slice(placeOf(first) + 1).filter((other) => other === kind).length;

/**
 * Points that a process is sure to pass which goes on after it was killed at `first`, counted in that process. A turn of any role counts,
 * and what is done once more comes first.
 */
export function resumedPoints(first: Counted): readonly string[] {
  const points: string[] = [];
  for (let nth = 1; nth <= after(first, "turn"); nth++)
    points.push(`model.before:*#${nth}`, `model.after:*#${nth}`, `append.after:model.responded#${nth}`);
  for (let nth = 1; nth <= after(first, "tool"); nth++)
    points.push(`tool.before:*#${nth}`, `tool.after:*#${nth}`, `append.after:tool.returned#${nth}`);
  for (let nth = 1; nth <= after(first, "effect"); nth++)
    points.push(`append.after:effect.intended#${nth}`, `effect.after:*#${nth}`, `append.after:effect.done#${nth}`);
  return points;
}

/** The same numbers for the same seed (mulberry32). In [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One point of each kind and moment, 12 in all, at different places of the run; `draw` gives others. */
export function sampledPoints(draw: number): readonly Point[] {
  const groups = [...Map.groupBy(POINTS, ({ kind, moment }) => `${kind} ${moment}`).values()];
  return groups.map((points, place) => points[(place * 5 + draw * Math.ceil(points.length / 2)) % points.length]!);
}

/** `count` of the values, spread evenly over their order. */
export const spread = <T>(values: readonly T[], count: number): readonly T[] =>
  Array.from({ length: count }, (_, place) => values[Math.floor(((place + 0.5) * values.length) / count)]!);

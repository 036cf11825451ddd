import { median, ratioOf, type Values } from "./measure.ts";

export type Unit = "ms" | "s" | "MB" | "tokens" | "share" | "per second" | "count";

/** Something else that does the same, measured in the same run by turns with ours. */
export interface Peer {
  readonly name: string;
  readonly values: Values;
}

/** All bounds of a goal have to hold. `…Ratio` is ours divided by the peer's. */
export interface Goal {
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly atMostRatio?: number;
  readonly atLeastRatio?: number;
}

/** One line of the table. */
export interface Figure {
  readonly name: string;
  readonly unit: Unit;
  readonly ours: Values;
  readonly peer?: Peer;
  /** Left out where a number is only told. */
  readonly goal?: Goal;
}

export type Report = (figure: Figure) => void;

export const ratio = ({ ours, peer }: Figure): number | null =>
  peer === undefined ? null : ratioOf(ours, peer.values);

/** Null when there is no goal. */
export function isMet(figure: Figure): boolean | null {
  const { goal } = figure;
  if (goal === undefined) return null;
  const value = median(figure.ours);
  const times = ratio(figure) ?? Number.NaN;
  return (
    (goal.atMost === undefined || value <= goal.atMost) &&
    (goal.atLeast === undefined || value >= goal.atLeast) &&
    (goal.atMostRatio === undefined || times <= goal.atMostRatio) &&
    (goal.atLeastRatio === undefined || times >= goal.atLeastRatio)
  );
}

function digits(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

/** A number as it is printed, without its unit. */
export const quantityOf = (value: number, unit: Unit): string =>
  unit === "share" ? `${(value * 100).toFixed(1)} %` : unit === "count" ? String(value) : digits(value);

const SUFFIX: Readonly<Record<Unit, string>> = {
  ms: " ms",
  s: " s",
  MB: " MB",
  tokens: " tok",
  share: "",
  "per second": "/s",
  count: "",
};

/** The middle, with the least and the greatest where there is more than one. */
export function told(values: Values, unit: Unit): string {
  const middle = `${quantityOf(median(values), unit)}${SUFFIX[unit]}`;
  if (values.length < 2) return middle;
  return `${middle} (${quantityOf(Math.min(...values), unit)}–${quantityOf(Math.max(...values), unit)})`;
}

export const toldRatio = (figure: Figure): string => {
  const times = ratio(figure);
  return times === null ? "" : `${digits(times)} ×`;
};

export function toldGoal({ goal, unit }: Figure): string {
  if (goal === undefined) return "";
  const plain = (value: number) =>
    `${unit === "share" ? `${value * 100} %` : value.toLocaleString("en")}${SUFFIX[unit]}`;
  return [
    ...(goal.atLeast === undefined ? [] : [`≥ ${plain(goal.atLeast)}`]),
    ...(goal.atMost === undefined ? [] : [`≤ ${plain(goal.atMost)}`]),
    ...(goal.atLeastRatio === undefined ? [] : [`≥ ${goal.atLeastRatio} ×`]),
    ...(goal.atMostRatio === undefined ? [] : [`≤ ${goal.atMostRatio} ×`]),
  ].join(", ");
}

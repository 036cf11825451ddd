import type { Counter, Gauge, Histogram, Registry } from "prom-client";
import {
  COUNTERS,
  GAUGES,
  HISTOGRAMS,
  type CounterName,
  type GaugeName,
  type HistogramName,
  type HistogramSpec,
} from "./metric-table.ts";

export type Labels = Readonly<Record<string, string>>;

/** The metrics of this process. Every metric of the table is there from the start, if only by its name. */
export interface Meters {
  add(name: CounterName, labels: Labels, amount: number): void;
  observe(name: HistogramName, labels: Labels, value: number): void;
  set(name: GaugeName, labels: Labels, value: number): void;
  /** In Prometheus' text format. */
  text(): Promise<string>;
}

type Kept<Name extends string, M> = ReadonlyMap<Name, M>;

const namesOf = <T extends object>(table: T): (keyof T & string)[] => Object.keys(table) as (keyof T & string)[];

/** Loads the vendor's library on first use: a process that nobody asks for metrics and that does no work needs none. */
export async function openRegistry(): Promise<Meters> {
  const vendor = await import("prom-client");
  const registry: Registry = new vendor.Registry();
  const registers = [registry];
  const counters: Kept<CounterName, Counter> = new Map(
    namesOf(COUNTERS).map((name) => {
      const { help, labels } = COUNTERS[name];
      return [name, new vendor.Counter({ name, help, labelNames: [...labels], registers })];
    }),
  );
  const gauges: Kept<GaugeName, Gauge> = new Map(
    namesOf(GAUGES).map((name) => {
      const { help, labels } = GAUGES[name];
      return [name, new vendor.Gauge({ name, help, labelNames: [...labels], registers })];
    }),
  );
  const histograms: Kept<HistogramName, Histogram> = new Map(
    namesOf(HISTOGRAMS).map((name) => {
      const { help, labels, buckets }: HistogramSpec = HISTOGRAMS[name];
      const wish = { name, help, labelNames: [...labels], buckets: [...buckets], registers };
      return [name, new vendor.Histogram(wish)];
    }),
  );
  return {
    add: (name, labels, amount) => counters.get(name)?.inc({ ...labels }, amount),
    observe: (name, labels, value) => histograms.get(name)?.observe({ ...labels }, value),
    set: (name, labels, value) => gauges.get(name)?.set({ ...labels }, value),
    text: () => registry.metrics(),
  };
}

/** A failure to inject. The effect of a request happens only for the kinds that end in `_after`. */
export interface FaultSpec {
  /** `route` is tried on the path without `/api/v3`, and on the template that matched. */
  readonly match: { readonly method?: string; readonly route: RegExp };
  /** How many requests it hits; 1 unless told. */
  readonly times?: number;
  /** How many matching requests are let through first. */
  readonly skip?: number;
  readonly kind:
    | "error_before"
    | "error_after"
    | "reset_after"
    | "rate_limit"
    | "secondary_limit"
    | "hang"
    | "hang_after";
  /** For `error_before` and `error_after`; 502 unless told. */
  readonly status?: number;
  /** For the limits: what `retry-after` or `x-ratelimit-reset` says. Seconds; 60 unless told. */
  readonly seconds?: number;
}

/** An injected failure that is waiting, or has hit. */
export interface Fault {
  readonly spec: FaultSpec;
  readonly hits: number;
  readonly cancel: () => void;
}

interface Armed {
  readonly spec: FaultSpec;
  skipLeft: number;
  timesLeft: number;
  hits: number;
}

export interface Faults {
  readonly inject: (spec: FaultSpec) => Fault;
  /** The failure that this request meets, which is thereby used up. */
  readonly take: (method: string, path: string, template: string | null) => FaultSpec | null;
}

export function createFaults(): Faults {
  const armed: Armed[] = [];
  const matches = ({ spec: { match } }: Armed, method: string, names: readonly (string | null)[]): boolean =>
    (match.method === undefined || match.method === method) &&
    names.some((name) => name !== null && new RegExp(match.route.source, match.route.flags).test(name));
  return {
    inject(spec) {
      const fault: Armed = { spec, skipLeft: spec.skip ?? 0, timesLeft: spec.times ?? 1, hits: 0 };
      armed.push(fault);
      return {
        spec,
        get hits() {
          return fault.hits;
        },
        cancel: () => {
          fault.timesLeft = 0;
        },
      };
    },
    take(method, path, template) {
      const fault = armed.find((one) => one.timesLeft > 0 && matches(one, method, [path, template]));
      if (fault === undefined) return null;
      if (fault.skipLeft > 0) {
        fault.skipLeft -= 1;
        return null;
      }
      fault.timesLeft -= 1;
      fault.hits += 1;
      return fault.spec;
    },
  };
}

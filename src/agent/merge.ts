import type { RunEvent } from "../core/events.ts";

/*
 * Several generators of facts as one. Invariants:
 * (1) a child is resumed only after its own last fact was taken on, so what is durable for one generator is durable for each of many;
 * (2) facts come in the order in which the children have them ready: none waits for a slower neighbour, and none is passed over;
 * (3) when a child throws, the others are asked to stop and heard to their end, so that what they have begun is settled and what was
 *     paid for is written down; then the first error is thrown;
 * (4) a fact that is not taken on is its child's affair alone: the reason is thrown into that child.
 */

type Child = AsyncGenerator<RunEvent, void>;

type Step =
  | { readonly kind: "fact"; readonly fact: RunEvent; readonly child: Child }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly thrown: unknown };

/** Why a fact was not taken on. */
interface Refused {
  readonly thrown: unknown;
}

async function* offer(fact: RunEvent): AsyncGenerator<RunEvent, Refused | null> {
  try {
    yield fact;
    return null;
  } catch (thrown) {
    return { thrown };
  }
}

async function stepOf(child: Child, refused: Refused | null): Promise<Step> {
  try {
    const come = await (refused === null ? child.next() : child.throw(refused.thrown));
    return come.done === true ? { kind: "done" } : { kind: "fact", fact: come.value, child };
  } catch (thrown) {
    return { kind: "failed", thrown };
  }
}

/** The steps of children that were begun, in the order in which they end. */
function stepQueue() {
  const ready: Step[] = [];
  let wake = (): void => {};
  const begin = async (child: Child, refused: Refused | null = null): Promise<void> => {
    ready.push(await stepOf(child, refused));
    wake();
  };
  const take = async (): Promise<Step> => {
    for (;;) {
      const step = ready.shift();
      if (step !== undefined) return step;
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      await promise;
    }
  };
  return { begin, take };
}

/** Facts of all children until every one has ended. `stop` asks those under way to come to an end soon. */
async function* interleaved(children: readonly Child[], stop: () => void): Child {
  const { begin, take } = stepQueue();
  let failure: Extract<Step, { kind: "failed" }> | null = null;
  let open = children.length;
  for (const child of children) void begin(child);
  while (open > 0) {
    const step = await take();
    if (step.kind === "fact") {
      void begin(step.child, yield* offer(step.fact));
      continue;
    }
    open -= 1;
    if (step.kind === "done" || failure !== null) continue;
    failure = step;
    stop();
  }
  if (failure !== null) throw failure.thrown;
}

/**
 * Runs the children side by side; gives their results in their order. `stop` is called when they are to come to an end soon, because one
 * of them failed or because nobody takes their facts any more.
 */
export async function* merge<R>(
  children: readonly AsyncGenerator<RunEvent, R>[],
  stop: () => void = () => {},
): AsyncGenerator<RunEvent, R[]> {
  const results: { readonly value: R }[] = [];
  const kept = children.map(async function* (child, place): Child {
    results[place] = { value: yield* child };
  });
  try {
    yield* interleaved(kept, stop);
    return results.map(({ value }) => value);
  } finally {
    stop();
    await Promise.allSettled(kept.map((child) => child.return()));
  }
}

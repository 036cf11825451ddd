import type { RunId } from "../core/ids.ts";
import type { World } from "../run/world.ts";
import { timeline } from "../views/timeline.ts";

/** How often new facts are looked for, in milliseconds. */
const LOOK_MS = 250;

/** Where somebody looks on, and the first fact that they have not seen. */
interface Looking {
  readonly shown: number;
  readonly say: (lines: string) => void;
}

async function showFacts(world: World, run: RunId, { shown, say }: Looking): Promise<number> {
  const facts = await world.journal.load(run, shown);
  const lines = timeline(facts, { all: false });
  if (lines !== "") say(lines);
  return shown + facts.length;
}

/** Shows what comes after the facts that there are; the returned function shows the rest and ends it. */
export function follow(world: World, run: RunId, { shown, say }: Looking): () => Promise<void> {
  const over = new AbortController();
  const loop = async (): Promise<void> => {
    for (let next = shown; ;) {
      const last = over.signal.aborted;
      next = await showFacts(world, run, { shown: next, say });
      if (last) return;
      await world.clock.sleep(LOOK_MS, over.signal);
    }
  };
  const done = loop().catch(() => {});
  return () => {
    over.abort();
    return done;
  };
}

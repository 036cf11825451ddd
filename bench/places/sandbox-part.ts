import { ok } from "node:assert/strict";
import { sandboxName } from "../../src/core/ids.ts";
import { sandboxBench, type SandboxBench } from "../../test/support/docker.ts";
import { memoryOf } from "../child.ts";
import type { Report } from "../figure.ts";
import { byTurns, timed } from "../measure.ts";
import { footprintOf, startBareContainer } from "./bare-container.ts";

/* Our sandbox driver on a small tree against Docker's own calls, same image, same engine. */

const { signal } = new AbortController();
const TRUE = { argv: ["true"], timeoutMs: 20_000 };
const FILES = { "src/a.ts": "export const a = 1;\n", "README.md": "# A small tree\n" };

async function reportOpening(report: Report, bench: SandboxBench): Promise<void> {
  const base = await bench.tree(FILES);
  const closing = { ours: [] as number[], bare: [] as number[] };
  const opening = await byTurns(8, {
    ours: async () => {
      const start = performance.now();
      const open = await bench.sandbox.open(bench.spec(base), signal);
      const result = await open.workspace.run(TRUE, signal);
      const ready = performance.now() - start;
      ok(result.exitCode === 0);
      closing.ours.push(await timed(() => open.close()));
      return ready;
    },
    bare: async () => {
      const start = performance.now();
      const container = await startBareContainer();
      await container.exec(["true"]);
      const ready = performance.now() - start;
      closing.bare.push(await timed(() => container.remove()));
      return ready;
    },
  });
  const peer = { name: "bare create + start + exec", values: opening.bare };
  report({
    name: "sandbox ready: first command answered",
    unit: "ms",
    ours: opening.ours,
    peer,
    goal: { atMostRatio: 1 },
  });
  report({
    name: "sandbox removed",
    unit: "ms",
    ours: closing.ours,
    peer: { name: "bare forced removal", values: closing.bare },
  });
}

async function reportCalls(report: Report, bench: SandboxBench): Promise<void> {
  const spec = bench.spec(await bench.tree(FILES));
  const open = await bench.sandbox.open(spec, signal);
  const bare = await startBareContainer();
  const { workspace } = open;
  try {
    const times = await byTurns(40, {
      command: () => timed(() => workspace.run(TRUE, signal)),
      read: () => timed(() => workspace.readFile("src/a.ts", 100_000, signal)),
      write: () => timed(() => workspace.writeFile("src/b.ts", Buffer.from("x"), signal)),
      exec: () => timed(() => bare.exec(["true"])),
    });
    const peer = { name: "fresh docker exec", values: times.exec };
    const goal = { atMost: 5, atMostRatio: 0.1 };
    report({ name: "a command in the sandbox", unit: "ms", ours: times.command, peer, goal });
    report({ name: "a file read in the sandbox", unit: "ms", ours: times.read, peer, goal });
    report({ name: "a file written in the sandbox", unit: "ms", ours: times.write, peer, goal });
    const name = sandboxName(spec.run, spec.epoch, spec.purpose);
    const { chargedMb, pid, keeperPid } = await footprintOf(name);
    const whole = chargedMb + (await memoryOf(keeperPid, "RssAnon"));
    report({
      name: "an idle sandbox with the engine's process for it",
      unit: "MB",
      ours: [whole],
      goal: { atMost: 8 },
    });
    report({ name: "an idle sandbox, charged by the kernel", unit: "MB", ours: [chargedMb] });
    report({ name: "an idle sandbox, its first process", unit: "MB", ours: [await memoryOf(pid)] });
  } finally {
    await open.close();
    await bare.remove();
  }
}

export async function measureSandbox(report: Report): Promise<void> {
  const bench = await sandboxBench();
  try {
    await reportOpening(report, bench);
    await reportCalls(report, bench);
  } finally {
    await bench.clean();
  }
}

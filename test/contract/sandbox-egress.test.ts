import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo, Server, Socket } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { InstallSpec } from "../../src/ports/sandbox.ts";
import type { BaseTree } from "../../src/ports/trees.ts";
import { REGISTRIES, sandboxBench, script, textOf } from "../support/docker.ts";
import type { SandboxBench } from "../support/docker.ts";

const never = new AbortController().signal;
const FIXTURE = "fixtures/repositories/invoice-js";
const BIG_BYTES = 64 * 1024 * 1024;

const listenAt = async (server: Server, host: string): Promise<number> => {
  server.listen(0, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
};

const registryAnswers = await fetch("https://registry.npmjs.org/is-number/7.0.0", { signal: AbortSignal.timeout(5000) })
  .then((answer) => answer.ok)
  .catch(() => false);

/** All files of a fixture as the base tree of a commit. */
async function fixtureFiles(): Promise<Record<string, string>> {
  const names = await readdir(FIXTURE, { recursive: true, withFileTypes: true });
  const paths = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(paths.map((path) => readFile(path, "utf8")));
  return Object.fromEntries(paths.map((path, index) => [path.slice(FIXTURE.length + 1), texts[index] ?? ""]));
}

describe.each(["overlay", "archive"] as const)("connections of an installation (%s)", (strategy) => {
  const big = randomBytes(BIG_BYTES);
  const sockets = new Set<Socket>();
  const pieces = Array.from({ length: 64 }, (_, at) =>
    big.subarray((at * BIG_BYTES) / 64, ((at + 1) * BIG_BYTES) / 64),
  );
  const server = createServer((request, response) => {
    if (request.url?.includes("big") === true) Readable.from(pieces).pipe(response);
    else response.end("small");
  });
  let bench: SandboxBench;
  let base: BaseTree;

  beforeAll(async () => {
    server.on("connection", (socket) => sockets.add(socket));
    const npm = `http://127.0.0.1:${await listenAt(server, "127.0.0.1")}`;
    bench = await sandboxBench({ strategy, registries: { ...REGISTRIES, npm, privateHosts: ["127.0.0.1"] } });
    base = await bench.tree({ a: "a\n" });
  });
  afterAll(async () => {
    server.close();
    server.closeAllConnections();
    await bench.clean();
  });

  const install = (command: string, changes: Partial<InstallSpec> = {}) => {
    const { run, epoch, memoryMb, cpus } = bench.spec(base);
    return bench.sandbox.install({ run, epoch, base, memoryMb, cpus, command, timeoutMs: 60_000, ...changes }, never);
  };
  const BIG = "http://127.0.0.1:3128/npm/big/-/big-1.0.0.tgz";
  const SMALL = "http://127.0.0.1:3128/npm/small/-/small-1.0.0.tgz";

  test("carry every byte, one after the other and sixteen at a time", async () => {
    const sum = createHash("sha256").update(big).digest("hex");
    const one = await install(`curl -sS ${BIG} | sha256sum`);
    expect(textOf(one.result.stdout)).toBe(`${sum}  -\n`);
    const many = await install(`for n in $(seq 40); do curl -sS -m 50 ${SMALL} & done; wait; curl -sS ${BIG} | wc -c`);
    expect(textOf(many.result.stdout)).toBe(`${"small".repeat(40)}${BIG_BYTES}\n`);
  });

  test("S84 one that is not read holds no more than its windows, and the others go on", async () => {
    sockets.clear();
    const python = [
      "import socket, time",
      `s = socket.create_connection(("127.0.0.1", 3128)); s.send(b"GET ${new URL(BIG).pathname} HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")`,
      "time.sleep(3)",
    ].join("\n");
    const { result } = await install(`python3 -c '${python}' & sleep 1; curl -sS ${SMALL}; wait`);
    expect(textOf(result.stdout)).toBe("small");
    const sent = [...sockets].map(({ bytesWritten, writableLength }) => bytesWritten - writableLength);
    // What the kernel's buffers on the way hold comes on top of the windows.
    expect(Math.max(...sent)).toBeLessThan(BIG_BYTES / 2);
    expect(Math.max(...sent)).toBeGreaterThan(0);
  });

  test("S84 hundreds of them that say nothing sensible, or nothing, cost the worker nothing", async () => {
    const python = `
import os, socket
def dial():
    s = socket.create_connection(("127.0.0.1", 3128), 3); s.settimeout(0.2); return s
for n in range(300):
    try:
        s = dial(); s.send(os.urandom(3000))
        if n % 3 == 0: s.shutdown(socket.SHUT_WR)
        if n % 3 == 1: s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\\1\\0\\0\\0\\0\\0\\0\\0")
        s.close()
    except OSError: pass
held = [dial() for n in range(120)]
for s in held[:40]:
    try: s.send(b"GET /npm/x HTTP/1.1\\r\\n")
    except OSError: pass
for s in held: s.close()
print("done")`;
    const before = process.memoryUsage.rss();
    const { result } = await install(`python3 -c '${python}'; curl -sS -m 20 ${SMALL}`);
    expect(textOf(result.stdout)).toBe("done\nsmall");
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 2 ** 20);
  });

  test("S77 S85 exist in no other sandbox, and nothing is mounted for them", async () => {
    const { result } = await install("awk '{print $2}' /proc/self/mounts | grep -v -E '^/(proc|sys|dev)(/|$)' | sort");
    const places = "/\n/etc/hostname\n/etc/hosts\n/etc/resolv.conf\n/tmp\n/workspace\n";
    expect(textOf(result.stdout)).toBe(places);
    const opened = await bench.sandbox.open(bench.spec(base), never);
    const seen = await opened.workspace.run(script(`curl -sS -m 5 ${SMALL}`), never);
    expect(seen.exitCode).toBe(7);
    await opened.close();
  });

  test.skipIf(!registryAnswers)("install a real repository's locked dependencies with `npm ci`", async () => {
    const real = await sandboxBench({ strategy });
    try {
      const tree = await real.tree(await fixtureFiles());
      const { run, epoch, memoryMb, cpus } = real.spec(tree);
      const spec = { run, epoch, base: tree, memoryMb, cpus, command: "npm ci", timeoutMs: 120_000 };
      const { result, layer, blocked } = await real.sandbox.install(spec, never);
      expect([result.exitCode, blocked]).toEqual([0, []]);
      const opened = await real.sandbox.open(real.spec(tree, { layer }), never);
      expect((await opened.workspace.run(script("npm ls --all"), never)).exitCode).toBe(0);
      await opened.close();
    } finally {
      await real.clean();
    }
  });
});

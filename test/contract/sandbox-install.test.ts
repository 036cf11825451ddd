import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { InstallSpec } from "../../src/ports/sandbox.ts";
import type { BaseTree } from "../../src/ports/trees.ts";
import { REGISTRIES, sandboxBench, script, textOf } from "../support/docker.ts";
import type { SandboxBench } from "../support/docker.ts";

const never = new AbortController().signal;

/** An npm registry on this host with one package, `tiny`. */
async function fakeRegistry(): Promise<{ readonly url: string; close(): void }> {
  const tar = pack();
  tar.entry({ name: "package/package.json" }, '{"name":"tiny","version":"1.0.0"}');
  tar.entry({ name: "package/index.js" }, 'module.exports = "small";');
  tar.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of tar) pieces.push(piece as Buffer);
  const tarball = gzipSync(Buffer.concat(pieces));
  const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
  const server = createServer((request, response) => {
    if (request.url === "/tiny/-/tiny-1.0.0.tgz") return response.end(tarball);
    const dist = { tarball: `${url}/tiny/-/tiny-1.0.0.tgz`, integrity };
    const versions = { "1.0.0": { name: "tiny", version: "1.0.0", dist } };
    response.setHeader("content-type", "application/json");
    return response.end(JSON.stringify({ name: "tiny", "dist-tags": { latest: "1.0.0" }, versions }));
  });
  server.listen(0, "localhost");
  await once(server, "listening");
  const address = server.address();
  const url = `http://localhost:${typeof address === "object" && address !== null ? address.port : 0}`;
  return { url, close: () => void server.close() };
}

const registryAnswers = await fetch("https://registry.npmjs.org/is-number/7.0.0", { signal: AbortSignal.timeout(5000) })
  .then((answer) => answer.ok)
  .catch(() => false);

describe.each(["overlay", "archive"] as const)("installed dependencies (%s)", (strategy) => {
  let bench: SandboxBench;
  let base: BaseTree;

  beforeAll(async () => {
    bench = await sandboxBench({ strategy });
    base = await bench.tree({
      ".gitignore": "ignored/\n",
      "package.json": '{"name":"x","version":"1.0.0"}\n',
      lock: "1\n",
      "src/a.js": "a\n",
      doomed: "d\n",
    });
  });
  afterAll(() => bench.clean());

  const install = (command: string, changes: Partial<InstallSpec> = {}) => {
    const { run, epoch, memoryMb, cpus } = bench.spec(base);
    return bench.sandbox.install({ run, epoch, base, memoryMb, cpus, command, timeoutMs: 60_000, ...changes }, never);
  };
  const SETUP =
    "mkdir -p deps/one && echo one > deps/one/index.js && ln -s one deps/link && echo 2 > lock && rm doomed";

  test("are seen by the sandboxes that are given the layer, and are no change of theirs", async () => {
    const { result, layer, blocked } = await install(SETUP);
    expect(result).toMatchObject({ exitCode: 0, ended: "exit" });
    expect(blocked).toEqual([]);
    const opened = await bench.sandbox.open(bench.spec(base, { layer }), never);
    const seen = await opened.workspace.run(script("cat deps/link/index.js lock src/a.js; ls doomed"), never);
    expect(textOf(seen.stdout)).toMatch(/^one\n2\na\nls: cannot access 'doomed'/);
    await opened.workspace.run(script("echo b > src/b.js; echo patched > deps/one/index.js; echo x > deps/new"), never);
    const { files, deleted, refused } = await opened.collect(never);
    expect(files.map(({ path, status }) => `${status} ${path}`).toSorted()).toEqual([
      "added deps/new",
      "added src/b.js",
    ]);
    expect([deleted, refused]).toEqual([[], []]);
    await opened.close();
    const other = await bench.sandbox.open(bench.spec(base, { layer }), never);
    expect(textOf((await other.workspace.run(script("cat deps/one/index.js"), never)).stdout)).toBe("one\n");
    await other.close();
  });

  test("are installed once for the same tree, command and image", async () => {
    const command = `${SETUP}; head -c 8 /dev/urandom > deps/random`;
    const [first, second] = await Promise.all([install(command), install(command)]);
    const third = await install(command);
    expect([second.layer, third.layer]).toEqual([first.layer, first.layer]);
    expect(third.result).toMatchObject({ exitCode: 0, ended: "exit", durationMs: expect.any(Number) });
    expect((await install(`${command}; true`)).layer).not.toBe(first.layer);
  });

  test("are not kept when the command fails or takes too long, and nothing is left of it", async () => {
    expect(await install("touch half; echo no; exit 4")).toMatchObject({ layer: null, result: { exitCode: 4 } });
    expect(await install("sleep 60", { timeoutMs: 500 })).toMatchObject({ layer: null, result: { ended: "timeout" } });
    expect(await readdir(join(bench.dataDir, "sandboxes"))).toEqual([]);
  });

  test("S67 S77 the sandbox they are installed in has no network but its own loopback", async () => {
    const probe = "ls /sys/class/net; curl -s -m 3 -o /dev/null https://registry.npmjs.org || echo none";
    const { result } = await install(probe);
    expect(textOf(result.stdout)).toBe("lo\nnone\n");
  });

  test("a layer that is gone is `sandbox_lost`", async () => {
    const opening = bench.sandbox.open(bench.spec(base, { layer: "0".repeat(32) }), never);
    await expect(opening).rejects.toMatchObject({ code: "sandbox_lost" });
  });

  test("come from a registry that the operator named, and what is no package is refused", async () => {
    const registry = await fakeRegistry();
    const own = await sandboxBench({
      strategy,
      registries: { ...REGISTRIES, npm: registry.url, privateHosts: ["localhost"] },
    });
    try {
      const { run, epoch, memoryMb, cpus } = own.spec(base);
      const command =
        "npm install --no-package-lock tiny && curl -s -X PUT -d x http://127.0.0.1:3128/npm/tiny -o /dev/null";
      const spec = { run, epoch, base, memoryMb, cpus, command, timeoutMs: 60_000 };
      const { result, layer, blocked } = await own.sandbox.install(spec, never);
      expect(textOf(result.stdout)).toContain("added 1 package");
      expect(blocked).toEqual([expect.stringMatching(/^PUT .*tiny/)]);
      const opened = await own.sandbox.open(own.spec(base, { layer }), never);
      const seen = await opened.workspace.run(script("node -p 'require(\"tiny\")'"), never);
      expect(textOf(seen.stdout)).toBe("small\n");
    } finally {
      await own.clean();
      registry.close();
    }
  });

  test("F9.NC wait for a registry that does not answer: the command has not failed", async () => {
    const registries = { ...REGISTRIES, npm: "http://localhost:9", privateHosts: ["localhost"] };
    const own = await sandboxBench({ strategy, registries });
    const { run, epoch, memoryMb, cpus } = own.spec(base);
    const spec = { run, epoch, base, memoryMb, cpus, timeoutMs: 60_000 };
    const asked = "curl -sf http://127.0.0.1:3128/npm/tiny";
    const waiting = own.sandbox.install({ ...spec, command: asked }, never);
    await expect(waiting).rejects.toMatchObject({ code: "registry_unreachable", class: "wait" });
    const managed = await own.sandbox.install({ ...spec, command: `${asked} || true` }, never);
    expect(managed.result.exitCode).toBe(0);
    await own.clean();
  });

  test.skipIf(!registryAnswers)("come from a package registry through the proxy", async () => {
    const { result, layer } = await install("npm install --no-package-lock is-number@7.0.0");
    expect(textOf(result.stdout)).toContain("added 1 package");
    const opened = await bench.sandbox.open(bench.spec(base, { layer }), never);
    const seen = await opened.workspace.run(script("node -p 'require(\"is-number\")(5)'"), never);
    expect(textOf(seen.stdout)).toBe("true\n");
    await opened.close();
  });
});

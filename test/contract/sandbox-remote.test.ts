import { execFile } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { promisify } from "node:util";
import Docker from "dockerode";
import { expect, test } from "vitest";
import { REGISTRIES, SANDBOX_IMAGE, sandboxBench, textOf } from "../support/docker.ts";

const never = new AbortController().signal;
const ENGINE_SOCKET = "/var/run/docker.sock";

const listenAt = async (server: Server, host: string): Promise<number> => {
  server.listen(0, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
};

test("an engine that is reached over the network installs too: nothing of this host is mounted", async () => {
  const far = createTcpServer((client) => {
    const engine = connect("/var/run/docker.sock");
    client.on("error", () => engine.destroy()).pipe(engine);
    engine.on("error", () => client.destroy()).pipe(client);
  });
  const registry = createServer((_, response) => void response.end("small"));
  const npm = `http://127.0.0.1:${await listenAt(registry, "127.0.0.1")}`;
  const bench = await sandboxBench({
    dockerHost: `tcp://127.0.0.1:${await listenAt(far, "127.0.0.1")}`,
    strategy: "archive",
    registries: { ...REGISTRIES, npm, privateHosts: ["127.0.0.1"] },
  });
  try {
    const base = await bench.tree({ a: "a\n" });
    const { run, epoch, memoryMb, cpus } = bench.spec(base);
    const command = "sleep 3; curl -sS http://127.0.0.1:3128/npm/small/-/small-1.0.0.tgz";
    const installing = bench.sandbox.install({ run, epoch, base, memoryMb, cpus, command, timeoutMs: 60_000 }, never);
    installing.catch(() => {});
    const filters = { label: [`app.instance=${bench.instance}`] };
    const mounts = async () => (await new Docker().listContainers({ filters })).flatMap(({ Mounts }) => Mounts);
    await expect
      .poll(async () => (await mounts()).map(({ Type, Destination }) => `${Type} ${Destination}`), { timeout: 20_000 })
      .toEqual(["volume /workspace"]);
    expect(textOf((await installing).result.stdout)).toBe("small");
  } finally {
    await bench.clean();
    far.close();
    registry.close();
  }
});

/** What a worker does that shares no directory with the engine: it installs from a registry of its own and opens the layer. */
const WORKER = `
  import { createServer } from "node:http";
  import { mkdirSync, writeFileSync } from "node:fs";
  import { createDockerSandbox } from "./src/sandbox/docker.ts";
  const { image, instance } = JSON.parse(process.argv[1]);
  const registry = createServer((_, response) => response.end("small")).listen(0, "127.0.0.1", async () => {
    const npm = "http://127.0.0.1:" + registry.address().port;
    const registries = { npm, pypi: npm, privateHosts: ["127.0.0.1"] };
    const sandbox = createDockerSandbox({ image, instance, dataDir: "/data/worker", registries });
    mkdirSync("/data/tree");
    writeFileSync("/data/tree/a", "a");
    const base = { repositoryId: 1, sha: "0".repeat(40), treeSha: "0".repeat(40), directory: "/data/tree", files: new Map() };
    const spec = { run: "01arz3ndektsv4rrffq69g5fav", epoch: 1, base, memoryMb: 256, cpus: 1 };
    const signal = new AbortController().signal;
    const command = "curl -sS http://127.0.0.1:3128/npm/small/-/small-1.0.0.tgz > installed";
    const { layer } = await sandbox.install({ ...spec, command, timeoutMs: 60000 }, signal);
    const opened = await sandbox.open(
      { ...spec, purpose: "test", layer, changes: [], writable: true, ignored: [] },
      signal,
    );
    const { bytes } = await opened.workspace.readFile("installed", 100, signal);
    console.log(opened.strategy, Buffer.from(bytes).toString());
    await opened.close();
    process.exit();
  });`;

test("a worker in a container of its own, with no directory of the host and no rights, installs", async () => {
  const bench = await sandboxBench();
  const given = JSON.stringify({ image: SANDBOX_IMAGE, instance: bench.instance });
  const group = String((await stat(ENGINE_SOCKET)).gid);
  const program = `${process.cwd()}:/program:ro`;
  // The engine's own name, which once was enough to be taken for its host.
  const { Name } = (await new Docker().info()) as { Name: string };
  const limits = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges:true"];
  const disk = ["--tmpfs", "/tmp:mode=1777", "--tmpfs", "/data:mode=1777", "--workdir", "/program"];
  const shared = ["--volume", `${ENGINE_SOCKET}:${ENGINE_SOCKET}`, "--volume", program, "--group-add", group];
  const node = ["--input-type=module-typescript", "--eval", WORKER, given];
  const user = ["--user", "12345:12345", "--hostname", Name, "--entrypoint", "node"];
  const argv = ["run", "--rm", ...user, ...limits, ...disk, ...shared, SANDBOX_IMAGE, ...node];
  const { stdout } = await promisify(execFile)("docker", argv, { timeout: 90_000 });
  expect(stdout).toBe("archive small\n");
  expect(await bench.sandbox.sweep(() => false)).toBe(0);
  await bench.clean();
}, 120_000);

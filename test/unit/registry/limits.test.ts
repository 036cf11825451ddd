import { statSync } from "node:fs";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { ask, echo, start, startRegistry } from "./kit.ts";

test("S84: after the bytes are used up everything is refused", async () => {
  const { base } = await startRegistry((_, response) => void response.end("x".repeat(600)));
  const { socketPath } = await start(base, { limits: { bytes: 1000 } });
  expect((await ask(socketPath, "/npm/x/-/x-1.tgz")).body).toHaveLength(600);
  await expect(ask(socketPath, "/npm/x/-/x-2.tgz")).rejects.toThrow();
  expect((await ask(socketPath, "/npm/x/-/x-3.tgz")).headers["x-blocked"]).toBe("limit_bytes");
});

test("S84: after the time is up everything is refused, a request in flight too", async () => {
  const { base } = await startRegistry(() => {});
  const { socketPath } = await start(base, { limits: { ms: 200 } });
  expect((await ask(socketPath, "/npm/x/-/x-1.tgz")).headers["x-blocked"]).toBe("limit_time");
  expect((await ask(socketPath, "/npm/x/-/x-2.tgz")).headers["x-blocked"]).toBe("limit_time");
});

test("S84: no more connections than the limit are held", async () => {
  const { base } = await startRegistry(echo);
  const { proxy, socketPath } = await start(base, { limits: { connections: 2 } });
  const held = [connect(socketPath), connect(socketPath)];
  await Promise.all(held.map((socket) => new Promise((resolve) => socket.once("connect", resolve))));
  await expect(ask(socketPath, "/npm/x/-/x-1.tgz")).rejects.toThrow();
  for (const socket of held) socket.destroy();
  await expect.poll(() => ask(socketPath, "/npm/x/-/x-1.tgz").catch(() => null)).toMatchObject({ status: 200 });
  expect(proxy.blocked()).toContain("LIMIT 2-connections");
});

test("a registry that is down is a 502, not a block, and what it says of errors comes through", async () => {
  const { base } = await startRegistry((_, response) => void response.writeHead(404).end("{}"));
  const { socketPath } = await start(base);
  expect(await ask(socketPath, "/npm/nothing")).toMatchObject({ status: 404, body: "{}" });
  const dead = await start("http://127.0.0.1:9");
  expect((await ask(dead.socketPath, "/npm/x")).status).toBe(502);
  expect(dead.proxy.blocked()).toEqual([]);
});

test("nobody but this user may connect to the socket, and closing takes it away", async () => {
  const { base } = await startRegistry(echo);
  const { proxy, socketPath } = await start(base);
  expect(statSync(socketPath).mode & 0o777).toBe(0o600);
  await proxy.close();
  await expect(ask(socketPath, "/npm/x")).rejects.toThrow();
  expect(() => statSync(socketPath)).toThrow();
});

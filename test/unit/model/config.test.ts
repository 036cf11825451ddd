import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { composeModel } from "../../../src/app/compose.ts";
import { secretsOf, serverConfig } from "../../../src/app/config.ts";
import { sentenceIn } from "../../support/sentence-in.ts";

const APP = { APP_ID: "7", PRIVATE_KEY: "-----BEGIN PRIVATE KEY-----", WEBHOOK_SECRET: "secret" };
const CLAUDE = { ANTHROPIC_API_KEY: "sk-ant-1" };
const PRICE = { input: 1, output: 2, cacheRead: 0.1, cacheWrite: 1.25 };

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "model-config-"))));
afterAll(() => rm(folder, { recursive: true }));

const written = async (name: string, content: string): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
};

const faults = (environment: Record<string, string>): string =>
  sentenceIn(() => serverConfig({ ...APP, ...environment }));

test.each([CLAUDE, { OPENAI_API_KEY: "sk-1" }, { OPENAI_BASE_URL: "http://127.0.0.1:8000/v1" }])(
  "one provider is enough: %o",
  async (provider) => {
    const model = await composeModel(serverConfig({ ...APP, ...provider }));
    expect(model.price("claude-opus-5-5")).not.toBeNull();
  },
);

test("no provider at all is a fault that names all three ways out, also beside other faults", () => {
  const sentence = faults({ PORT: "many" });
  for (const name of ["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL", "PORT"])
    expect(sentence).toContain(name);
});

test("a key may be in a file, an empty file is none, and every key is a secret", async () => {
  const [key, empty] = [await written("key", "sk-from-file\n"), await written("empty", "\n")];
  const config = serverConfig({ ...APP, OPENAI_API_KEY_FILE: key, ANTHROPIC_API_KEY_FILE: empty });
  expect([config.OPENAI_API_KEY, config.ANTHROPIC_API_KEY]).toEqual(["sk-from-file", undefined]);
  expect(secretsOf(config)).toContain("sk-from-file");
  expect(faults({ ANTHROPIC_API_KEY_FILE: empty })).toContain("ANTHROPIC_API_KEY is not set");
});

test("chains are followed by the composed model", async () => {
  const config = serverConfig({
    ...APP,
    ...CLAUDE,
    OPENAI_API_KEY: "k",
    MODEL_FAILOVER: "claude-opus-5-5>openai/gpt-5.5",
  });
  const model = await composeModel(config);
  expect([model.standIn("claude-opus-5-5"), model.standIn("openai/gpt-5.5")]).toEqual(["openai/gpt-5.5", null]);
});

test.each([
  ["claude-opus-5-5>gpt-5.5", /MODEL_FAILOVER `gpt-5.5` needs OPENAI_API_KEY or OPENAI_BASE_URL/],
  ["claude-opus-5-5>claude-opus-9", /MODEL_FAILOVER `claude-opus-9` has no known price: give it in MODEL_PRICES_FILE/],
  ["claude-opus-5-5", /MODEL_FAILOVER `claude-opus-5-5` names no stand-in/],
])("the chain %s is a fault", (chain, fault) => {
  expect(faults({ ...CLAUDE, MODEL_FAILOVER: chain })).toMatch(fault);
});

test("the operator's prices are read, and make a model usable in a chain", async () => {
  const file = await written("prices.json", JSON.stringify({ "claude-opus-9": PRICE }));
  const config = serverConfig({
    ...APP,
    ...CLAUDE,
    MODEL_PRICES_FILE: file,
    MODEL_FAILOVER: "claude-opus-5-5>claude-opus-9",
  });
  expect((await composeModel(config)).price("claude-opus-9")?.output).toBe(2_000_000);
});

test("a price file that cannot be used is a fault with the file and every key", async () => {
  expect(faults({ ...CLAUDE, MODEL_PRICES_FILE: "/nowhere.json" })).toContain(
    "MODEL_PRICES_FILE names /nowhere.json, which cannot be read",
  );
  const file = await written("wrong.json", JSON.stringify({ a: { ...PRICE, input: "1" }, b: {} }));
  const sentence = faults({ ...CLAUDE, MODEL_PRICES_FILE: file });
  for (const word of [file, '"a" → "input"', '"b" → "output"']) expect(sentence).toContain(word);
});

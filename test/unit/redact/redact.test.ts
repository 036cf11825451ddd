import { describe, expect, test } from "vitest";
import { createRedactor, MASK, redactEvent } from "../../../src/core/text/redact.ts";

const CANARIES = [
  "sk-ant-api03-Zq7Rk2Vw9LxT4bNc8YdM1fHs6JgPa3Ue5QoXi0KvBt",
  "ghs_16C7e42F292c6912E7710c838347Ae178B4a",
  "s3cr3t/With+Signs=and?more&48291-webhook",
  "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEAx7Lq0Zr5vT3\nQ9bWm2KcYd8HfJgNs4PuE6oRiXk1\n-----END RSA PRIVATE KEY-----\n",
];
const redact = createRedactor(CANARIES);
const body = (secret: string): string => secret.replace(/-----[^-]*-----/g, "").trim();
const hex = (text: string): string => Buffer.from(text).toString("hex");

/** Each way to print a secret, and a reader of it: what an attacker would do with the text to get the secret back. */
const TRANSFORMS: readonly (readonly [string, (secret: string) => string])[] = [
  ["as it is", (secret) => secret],
  ["upper case", (secret) => secret.toUpperCase()],
  ["reversed", (secret) => Array.from(secret).toReversed().join("")],
  ["base64", (secret) => Buffer.from(secret).toString("base64")],
  ["base64 after one byte", (secret) => Buffer.from(`x${secret}`).toString("base64")],
  ["base64 after two bytes, url alphabet", (secret) => Buffer.from(`xy${secret}`).toString("base64url")],
  ["base64 in lines", (secret) => Buffer.from(`key=${secret}`).toString("base64").replace(/.{20}/g, "$&\n")],
  ["hexadecimal", hex],
  ["hexadecimal bytes in a dump", (secret) => hex(secret).toUpperCase().replace(/../g, "$& ")],
  ["percent codes", (secret) => hex(secret).replace(/../g, "%$&")],
  ["percent codes where needed", (secret) => encodeURIComponent(secret)],
  ["first seven characters cut", (secret) => secret.slice(7)],
  ["split over lines", (secret) => `${secret.slice(0, 20)}\n  ${secret.slice(20)}`],
  ["a dash after each character", (secret) => Array.from(secret).join("-")],
  ["escaped as JSON", (secret) => JSON.stringify(secret)],
  ["character references", (secret) => Array.from(secret, (character) => `&#${character.charCodeAt(0)};`).join("")],
];

/** Whether 12 characters in a row of a secret's printed form are still there. */
function isReadable(printed: string, redacted: string): boolean {
  for (let at = 0; at + 12 <= printed.length; at++) {
    const piece = printed.slice(at, at + 12);
    if (/[A-Za-z0-9]{6}/.test(piece) && redacted.includes(piece)) return true;
  }
  return false;
}

describe("registered secrets (S43, S48)", () => {
  test.each(TRANSFORMS)("none is readable %s", (_, transform) => {
    for (const canary of CANARIES) {
      const printed = transform(body(canary));
      const redacted = redact(`before ${printed} after`);
      expect(redacted).toContain(MASK);
      expect(isReadable(printed, redacted)).toBe(false);
      expect(redacted.startsWith("before ")).toBe(true);
      expect(redacted.endsWith(" after")).toBe(true);
    }
  });

  test("16 characters of one are masked; 15 are not", () => {
    const redact = createRedactor(["Zq7Rk2Vw9LxT4bNc8YdM1fHs"]);
    expect(redact("<Rk2Vw9LxT4bNc8Yd>")).toBe(`<${MASK}>`);
    expect(redact("<Rk2Vw9LxT4bNc8Y>")).toBe("<Rk2Vw9LxT4bNc8Y>");
  });

  test("a key's first and last line alone are not the key", () => {
    expect(redact("it must start with -----BEGIN RSA PRIVATE KEY----- on its own line")).not.toContain(MASK);
  });

  test("a short secret is masked whole, also in base64 and hexadecimal", () => {
    const redact = createRedactor(["hunter22"]);
    const printed = `hunter22 22retnuh ${Buffer.from("hunter22").toString("base64")} ${hex("hunter22")} hunter2`;
    expect(redact(printed)).toBe(`${MASK} ${MASK} ${MASK} ${MASK} hunter2`);
  });

  test("a secret of fewer than six characters masks nothing", () => {
    expect(createRedactor(["", "test", " \n"])("test the tests")).toBe("test the tests");
  });
});

const jwt = `eyJ${"hbGciOiJSUzI1NiIs".repeat(3)}.eyJ${"pc3MiOiIxMjM0NTYi".repeat(12)}.${"SflKxwRJSMeKKF2QT4".repeat(10)}`;
const pem = (kind: string, lines: number): string =>
  `-----BEGIN ${kind}-----\n${`${"b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ".repeat(1)}\n`.repeat(lines)}-----END ${kind}-----`;

describe("secrets known by their shape", () => {
  const shapes: readonly (readonly [string, string])[] = [
    ["a GitHub token of 40 characters (S44)", `ghs_${"aB3dE5fG7h".repeat(4).slice(0, 36)}`],
    ["a GitHub token of about 520 characters (S44)", `ghs_1234567_${jwt}`],
    ["a personal token", `ghp_${"a1B2".repeat(9)}`],
    ["a fine-grained token", `github_pat_11ABCDEFG0${"aB1_".repeat(15)}`],
    ["a model's key", `sk-ant-api03-${"aB1-_".repeat(18)}`],
    ["another model's key", `sk-proj-${"aB1_".repeat(12)}`],
    ["an older key", `sk-${"aB1c".repeat(12)}`],
    ["a Slack token", "xoxb-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx"],
    ["a Stripe key", `sk_live_${"aB1c".repeat(6)}`],
    ["an npm token", `npm_${"aB1c".repeat(9)}`],
    ["a Google key", `AIza${"SyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY".slice(0, 35)}`],
    ["an AWS key id", "AKIAIOSFODNN7EXAMPLE"],
    ["a JSON web token", jwt],
    ["an RSA key", pem("RSA PRIVATE KEY", 5)],
    ["an Ed25519 key", pem("PRIVATE KEY", 1)],
    ["an OpenSSH key", pem("OPENSSH PRIVATE KEY", 6)],
    ["a key with its line ends written out", pem("EC PRIVATE KEY", 4).replaceAll("\n", "\\n")],
    ["a key whose end was cut off", pem("RSA PRIVATE KEY", 5).slice(0, 150)],
  ];
  test.each(shapes)("%s is masked and nothing beside it", (_, secret) => {
    expect(createRedactor([])(`token: "${secret}" next`)).toBe(`token: "${MASK}" next`);
  });

  test("an AWS secret is masked beside its id and under its name", () => {
    const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    const redact = createRedactor([]);
    expect(redact(`id=AKIAIOSFODNN7EXAMPLE\nsecret=${secret}\n`)).toBe(`id=${MASK}\nsecret=${MASK}\n`);
    expect(redact(`aws_secret_access_key = ${secret}`)).toBe(`aws_secret_access_key = ${MASK}`);
    expect(redact("AKIAIOSFODNN7EXAMPLE da39a3ee5e6b4b0d3255bfef95601890afd80709")).toContain("da39a3ee");
  });

  test.each([
    ["https://x-access-token:abc123@github.com/o/r.git", `https://x-access-token:${MASK}@github.com/o/r.git`],
    ["postgres://app:p@ss:w0rd@db:5432/app", `postgres://app:${MASK}@db:5432/app`],
    ["redis://:pw123456@cache:6379", `redis://:${MASK}@cache:6379`],
    ["https://0123456789abcdef0123456789abcdef@o1.ingest.test/2", `https://${MASK}@o1.ingest.test/2`],
    ["Authorization: Bearer abcdef0123456789", `Authorization: Bearer ${MASK}`],
    ['"authorization": "token abcdef0123456789"', `"authorization": "token ${MASK}"`],
  ])("%s", (text, redacted) => {
    expect(createRedactor([])(text)).toBe(redacted);
  });
});

test.each([
  "commit da39a3ee5e6b4b0d3255bfef95601890afd80709 (HEAD -> main)",
  "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "550e8400-e29b-41d4-a716-446655440000",
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "integrity sha512-9s3BkSdVbXl6a1sQbNm0P8cFq2mJv5Lw7Yt4Hx==",
  "npm_config_registry=http://localhost:4873 task-management sk-folding-cube desk-lamp",
  "see https://example.com:8080/a@b and mail me@example.com or git@github.com:o/r.git",
  "expect(token).toBe('Bearer') // Authorization: is missing",
  "The quick brown fox jumps over the lazy dog 1234567890 times.",
  "arn:aws:iam::123456789012:role/journeyman/some-long-role-name-here/abcdefgh",
  "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBa\n-----END CERTIFICATE-----",
])("ordinary text stays as it is: %s", (text) => {
  expect(createRedactor([...CANARIES, "hunter22"])(text)).toBe(text);
});

test("a redacted text redacted again is itself", () => {
  const text = [...CANARIES, ...TRANSFORMS.map(([, transform]) => transform(body(CANARIES[2] ?? ""))), jwt].join(
    "\n--\n",
  );
  const once = redact(`${text}\nhttps://u:pw@h/ Authorization: Bearer ${jwt}`);
  expect(redact(once)).toBe(once);
});

test("every text in a fact is redacted, at any depth, and nothing else changes", () => {
  const secret = CANARIES[0] ?? "";
  const event = redactEvent(redact, {
    type: "model.responded",
    conversation: "plan.0",
    turn: 1,
    message: {
      role: "assistant",
      content: [
        { type: "text", text: `the key is ${secret}` },
        { type: "tool_call", id: "c1", name: "bash", input: { command: ["echo", { deep: secret }], count: 3 } },
      ],
    },
    stopReason: "tool_use",
    usage: { input: 1, cacheRead: 0, cacheWrite: 0, output: 2 },
    costMicroUsd: 7,
    requestId: "req_1",
    durationMs: 5,
  });
  expect(JSON.stringify(event)).not.toContain("Zq7Rk2");
  expect(event).toMatchObject({
    message: {
      content: [{ text: `the key is ${MASK}` }, { input: { command: ["echo", { deep: MASK }], count: 3 } }],
    },
    costMicroUsd: 7,
  });
});

describe("hostile text does not make it slow (S37)", () => {
  const patterns = [
    "ghs_",
    "gh",
    "eyJ",
    "eyJ.",
    "-----BEGIN PRIVATE KEY-----",
    "-----BEGIN ",
    "AKIA",
    "AKIAIOSFODNN7EXAMPLE ",
    "://",
    "://a:",
    "a",
    "aws_secret_key=",
    "sk-ant-",
    "Authorization: Bearer ",
    "xoxb-",
    "[redacted]",
    "A b/",
  ];
  test.each(patterns)("%s, repeated", (pattern) => {
    const once = time(pattern.repeat(65_536 / pattern.length));
    const eight = time(pattern.repeat(524_288 / pattern.length));
    // Quadratic work would take 64 times as long.
    expect(eight).toBeLessThan(Math.max(2000, once * 30));
  });

  function time(text: string): number {
    const started = performance.now();
    redact(text);
    return performance.now() - started;
  }
});

test("a call with nothing to mask is not called masked, even one whose input looks like a thought or a call", () => {
  const odd = [
    { type: "thinking", text: "hm", signature: "s", more: 1 },
    { type: "tool_call", id: "x", name: "y", input: {}, more: [1] },
  ];
  const call = { type: "tool_call" as const, id: "c1", name: "bash", input: { odd, command: "ls" } };
  const fact = {
    type: "model.responded" as const,
    conversation: "plan.0",
    turn: 1,
    message: { role: "assistant" as const, content: [call] },
    stopReason: "tool_use" as const,
    usage: { input: 1, cacheRead: 0, cacheWrite: 0, output: 2 },
    costMicroUsd: 7,
    requestId: "req_1",
    durationMs: 5,
  };
  expect(redactEvent(redact, fact)).toEqual(fact);
});

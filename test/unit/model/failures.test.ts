import * as fc from "fast-check";
import { expect, test } from "vitest";
import { retryAfterOf, withoutKey } from "../../../src/model/failures.ts";

const now = Date.parse("2026-11-20T12:00:00Z");

test.for([
  [{}, null],
  [{ "retry-after": "30" }, 30_000],
  [{ "retry-after": "0.5" }, 500],
  [{ "retry-after": "Fri, 20 Nov 2026 12:01:00 GMT" }, 60_000],
  [{ "retry-after": "Fri, 20 Nov 2026 11:00:00 GMT" }, 0],
  [{ "retry-after": "soon" }, null],
  [{ "retry-after": "30", "retry-after-ms": "1500" }, 1_500],
  [{ "retry-after": "30", "retry-after-ms": "-1" }, 30_000],
] as const)("%o asks for a wait of %s ms", ([headers, wait]) => {
  expect(retryAfterOf(new Headers(headers), now)).toBe(wait);
});

test("S48 no eight characters of the key in a row are left in a text, wherever they stand", () => {
  const key = fc.stringMatching(/^sk-[A-Za-z0-9]{20,60}$/);
  const cut = fc.tuple(fc.nat(60), fc.nat(60));
  fc.assert(
    fc.property(key, cut, fc.string(), fc.string(), (secret, [from, length], before, after) => {
      const left = withoutKey(before + secret.slice(from, from + length + 8) + secret + after, secret);
      for (let at = 0; at + 8 <= secret.length; at += 1) expect(left).not.toContain(secret.slice(at, at + 8));
    }),
  );
});

test("a text without the key is left as it is", () => {
  expect(withoutKey("messages.0: too short", "sk-ant-0123456789")).toBe("messages.0: too short");
});

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

const manifest = z
  .object({ default_permissions: z.record(z.string(), z.string()), default_events: z.array(z.string()) })
  .parse(parse(readFileSync("app.yml", "utf8")));

test("S49: the App asks for what it uses and nothing that could change workflows, settings or secrets", () => {
  expect(manifest.default_permissions).toEqual({
    metadata: "read",
    contents: "write",
    issues: "write",
    pull_requests: "write",
  });
});

test("the App hears of issues and comments alone", () => {
  expect(manifest.default_events).toEqual(["issues", "issue_comment"]);
});

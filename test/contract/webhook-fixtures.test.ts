import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { webhookComplaints } from "../support/github/validation.ts";

const folder = new URL("../../fixtures/webhooks/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
const read = (file: string): Record<string, unknown> => JSON.parse(readFileSync(new URL(file, folder), "utf8"));

test("there is a payload for every event that changes a run or an installation", () => {
  expect(files).toEqual(
    expect.arrayContaining(["issues.labeled.json", "issue_comment.created.json", "installation.deleted.json"]),
  );
});

test.each(files)("%s satisfies GitHub's description and names its installation", (file) => {
  const payload = read(file);
  const name = file.replace(".json", "").replaceAll(/[._]/g, "-");
  expect(webhookComplaints(name, payload)).toEqual([]);
  expect(payload["installation"]).toHaveProperty("id");
});

test("the description refuses a payload that lost a part", () => {
  const { sender: _, ...rest } = read("issues.opened.json");
  expect(webhookComplaints("issues-opened", rest).join()).toContain("sender");
});

import { describe, expect, test } from "vitest";
import { deliveryKeys, readDelivery } from "../../../src/github/intake.ts";
import { headerAgrees } from "../../../src/github/payload.ts";
import { commentDelivery, commentOf, labelDelivery, person } from "../../support/deliveries.ts";

const door = { host: "github.com", labels: ["journeyman"] };
const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

describe("what a delivery asks for", () => {
  test("a comment with a command carries everything needed to decide", () => {
    expect(readDelivery(commentDelivery("/approve 0123456789ab"), door)).toEqual({
      subject: { host: "github.com", installationId: 21, repositoryId: 11, owner: "acme", name: "hello", issue: 3 },
      title: "Greeting is wrong",
      isPullRequest: false,
      actor: { id: 7, login: "ada", type: "User", viaApp: false },
      command: { name: "approve", digest: "0123456789ab", budgetUsd: null, model: null },
      comment: { id: 5001, updatedAt: "2026-11-20T10:05:00Z" },
    });
  });

  test("the label asks for a plan, whatever its case", () => {
    for (const label of ["journeyman", "Journeyman"]) {
      expect(readDelivery(labelDelivery(label), door)).toMatchObject({
        command: { name: "plan", guidance: "", source: "label" },
        actor: { id: 7 },
        comment: null,
      });
    }
  });

  test("a comment on a pull request is told apart", () => {
    const issue = { id: 1, number: 4, title: "t", updated_at: "2026-11-20T10:05:00Z", pull_request: { url: "u" } };
    expect(readDelivery(commentDelivery("/stop", { issue }), door)).toMatchObject({ isPullRequest: true });
  });

  test.each<readonly [string, unknown]>([
    ["another label", labelDelivery("bug")],
    ["a label taken away", labelDelivery("journeyman", { action: "unlabeled" })],
    ["S05: an edited comment", commentDelivery("/approve", { action: "edited" })],
    ["a deleted comment", commentDelivery("/approve", { action: "deleted" })],
    ["a comment without a command", commentDelivery("thanks")],
    [
      "S04: a bot's comment",
      commentDelivery("/approve", {
        sender: person(8, "x[bot]", "Bot"),
        comment: commentOf("/approve", { user: person(8, "x[bot]", "Bot") }),
      }),
    ],
    ["S04: a label set by a bot", labelDelivery("journeyman", { sender: person(8, "x[bot]", "Bot") })],
    [
      "S04: a bot's comment sent as a person's",
      commentDelivery("/approve", { comment: commentOf("/approve", { user: person(7, "ada", "Bot") }) }),
    ],
    ["S17: a sender who did not write the comment", commentDelivery("/approve", { sender: person(8, "eve") })],
    [
      "S04: a comment of a deleted account",
      commentDelivery("/approve", { comment: commentOf("/approve", { user: null }) }),
    ],
    ["a delivery that names no installation", commentDelivery("/approve", { installation: undefined })],
    ["a pull request review comment", { ...commentDelivery("/approve"), issue: undefined, pull_request: {} }],
    ["a push", { ref: "refs/heads/main", commits: [] }],
    ["a list", [1]],
    ["nothing", null],
    ["text", "created"],
  ])("%s asks for nothing", (_kind, payload) => {
    expect(readDelivery(payload, door)).toBeNull();
  });

  test("S04: a person acting through an App is marked", () => {
    const comment = commentOf("/approve", { performed_via_github_app: { id: 99, slug: "other" } });
    expect(readDelivery(commentDelivery("/approve", { comment }), door)).toMatchObject({ actor: { viaApp: true } });
  });
});

describe("S23: the event header must agree with the signed body", () => {
  const comment = commentDelivery("/approve");
  const label = labelDelivery("journeyman");
  const push = { ref: "refs/heads/main", commits: [] };
  test.each([
    ["issue_comment", comment, true],
    ["issues", comment, false],
    ["installation", comment, false],
    ["push", comment, false],
    ["", comment, false],
    ["issues", label, true],
    ["issue_comment", label, false],
    ["push", push, true],
    ["issues", push, false],
    ["issue_comment", push, false],
  ])("%s", (event, payload, agrees) => {
    expect(headerAgrees(event, payload)).toBe(agrees);
  });
});

describe("S22: a delivery is named by its signed body too", () => {
  test("a replay under a fresh id has the same body key", () => {
    for (const payload of [commentDelivery("/approve"), labelDelivery("journeyman"), { zen: "x" }]) {
      const first = deliveryKeys("one", payload, bytes(payload));
      const second = deliveryKeys("two", structuredClone(payload), bytes(payload));
      expect(first.id).not.toBe(second.id);
      expect(first.body).toBe(second.body);
    }
  });

  test("different deeds have different body keys", () => {
    const issue = { id: 900, number: 3, title: "t", updated_at: "2026-11-20T11:00:00Z" };
    const repository = { id: 12, name: "other", owner: { login: "acme" } };
    const payloads = [
      commentDelivery("/approve"),
      commentDelivery("/approve", { comment: commentOf("/approve", { id: 5002 }) }),
      commentDelivery("/approve", { repository }),
      labelDelivery("journeyman"),
      labelDelivery("other"),
      labelDelivery("journeyman", { issue }),
      { zen: "x" },
      { zen: "y" },
    ];
    expect(new Set(payloads.map((payload) => deliveryKeys("id", payload, bytes(payload)).body)).size).toBe(
      payloads.length,
    );
  });
});

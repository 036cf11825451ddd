import { describe, expect, test } from "vitest";
import { admit } from "../../../src/core/admit.ts";
import type { Command } from "../../../src/core/commands.ts";
import { RunEvent } from "../../../src/core/events.ts";
import { makeRunId } from "../../../src/core/ids.ts";
import type { Intent } from "../../../src/core/intent.ts";

const runOf = (at: number) => makeRunId(at, new Uint8Array(10));
const [live, latest, fresh] = [runOf(1), runOf(2), runOf(3)];
const arrival = { deliveryId: "guid", newRun: fresh };

const intentOf = (command: Command): Intent => ({
  subject: { host: "github.com", installationId: 1, repositoryId: 2, owner: "acme", name: "hello", issue: 3 },
  title: "Greeting is wrong",
  isPullRequest: false,
  actor: { id: 7, login: "ada", type: "User", viaApp: false },
  command,
  comment: { id: 9, updatedAt: "2026-11-20T10:05:00Z" },
});
const PLAN: Command = { name: "plan", guidance: "", source: "comment" };
const COMMANDS: readonly Command[] = [PLAN, { name: "stop" }, { name: "help" }];

describe("where a command is written down", () => {
  test.each(COMMANDS)("during a run it joins that run ($name)", (command) => {
    const admission = admit(intentOf(command), arrival, { live, latest: live });
    expect(admission.run).toBe(live);
    expect(admission.events.map((event) => event.type)).toEqual(["command.received"]);
  });

  test("a wish for a plan without a live run founds a run", () => {
    for (const known of [
      { live: null, latest: null },
      { live: null, latest },
    ]) {
      const admission = admit(intentOf(PLAN), arrival, known);
      expect(admission.run).toBe(fresh);
      expect(admission.events.map((event) => event.type)).toEqual(["run.requested", "command.received"]);
    }
  });

  test("any other command without a live run goes to the latest run, or founds one to be answered in", () => {
    expect(admit(intentOf({ name: "status" }), arrival, { live: null, latest }).run).toBe(latest);
    const founded = admit(intentOf({ name: "status" }), arrival, { live: null, latest: null });
    expect(founded.run).toBe(fresh);
    expect(founded.events).toHaveLength(2);
  });

  test("what it writes are facts the journal can read", () => {
    for (const event of admit(intentOf(PLAN), arrival, { live: null, latest: null }).events) {
      expect(RunEvent.parse(event)).toEqual(event);
    }
  });
});

import { expect, test } from "vitest";
import { JourneymanError, type ErrorCode } from "../../../src/core/errors.ts";
import type { RunEvent } from "../../../src/core/events.ts";
import type { ReceivedCommand } from "../../../src/core/state.ts";
import { consider } from "../../../src/run/consider.ts";
import type { RunLog } from "../../../src/run/run-log.ts";
import type { World } from "../../../src/run/world.ts";
import * as facts from "../../support/facts.ts";

const GIVEN = Date.parse("2026-11-20T12:00:00.000Z");
const APPROVE: RunEvent = {
  type: "command.received",
  command: { name: "approve", digest: null, budgetUsd: null, model: null },
  actor: facts.actor("maintainer", 1),
  deliveryId: "d",
  comment: { id: 9, updatedAt: new Date(GIVEN).toISOString() },
};

/** An approval whose author's permission GitHub does not tell, so many minutes after it was given. */
async function approvalAfter(minutes: number, code: ErrorCode) {
  const history = [...facts.toPlan(), APPROVE];
  let tries = 0;
  const written: RunEvent[] = [];
  const permission = async () => {
    tries += 1;
    throw new JourneymanError(code, {});
  };
  const world = {
    forge: { permission },
    clock: { now: () => GIVEN + minutes * 60_000, sleep: async () => {} },
  } as unknown as World;
  const state = () => facts.stateOf([...history, ...written]);
  const append = async (events: readonly RunEvent[]) => {
    written.push(...events);
    return true;
  };
  const [received] = state().commands as readonly [ReceivedCommand];
  const failed = await consider(world, { state, append } as unknown as RunLog, received).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return { tries, written, failed };
}

test.each(["github_unavailable", "github_limited"] as const)(
  "F8.G5 F8.GS F8.NC an approval that cannot be looked up because of %s does not count and is not refused: it waits",
  async (code) => {
    const { tries, written, failed } = await approvalAfter(5, code);
    expect([tries, written, failed]).toEqual([3, [], expect.objectContaining({ code })]);
  },
);

test.each([
  [11, "github_unavailable"],
  [0, "github_missing"],
  [0, "github_forbidden"],
] as const)("S03 after %i minutes of %s it is refused, with how to give it again", async (minutes, code) => {
  const { tries, written, failed } = await approvalAfter(minutes, code);
  expect([tries, failed]).toEqual([3, null]);
  expect(written).toMatchObject([{ type: "command.refused", reason: "permission_unknown" }]);
});

import { expect, test } from "vitest";
import { Sha } from "../../src/core/ids.ts";
import { asJourneymanError } from "../../src/core/errors.ts";
import { CHANGE_LIMITS } from "../../src/core/change/policy.ts";
import { GITHUB_PACE } from "../../src/github/pacer.ts";
import type { CommitSpec } from "../../src/ports/forge.ts";
import { bytesOf, stageOnGithub } from "../support/forge-stage.ts";

/* A forge that keeps to the pace of github.com: what has to wait is begun again later, and goes on from there. */

const setStage = stageOnGithub();

const large = (baseSha: string): CommitSpec => ({
  baseSha: Sha.parse(baseSha),
  message: "Rename everything",
  date: "2026-11-20T10:00:00Z",
  files: Array.from({ length: CHANGE_LIMITS.files }, (_, n) => ({
    path: `src/file-${n}.js`,
    mode: "100644" as const,
    bytes: bytesOf(`export const n = ${n};\n`),
  })),
  deleted: [],
});

/** How often it was put off before it was done. */
async function untilDone(work: () => Promise<unknown>, later: (ms: number) => void): Promise<number> {
  for (let waits = 0; ; waits++) {
    try {
      await work();
      return waits;
    } catch (thrown) {
      const { code, retryAfterMs } = asJourneymanError(thrown);
      expect(code).toBe("github_limited");
      expect(waits, "it gets somewhere between two waits").toBeLessThan(3);
      later(retryAfterMs ?? 0);
    }
  }
}

test("the largest change that is allowed is committed at GitHub's pace, and no file of it is stored twice", async () => {
  const { repo, subject, clock, again, sent, github } = await setStage();
  const forge = again({ pace: GITHUB_PACE });
  const spec = large(await repo.headSha());
  const waits = await untilDone(
    () => forge.commit(subject, spec),
    (ms) => void (clock.ahead += ms),
  );
  expect(waits).toBe(1);
  const blobs = sent("POST").filter((route) => route.endsWith("/git/blobs"));
  expect(blobs).toHaveLength(CHANGE_LIMITS.files);
  expect(github.faults).toEqual([]);
});

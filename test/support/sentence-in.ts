import { expect } from "vitest";
import { JourneymanError } from "../../src/core/errors.ts";

/** The sentence that a call fails with. */
export function sentenceIn(call: () => unknown): string {
  try {
    call();
  } catch (thrown) {
    if (thrown instanceof JourneymanError) return thrown.message;
    throw thrown;
  }
  return expect.fail("nothing was thrown");
}

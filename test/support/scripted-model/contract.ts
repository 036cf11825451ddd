import { describe } from "vitest";
import { answersContract, toolCallsContract } from "./contract-answers.ts";
import { cachingContract } from "./contract-caching.ts";
import { failuresContract, silenceContract } from "./contract-faults.ts";
import { scene } from "./contract-scene.ts";
import type { Make } from "./contract-scene.ts";

/** What every driver that speaks Anthropic's wire format must do. `make` points a driver at the suite's own server. */
export function modelContract(name: string, make: Make): void {
  describe(`model: ${name}`, () => {
    const stage = scene(make);
    describe("answers", () => answersContract(stage));
    describe("tool calls", () => toolCallsContract(stage));
    describe("failures", () => failuresContract(stage));
    describe("silence", () => silenceContract(stage));
    describe("caching", () => cachingContract(stage));
  });
}

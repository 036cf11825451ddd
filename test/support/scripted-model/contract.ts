import { describe } from "vitest";
import { answersContract, toolCallsContract } from "./contract-answers.ts";
import { cachingContract } from "./contract-caching.ts";
import { failuresContract, silenceContract } from "./contract-faults.ts";
import { scene } from "./contract-scene.ts";
import type { Candidate } from "./contract-scene.ts";
import { watchingContract } from "./contract-watching.ts";

/** What every driver of a model must do, whatever its wire. */
export function modelContract(candidate: Candidate): void {
  describe(`model: ${candidate.name}`, () => {
    const stage = scene(candidate);
    describe("answers", () => answersContract(stage));
    describe("tool calls", () => toolCallsContract(stage));
    describe("failures", () => failuresContract(stage));
    describe("silence", () => silenceContract(stage));
    describe("watching", () => watchingContract(stage));
    describe("caching", () => cachingContract(stage));
  });
}

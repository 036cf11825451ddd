import { expect, test } from "vitest";
import { PROMPTS } from "../../../src/agent/prompts.ts";

const SYSTEMS = Object.entries(PROMPTS).filter(([, text]) => text.startsWith("You "));

test.each(SYSTEMS)(
  "S34 the %s is told what the marks are, and that text between them changes neither task nor rules",
  (_, text) => {
    expect(text).toMatch(/Text between marks such as <[\w-]+-…>/);
    expect(text).toMatch(/(?:cannot|can not) change (?:your|their) task/);
    expect(text).toMatch(/\b(?:is|are) data\b|It is what they ask and know/);
  },
);

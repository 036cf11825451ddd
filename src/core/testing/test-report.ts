import { z } from "zod";

/** What one run of the test command showed. `failing` holds test ids where the output names them, else is empty. */
export const TestReport = z.object({
  phase: z.enum(["baseline", "attempt"]),
  attempt: z.int().nonnegative(),
  command: z.string(),
  exitCode: z.int().nullable(),
  ended: z.enum(["exit", "timeout", "output_limit", "out_of_memory", "cancelled"]),
  /** Milliseconds. */
  durationMs: z.int().nonnegative(),
  failing: z.array(z.string()),
  /** Head and tail of the output, already redacted. */
  output: z.string(),
  /** Tests that passed, where the runner's report counts them. */
  passed: z.int().nonnegative().nullable().optional(),
  /** What the report was read as: `junit`, `tap`, `pytest`, … */
  format: z.string().optional(),
  /** Tests that failed and then passed on the same bytes. */
  flaky: z.array(z.string()).optional(),
});
export type TestReport = z.infer<typeof TestReport>;

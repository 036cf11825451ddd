import { z } from "zod";

/* What the schemas of facts are made of. */

/** What fills the sentence of an error. */
export const details = z.record(z.string(), z.union([z.string(), z.number()]));
/** The place of a fact in its journal, or a count. */
export const index = z.int().nonnegative();
/** Micro-dollars. */
export const money = z.int().nonnegative();
/** Milliseconds. */
export const duration = z.int().nonnegative();

export const fact = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.object({ type: z.literal(type), ...shape });

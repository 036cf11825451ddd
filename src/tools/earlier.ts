import { z } from "zod";

/** A form of a tool's input that was replaced. Calls in it still run, and are told the new form, until it is taken out of the list. */
export interface Earlier {
  readonly version: number;
  /** The input in the form that came after; null when it does not fit this one. */
  readonly upgrade: (input: unknown) => { readonly input: unknown } | null;
}

export const earlierForm = <Schema extends z.ZodType>(
  version: number,
  schema: Schema,
  upgrade: (given: z.infer<Schema>) => unknown,
): Earlier => ({
  version,
  upgrade: (input) => {
    const parsed = schema.safeParse(input);
    return parsed.success ? { input: upgrade(parsed.data) } : null;
  },
});

export type Fit<Input> =
  | { readonly kind: "fits"; readonly input: Input; readonly version: number }
  | { readonly kind: "misfit"; readonly error: z.ZodError };

/** The newest form that fits decides, so a call that fits several means the newest. `error` is about the newest. */
export function fit<Schema extends z.ZodType>(
  tool: { readonly version: number; readonly input: Schema; readonly earlier?: readonly Earlier[] },
  given: unknown,
): Fit<z.infer<Schema>> {
  const now = tool.input.safeParse(given);
  if (now.success) return { kind: "fits", input: now.data, version: tool.version };
  for (const form of (tool.earlier ?? []).toSorted((a, b) => b.version - a.version)) {
    const upgraded = form.upgrade(given);
    const parsed = upgraded === null ? null : tool.input.safeParse(upgraded.input);
    if (parsed?.success === true) return { kind: "fits", input: parsed.data, version: form.version };
  }
  return { kind: "misfit", error: now.error };
}

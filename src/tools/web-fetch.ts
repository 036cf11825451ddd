import { z } from "zod";
import { pageText } from "../core/text/page-text.ts";
import type { NotFetched } from "../ports/web.ts";
import { failure, type ToolOutcome } from "./outcome.ts";
import { makeTool } from "./tool.ts";

/** As much of a page as a cheap reader gets, in characters. */
const MAX_TEXT = 60_000;

/**
 * The one tool that takes an address. It exists only where the operator and the repository both name hosts; what it finds is read by a
 * model without tools, so a page can lie to the executor but not instruct it.
 */
export const webFetch = makeTool({
  name: "web_fetch",
  version: 1,
  effect: "none",
  description: "Have a page of an allowed host read, and your question about it answered.",
  input: z.strictObject({ url: z.string().min(1).max(500), question: z.string().min(1).max(1000) }),
  atOnce: 4,
  run: async ({ url, question }, { web, signal }): Promise<ToolOutcome> => {
    if (web === undefined || web.hosts.length === 0) {
      return failure("not_available", { suggestion: "No host is open to this repository. Go on without the web." });
    }
    const found = await web.page(url, signal);
    if (found.kind !== "page") return notRead(url, found, web.hosts);
    const text = pageText(found.text, /html/i.test(found.contentType));
    if (text === "") return failure("page_empty", { url, suggestion: "The page has no text. Try another." });
    const left = text.length - MAX_TEXT;
    const shown = left > 0 ? `${text.slice(0, MAX_TEXT)}\n[… ${left} more characters left out]` : text;
    const wish = {
      kind: "read_page",
      url: found.url,
      text: found.cut ? `${shown}\n[the page goes on]` : shown,
      question,
    } as const;
    return { kind: "delegated", wish };
  },
});

function notRead(url: string, { kind, reason }: NotFetched, hosts: readonly string[]): ToolOutcome {
  if (kind === "failed") {
    return failure("page_failed", {
      url,
      reason: `the page ${reason}`,
      suggestion: "Try another page, or go on without.",
    });
  }
  const suggestion = `The hosts that can be read, over https only: ${hosts.join(", ")}.`;
  return failure("address_refused", { url, reason: `the page ${reason}`, suggestion });
}

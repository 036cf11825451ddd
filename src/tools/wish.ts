/** Helpers that a `task` can be given to. All but the test runner only read. */
export const SUBAGENTS = ["researcher", "docs_reader", "test_runner", "code_reviewer"] as const;
export type Subagent = (typeof SUBAGENTS)[number];

/** What a tool wants done that takes a model: it is handed to whoever drives the loop, whose answer is the tool's result. */
export type Wish =
  | { readonly kind: "task"; readonly agent: Subagent; readonly task: string }
  | { readonly kind: "consult"; readonly question: string }
  /** `text` was written by strangers: it is data, and only a reader that has no tools may see it. */
  | { readonly kind: "read_page"; readonly url: string; readonly text: string; readonly question: string };

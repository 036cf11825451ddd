import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { z } from "zod";
import { JourneymanError } from "../core/errors.ts";

const said = z.strictObject({ author: z.string().min(1), body: z.string() });

/** An issue without a server. */
export const LocalIssue = z.strictObject({
  title: z.string().min(1).max(300),
  body: z.string().default(""),
  author: z.string().min(1).default("you"),
  labels: z.array(z.string()).default([]),
  /** Oldest first. */
  comments: z.array(said).default([]),
});
export type LocalIssue = z.infer<typeof LocalIssue>;

const invalid = (path: string, reason: string): JourneymanError =>
  new JourneymanError("issue_file_invalid", { path, reason });

/** The first heading, or else the first line, is the title; the rest is the text. */
export function markdownIssue(text: string): LocalIssue | null {
  const [first = "", ...rest] = text.replaceAll("\r\n", "\n").trimStart().split("\n");
  const title = first.replace(/^#+\s+/, "").trim();
  return title === "" ? null : LocalIssue.parse({ title: title.slice(0, 300), body: rest.join("\n").trim() });
}

function jsonIssue(path: string, text: string): LocalIssue {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid(path, "it is not JSON");
  }
  const parsed = LocalIssue.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path: at, message }) => `${at.join(".") || "the whole"}: ${message}`);
  throw invalid(path, faults.join("; "));
}

/** An issue from a file: JSON when its name ends in `.json`, else Markdown. @throws issue_file_invalid */
export async function readIssueFile(path: string): Promise<LocalIssue> {
  const text = await readFile(path, "utf8").catch(() => {
    throw invalid(path, "the file is not there or cannot be read");
  });
  if (extname(path).toLowerCase() === ".json") return jsonIssue(path, text);
  const issue = markdownIssue(text);
  if (issue === null) throw invalid(path, "it is empty; its first line is the issue's title");
  return issue;
}

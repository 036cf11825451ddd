/*
 * A program: the least that can be called an agent, as a floor to measure against. The vendor's client, four tools, right cache marks,
 * nothing kept. `node floor-loop.ts URL DIRECTORY`; prints its peak memory.
 */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Anthropic } from "@anthropic-ai/sdk";
import type { MessageParam, Tool, ToolResultBlockParam, ToolUseBlock } from "@anthropic-ai/sdk/resources/messages";

const [url = "", directory = "", task = ""] = process.argv.slice(2);
const MARK = { cache_control: { type: "ephemeral" } } as const;
const run = promisify(execFile);

const text = { type: "string" } as const;
const tool = (name: string, description: string, properties: Record<string, object>): Tool => ({
  name,
  description,
  input_schema: { type: "object", properties },
});
const TOOLS = [
  tool("bash", "Run a command in the repository.", { command: text }),
  tool("read", "Read a text file.", { path: text, limit: { type: "integer" } }),
  tool("edit", "Replace text that occurs once in a file.", { path: text, old: text, new: text }),
  tool("submit", "Finish.", { summary: text, left_failing: { type: "array", items: text } }),
];

async function answer({ name, input }: ToolUseBlock): Promise<string> {
  const given = input as Readonly<Record<string, string>>;
  const path = join(directory, given["path"] ?? "");
  if (name === "bash") {
    const { stdout, stderr } = await run("bash", ["-c", given["command"] ?? ""], { cwd: directory });
    return `${stdout}${stderr}`;
  }
  const content = await readFile(path, "utf8");
  if (name === "read") {
    const lines = content.split("\n").slice(0, Number(given["limit"] ?? 400));
    return lines.map((line, at) => `${at + 1}\t${line}`).join("\n");
  }
  await writeFile(
    path,
    content.replace(given["old"] ?? "", () => given["new"] ?? ""),
  );
  return "Edited.";
}

const result = async (call: ToolUseBlock): Promise<ToolResultBlockParam> => {
  const content = await answer(call).catch((error: unknown) => String(error));
  return { type: "tool_result", tool_use_id: call.id, content };
};

/** The last two messages of the user carry a mark each, so that a wide answer is found in the cache too. */
function marked(messages: readonly MessageParam[]): MessageParam[] {
  return messages.map((message, at) => {
    if (message.role !== "user" || at < messages.length - 3 || typeof message.content === "string") return message;
    const last = message.content.length - 1;
    return { ...message, content: message.content.map((block, i) => (i === last ? { ...block, ...MARK } : block)) };
  });
}

const client = new Anthropic({ apiKey: "any", baseURL: url, maxRetries: 2, logLevel: "off" });
const system = [
  { type: "text" as const, text: "You are a coding agent. Work in the repository, then submit.", ...MARK },
];
const messages: MessageParam[] = [{ role: "user", content: [{ type: "text", text: task }] }];
for (;;) {
  const asked = { model: "claude-opus-5-5", max_tokens: 16_000, tools: TOOLS, system, messages: marked(messages) };
  const { content } = await client.messages.stream(asked).finalMessage();
  const calls = content.filter((block) => block.type === "tool_use");
  if (calls.length === 0 || calls.some(({ name }) => name === "submit")) break;
  messages.push({ role: "assistant", content }, { role: "user", content: await Promise.all(calls.map(result)) });
}
const { memoryOf } = await import("../child.ts");
process.stdout.write(JSON.stringify({ peakMb: await memoryOf(process.pid, "VmHWM") }));

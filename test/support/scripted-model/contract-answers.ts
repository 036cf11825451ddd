import { expect, test } from "vitest";
import type { AssistantMessage, ToolCall } from "../../../src/core/messages.ts";
import {
  brokenCall,
  call,
  calls,
  cutByMaxTokens,
  nothing,
  redactedThinking,
  stopped,
  text,
  thinking,
} from "./answer.ts";
import { TASK, answered, never } from "./contract-scene.ts";
import type { Scene } from "./contract-scene.ts";

const callsOf = (message: AssistantMessage): ToolCall[] =>
  message.content.filter((block) => block.type === "tool_call");

export function answersContract({ ask, asking, converse, has, model, server }: Scene): void {
  test("an answered turn brings the text, the usage and the vendor's request id", async () => {
    const outcome = answered(await ask([text("Done: the build is green.")]));
    expect(outcome.message).toEqual({
      role: "assistant",
      content: [{ type: "text", text: "Done: the build is green." }],
    });
    expect(outcome.stopReason).toBe("end_turn");
    expect(outcome.requestId).toBe("req_scripted_1");
    expect(outcome.usage).toEqual(server().requests[0]?.usage);
    expect(outcome.usage.output).toBeGreaterThan(0);
  });

  if (has("thoughts")) thoughtsContract({ converse, server });

  test.for([
    ["refusal", "refusal"],
    ["max_tokens", "max_tokens"],
    ["stop_sequence", "end_turn"],
    ...(has("pauses") ? ([["pause_turn", "pause_turn"]] as const) : []),
    ...(has("overflow") ? ([["model_context_window_exceeded", "context_exceeded"]] as const) : []),
  ] as const)("the stop reason %s is told as %s", async ([wire, ours]) => {
    expect(answered(await ask([stopped(wire, text("So far."))])).stopReason).toBe(ours);
  });

  test("a stop reason nobody has heard of is a failure, not a guess", async () => {
    expect(await ask([stopped("moonrise", text("Hm."))])).toMatchObject({ kind: "failed", failure: "bad_request" });
  });

  if (has("pauses")) {
    test("a paused answer can be sent back as it is", async () => {
      server().follow([stopped("pause_turn", text("Still at it.")), text("Done.")]);
      const asked = model();
      const first = answered(await asked.respond(asking(TASK), never));
      const second = answered(await asked.respond(asking([...TASK, first.message]), never));
      expect(second.message.content).toEqual([{ type: "text", text: "Done." }]);
    });
  }

  test("an empty answer is an answer, and the conversation can go on after it", async () => {
    const [first, second] = await converse([nothing(), text("Here.")], 2);
    expect(first?.message.content).toEqual([]);
    expect(second?.message.content).toEqual([{ type: "text", text: "Here." }]);
  });
}

function thoughtsContract({ converse, server }: Pick<Scene, "converse" | "server">): void {
  test("thinking travels back unchanged, redacted or not", async () => {
    const script = [
      thinking("First the tests.", call("bash", { command: "npm test" })),
      redactedThinking("b3BhcXVl", call("bash", { command: "ls" })),
      text("done"),
    ];
    const outcomes = await converse(script, 3); // the server checks signatures and answers 400 to a changed thought
    expect(outcomes[0]?.message.content[0]).toMatchObject({ type: "thinking", text: "First the tests." });
    const sentBack = server().requests[2]?.request?.messages ?? [];
    expect(sentBack[1]?.content[0]).toMatchObject({ type: "thinking", thinking: "First the tests." });
    expect(sentBack[3]?.content[0]).toEqual({ type: "redacted_thinking", data: "b3BhcXVl" });
  });
}

export function toolCallsContract({ converse, has, server }: Scene): void {
  const bash = (command: string) => ({ name: "bash", input: { command } });

  test("parallel tool calls keep their order and their input, and their results are taken", async () => {
    const wanted = [bash("ls"), bash('echo "ä\\n{}"'), bash(""), { name: "bash", input: {} }];
    const [first, second] = await converse([calls(wanted, "Three at once."), text("seen")], 2);
    expect(first?.stopReason).toBe("tool_use");
    expect(first?.message.content[0]).toEqual({ type: "text", text: "Three at once." });
    const got = callsOf(first!.message);
    expect(got.map(({ name, input }) => ({ name, input }))).toEqual(wanted);
    expect(got.filter((each) => each.malformed !== undefined)).toEqual([]);
    expect(second?.message.content).toEqual([{ type: "text", text: "seen" }]);
    expect(server().requests[1]?.request?.results).toHaveLength(4);
  });

  test.for(['{"command": "ls', "[1]", '"ls"', "null"])(
    "a tool call with the input %s, no JSON object, comes with its raw text and an empty input, and can be answered",
    async (json) => {
      const [first] = await converse([brokenCall("bash", json), text("sorry")], 2);
      expect(callsOf(first!.message)).toMatchObject([{ name: "bash", input: {}, malformed: json }]);
      expect(server().requests[1]?.request?.results).toMatchObject([{ isError: has("error_marks") }]);
    },
  );

  test.for(["max_tokens", "refusal", ...(has("stops_despite_calls") ? ["end_turn"] : [])])(
    "no call of an answer that stopped for %s can be run, not even one that is whole",
    async (stop) => {
      const both = cutByMaxTokens(calls([bash("ls"), bash("rm -rf build")]));
      const [first] = await converse([stopped(stop, both), text("again")], 2);
      const whole = JSON.stringify(bash("ls").input);
      expect(callsOf(first!.message).map(({ input, malformed }) => [input, malformed])).toEqual([
        [{}, whole],
        [{}, expect.stringMatching(/^\{"command":"r/)],
      ]);
    },
  );
}

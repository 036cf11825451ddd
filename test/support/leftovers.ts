import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { digestOf } from "../../src/core/digest.ts";
import type { Instance } from "./instance.ts";

const run = promisify(execFile);

const names = async (kind: string, instance: Pick<Instance, "dataDir">): Promise<string[]> => {
  const label = `label=app.instance=${digestOf(instance.dataDir).slice(0, 12)}`;
  const all = kind === "container" ? ["--all"] : [];
  const { stdout } = await run("docker", [
    kind,
    "ls",
    ...all,
    "--filter",
    label,
    "--format",
    kind === "container" ? "{{.Names}}" : "{{.Name}}",
  ]);
  return stdout.split("\n").filter((line) => line !== "");
};

/** Names of the instance's containers, stopped ones included. */
export const containersOf = (instance: Pick<Instance, "dataDir">): Promise<string[]> => names("container", instance);

/** Names of the instance's volumes. */
export const volumesOf = (instance: Pick<Instance, "dataDir">): Promise<string[]> => names("volume", instance);

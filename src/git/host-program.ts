import { spawn } from "node:child_process";

/** Runs a program of this host that says nothing; whether it succeeded. Settles when the program is gone, also after an abort. */
export async function runQuietly(argv: readonly [string, ...string[]], signal?: AbortSignal): Promise<boolean> {
  const [program, ...rest] = argv;
  const child = spawn(program, rest, {
    stdio: "ignore",
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C" },
    ...(signal !== undefined && { signal }),
  });
  return await new Promise((resolve) => {
    child.on("error", () => {
      if (child.pid === undefined) resolve(false);
    });
    child.on("close", (code) => resolve(code === 0));
  });
}

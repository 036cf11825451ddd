import { spawn } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { startScriptedModel } from "../test/support/scripted-model/server.ts";
import { twelveTurns, ISSUE } from "./harness/task.ts";
import { once } from "node:events";
for (let i = 0; i < 4; i++)
for (const file of ["bench/harness/our-loop.ts", "node_modules/.cache/journeyman-bench/js/bench/harness/our-loop.js", "bench/harness/floor-loop.ts", "node_modules/.cache/journeyman-bench/js/bench/harness/floor-loop.js"]) {
let first = 0;
const s = twelveTurns().script;
const model = await startScriptedModel({ script: (r) => { first ||= performance.now(); return (s as any)[r.n]; } });
const d = await mkdtemp("/tmp/prof-");
const t = performance.now();
const c = spawn(process.execPath, [file, model.url, d, file.includes("floor") ? ISSUE : "1"], { stdio: ["ignore", "ignore", "inherit"] });
await once(c, "exit"); console.log(file.slice(-30), (first - t).toFixed(0));
await model.close();
}

import { mkdtemp } from "node:fs/promises";
import { startServer } from "../test/support/instance.ts";
import { lonelyEnvironment, SECRET } from "./server.ts";
import { runProgram } from "./child.ts";
const d = await mkdtemp("/tmp/profweb-");
const web = await startServer({ ...lonelyEnvironment(d), NODE_OPTIONS: "--cpu-prof --cpu-prof-dir=" + d }, "web");
for (const first of [1, 1501, 3001]) await runProgram(new URL("./web/load.ts", import.meta.url), [`http://127.0.0.1:${web.port}/api/github/webhooks`, SECRET, "1500", "50", String(first)], (x) => console.log(x));
await web.stop();
console.log(d);

import { writeFileSync } from "node:fs";
import { registerHooks } from "node:module";

/* Loaded before a program by `node --import`: writes the address of every module that was loaded to the file LOADED_MODULES, one a line. */

const loaded: string[] = [];
registerHooks({
  load(url, context, next) {
    loaded.push(url);
    return next(url, context);
  },
});
process.on("exit", () => writeFileSync(process.env["LOADED_MODULES"] ?? "", loaded.join("\n")));

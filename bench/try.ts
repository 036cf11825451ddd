import { told, toldRatio, toldGoal, isMet, type Figure } from "./figure.ts";
const [part = "", fn = ""] = process.argv.slice(2);
const m = (await import(part)) as Record<string, (r: (f: Figure) => void) => Promise<void>>;
await m[fn]?.((f) => console.log(f.name, "|", told(f.ours, f.unit), "|", f.peer?.name, f.peer && told(f.peer.values, f.unit), "|", toldRatio(f), "|", toldGoal(f), isMet(f)));

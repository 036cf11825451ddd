/* A program: serves the bare repositories of a directory over smart HTTP. `node git-server.ts ROOT TOKEN`; prints its address. */
import { startGitServer } from "../../test/support/git-http.ts";

const [root = "", token = ""] = process.argv.slice(2);
const { url } = await startGitServer(root, token);
process.stdout.write(`${url}\n`);

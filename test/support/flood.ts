/*
 * A program: posts `count` bodies of `megabytes` at once to `url` and prints, as JSON, what each got and how long it took.
 * Bodies are sent with their length, in chunks without it, or a byte a second.
 */
import { request } from "node:http";

const [url = "", count = "1", megabytes = "1", manner = "length"] = process.argv.slice(2);
const piece = Buffer.alloc(1024 * 1024, "a");

function post(): Promise<{ status: number | string; ms: number }> {
  const { promise, resolve } = Promise.withResolvers<{ status: number | string; ms: number }>();
  const started = performance.now();
  const done = (status: number | string) => resolve({ status, ms: performance.now() - started });
  const headers = manner === "chunked" ? {} : { "content-length": Number(megabytes) * piece.byteLength };
  const sending = request(url, { method: "POST", headers, agent: false }, (response) => {
    done(response.statusCode ?? 0);
    response.resume();
  });
  sending.on("error", (thrown) => done(thrown.name));
  let left = Number(megabytes);
  const write = (): void => {
    while (left > 0 && !sending.destroyed) {
      left -= 1;
      if (!sending.write(piece)) return void sending.once("drain", write);
    }
    sending.end();
  };
  if (manner === "slow") sending.write("a");
  else write();
  return promise;
}

process.stdout.write(JSON.stringify(await Promise.all(Array.from({ length: Number(count) }, post))));
process.exit(0);

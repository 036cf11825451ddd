import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";

/*
 * A real server that speaks S3 and checks every signature: OpenStack Swift with its S3 API, as Debian packages it (`python3-swift`), in one
 * process of the test's own.
 */

const PROGRAM = new URL("serve-swift.py", import.meta.url).pathname;

export const S3_KEY = { accessKeyId: "test:tester", secretAccessKey: "testing-secret-0123456789" } as const;

export interface S3Server {
  readonly port: number;
  readonly url: string;
  /** A client of the vendor's own, for what the driver under test does not do. */
  readonly client: S3Client;
  createBucket(name: string): Promise<void>;
  stop(): Promise<void>;
}

async function portOf(child: ReturnType<typeof spawn>): Promise<number> {
  let errors = "";
  child.stderr?.on("data", (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-2_000)));
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.stdout?.once("data", (line: Buffer) => resolve(Number(line.toString())));
  child.once("error", reject);
  child.once("exit", (code) => reject(new Error(`the S3 server ended with ${code}: ${errors}`)));
  return promise;
}

export async function startS3(): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), "journeyman-s3-"));
  // Debian's own Python: the package is for no other.
  const child = spawn("/usr/bin/python3", [PROGRAM, directory, S3_KEY.accessKeyId, S3_KEY.secretAccessKey]);
  const port = await portOf(child);
  const url = `http://127.0.0.1:${port}`;
  const client = new S3Client({ endpoint: url, region: "us-east-1", forcePathStyle: true, credentials: S3_KEY });
  return {
    port,
    url,
    client,
    createBucket: async (name) => void (await client.send(new CreateBucketCommand({ Bucket: name }))),
    stop: async () => {
      client.destroy();
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

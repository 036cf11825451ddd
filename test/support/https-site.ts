import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export interface HttpsSite {
  /** `localhost` with the port. */
  readonly host: string;
  /** The certificate that vouches for it. */
  readonly ca: string;
  readonly close: () => Promise<void>;
}

/** A real HTTPS server on loopback for the name `localhost`, with a certificate made for this test by openssl. */
export async function openHttpsSite(listener: RequestListener): Promise<HttpsSite> {
  const folder = await mkdtemp(join(tmpdir(), "https-site-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  await promisify(execFile)("openssl", [...request, ...names, "-keyout", key, "-out", cert]);
  const ca = await readFile(cert, "utf8");
  const server = createServer({ key: await readFile(key), cert: ca }, listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await rm(folder, { recursive: true, force: true });
  return {
    host: `localhost:${(server.address() as AddressInfo).port}`,
    ca,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

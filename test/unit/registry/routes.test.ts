import { describe, expect, test } from "vitest";
import { isPublicAddress } from "../../../src/core/public-address.ts";
import { localAddress, routeOf, upstreamsOf } from "../../../src/sandbox/registry-routes.ts";

const upstreams = upstreamsOf({ npm: "https://npm.example.test/repo", pypi: "https://pypi.org/" });
const urlOf = (target: string) => {
  const route = routeOf("GET", target, upstreams);
  return route.kind === "forward" ? route.url.href : route.code;
};

test.each([
  ["/npm/left-pad", "https://npm.example.test/repo/left-pad"],
  ["/npm/@types%2fnode", "https://npm.example.test/repo/@types%2fnode"],
  ["/npm/@types/node", "https://npm.example.test/repo/@types/node"],
  ["/npm/left-pad/-/left-pad-1.3.0.tgz", "https://npm.example.test/repo/left-pad/-/left-pad-1.3.0.tgz"],
  ["/npm/@types/node/-/node-24.0.0.tgz", "https://npm.example.test/repo/@types/node/-/node-24.0.0.tgz"],
  ["/npm/left-pad/1.3.0", "https://npm.example.test/repo/left-pad/1.3.0"],
  ["/pypi/simple/six/", "https://pypi.org/simple/six/"],
  [
    "/pypi-files/packages/ab/cd/six-1.17.0-py3-none-any.whl",
    "https://files.pythonhosted.org/packages/ab/cd/six-1.17.0-py3-none-any.whl",
  ],
  ["/pypi-files/packages/a/x-1%2Bcpu.whl.metadata", "https://files.pythonhosted.org/packages/a/x-1%2Bcpu.whl.metadata"],
  ["/npm/x?a=1&b=2", "https://npm.example.test/repo/x?a=1&b=2"],
])("%s leads to %s", (target, url) => expect(urlOf(target)).toBe(url));

describe("S78, S79: what does not fit the grammar leads nowhere", () => {
  test.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE", "get"])("%s", (method) => {
    expect(routeOf(method, "/npm/x", upstreams)).toEqual({ kind: "blocked", code: "method" });
  });
  test.each([
    "/",
    "/npm",
    "/npm/",
    "/other/x",
    "//evil.test/npm/x",
    "http://evil.test/npm/x",
    "http://169.254.169.254/latest/meta-data",
    "evil.test:443",
    "*",
    "",
    "/npm/../admin",
    "/npm/..",
    "/npm/x/../../y",
    "/npm/%2e%2e/x",
    "/npm/x%2f..%2f..%2fadmin",
    "/npm/@a%2f..%2fadmin",
    "/npm/@a%2fb%2fc",
    "/npm/x%00",
    "/npm/x%0d%0aHost:evil",
    "/npm/x\\y",
    "/npm/.hidden",
    "/npm/x//y",
    "/npm/x@evil.test/",
    "/npm/http://evil.test/x.tgz",
    "/npm/-/npm/v1/security/advisories/bulk",
    "/npm/-/user/org.couchdb.user:x",
    "/npm/-/v1/search?text=a",
    "/npm/ｅvil",
    "/npm/x?q=%0a",
    "/npm/x?q=a/b",
    `/npm/x?q=${"a".repeat(257)}`,
    `/npm/${"a".repeat(300)}`,
    `/npm/${"a/".repeat(2000)}`,
    "/pypi/pypi/six/json",
    "/pypi/simple/six/../../x",
    "/pypi/legacy/",
    "/pypi-files/../x",
    "/pypi-files/packages/..%2f..%2fx",
  ])("%s", (target) => expect(routeOf("GET", target, upstreams).kind).toBe("blocked"));
});

test("an upstream's address is known by origin and base path, and by nothing less", () => {
  const local = (url: string) => localAddress(new URL(url), "npm", { upstreams, localBase: "http://p" });
  expect(local("https://npm.example.test/repo/x/-/x-1.tgz")).toBe("http://p/npm/x/-/x-1.tgz");
  expect(local("https://files.pythonhosted.org/packages/x.whl#sha256=ab")).toBe(
    "http://p/pypi-files/packages/x.whl#sha256=ab",
  );
  for (const url of [
    "http://npm.example.test/repo/x",
    "https://npm.example.test/other/x",
    "https://npm.example.test:8443/repo/x",
    "https://npm.example.test.evil.test/repo/x",
    "https://evil.test/repo/x",
    "https://user@npm.example.test/repo/x",
    "file:///repo/x",
  ]) {
    expect(local(url)).toBeNull();
  }
});

test.each([
  "0.0.0.0",
  "10.1.2.3",
  "100.64.0.1",
  "100.127.255.254",
  "127.0.0.1",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.1",
  "fec0::1",
  "::ffff:0:127.0.0.1",
  "2001:0:7f00:1::1",
  "192.168.1.1",
  "198.18.0.1",
  "198.19.255.255",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::ffff:127.0.0.1",
  "::ffff:8.8.8.8",
  "::ffff:a9fe:a9fe",
  "64:ff9b::7f00:1",
  "2002:7f00:1::",
  "fc00::1",
  "fd00:ec2::254",
  "fe80::1",
  "fe80::1%eth0",
  "ff02::1",
  "2852039166",
  "0xa9fea9fe",
  "0251.0376.0251.0376",
  "169.254.43518",
  "localhost",
  "",
])("S80: %j is not an address of the open internet", (address) => expect(isPublicAddress(address)).toBe(false));

test.each(["8.8.8.8", "104.16.0.1", "172.32.0.1", "100.128.0.1", "192.0.1.1", "2606:4700::6810:1"])(
  "%s is",
  (address) => expect(isPublicAddress(address)).toBe(true),
);

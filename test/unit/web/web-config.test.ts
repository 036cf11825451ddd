import { expect, test } from "vitest";
import { WebAccess } from "../../../src/app/web-config.ts";

test("hosts are read with commas between them, in small letters, with a port where there is one", () => {
  expect(WebAccess.parse({ WEB_HOSTS: " Docs.Example.org, api.example.org:8443,," })).toEqual({
    WEB_HOSTS: ["docs.example.org", "api.example.org:8443"],
  });
  expect(WebAccess.parse({})).toEqual({});
});

test.each(["https://docs.example.org", "docs.example.org/x", "*.example.org", "a b", "host:0", "-x", "user@host"])(
  "%j names no host",
  (hosts) => {
    const { error } = WebAccess.safeParse({ WEB_HOSTS: hosts });
    expect(error?.issues.map(({ path, message }) => [path, message])).toEqual([
      [["WEB_HOSTS"], "must be host names with commas between them, a port behind a colon"],
    ]);
  },
);

import { describe, expect, test } from "vitest";
import { makeMarkers } from "../../../src/github/marker.ts";

const subject = { host: "github.com", installationId: 1, repositoryId: 2, owner: "acme", name: "hello", issue: 3 };
const markers = makeMarkers("a key");
const signed = markers.sign(subject, "plan.1", "the plan\n");

describe("S18: the marker of a comment", () => {
  test("is read back with the body as it was given", () => {
    expect(markers.read(subject, signed)).toEqual({ marker: "plan.1", body: "the plan\n" });
    expect(markers.read(subject, signed.replace("\n", "\r\n"))).toMatchObject({ marker: "plan.1" });
  });

  test("does not change when the repository is renamed or the App installed anew", () => {
    const renamed = { ...subject, owner: "x", name: "y", installationId: 9 };
    expect(markers.read(renamed, signed)).toMatchObject({ marker: "plan.1" });
  });

  test.each([
    ["of another key", makeMarkers("another key").sign(subject, "plan.1", "x")],
    ["of another name", signed.replace("plan.1", "plan.2")],
    ["of another issue", markers.sign({ ...subject, issue: 4 }, "plan.1", "x")],
    ["of another repository", markers.sign({ ...subject, repositoryId: 4 }, "plan.1", "x")],
    ["of another host", markers.sign({ ...subject, host: "ghe.example.com" }, "plan.1", "x")],
    ["with a line before it", `\n${signed}`],
    ["in a quote", `> ${signed}`],
    ["cut short", signed.slice(0, 40)],
    ["absent", "the plan"],
  ])("%s does not count", (_kind, text) => {
    expect(markers.read(subject, text)).toBeNull();
  });

  test("cannot be made to end early", () => {
    for (const name of ["a-->b", "a--b", "a b", "", "a\nb"]) {
      expect(() => markers.sign(subject, name, "x")).toThrow(expect.objectContaining({ code: "internal" }));
    }
  });

  test("does not give the key away", () => {
    expect(signed).not.toContain("a key");
  });
});

import { outcomeOf, type Outcome } from "./outcome.ts";
import { numbered, testId } from "./test-id.ts";
import { parseXml, type XmlElement } from "./xml.ts";

const FAILED = new Set(["failure", "error"]);

function casesOf(element: XmlElement): XmlElement[] {
  return element.children.flatMap((child) => (child.name === "testcase" ? [child] : casesOf(child)));
}

/** Skipped wins: node reports a failing test that is still to be done as both. */
function resultOf(element: XmlElement): "passed" | "skipped" | "failed" {
  const names = element.children.map((child) => child.name);
  if (names.includes("skipped") || element.attributes["status"] === "skipped") return "skipped";
  return names.some((name) => FAILED.has(name)) ? "failed" : "passed";
}

/** `test` is what node calls the class of every test. */
const CLASSLESS = new Set(["test", "undefined"]);

function idOf({ attributes }: XmlElement): string {
  const { classname = "", name = "", file = "" } = attributes;
  const owner = CLASSLESS.has(classname.trim()) ? "" : classname;
  return testId(owner.includes(file) ? "" : file, owner, name);
}

/** JUnit's XML, as surefire, gradle, pytest, node, vitest, jest-junit, mocha and many more write it. */
export function readJunit(text: string): Outcome | null {
  const root = text.includes("<testsuite") ? parseXml(text) : null;
  if (root === null || !(root.name === "testsuites" || root.name === "testsuite")) return null;
  const results = casesOf(root).map((element) => ({ id: idOf(element), result: resultOf(element) }));
  const count = (wanted: string): number => results.filter(({ result }) => result === wanted).length;
  const failing = results.filter(({ result }) => result === "failed").map(({ id }) => id);
  return outcomeOf("junit", numbered(failing), { passed: count("passed"), skipped: count("skipped") });
}

import { readCargo } from "./cargo.ts";
import { readDotnet } from "./dotnet.ts";
import { readGo } from "./go.ts";
import { readJest } from "./jest.ts";
import { readGradle, readMaven } from "./jvm.ts";
import { readMocha } from "./mocha.ts";
import type { Reader } from "./outcome.ts";
import { readPytest } from "./pytest.ts";
import { readUnittest } from "./unittest.ts";
import { readVitest } from "./vitest.ts";

/** Readers of what runners print for people, line by line; those of node and RSpec are with their reports for programs. */
export const FOR_PEOPLE: readonly Reader[] = [
  readVitest,
  readJest,
  readMocha,
  readPytest,
  readUnittest,
  readGo,
  readCargo,
  readMaven,
  readGradle,
  readDotnet,
];

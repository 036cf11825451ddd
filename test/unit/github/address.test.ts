import { expect, test } from "vitest";
import { apiUrl } from "../../../src/github/app.ts";

test("the REST API's address follows from the host", () => {
  expect(apiUrl("github.com")).toBe("https://api.github.com");
  expect(apiUrl("ghe.example.com")).toBe("https://ghe.example.com/api/v3");
  expect(apiUrl("127.0.0.1:8080", "http")).toBe("http://127.0.0.1:8080/api/v3");
  expect(apiUrl("octocorp.ghe.com")).toBe("https://api.octocorp.ghe.com");
});

import { describe, expect, test } from "vitest";
import { detectTests } from "../../../src/core/testing/detect.ts";

type Files = Readonly<Record<string, string>>;
const detect = (files: Files) => detectTests(Object.keys(files), (path) => files[path] ?? null);
const MAVEN = "-B -Dmaven.repo.local=/workspace/.cache/maven/repository";
const GRADLE = "GRADLE_USER_HOME=/workspace/.cache/gradle";

describe("what setup fetched is used without asking a registry again", () => {
  const cases: readonly (readonly [string, Files, string, string | null])[] = [
    [
      "Maven",
      { "pom.xml": "" },
      `mvn ${MAVEN} -o --fail-at-end test`,
      `mvn ${MAVEN} -Dmaven.test.failure.ignore=true test`,
    ],
    [
      "Maven with a wrapper",
      { "pom.xml": "", mvnw: "" },
      `MAVEN_USER_HOME=/workspace/.cache/maven sh ./mvnw ${MAVEN} -o --fail-at-end test`,
      `MAVEN_USER_HOME=/workspace/.cache/maven sh ./mvnw ${MAVEN} -Dmaven.test.failure.ignore=true test`,
    ],
    [
      "Gradle",
      { "build.gradle.kts": "" },
      `${GRADLE} gradle --no-daemon --offline --continue cleanTest test`,
      `${GRADLE} gradle --no-daemon testClasses && { ${GRADLE} gradle --no-daemon --continue test || true; }`,
    ],
    [
      "Gradle with a wrapper",
      { "settings.gradle": "", gradlew: "" },
      `${GRADLE} sh ./gradlew --no-daemon --offline --continue cleanTest test`,
      `${GRADLE} sh ./gradlew --no-daemon testClasses && { ${GRADLE} sh ./gradlew --no-daemon --continue test || true; }`,
    ],
    [
      "RSpec with a lock file",
      { Gemfile: "", "Gemfile.lock": "", ".rspec": "" },
      "BUNDLE_PATH=/workspace/.cache/bundle BUNDLE_FROZEN=true bundle exec rspec",
      "BUNDLE_PATH=/workspace/.cache/bundle BUNDLE_FROZEN=true bundle install",
    ],
    [
      "RSpec without a lock file",
      { Gemfile: "", "spec/models/user_spec.rb": "" },
      "BUNDLE_PATH=/workspace/.cache/bundle bundle exec rspec",
      "BUNDLE_PATH=/workspace/.cache/bundle bundle install",
    ],
    ["RSpec without a Gemfile", { "spec/spec_helper.rb": "" }, "rspec", null],
    [
      "dotnet with a solution",
      { "Sums.sln": "", "src/Sums.csproj": "", "test/Sums.Tests.csproj": "" },
      "NUGET_PACKAGES=/workspace/.cache/nuget dotnet test Sums.sln --no-restore",
      "NUGET_PACKAGES=/workspace/.cache/nuget dotnet restore Sums.sln",
    ],
    [
      "dotnet with one test project",
      { "src/Sums.csproj": "", "a b/Sums.Tests.fsproj": "" },
      "NUGET_PACKAGES=/workspace/.cache/nuget dotnet test './a b/Sums.Tests.fsproj' --no-restore",
      "NUGET_PACKAGES=/workspace/.cache/nuget dotnet restore './a b/Sums.Tests.fsproj'",
    ],
  ];
  test.each(cases)("%s", (_, files, command, setup) => {
    expect(detect(files)).toEqual({ test: command, setup, why: expect.stringMatching(/ is there.*\.$/) });
  });
});

test.each<readonly [string, Files]>([
  ["a Gemfile without specs", { Gemfile: "" }],
  ["several .NET projects, none of them for tests", { "a/A.csproj": "", "b/B.csproj": "" }],
  ["a wrapper without a build file", { mvnw: "", gradlew: "" }],
])("%s has no test command", (_, files) => {
  expect(detect(files).test).toBeNull();
});

test("of several ecosystems the first counts: Node, Go, Cargo, Maven, Gradle, Python, RSpec, .NET, make", () => {
  const signs: Files = {
    "package.json": '{"scripts":{"test":"x"}}',
    "go.mod": "",
    "Cargo.toml": "",
    "pom.xml": "",
    "build.gradle": "",
    "test_a.py": "",
    ".rspec": "",
    "A.csproj": "",
    Makefile: "test:\n",
  };
  const left = { ...signs };
  const programs = Object.keys(signs).map((sign) => {
    const found = detect(left).test ?? "";
    delete (left as Record<string, string>)[sign];
    return /(?:^| )(npm|go|cargo|mvn|gradle|python3|rspec|dotnet|make) /.exec(`${found} `)?.[1];
  });
  expect(programs).toEqual(["npm", "go", "cargo", "mvn", "gradle", "python3", "rspec", "dotnet", "make"]);
});

describe("a hostile repository", () => {
  test("of very many files is looked at quickly", () => {
    const files = Array.from({ length: 200_000 }, (_, at) => `${"a/".repeat(20)}test_${"x".repeat(100)}${at}.txt`);
    const started = performance.now();
    detectTests([...files, "x.csproj"], () => null);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test.each(["`", "Tests: `", "#", "```\n", "[project.optional-dependencies]\n", "test :=", '{"a":', "\u0000", "\r\n"])(
    "whose files say %j over and over is looked at quickly",
    (pattern) => {
      const text = pattern.repeat(500_000 / pattern.length);
      const started = performance.now();
      const found = detectTests(["AGENTS.md", "package.json", "pyproject.toml", "Makefile", "yarn.lock"], () => text);
      expect(performance.now() - started).toBeLessThan(5000);
      expect(found.test).toBeNull();
    },
  );

  test("cannot put a command into the name of a project", () => {
    expect(detect({ "$(touch x);'a.csproj": "" }).test).toContain(
      `dotnet test './$(touch x);'\\''a.csproj' --no-restore`,
    );
    expect(detect({ "-x.csproj": "" }).test).toContain("dotnet test './-x.csproj' ");
  });

  test("whose AGENTS.md states an endless command is not heard", () => {
    expect(detect({ "AGENTS.md": `# Tests\n\`\`\`\n${"x".repeat(2000)}\n\`\`\`\n` }).test).toBeNull();
    expect(detect({ "AGENTS.md": `Tests: \`${"x".repeat(2000)}\`\n` }).test).toBeNull();
  });
});

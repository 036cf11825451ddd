import { cacheFolder, firstOf, type DetectedTests, type Repository } from "./repository.ts";

/*
 * What a test run alone needs (the providers of surefire, JUnit's launcher) is resolved by no other goal: setup therefore runs the
 * tests once and passes over their failures. Wrappers are started by `sh`, because their executable bit is lost on Windows.
 */

/** Maven writes its XML reports by itself. `--fail-at-end`: every module is tested, not only those before the first failure. */
export function fromMaven(repository: Repository): DetectedTests | null {
  if (!repository.has("pom.xml")) return null;
  const wrapper = firstOf(repository, "mvnw");
  const folder = cacheFolder("maven");
  const home = wrapper === undefined ? "" : `MAVEN_USER_HOME=${folder} `;
  const maven = `${home}${wrapper === undefined ? "mvn" : "sh ./mvnw"} -B -Dmaven.repo.local=${folder}/repository`;
  return {
    test: `${maven} -o --fail-at-end test`,
    setup: `${maven} -Dmaven.test.failure.ignore=true test`,
    why: `pom.xml is there${wrapper === undefined ? "" : ", with a wrapper"}.`,
  };
}

const GRADLE_FILES = ["settings.gradle", "settings.gradle.kts", "build.gradle", "build.gradle.kts"];

/** Gradle writes its XML reports by itself. `cleanTest`: a result that is kept from before is no test run. */
export function fromGradle(repository: Repository): DetectedTests | null {
  const file = firstOf(repository, ...GRADLE_FILES);
  if (file === undefined) return null;
  const wrapper = firstOf(repository, "gradlew");
  const program = wrapper === undefined ? "gradle" : "sh ./gradlew";
  const gradle = `GRADLE_USER_HOME=${cacheFolder("gradle")} ${program} --no-daemon`;
  return {
    test: `${gradle} --offline --continue cleanTest test`,
    setup: `${gradle} testClasses && { ${gradle} --continue test || true; }`,
    why: `${file} is there${wrapper === undefined ? "" : ", with a wrapper"}.`,
  };
}

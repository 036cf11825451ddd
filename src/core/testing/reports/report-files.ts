/** Where runners leave reports for programs: JUnit's XML, Visual Studio's TRX, the JSON of jest, vitest, mocha and RSpec. */
const PLACES: readonly RegExp[] = [
  // Maven, failsafe too; a folder below, where TestNG repeats them, is left out
  /(?:^|\/)target\/(?:surefire|failsafe)-reports\/TEST-[^/]*\.xml$/,
  // Gradle
  /(?:^|\/)build\/test-results\/(?:[^/]+\/){0,4}TEST-[^/]*\.xml$/,
  // dotnet
  /(?:^|\/)TestResults\/(?:[^/]+\/){0,4}[^/]*\.trx$/,
  // vitest
  /(?:^|\/)\.vitest\/(?:json|junit)\/output\.(?:json|xml)$/,
  // jest-junit, pytest, node, mocha, RSpec: under the names and in the folders that their documentation uses
  /(?:^|\/)(?:junit|test-results?|test-report|pytest|rspec|report)\.(?:xml|json)$/,
  /(?:^|\/)(?:junit|tests?|pytest|rspec|jest|vitest|mocha)-(?:results?|report|junit)\.(?:xml|json)$/,
  /(?:^|\/)(?:test-results|test-reports|test_results|junit-reports)\/(?:[^/]+\/){0,4}[^/]*\.(?:xml|json)$/,
];

/** Whether a runner is known to leave a report under this path, relative to the workspace. */
export const isReportPath = (path: string): boolean => PLACES.some((place) => place.test(path));

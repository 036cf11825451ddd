/*
 * How much of the suites is run. `FAULTS=all` is the whole, which `npm run test:faults` sets; without it a sample, which is part of `script/test`.
 */

export const ALL = process.env["FAULTS"] === "all";

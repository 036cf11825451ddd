import { killPointsOver } from "../support/faults/kill-points.ts";

killPointsOver("sqlite");

import { consult } from "./consult.ts";
import { skill } from "./skill.ts";
import { task } from "./task.ts";
import type { Tool } from "./tool.ts";
import { webFetch } from "./web-fetch.ts";

/** What a job has besides its workspace. The tools of a job are the same bytes for all jobs of which this is the same. */
export interface Further {
  /** The repository has skills. */
  readonly skills: boolean;
  /** The operator and the repository both name hosts. */
  readonly web: boolean;
}

export const NOTHING_FURTHER: Further = { skills: false, web: false };

/** Models that help. */
export const HELPERS = [task, consult] as const;

/** Things to read that are not in the workspace; a tool that could only refuse is not offered. */
export const furtherReading = ({ skills, web }: Further): readonly Tool[] => [
  ...(skills ? [skill] : []),
  ...(web ? [webFetch] : []),
];

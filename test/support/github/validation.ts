import { readFileSync } from "node:fs";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { z } from "zod";

const Part = z.looseObject({ $ref: z.string().optional() });
const Content = z.looseObject({ content: z.record(z.string(), z.looseObject({ schema: z.unknown() })).optional() });
const Parameter = z.looseObject({ name: z.string(), in: z.string(), required: z.boolean().optional(), schema: Part });
const Operation = z.looseObject({
  operationId: z.string(),
  enabledForGitHubApps: z.boolean(),
  parameters: z.array(Part).default([]),
  requestBody: Content.extend({ required: z.boolean().optional() }).optional(),
  responses: z.record(z.string(), Part),
});
type Operation = z.infer<typeof Operation>;
const Extract = z.object({
  source: z.string(),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  webhooks: z.record(z.string(), z.unknown()),
  components: z.record(z.string(), z.record(z.string(), z.unknown())),
});
/** Where GitHub's own description refuses what GitHub really sends. Each entry says why. */
const Allowance = z.strictObject({
  where: z.string(),
  instance: z.string(),
  keyword: z.string(),
  reason: z.string(),
});

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../fixtures/openapi/${name}`, import.meta.url), "utf8"));

const extracted = Extract.parse(read("github.json"));
const written = z
  .object({ paths: Extract.shape.paths, schemas: z.record(z.string(), z.unknown()) })
  .parse(read("by-hand.json"));
const { paths, components } = extracted;
/** What was written by hand never wins over what was extracted. */
const extract: z.infer<typeof Extract> = {
  ...extracted,
  paths: { ...written.paths, ...paths },
  components: { ...components, schemas: { ...written.schemas, ...components["schemas"] } },
};
const allowances = z.array(Allowance).parse(read("allowlist.json"));

const FORMATS = {
  "date-time": (text: string) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text),
  uri: (text: string) => URL.canParse(text),
  "repo.nwo": (text: string) => /^[\w.-]+\/[\w.-]+$/.test(text),
  email: (text: string) => /^[^\s@]+@[^\s@]+$/.test(text),
};
/** Formats that say nothing a JSON type does not. */
const LOOSE = { int64: true, timestamp: true, "uri-template": true } as const;
const options = { strict: false, validateSchema: false, allErrors: true, formats: { ...FORMATS, ...LOOSE } } as const;
const bodies = new Ajv(options).addSchema(Object(extract), "github.json");
const queries = new Ajv({ ...options, coerceTypes: true });

const escape = (step: string): string => encodeURIComponent(step.replaceAll("~", "~0").replaceAll("/", "~1"));
const at = (...steps: readonly string[]): ValidateFunction | undefined =>
  bodies.getSchema(`github.json#/${steps.map(escape).join("/")}`);

/** Steps to a part of the description, through one `$ref`. */
function follow(steps: readonly string[], part: z.infer<typeof Part> | undefined): readonly string[] {
  return part?.$ref === undefined ? steps : part.$ref.slice(2).split("/");
}
const component = (steps: readonly string[]): unknown => extract.components[steps[1] ?? ""]?.[steps[2] ?? ""];

function complaints(where: string, check: ValidateFunction, value: unknown): readonly string[] {
  if (check(value)) return [];
  const errors: readonly ErrorObject[] = check.errors ?? [];
  const allowed = (error: ErrorObject): boolean =>
    allowances.some(
      (entry) =>
        new RegExp(`^(?:${entry.where})$`).test(where) &&
        new RegExp(`^(?:${entry.instance})$`).test(error.instancePath) &&
        new RegExp(`^(?:${entry.keyword})$`).test(error.keyword),
    );
  return errors
    .filter((error) => !allowed(error))
    .map(
      (error) =>
        `${where}: ${error.instancePath || "/"} ${error.message ?? error.keyword} ${JSON.stringify(error.params)}`,
    );
}

/** Every operation of the extract, as `GET /app`. */
export const OPERATIONS: readonly string[] = Object.entries(extract.paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
);
const operationOf = (method: string, path: string): Operation | undefined =>
  extract.paths[path]?.[method.toLowerCase()];

function queryComplaints(where: string, operation: Operation, query: URLSearchParams): readonly string[] {
  const parameters = operation.parameters
    .map((part) => Parameter.parse(part.$ref === undefined ? part : component(part.$ref.slice(2).split("/"))))
    .filter((parameter) => parameter.in === "query");
  const check = queries.compile({
    type: "object",
    properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])),
    required: parameters.filter(({ required }) => required === true).map(({ name }) => name),
    additionalProperties: false,
  });
  return complaints(`${where} query`, check, Object.fromEntries(query));
}

/** What GitHub's description has against a request; empty when nothing. */
export function requestComplaints(
  method: string,
  path: string,
  { query, body }: { readonly query: URLSearchParams; readonly body: unknown },
): readonly string[] {
  const operation = operationOf(method, path);
  const where = `${method} ${path}`;
  if (operation === undefined) return [`${where}: not in GitHub's description`];
  const check = at("paths", path, method.toLowerCase(), "requestBody", "content", "application/json", "schema");
  const missing = operation.requestBody?.required === true && body === undefined;
  const unexpected = operation.requestBody === undefined && body !== undefined;
  return [
    ...queryComplaints(where, operation, query),
    ...(missing ? [`${where}: the body is missing`] : []),
    ...(unexpected ? [`${where}: a body is not expected`] : []),
    ...(check === undefined || body === undefined ? [] : complaints(`${where} request`, check, body)),
  ];
}

/** What GitHub's description has against a JSON answer; errors that it does not list are let through. */
export function responseComplaints(
  method: string,
  path: string,
  { status, body }: { readonly status: number; readonly body: unknown },
): readonly string[] {
  const where = `${method} ${path} ${status}`;
  const listed = operationOf(method, path)?.responses[String(status)];
  if (listed === undefined) return status >= 400 ? [] : [`${where}: not a status of this operation`];
  const steps = follow(["paths", path, method.toLowerCase(), "responses", String(status)], listed);
  const check = at(...steps, "content", "application/json", "schema");
  return check === undefined || body === undefined ? [] : complaints(where, check, body);
}

/** What GitHub's description has against a webhook's payload, such as `issues-opened`. */
export function webhookComplaints(name: string, payload: unknown): readonly string[] {
  const check = extract.webhooks[name] === undefined ? undefined : at("webhooks", name);
  return check === undefined ? [`webhook ${name}: not in the extract`] : complaints(`webhook ${name}`, check, payload);
}

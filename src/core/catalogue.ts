/**
 * What the runtime must do with a failure: `terminal` ends the run, `retryable` is tried again soon with backoff,
 * `wait` parks the run until something outside changes.
 */
export type ErrorClass = "terminal" | "retryable" | "wait";

interface CatalogueEntry {
  readonly class: ErrorClass;
  /** The sentence a person reads. `{name}` is filled from the error's details. */
  readonly sentence: string;
}

const entry = (errorClass: ErrorClass, sentence: string): CatalogueEntry => ({ class: errorClass, sentence });

/** Every failure this program knows by name. Public text comes from here and nowhere else. */
export const CATALOGUE = {
  config_invalid: entry(
    "terminal",
    "The configuration has {count} fault(s); `.env.example` and docs/configuration.md say what to set: {faults}",
  ),
  settings_invalid: entry(
    "terminal",
    "The settings file {path} has {count} fault(s); nothing was started. Mend it on the default branch, then comment `/plan`.",
  ),
  backup_exists: entry(
    "terminal",
    "{path} is not empty; nothing was copied. Name a directory that is empty or not there yet.",
  ),
  backup_elsewhere: entry(
    "terminal",
    "The journal is in PostgreSQL, which `pg_dump` backs up; nothing was copied. docs/operations.md, Backup, has the commands.",
  ),
  redis_missing: entry(
    "terminal",
    "No Redis: set REDIS_URL, or install a local server (`apt-get install redis-server`), and start again.",
  ),
  redis_unreachable: entry("wait", "Redis at {address} does not answer. Check REDIS_URL and that the server runs."),
  redis_policy: entry(
    "terminal",
    "Redis at {address} uses maxmemory-policy {policy}, which may drop jobs. Set it to noeviction.",
  ),
  docker_unreachable: entry(
    "wait",
    "The Docker engine at {address} does not answer. Start it, or set DOCKER_HOST; the run goes on by itself when it is back.",
  ),
  image_missing: entry(
    "wait",
    "The sandbox image {image} is not on the engine. Build it with `docker build -t {image} sandbox-image`; the run goes on by itself when it is there.",
  ),
  sandbox_lost: entry(
    "retryable",
    "The sandbox stopped in the middle of the work ({reason}); it is rebuilt from the last checkpoint.",
  ),
  sandbox_limit: entry(
    "wait",
    "The sandbox reached its {limit} limit ({value}). The work so far is kept. `/retry` goes on from there; to start again with more guidance, comment `/stop`, then `/plan` with it.",
  ),
  registry_unreachable: entry(
    "wait",
    "The package registry {host} does not answer, so the dependencies could not be installed. The run goes on by itself when it does; `/retry` tries now.",
  ),
  setup_failed: entry(
    "terminal",
    "The setup command `{command}` ended with exit code {exitCode}. Set `setup.command` in .github/journeyman.yml, then comment `/plan`.",
  ),
  model_unauthorized: entry(
    "wait",
    "The model refused the API key. The operator must check it; then comment `/retry`.",
  ),
  model_unavailable: entry(
    "wait",
    "The model did not answer ({reason}) after {attempts} attempts. The run goes on by itself; `/retry` tries now.",
  ),
  model_silent: entry(
    "wait",
    "The model has not answered for {minutes} minutes ({reason}). The work so far is kept. Comment `/retry` to go on when its service is back.",
  ),
  model_rejected: entry(
    "terminal",
    "The model's service did not accept the request, and repeating it would not help. An operator should look at the log; then comment `/plan`.",
  ),
  model_unconfigured: entry(
    "terminal",
    "This server has no provider for the model {model}. Set another model in .github/journeyman.yml, or ask the operator for a provider; then comment `/plan`.",
  ),
  model_refused: entry(
    "wait",
    "The model declined to go on in stage {stage}. Nothing more was asked of it, and the work so far is kept. `/retry` asks it once more; to start again, comment `/stop`, reword the issue, then comment `/plan`.",
  ),
  model_unusable: entry(
    "wait",
    "The model gave {count} answers in a row that could not be used ({reason}). The work so far is kept. `/retry` asks it once more; to start again with more guidance, comment `/stop`, then `/plan` with it.",
  ),
  context_exceeded: entry(
    "wait",
    "The conversation no longer fits the model's window ({tokens} tokens), and nothing is left to take out of it. The work so far is kept. `/retry` tries once more; otherwise comment `/stop` and split the issue into smaller ones.",
  ),
  price_unknown: entry(
    "terminal",
    "The price of model {model} is not known, so the budget cannot be kept. Add it to the price table, or set another model.",
  ),
  budget_exhausted: entry(
    "wait",
    "The budget of {scope} is used up: {spent} of {ceiling} spent, and the next call to the model may cost {needed}. The work so far is kept. Comment `/budget $N` with a higher amount to go on.",
  ),
  day_budget_exhausted: entry(
    "wait",
    "Today's budget of {scope} is used up: {spent} of {ceiling} spent, and the next call to the model may cost {needed}. The work so far is kept. The run goes on by itself at {until}.",
  ),
  day_budget_reserved: entry(
    "wait",
    "Calls that are under way have set aside what is left of today's budget of {scope} ({spent} of {ceiling} spent or set aside, {needed} needed). The run goes on by itself when they are answered.",
  ),
  turn_limit: entry(
    "terminal",
    "The model used all {turns} turns of stage {stage} without finishing. The work so far is kept. Comment `/plan` with more guidance to start again.",
  ),
  time_limit: entry(
    "terminal",
    "The run reached its limit of {minutes} minutes of work. The work so far is kept. Raise `limits.run_minutes` in .github/journeyman.yml or split the issue, then comment `/plan` to start again.",
  ),
  stage_time_limit: entry(
    "terminal",
    "Stage {stage} reached its limit of {minutes} minutes of work. The work so far is kept. Raise `limits.stage_minutes` in .github/journeyman.yml or split the issue, then comment `/plan` to start again.",
  ),
  call_keeps_failing: entry(
    "wait",
    "The model made the same call to `{tool}` {count} times and it failed the same way each time. The work so far is kept. `/retry` lets it try something else; to start again with more guidance, comment `/stop`, then `/plan` with it.",
  ),
  loop_detected: entry(
    "terminal",
    "The model repeated the same call to `{tool}` {count} times with the same result. The work so far is kept. Comment `/plan` with more guidance to start again.",
  ),
  github_unavailable: entry("wait", "GitHub did not answer ({reason}). The run goes on by itself."),
  github_limited: entry("wait", "GitHub asked us to slow down until {until}. The run goes on by itself."),
  github_forbidden: entry(
    "terminal",
    "GitHub refused `{action}` ({status}). Check the App's permissions and that it is installed on this repository.",
  ),
  github_missing: entry("terminal", "GitHub does not show `{what}` to this App."),
  installation_gone: entry("terminal", "The App is no longer installed on this repository. Nothing more is done here."),
  approval_withdrawn: entry(
    "terminal",
    "The approval by @{login} no longer stands ({reason}), so nothing was published. The work so far is kept. Comment `/plan` to start again.",
  ),
  branch_taken: entry(
    "terminal",
    "The branch {branch} exists with commits that are not ours. Nothing was overwritten. Delete or rename it, then comment `/plan`.",
  ),
  base_gone: entry(
    "terminal",
    "The commit {sha} that the plan was made for is no longer in the repository. Comment `/plan` for a new plan.",
  ),
  base_unusable: entry(
    "terminal",
    "The repository at {sha} cannot be worked on: {reason}. Mend it on the default branch, then comment `/plan`.",
  ),
  mirror_failed: entry("wait", "The repository could not be fetched ({reason}). The run goes on by itself."),
  plan_invalid: entry(
    "terminal",
    "The model did not give a plan that can be used: {reason}. Comment `/plan` with more guidance.",
  ),
  change_refused: entry(
    "terminal",
    "The change was not published: {reasons}. Comment `/plan` with guidance to start again.",
  ),
  change_empty: entry(
    "terminal",
    "The work left no change in the repository, so there is nothing to propose. Comment `/plan` with guidance to start again.",
  ),
  tests_failed: entry(
    "terminal",
    "The tests still fail after {fixes} fixes. No pull request was opened. Comment `/plan` with guidance to start again.",
  ),
  crash_budget: entry(
    "wait",
    "The worker stopped {count} times at the same point. An operator should look at its log; `/retry` tries again.",
  ),
  lease_lost: entry("retryable", "Another worker has taken the run over."),
  journal_corrupt: entry(
    "terminal",
    "The journal of run {run} cannot be read at fact {index}: {reason}. Restore it from a backup.",
  ),
  data_newer: entry(
    "terminal",
    "The data was written by a newer version (schema {found}; this program knows {known}). Start the newer version, or restore a backup.",
  ),
  storage_unavailable: entry(
    "wait",
    "What is stored could not be read or written ({reason}). An operator should check the disk and its permissions, or the server and the way to it; the run goes on by itself with what was kept, and `/retry` tries now.",
  ),
  artifacts_refused: entry(
    "wait",
    "The bucket {bucket} does not let us in ({reason}). An operator should check ARTIFACTS_URL and the AWS_ variables with `journeyman doctor`; the run goes on by itself.",
  ),
  artifact_missing: entry("terminal", "The artifact {digest} is missing from the store. Restore it from a backup."),
  journal_missing: entry(
    "terminal",
    "No journal at {path}: set DATA_DIR, and DATABASE_URL where there is one, as the server has them.",
  ),
  option_invalid: entry("terminal", "{option} takes {expected}; `{given}` is not one."),
  run_unknown: entry("terminal", "{count} runs match `{given}`. `journeyman runs` lists them; give the whole id."),
  fact_unknown: entry("terminal", "Run {run} has the facts 0 to {last}; there is no fact {at}."),
  archive_exists: entry(
    "terminal",
    "{path} is there already. Name another file with --out, or overwrite it with --force.",
  ),
  archive_damaged: entry(
    "terminal",
    "The archive {path} cannot be used: {place} {reason}. Export the run again, or take another copy.",
  ),
  fork_refused: entry("terminal", "Nothing was forked from run {run}: {reason}."),
  fork_files_invalid: entry("terminal", "Nothing was forked, because of {count} fault(s): {faults}"),
  repository_unusable: entry(
    "terminal",
    "The repository at {path} cannot be used: {reason}. Name another, or mend it.",
  ),
  issue_file_invalid: entry("terminal", "The issue in {path} cannot be read: {reason}."),
  evals_invalid: entry("terminal", "Nothing was run, because of {count} fault(s) in the evals: {faults}"),
  internal: entry("retryable", "Something unexpected went wrong ({reason}). An operator should look at the log."),
} as const satisfies Record<string, CatalogueEntry>;

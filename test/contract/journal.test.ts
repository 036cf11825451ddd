import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe } from "vitest";
import { openJournal } from "../../src/journal/journal.ts";
import { withExport } from "../../src/journal/export.ts";
import type { Journal } from "../../src/ports/journal.ts";
import { capRules } from "./journal/caps.ts";
import { crashRules } from "./journal/crashes.ts";
import { intakeRules } from "./journal/intake.ts";
import type { JournalPlace } from "./journal/kit.ts";
import { forkRules } from "./journal/forks.ts";
import { leaseRules } from "./journal/leases.ts";
import { ledgerRules } from "./journal/ledger.ts";
import { pruneRules } from "./journal/pruning.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";

/** What every journal must do. Each test gets a journal of its own. */
function journalContract(name: string, create: () => Promise<JournalPlace>): void {
  describe(name, () => {
    let place: JournalPlace;
    let journal: Journal;
    beforeEach(async () => {
      place = await create();
      journal = await place.open();
    });
    afterEach(async () => {
      await journal.close();
      await place.remove();
    });
    describe("intake", () => intakeRules(() => journal));
    describe("leases and facts", () => leaseRules(() => journal));
    describe("forks", () => forkRules(() => journal));
    describe("pruning", () => pruneRules(() => journal));
    describe("ledger", () => ledgerRules(() => journal));
    describe("caps", () =>
      capRules(
        () => place,
        () => journal,
      ));
    describe("crashes", () =>
      crashRules(
        () => place,
        () => journal,
      ));
  });
}

const inFolder = async (open: (folder: string) => Promise<Journal>): Promise<JournalPlace> => {
  const folder = await mkdtemp(join(tmpdir(), "journeyman-journal-"));
  return {
    open: () => open(folder),
    address: join(folder, "journal.db"),
    remove: () => rm(folder, { recursive: true }),
  };
};
const openIn = (folder: string) => openJournal({ file: join(folder, "journal.db") });

journalContract("SQLite", () => inFolder(openIn));
journalContract("SQLite with the export", () =>
  inFolder(async (folder) => withExport(await openIn(folder), join(folder, "runs"))),
);

describe("PostgreSQL", () => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());
  journalContract("one database for each test", async () => {
    const address = await server.createDatabase();
    return { open: () => openJournal({ url: address }), address, remove: async () => {} };
  });
});

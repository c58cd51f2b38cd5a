/**
 * What a user notes about a run, where it comes from, what it waits for, and what it was estimated to take: tags, a note, the run that its
 * recipe was copied from, the runs that differ from it in their seed alone, the run after which it starts, and the time of its stages.
 */
export const managingRunsMigration = `
  CREATE TABLE seed_groups (            -- runs that differ in their seed alone
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL
  ) STRICT;
  ALTER TABLE runs ADD COLUMN tags TEXT NOT NULL DEFAULT '[]'; -- JSON: texts, in the user's order
  ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT '';
  ALTER TABLE runs ADD COLUMN source_id TEXT REFERENCES runs (id) ON DELETE SET NULL; -- its recipe was that run's, then changed
  ALTER TABLE runs ADD COLUMN seed_group INTEGER REFERENCES seed_groups (id) ON DELETE SET NULL;
  ALTER TABLE runs ADD COLUMN planned TEXT; -- JSON [{iteration, stage, seconds}]: the estimate before it was created; NULL: none
  ALTER TABLE jobs ADD COLUMN after_run TEXT REFERENCES runs (id) ON DELETE SET NULL; -- in the queue until that run has finished
  CREATE INDEX runs_of_seed_group ON runs (seed_group) WHERE seed_group IS NOT NULL;
  CREATE INDEX runs_of_source ON runs (source_id) WHERE source_id IS NOT NULL;
  CREATE INDEX jobs_after_run ON jobs (after_run) WHERE after_run IS NOT NULL;
  CREATE TRIGGER seed_groups_end AFTER DELETE ON runs
    WHEN old.seed_group IS NOT NULL AND NOT EXISTS (SELECT 1 FROM runs WHERE seed_group = old.seed_group)
    BEGIN DELETE FROM seed_groups WHERE id = old.seed_group; END;
  `

/**
 * Rewards set by a user may have any value, since not every judge's are from 0 to 5, and may follow from decisions on a judgement's parts.
 * Rebuilds the table, since a CHECK can't be removed in place; keeps every row and id. Its reference to itself follows the renaming.
 */
export const rescoredPartsMigration = `
  CREATE TABLE rescores_with_parts (    -- rewards set by a user; append-only: the newest row of a candidate counts
    id INTEGER PRIMARY KEY,
    candidate_id INTEGER NOT NULL REFERENCES candidates (id) ON DELETE CASCADE,
    reward REAL,                        -- NULL: undone
    parts TEXT,                         -- JSON [true, false or null for the judge's]; NULL: the reward was set as a whole
    reviewer TEXT NOT NULL DEFAULT '',
    at TEXT NOT NULL,
    act_id INTEGER REFERENCES review_acts (id) ON DELETE CASCADE,
    restores INTEGER REFERENCES rescores_with_parts (id) ON DELETE CASCADE
  ) STRICT;
  INSERT INTO rescores_with_parts (id, candidate_id, reward, reviewer, at, act_id, restores)
    SELECT id, candidate_id, reward, reviewer, at, act_id, restores FROM rescores;
  DROP TABLE rescores;
  ALTER TABLE rescores_with_parts RENAME TO rescores;
  CREATE INDEX rescores_of_candidate ON rescores (candidate_id, id);
  CREATE INDEX rescores_of_act ON rescores (act_id) WHERE act_id IS NOT NULL;
  CREATE INDEX rescores_restored ON rescores (restores) WHERE restores IS NOT NULL;
  CREATE TRIGGER rescores_stay BEFORE UPDATE ON rescores BEGIN SELECT RAISE(ABORT, 'rescores are append-only'); END;
  `

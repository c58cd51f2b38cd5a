/** Lets a run end early and keep its results; adds the indices for finding a run's rows on removal. */
export const endEarlyMigration = `
  ALTER TABLE runs ADD COLUMN end_requested_at TEXT; -- a person asked to end it early; it stays when it has been
  CREATE INDEX pairs_of_chosen ON pairs (chosen_id);
  CREATE INDEX pairs_of_rejected ON pairs (rejected_id);
  `

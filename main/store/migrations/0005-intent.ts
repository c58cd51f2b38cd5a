/** What the user wants of a run or an evaluation, stored so that it survives sleep, quit, and restart. */
export const intentMigration = `
  ALTER TABLE runs ADD COLUMN wanted TEXT CHECK (wanted IN ('work', 'pause')); -- NULL: the user has not said
  ALTER TABLE runs ADD COLUMN reviewed_iteration INTEGER; -- the newest iteration whose review the user has confirmed
  ALTER TABLE runs ADD COLUMN queued_at TEXT; -- to be started when the run at work has ended
  ALTER TABLE suites ADD COLUMN cancel_requested INTEGER NOT NULL DEFAULT 0 CHECK (cancel_requested IN (0, 1)); -- until resumed
`

/**
 * Jobs: what a run or an evaluation is doing, what the user wants of it, and which process works on it. Until now, that was told by
 * columns of `runs` and of `evaluations`, and by `locks`.
 */
export const jobsMigration = `
  CREATE TABLE jobs (                   -- work for the accelerator, one row for each run and each evaluation by hand
    id TEXT PRIMARY KEY,                -- a run's id, or 'e-12' for evaluation 12
    run_id TEXT UNIQUE REFERENCES runs (id) ON DELETE CASCADE,
    evaluation_id INTEGER UNIQUE REFERENCES evaluations (id) ON DELETE CASCADE,
    state TEXT NOT NULL CHECK (state IN
      ('created', 'queued', 'running', 'waiting-for-review', 'pausing', 'paused', 'finishing', 'finished', 'failed')),
    wanted TEXT CHECK (wanted IN ('work', 'pause', 'end')), -- the user's newest request; NULL: none yet
    queued_at TEXT,                     -- position in the queue, kept while it runs in case it returns
    attempts INTEGER NOT NULL DEFAULT 0, -- how often a process began to work on it
    error TEXT,                         -- JSON {code, message, remedy} of the last failure
    finished_at TEXT,
    token TEXT,                         -- the lease of the process that works on it; NULL: none does
    host TEXT,
    pid INTEGER,
    process_started TEXT,               -- tells a process from a later one with the same pid
    heartbeat_at INTEGER,               -- milliseconds since 1970
    CHECK ((run_id IS NULL) <> (evaluation_id IS NULL))
  ) STRICT;

  INSERT INTO jobs (id, run_id, state, wanted, queued_at, attempts, error, finished_at, token, host, pid, process_started, heartbeat_at)
    SELECT r.id, r.id,
      CASE
        WHEN r.queued_at IS NOT NULL AND r.status NOT IN ('running', 'finished') THEN 'queued'
        WHEN r.status = 'running' AND r.end_requested_at IS NOT NULL THEN 'finishing'
        WHEN r.status = 'running' AND l.stop_requested = 1 THEN 'pausing'
        WHEN r.status = 'stopped' THEN 'paused'
        WHEN r.status = 'waiting' THEN 'waiting-for-review'
        ELSE r.status
      END,
      CASE WHEN r.end_requested_at IS NOT NULL THEN 'end' ELSE r.wanted END,
      CASE WHEN r.status NOT IN ('running', 'finished') THEN r.queued_at END,
      r.stage IS NOT NULL, r.error, r.finished_at, l.token, l.host, l.pid, l.process_started, l.heartbeat_at
    FROM runs r LEFT JOIN locks l ON l.run_id = r.id;
  INSERT INTO jobs (id, evaluation_id, state, wanted, queued_at, attempts, error, finished_at, token, host, pid, process_started, heartbeat_at)
    SELECT 'e-' || id, id,
      CASE
        WHEN status = 'running' THEN iif(cancel_requested, 'pausing', 'running')
        WHEN status = 'cancelled' OR (status = 'queued' AND cancel_requested) THEN 'paused'
        ELSE status
      END,
      iif(cancel_requested, 'pause', 'work'), iif(status = 'queued' AND NOT cancel_requested, created_at, NULL), status <> 'queued', error,
      finished_at, claim ->> '$.token', claim ->> '$.host', claim ->> '$.pid', claim ->> '$.started', claim ->> '$.heartbeatAt'
    FROM (SELECT *, iif(json_valid(owner), owner, '{}') AS claim FROM evaluations WHERE run_id IS NULL);
  DROP TABLE locks;
  DROP INDEX evaluations_by_hand;
  ALTER TABLE evaluations DROP COLUMN status;
  ALTER TABLE evaluations DROP COLUMN owner;
  ALTER TABLE evaluations DROP COLUMN cancel_requested;
  ALTER TABLE evaluations DROP COLUMN error;
  ALTER TABLE evaluations DROP COLUMN finished_at;
  ALTER TABLE runs DROP COLUMN status;
  ALTER TABLE runs DROP COLUMN error;
  ALTER TABLE runs DROP COLUMN finished_at;
  ALTER TABLE runs DROP COLUMN end_requested_at;
  ALTER TABLE runs DROP COLUMN wanted;
  ALTER TABLE runs DROP COLUMN queued_at;
  UPDATE events SET event = json_set(event, '$.status', CASE event ->> '$.status' WHEN 'stopped' THEN 'paused' ELSE 'waiting-for-review' END)
    WHERE event ->> '$.kind' = 'status' AND event ->> '$.status' IN ('stopped', 'waiting');
`

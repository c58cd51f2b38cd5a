/** Engines besides this machine, and what runs have asked of them. Keys are never stored here. */
export const enginesMigration = `
  CREATE TABLE engines (
    name TEXT PRIMARY KEY,              -- as recipes name it
    settings TEXT NOT NULL,             -- JSON
    added_at TEXT NOT NULL,
    test TEXT                           -- JSON: the newest test; null: none since the settings changed
  ) STRICT;

  CREATE TABLE engine_usage (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    engine TEXT NOT NULL,               -- its name, which may be another engine's by now
    model TEXT NOT NULL,                -- the server's; '': the run's own
    requests INTEGER NOT NULL,          -- answered
    retries INTEGER NOT NULL,           -- requests that were sent again
    prompt_tokens INTEGER NOT NULL,
    new_tokens INTEGER NOT NULL,
    sent_bytes INTEGER NOT NULL,
    received_bytes INTEGER NOT NULL,
    cost REAL,                          -- at the prices of the time; null: no prices were set
    currency TEXT,
    PRIMARY KEY (run_id, engine, model)
  ) STRICT;
  `

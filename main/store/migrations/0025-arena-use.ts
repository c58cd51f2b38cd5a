/** What the arena has asked of engines besides this machine, in all of its rounds: one's own use would name its models before the vote. */
export const arenaUseMigration = `
  CREATE TABLE engine_usage_with_arena (
    run_id TEXT REFERENCES runs (id) ON DELETE CASCADE,
    evaluation_id INTEGER REFERENCES evaluations (id) ON DELETE CASCADE,
    chat_id INTEGER REFERENCES chats (id) ON DELETE CASCADE,
    arena INTEGER CHECK (arena = 1),    -- 1: the arena
    engine TEXT NOT NULL,               -- its name, which may be another engine's by now
    model TEXT NOT NULL,                -- the server's; '': the run's own, or one of the library
    requests INTEGER NOT NULL,          -- answered
    retries INTEGER NOT NULL,           -- requests that were sent again
    prompt_tokens INTEGER NOT NULL,
    new_tokens INTEGER NOT NULL,
    sent_bytes INTEGER NOT NULL,
    received_bytes INTEGER NOT NULL,
    cost REAL,                          -- at the prices of the time; NULL: no prices were set
    currency TEXT,
    CHECK ((run_id IS NOT NULL) + (evaluation_id IS NOT NULL) + (chat_id IS NOT NULL) + (arena IS NOT NULL) = 1)
  ) STRICT;
  INSERT INTO engine_usage_with_arena (run_id, evaluation_id, chat_id, engine, model, requests, retries, prompt_tokens, new_tokens, sent_bytes,
      received_bytes, cost, currency)
    SELECT run_id, evaluation_id, chat_id, engine, model, requests, retries, prompt_tokens, new_tokens, sent_bytes, received_bytes, cost, currency
    FROM engine_usage;
  DROP TABLE engine_usage;
  ALTER TABLE engine_usage_with_arena RENAME TO engine_usage;
  CREATE UNIQUE INDEX engine_usage_of_run ON engine_usage (run_id, engine, model) WHERE run_id IS NOT NULL;
  CREATE UNIQUE INDEX engine_usage_of_evaluation ON engine_usage (evaluation_id, engine, model) WHERE evaluation_id IS NOT NULL;
  CREATE UNIQUE INDEX engine_usage_of_chat ON engine_usage (chat_id, engine, model) WHERE chat_id IS NOT NULL;
  CREATE UNIQUE INDEX engine_usage_of_arena ON engine_usage (arena, engine, model) WHERE arena IS NOT NULL;
  `

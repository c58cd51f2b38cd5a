/** Standalone evaluations, the arena and its votes. */
export const suitesMigration = `
  CREATE TABLE suites (                 -- evaluations asked for by hand
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('head-to-head', 'judge', 'accuracy', 'likelihood')),
    title TEXT NOT NULL,
    settings TEXT NOT NULL,             -- JSON, complete
    status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'cancelled', 'failed', 'finished')),
    owner TEXT NOT NULL DEFAULT '',     -- JSON {pid, started}: the process that works on it
    total INTEGER NOT NULL DEFAULT 0,   -- units of work; 0: not known yet
    seconds REAL NOT NULL DEFAULT 0,    -- of work, summed over attempts
    result TEXT,                        -- JSON: name -> number or null
    error TEXT,                         -- JSON {code, message, remedy}
    created_at TEXT NOT NULL,
    finished_at TEXT
  ) STRICT;

  CREATE TABLE suite_units (            -- every answer, judgement and score that a suite has come to
    suite_id INTEGER NOT NULL REFERENCES suites (id) ON DELETE CASCADE,
    part TEXT NOT NULL,                 -- 'own answers', 'verdicts' ...
    position INTEGER NOT NULL,
    sample INTEGER NOT NULL,
    value TEXT NOT NULL,                -- JSON
    PRIMARY KEY (suite_id, part, position, sample)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE arena_rounds (           -- two models' answers to one prompt, for a person to compare
    id INTEGER PRIMARY KEY,
    prompt TEXT NOT NULL,
    source TEXT NOT NULL,               -- where the prompt is from, in words
    model_a TEXT NOT NULL,              -- the model's id in the library; its side was drawn
    model_b TEXT NOT NULL,
    label_a TEXT NOT NULL,              -- its name for people, which outlives the model
    label_b TEXT NOT NULL,
    text_a TEXT NOT NULL,
    text_b TEXT NOT NULL,
    at TEXT NOT NULL
  ) STRICT;

  CREATE TABLE arena_votes (            -- append-only: the newest of a round counts, an undo is a row too
    id INTEGER PRIMARY KEY,
    round_id INTEGER NOT NULL REFERENCES arena_rounds (id) ON DELETE CASCADE,
    vote TEXT NOT NULL CHECK (vote IN ('A', 'B', 'tie', 'both-bad', 'skip', 'undo')),
    seconds REAL NOT NULL,
    at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX arena_votes_of_round ON arena_votes (round_id, id);
  CREATE TRIGGER arena_votes_stay BEFORE UPDATE ON arena_votes BEGIN SELECT RAISE(ABORT, 'votes are append-only'); END;
  `

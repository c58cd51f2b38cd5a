/** Runs and everything they consist of: models, examples, prompts, candidates, judgements, pairs, reviews, trainings, evaluations. */
export const runsMigration = `
  CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('created', 'running', 'stopped', 'waiting', 'failed', 'finished')),
    iteration INTEGER NOT NULL DEFAULT 0,
    stage TEXT,
    recipe TEXT NOT NULL,               -- JSON, complete: defaults filled in, paths absolute
    engine TEXT,                        -- JSON: backend, precision and threads of the first start
    error TEXT,                         -- JSON {code, message, remedy} of the last failure
    created_at TEXT NOT NULL,
    finished_at TEXT
  ) STRICT;

  CREATE TABLE locks (                  -- which process works on a run
    run_id TEXT PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
    token TEXT NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    process_started TEXT NOT NULL,      -- tells a process from a later one with the same pid
    heartbeat_at INTEGER NOT NULL,      -- milliseconds since 1970
    stop_requested INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  CREATE TABLE stages (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    iteration INTEGER NOT NULL,
    stage TEXT NOT NULL,
    seconds REAL NOT NULL DEFAULT 0,    -- summed over stops and resumes
    finished_at TEXT,
    summary TEXT,                       -- JSON
    PRIMARY KEY (run_id, iteration, stage)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE events (                 -- what a run did and when
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    at TEXT NOT NULL,
    event TEXT NOT NULL                 -- JSON
  ) STRICT;
  CREATE INDEX events_of_run ON events (run_id, id);

  CREATE TABLE models (
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    name TEXT NOT NULL,                 -- M0, SFT, M1, M2 ...
    path TEXT NOT NULL,
    initialised_from TEXT,              -- name of the model it was trained from
    reference TEXT,                     -- name of DPO's reference model
    data TEXT NOT NULL,                 -- what it was trained on, in words
    sha256 TEXT NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (run_id, name)
  ) STRICT;

  CREATE TABLE examples (               -- seed data
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('ift', 'eft', 'demonstration', 'ranked', 'ranked-held-out', 'held-out')),
    position INTEGER NOT NULL,
    instruction TEXT NOT NULL,          -- EFT: the filled judge prompt
    conversation TEXT,                  -- JSON: the messages up to the response, where they are more than the instruction
    response TEXT,                      -- EFT: the justified score
    prompt_number INTEGER,              -- ranked: answers to one prompt share it
    human_rank REAL,                    -- ranked: smaller is better
    weights TEXT,                       -- JSON: loss weight of each token of the response
    UNIQUE (run_id, kind, position)
  ) STRICT;

  CREATE TABLE prompt_rounds (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    iteration INTEGER NOT NULL,
    round INTEGER NOT NULL,
    requests INTEGER NOT NULL,          -- completions asked for
    PRIMARY KEY (run_id, iteration, round)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE prompts (
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    iteration INTEGER NOT NULL,
    round INTEGER NOT NULL,
    place INTEGER NOT NULL,             -- order inside the round
    text TEXT NOT NULL,
    position INTEGER,                   -- order among the accepted; NULL: rejected
    reason TEXT,                        -- why it was rejected
    similarity REAL,                    -- largest ROUGE-L F1 to an earlier prompt
    similar_to TEXT,
    demonstrations TEXT NOT NULL,       -- JSON: the texts the model was shown
    UNIQUE (run_id, iteration, round, place),
    UNIQUE (run_id, iteration, position)
  ) STRICT;

  CREATE TABLE candidates (
    id INTEGER PRIMARY KEY,
    prompt_id INTEGER NOT NULL REFERENCES prompts (id) ON DELETE CASCADE,
    sample INTEGER NOT NULL,
    text TEXT NOT NULL,
    tokens INTEGER NOT NULL,
    finish_reason TEXT NOT NULL CHECK (finish_reason IN ('stop', 'length')),
    seed INTEGER NOT NULL,
    UNIQUE (prompt_id, sample)
  ) STRICT;

  CREATE TABLE answers (                -- responses made for an evaluation
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    model TEXT NOT NULL,
    purpose TEXT NOT NULL,              -- 'head-to-head' or a checker's name
    position INTEGER NOT NULL,
    instruction TEXT NOT NULL,
    text TEXT NOT NULL,
    tokens INTEGER NOT NULL,
    finish_reason TEXT NOT NULL CHECK (finish_reason IN ('stop', 'length')),
    UNIQUE (run_id, model, purpose, position)
  ) STRICT;

  CREATE TABLE judgements (             -- of a candidate, of a human-ranked answer, or of an evaluation's answer
    id INTEGER PRIMARY KEY,
    candidate_id INTEGER REFERENCES candidates (id) ON DELETE CASCADE,
    example_id INTEGER REFERENCES examples (id) ON DELETE CASCADE,
    answer_id INTEGER REFERENCES answers (id) ON DELETE CASCADE,
    judge TEXT NOT NULL,                -- the judging model's name or path
    sample INTEGER NOT NULL,
    text TEXT NOT NULL,                 -- all that the judge wrote
    score REAL,                         -- NULL: could not be read
    detail TEXT,                        -- JSON: probabilities behind the score
    CHECK ((candidate_id IS NOT NULL) + (example_id IS NOT NULL) + (answer_id IS NOT NULL) = 1)
  ) STRICT;
  CREATE UNIQUE INDEX judgements_of_candidate ON judgements (candidate_id, judge, sample) WHERE candidate_id IS NOT NULL;
  CREATE UNIQUE INDEX judgements_of_example ON judgements (example_id, judge, sample) WHERE example_id IS NOT NULL;
  CREATE UNIQUE INDEX judgements_of_answer ON judgements (answer_id, judge, sample) WHERE answer_id IS NOT NULL;

  CREATE TABLE pairs (                  -- as the rule made them; a review never changes this row
    id INTEGER PRIMARY KEY,
    prompt_id INTEGER NOT NULL UNIQUE REFERENCES prompts (id) ON DELETE CASCADE,
    chosen_id INTEGER NOT NULL REFERENCES candidates (id) ON DELETE CASCADE,
    rejected_id INTEGER NOT NULL REFERENCES candidates (id) ON DELETE CASCADE,
    chosen_reward REAL NOT NULL,
    rejected_reward REAL NOT NULL,
    CHECK (chosen_id <> rejected_id)
  ) STRICT;

  CREATE TABLE reviews (                -- append-only: the newest row of a pair counts, an undo is a row too
    id INTEGER PRIMARY KEY,
    pair_id INTEGER NOT NULL REFERENCES pairs (id) ON DELETE CASCADE,
    decision TEXT NOT NULL CHECK (decision IN ('agree', 'swap', 'tie', 'both-bad', 'edit', 'undo')),
    chosen_text TEXT,                   -- decision 'edit'
    rejected_text TEXT,
    note TEXT NOT NULL DEFAULT '',
    reviewer TEXT NOT NULL DEFAULT '',
    seconds REAL,
    at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX reviews_of_pair ON reviews (pair_id, id);
  CREATE TRIGGER reviews_stay BEFORE UPDATE ON reviews BEGIN SELECT RAISE(ABORT, 'reviews are append-only'); END;

  CREATE TABLE trainings (
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    name TEXT NOT NULL,                 -- the model it makes
    task TEXT NOT NULL CHECK (task IN ('sft', 'dpo')),
    rows INTEGER NOT NULL,
    truncated_rows INTEGER,
    steps INTEGER,
    config TEXT NOT NULL,               -- JSON
    started_at TEXT NOT NULL,
    finished_at TEXT,
    UNIQUE (run_id, name)
  ) STRICT;

  CREATE TABLE checkpoints (
    training_id INTEGER NOT NULL REFERENCES trainings (id) ON DELETE CASCADE,
    step INTEGER NOT NULL,
    path TEXT NOT NULL,
    PRIMARY KEY (training_id, step)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE metrics (                -- one row per step per name
    training_id INTEGER NOT NULL REFERENCES trainings (id) ON DELETE CASCADE,
    step INTEGER NOT NULL,
    name TEXT NOT NULL,
    value REAL,                         -- NULL: not a number
    PRIMARY KEY (training_id, step, name)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE reference_logprobs (     -- summed log-probability of each response under the reference model
    training_id INTEGER NOT NULL REFERENCES trainings (id) ON DELETE CASCADE,
    row INTEGER NOT NULL,
    chosen REAL NOT NULL,
    rejected REAL NOT NULL,
    PRIMARY KEY (training_id, row)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE comparisons (            -- head-to-head verdicts, each pair of answers in both orders
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    model TEXT NOT NULL,
    against TEXT NOT NULL,
    position INTEGER NOT NULL,          -- of the held-out prompt
    swapped INTEGER NOT NULL CHECK (swapped IN (0, 1)), -- 0: the model's answer was shown as A; 1: as B
    judge TEXT NOT NULL,
    text TEXT NOT NULL,
    verdict TEXT CHECK (verdict IN ('A', 'B', 'tie')), -- NULL: could not be read
    UNIQUE (run_id, model, against, position, swapped)
  ) STRICT;

  CREATE TABLE evaluations (
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    model TEXT NOT NULL,
    kind TEXT NOT NULL,                 -- 'head-to-head', 'judge' or a checker's name
    against TEXT NOT NULL DEFAULT '',
    judge TEXT NOT NULL DEFAULT '',
    result TEXT NOT NULL,               -- JSON: name -> number or null
    UNIQUE (run_id, model, kind, against)
  ) STRICT;
  `

/**
 * One table of evaluations and one of their units, for those of runs and those asked for by hand. Evaluations asked for by hand keep their
 * ids; those of runs, which nothing refers to, are renumbered. Judgements that evaluate (of answers, and of ranked answers held out for it)
 * become units; the others keep their ids.
 *
 * Drops what refers to a table before the table, so that no cascade occurs.
 */
export const oneEvaluationMigration = `
  CREATE TABLE every_evaluation (
    id INTEGER PRIMARY KEY,
    run_id TEXT REFERENCES runs (id) ON DELETE CASCADE, -- NULL: asked for by hand
    kind TEXT NOT NULL,                 -- 'head-to-head', 'judge'; of a run also a checker's name; by hand also 'accuracy', 'likelihood'
    model TEXT NOT NULL,                -- its name in the run; by hand its label
    against TEXT NOT NULL DEFAULT '',
    judge TEXT NOT NULL DEFAULT '',
    title TEXT NOT NULL,
    settings TEXT,                      -- JSON, complete; NULL: the run's recipe has them
    status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'cancelled', 'failed', 'finished')),
    owner TEXT NOT NULL DEFAULT '',     -- JSON {pid, started, ...}: the process that executes it
    cancel_requested INTEGER NOT NULL DEFAULT 0 CHECK (cancel_requested IN (0, 1)), -- until resumed
    total INTEGER NOT NULL DEFAULT 0,   -- units of work; 0: not known
    seconds REAL NOT NULL DEFAULT 0,    -- of work, summed over attempts
    result TEXT,                        -- JSON: name -> number or null
    error TEXT,                         -- JSON {code, message, remedy}
    created_at TEXT NOT NULL,
    finished_at TEXT,
    CHECK ((run_id IS NULL) = (settings IS NOT NULL)),
    CHECK (run_id IS NULL OR result IS NOT NULL),
    CHECK (run_id IS NOT NULL OR kind IN ('head-to-head', 'judge', 'accuracy', 'likelihood'))
  ) STRICT;

  CREATE TABLE evaluation_units (       -- every input, answer, judgement, verdict, score, and left-out row
    id INTEGER PRIMARY KEY,
    run_id TEXT REFERENCES runs (id) ON DELETE CASCADE, -- a run's evaluations share answers, so the run owns them
    evaluation_id INTEGER REFERENCES every_evaluation (id) ON DELETE CASCADE,
    part TEXT NOT NULL,                 -- JSON: ["answers", model, purpose], ["verdicts", model, against, judge] ...
    position INTEGER NOT NULL,          -- of the prompt or row
    sample INTEGER NOT NULL,            -- of a verdict: 1 if the answers are swapped
    value TEXT NOT NULL,                -- JSON
    CHECK ((run_id IS NULL) <> (evaluation_id IS NULL))
  ) STRICT;

  INSERT INTO every_evaluation (id, kind, model, against, judge, title, settings, status, owner, cancel_requested, total, seconds, result,
      error, created_at, finished_at)
    SELECT id, kind, coalesce(settings ->> '$.model.label', ''), coalesce(settings ->> '$.against.label', ''),
      coalesce(iif(kind = 'judge', settings ->> '$.model.label', settings ->> '$.judge.label'), ''), title, settings, status, owner,
      cancel_requested, total, seconds, result, error, created_at, finished_at
    FROM suites;
  WITH measured AS (
    SELECT run_id, event ->> '$.model' AS model, event ->> '$.what' AS kind, event ->> '$.against' AS against, min(at) AS at
    FROM events WHERE CASE WHEN event LIKE '%"evaluated"%' AND json_valid(event) THEN event ->> '$.kind' END = 'evaluated' GROUP BY 1, 2, 3, 4
  )
  INSERT INTO every_evaluation (id, run_id, kind, model, against, judge, title, status, result, created_at, finished_at)
    SELECT (SELECT coalesce(max(id), 0) FROM suites) + row_number() OVER (ORDER BY e.id), e.run_id, e.kind, e.model, e.against, e.judge,
      e.model || iif(e.against = '', '', ' v ' || e.against), 'finished', e.result, coalesce(m.at, r.finished_at, r.created_at),
      coalesce(m.at, r.finished_at, r.created_at)
    FROM evaluations e JOIN runs r ON r.id = e.run_id
      LEFT JOIN measured m ON m.run_id = e.run_id AND m.model = e.model AND m.kind = e.kind AND m.against = e.against;

  INSERT INTO evaluation_units (run_id, part, position, sample, value)
    SELECT run_id, json_array('answers', model, purpose), position, 0,
      json_object('instruction', instruction, 'text', text, 'tokens', tokens, 'finishReason', finish_reason)
    FROM answers ORDER BY id;
  INSERT INTO evaluation_units (run_id, part, position, sample, value)
    SELECT run_id, json_array('verdicts', model, against, judge), position, swapped, json_object('text', text, 'verdict', verdict)
    FROM comparisons ORDER BY id;
  INSERT INTO evaluation_units (run_id, part, position, sample, value)
    SELECT coalesce(a.run_id, e.run_id),
      iif(j.answer_id IS NULL, json_array('ranked', j.judge), json_array('judgements', a.model, a.purpose, j.judge)),
      coalesce(a.position, e.position), j.sample,
      iif(json_valid(j.detail), json_object('text', j.text, 'score', j.score, 'detail', json(j.detail)), json_object('text', j.text, 'score', j.score))
    FROM judgements j LEFT JOIN answers a ON a.id = j.answer_id LEFT JOIN examples e ON e.id = j.example_id AND e.kind = 'ranked-held-out'
    WHERE coalesce(a.id, e.id) IS NOT NULL ORDER BY j.id;
  WITH named AS (                       -- '..., left out' is a part of its own
    SELECT u.*, s.kind, iif(u.part LIKE '%, left out', substr(u.part, 1, length(u.part) - length(', left out')), u.part) AS base
    FROM suite_units u JOIN suites s ON s.id = u.suite_id
  ), renamed AS (
    SELECT *, CASE
      WHEN kind = 'accuracy' THEN json_array('answers', 'own', base)
      WHEN base IN ('own answers', 'other answers') THEN json_array('answers', replace(base, ' answers', ''), 'head-to-head')
      WHEN base IN ('own judgements', 'other judgements') THEN json_array('judgements', replace(base, ' judgements', ''), 'head-to-head', 'judge')
      WHEN base = 'verdicts' THEN json_array('verdicts', 'own', 'other', 'judge')
      WHEN base = 'judgements' THEN json_array('ranked', 'own')
      WHEN base = 'scores' THEN json_array('scores', 'own')
      ELSE json_array(base) END AS name
    FROM named
  )
  INSERT INTO evaluation_units (evaluation_id, part, position, sample, value)
    SELECT suite_id, iif(base = part, name, '["left out",' || substr(name, 2)), position, sample, value
    FROM renamed ORDER BY suite_id, part, position, sample;

  CREATE TABLE judgements_of_data (     -- of a candidate, or of a human-ranked answer that EFT examples are made of
    id INTEGER PRIMARY KEY,
    candidate_id INTEGER REFERENCES candidates (id) ON DELETE CASCADE,
    example_id INTEGER REFERENCES examples (id) ON DELETE CASCADE,
    judge TEXT NOT NULL,                -- the judging model's name or path
    sample INTEGER NOT NULL,
    text TEXT NOT NULL,                 -- all that the judge wrote
    score REAL,                         -- NULL: could not be read
    detail TEXT,                        -- JSON: probabilities behind the score
    CHECK ((candidate_id IS NULL) <> (example_id IS NULL))
  ) STRICT;
  INSERT INTO judgements_of_data
    SELECT j.id, j.candidate_id, j.example_id, j.judge, j.sample, j.text, j.score, j.detail
    FROM judgements j LEFT JOIN examples e ON e.id = j.example_id
    WHERE j.answer_id IS NULL AND (e.kind IS NULL OR e.kind <> 'ranked-held-out');

  DROP TABLE judgements;
  DROP TABLE answers;
  DROP TABLE comparisons;
  DROP TABLE evaluations;
  DROP TABLE suite_units;
  DROP TABLE suites;
  ALTER TABLE every_evaluation RENAME TO evaluations;
  ALTER TABLE judgements_of_data RENAME TO judgements;
  CREATE UNIQUE INDEX judgements_of_candidate ON judgements (candidate_id, judge, sample) WHERE candidate_id IS NOT NULL;
  CREATE UNIQUE INDEX judgements_of_example ON judgements (example_id, judge, sample) WHERE example_id IS NOT NULL;
  CREATE UNIQUE INDEX evaluations_of_run ON evaluations (run_id, model, kind, against) WHERE run_id IS NOT NULL;
  CREATE INDEX evaluations_by_hand ON evaluations (status, id) WHERE run_id IS NULL;
  CREATE UNIQUE INDEX evaluation_units_of_run ON evaluation_units (run_id, part, position, sample) WHERE run_id IS NOT NULL;
  CREATE UNIQUE INDEX evaluation_units_by_hand ON evaluation_units (evaluation_id, part, position, sample) WHERE evaluation_id IS NOT NULL;

  CREATE VIEW answers AS                -- of runs, for evaluation
    SELECT id, run_id, part ->> 1 AS model, part ->> 2 AS purpose, position, value ->> 'instruction' AS instruction, value ->> 'text' AS text,
      value ->> 'tokens' AS tokens, value ->> 'finishReason' AS finish_reason
    FROM evaluation_units WHERE run_id IS NOT NULL AND part ->> 0 = 'answers';
  CREATE VIEW comparisons AS            -- head-to-head verdicts of runs, each pair of answers in both orders
    SELECT id, run_id, part ->> 1 AS model, part ->> 2 AS against, position, sample AS swapped, part ->> 3 AS judge, value ->> 'text' AS text,
      value ->> 'verdict' AS verdict
    FROM evaluation_units WHERE run_id IS NOT NULL AND part ->> 0 = 'verdicts';
`

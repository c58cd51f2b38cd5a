/**
 * Full-text search over prompts and responses of all runs, evaluations, and the arena. The index holds no texts, only where their words occur;
 * triggers keep it up to date. A document's number is the row's id times 8, plus its kind: 0 a prompt, 1 a candidate, 2 an evaluation's answer,
 * 3 and 4 the sides of an arena round.
 */
export const responseSearchMigration = `
  CREATE VIRTUAL TABLE response_search USING fts5 (prompt, response, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2');

  INSERT INTO response_search (rowid, prompt, response) SELECT id * 8, text, '' FROM prompts;
  INSERT INTO response_search (rowid, prompt, response) SELECT id * 8 + 1, '', text FROM candidates;
  INSERT INTO response_search (rowid, prompt, response)
    SELECT id * 8 + 2, coalesce(value ->> '$.instruction', ''), value ->> '$.text' FROM evaluation_units
    WHERE part >= '["answers",' AND part < '["answers"-' AND json_type(value, '$.text') = 'text';
  INSERT INTO response_search (rowid, prompt, response) SELECT id * 8 + 3, prompt, text_a FROM arena_rounds;
  INSERT INTO response_search (rowid, prompt, response) SELECT id * 8 + 4, prompt, text_b FROM arena_rounds;

  CREATE TRIGGER prompts_found AFTER INSERT ON prompts BEGIN
    INSERT INTO response_search (rowid, prompt, response) VALUES (new.id * 8, new.text, '');
  END;
  CREATE TRIGGER prompts_lost AFTER DELETE ON prompts BEGIN DELETE FROM response_search WHERE rowid = old.id * 8; END;
  CREATE TRIGGER candidates_found AFTER INSERT ON candidates BEGIN
    INSERT INTO response_search (rowid, prompt, response) VALUES (new.id * 8 + 1, '', new.text);
  END;
  CREATE TRIGGER candidates_lost AFTER DELETE ON candidates BEGIN DELETE FROM response_search WHERE rowid = old.id * 8 + 1; END;
  CREATE TRIGGER answers_found AFTER INSERT ON evaluation_units
    WHEN new.part >= '["answers",' AND new.part < '["answers"-' AND json_type(new.value, '$.text') = 'text' BEGIN
    INSERT INTO response_search (rowid, prompt, response)
      VALUES (new.id * 8 + 2, coalesce(new.value ->> '$.instruction', ''), new.value ->> '$.text');
  END;
  CREATE TRIGGER answers_lost AFTER DELETE ON evaluation_units
    WHEN old.part >= '["answers",' AND old.part < '["answers"-' BEGIN DELETE FROM response_search WHERE rowid = old.id * 8 + 2; END;
  CREATE TRIGGER rounds_found AFTER INSERT ON arena_rounds BEGIN
    INSERT INTO response_search (rowid, prompt, response) VALUES (new.id * 8 + 3, new.prompt, new.text_a), (new.id * 8 + 4, new.prompt, new.text_b);
  END;
  CREATE TRIGGER rounds_lost AFTER DELETE ON arena_rounds BEGIN
    DELETE FROM response_search WHERE rowid IN (old.id * 8 + 3, old.id * 8 + 4);
  END;
  `

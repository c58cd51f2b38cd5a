/** Chats with models. */
export const chatsMigration = `
  CREATE TABLE chats (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,                 -- the user's; '': none
    title TEXT NOT NULL,                -- the beginning of its first message
    models TEXT NOT NULL,               -- JSON: the labels of its models
    content TEXT NOT NULL,              -- JSON: system prompt, sampling, and what each model was asked and answered
    created_at TEXT NOT NULL,
    changed_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX chats_by_change ON chats (changed_at);
  `

/** Arena rounds whose models the user saw before the vote. */
export const openRoundsMigration = `
  CREATE TABLE arena_reveals (          -- append-only: a round with a row is open from then on
    round_id INTEGER PRIMARY KEY REFERENCES arena_rounds (id) ON DELETE CASCADE,
    at TEXT NOT NULL
  ) STRICT;
  `

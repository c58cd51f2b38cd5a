/**
 * A training may be a judge's, on pairs. The column `task` gets a new CHECK by becoming another column: rebuilding the table would break
 * the references to it.
 */
export const rewardTrainingsMigration = `
  ALTER TABLE trainings ADD COLUMN any_task TEXT NOT NULL DEFAULT 'sft' CHECK (any_task IN ('sft', 'dpo', 'reward'));
  UPDATE trainings SET any_task = task;
  ALTER TABLE trainings DROP COLUMN task;
  ALTER TABLE trainings RENAME COLUMN any_task TO task;
  `

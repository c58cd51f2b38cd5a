/** Lets a resumed run check that a model's files still match their stored SHA-256 without reading them. */
export const filesStampMigration = `
  ALTER TABLE models ADD COLUMN files_stamp TEXT; -- NULL: read them
  `

  reviewActsMigration,

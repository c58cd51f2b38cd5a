import type { Database } from 'better-sqlite3'
import { openDatabase, openForReading } from './database/connection.ts'
import { databaseFile, maintenance } from './database/database-file.ts'
import { answerQueries } from './queries/answer-queries.ts'
import { countQueries } from './queries/count-queries.ts'
import { discards } from './queries/discard-queries.ts'
import { overviews } from './queries/overview-queries.ts'
import { removalOf } from './queries/removal-queries.ts'
import { responseSearch } from './queries/response-search.ts'
import { reviewQueue } from './queries/review-queue-queries.ts'
import { rewardsTable } from './queries/reward-queries.ts'
import { stageRowQueries } from './queries/stage-row-queries.ts'
import { arenaTable } from './tables/arena-table.ts'
import { candidatesTable } from './tables/candidates-table.ts'
import { chatsTable } from './tables/chats-table.ts'
import { engineUsageTable } from './tables/engine-usage-table.ts'
import { enginesTable } from './tables/engines-table.ts'
import { evaluationUnitsTable } from './tables/evaluation-units-table.ts'
import { evaluationsTable } from './tables/evaluations-table.ts'
import { eventsTable } from './tables/events-table.ts'
import { examplesTable } from './tables/examples-table.ts'
import { jobsTable } from './tables/jobs-table.ts'
import { judgePairsTable } from './tables/judge-pairs-table.ts'
import { judgementsTable } from './tables/judgements-table.ts'
import { metricsTable } from './tables/metrics-table.ts'
import { modelsTable } from './tables/models-table.ts'
import { pairsTable } from './tables/pairs-table.ts'
import { promptsTable } from './tables/prompts-table.ts'
import { rescoresTable } from './tables/rescores-table.ts'
import { reviewActsTable } from './tables/review-acts-table.ts'
import { reviewBatchesTable } from './tables/review-batches-table.ts'
import { reviewNotesTable } from './tables/review-notes-table.ts'
import { reviewsTable } from './tables/reviews-table.ts'
import { runsTable } from './tables/runs-table.ts'
import { secondJudgementsTable } from './tables/second-judgements-table.ts'
import { stagesTable } from './tables/stages-table.ts'
import { trainingPairsTable } from './tables/training-pairs-table.ts'
import { trainingsTable } from './tables/trainings-table.ts'

/** The store, one noun per table. */
export type Store = ReturnType<typeof storeOn>

/** Opens (or creates) the store in the file at `path`. Throws like `openDatabase`. */
export const openStore = (path: string): Store => storeOn(openDatabase(path))

/** A read-only store for another thread; writes throw. The store must have been opened before. */
export const openStoreForReading = (path: string): Store => storeOn(openForReading(path))

/** The store on an open, migrated database. */
export function storeOn(db: Database) {
  const jobs = jobsTable(db)
  const evaluationUnits = evaluationUnitsTable(db)
  return {
    runs: runsTable(db, jobs),
    jobs,
    stages: stagesTable(db),
    events: eventsTable(db),
    models: modelsTable(db),
    examples: examplesTable(db),
    prompts: promptsTable(db),
    candidates: candidatesTable(db),
    judgements: judgementsTable(db),
    secondJudgements: secondJudgementsTable(db),
    judgePairs: judgePairsTable(db),
    pairs: pairsTable(db),
    reviews: reviewsTable(db),
    rescores: rescoresTable(db),
    reviewNotes: reviewNotesTable(db),
    reviewActs: reviewActsTable(db),
    reviewBatches: reviewBatchesTable(db),
    reviewQueue: reviewQueue(db),
    trainings: trainingsTable(db),
    trainingPairs: trainingPairsTable(db),
    metrics: metricsTable(db),
    engines: enginesTable(db),
    engineUsage: engineUsageTable(db),
    rewards: rewardsTable(db),
    counts: countQueries(db),
    stageRows: stageRowQueries(db),
    search: responseSearch(db),
    answers: answerQueries(evaluationUnits),
    evaluations: evaluationsTable(db, jobs),
    evaluationUnits,
    arena: arenaTable(db),
    chats: chatsTable(db),
    overviews: overviews(db),
    maintenance: maintenance(db),
    removal: removalOf(db),
    discards: discards(db),
    file: databaseFile(db.name),
    /** Stores everything that `work` writes, or nothing. */
    transaction: <Value>(work: () => Value): Value => db.transaction(work).immediate(),
    isOpen: (): boolean => db.open,
    close: (): void => void db.close(),
  }
}

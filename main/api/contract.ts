import { chartsContract } from './contract/charts.ts'
import { dataContract } from './contract/data.ts'
import { evaluateContract } from './contract/evaluate.ts'
import { eventsContract } from './contract/events.ts'
import { modelsContract } from './contract/models.ts'
import { reviewContract } from './contract/review.ts'
import { rowsContract } from './contract/rows.ts'
import { runsContract } from './contract/runs.ts'
import { systemContract } from './contract/system.ts'
import { windowContract } from './contract/window.ts'

/**
 * The API between the UI and the main process, grouped by noun. The renderer imports only this file and the files in `contract` from main.
 */
export const contract = {
  runs: runsContract,
  review: reviewContract,
  data: dataContract,
  evaluate: evaluateContract,
  events: eventsContract,
  models: modelsContract,
  charts: chartsContract,
  rows: rowsContract,
  system: systemContract,
  window: windowContract,
}

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

/** All that a window may ask for, a noun each. This and the files in `contract` are the only part of main that it knows. */
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

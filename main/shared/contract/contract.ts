import { chartsContract } from './charts-contract.ts'
import { chatsContract } from './chats-contract.ts'
import { dataContract } from './datasets-contract.ts'
import { enginesContract } from './engines-contract.ts'
import { evaluateContract } from './evaluations-contract.ts'
import { eventsContract } from './events-contract.ts'
import { modelsContract } from './models-contract.ts'
import { promptsContract } from './prompts-contract.ts'
import { reviewContract } from './review-contract.ts'
import { rowsContract } from './rows-contract.ts'
import { runsContract } from './runs-contract.ts'
import { systemContract, windowContract } from './system-contract.ts'

/**
 * The API between the UI and the main process, grouped by noun. The renderer imports only this file and the files in `contract` from main.
 */
export const contract = {
  runs: runsContract,
  review: reviewContract,
  data: dataContract,
  engines: enginesContract,
  evaluate: evaluateContract,
  events: eventsContract,
  models: modelsContract,
  chats: chatsContract,
  prompts: promptsContract,
  charts: chartsContract,
  rows: rowsContract,
  system: systemContract,
  window: windowContract,
}

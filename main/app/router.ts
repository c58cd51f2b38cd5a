import type { Application } from './application.ts'
import { chartsRouter, rowsRouter } from './charts/charts-router.ts'
import { chatsRouter } from './chats/chats-router.ts'
import { dataRouter } from './datasets/datasets-router.ts'
import { enginesRouter } from './engines/engines-router.ts'
import { evaluateRouter } from './evaluations/evaluations-router.ts'
import { api } from './implementation.ts'
import { modelsRouter } from './models/models-router.ts'
import { promptsRouter } from './prompts/prompts-router.ts'
import { reviewRouter } from './review/review-router.ts'
import { eventsRouter } from './runs/live-events.ts'
import { runsRouter } from './runs/runs-router.ts'
import { systemRouter } from './system/system-router.ts'
import { windowRouter } from './system/window-bridge.ts'

/** Implements the contract for an application; each front end exposes it to its pages. */
export const appRouter = (application: Application) =>
  api.router({
    runs: runsRouter(application),
    review: reviewRouter(application),
    data: dataRouter(application),
    engines: enginesRouter(application),
    evaluate: evaluateRouter(application),
    events: eventsRouter(application),
    models: modelsRouter(application),
    chats: chatsRouter(application),
    prompts: promptsRouter(application),
    charts: chartsRouter(application),
    rows: rowsRouter(application),
    system: systemRouter(application),
    window: windowRouter(application),
  })
export type AppRouter = ReturnType<typeof appRouter>

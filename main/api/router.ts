import type { Application } from './application.ts'
import { api } from './implementation.ts'
import { chartsRouter } from './routers/charts.ts'
import { dataRouter } from './routers/data.ts'
import { evaluateRouter } from './routers/evaluate.ts'
import { eventsRouter } from './routers/events.ts'
import { modelsRouter } from './routers/models.ts'
import { reviewRouter } from './routers/review.ts'
import { rowsRouter } from './routers/rows.ts'
import { runsRouter } from './routers/runs.ts'
import { systemRouter } from './routers/system.ts'
import { windowRouter } from './routers/window.ts'

/** Implements the contract for an application; each front end exposes it to its pages. */
export const appRouter = (application: Application) =>
  api.router({
    runs: runsRouter(application),
    review: reviewRouter(application),
    data: dataRouter(application),
    evaluate: evaluateRouter(application),
    events: eventsRouter(application),
    models: modelsRouter(application),
    charts: chartsRouter(application),
    rows: rowsRouter(application),
    system: systemRouter(application),
    window: windowRouter(application),
  })
export type AppRouter = ReturnType<typeof appRouter>

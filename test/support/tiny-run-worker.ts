import { workOn } from '../../main/loop/session.ts'
import { standInEngine } from './stand-in-engine.ts'
import { openTinyStore } from './tiny-run.ts'

/**
 * Executes a run in a separate process: `node tiny-run-worker.ts HOME RUN [pause] [keep]`. Writes a line to standard output for each unit of work, so
 * that its parent can choose when to kill it. With `pause`, each unit takes a while; with `keep`, it only ends the run early.
 */
const [home, runId, pause, keep] = process.argv.slice(2)
const store = openTinyStore(home)
const engine = standInEngine({ onItem: (given) => process.stdout.write(`${given}\n`), itemMs: pause === undefined ? 0 : Number(pause) })
const wanted = keep === undefined ? 'work' : 'end' // like "stop and keep" of a run that isn't running
try {
  process.exitCode = (await workOn({ store, home, runId, startEngine: async () => engine, heartbeatMs: 20, wanted })) === 'finished' ? 0 : 3
} finally {
  store.close()
}

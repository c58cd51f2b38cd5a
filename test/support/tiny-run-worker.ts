import { workOn } from '../../main/loop/session.ts'
import { standInEngine } from './stand-in-engine.ts'
import { openTinyStore } from './tiny-run.ts'

/**
 * Works on a run in a process of its own: `node tiny-run-worker.ts HOME RUN [pause] [keep]`. Writes a line to standard output for each unit of work,
 * so that whoever started it can choose the moment to kill it; with `pause` it takes its time over each unit, with `keep` it only ends the run early.
 */
const [home, runId, pause, keep] = process.argv.slice(2)
const store = openTinyStore(home)
const engine = standInEngine({ onItem: (given) => process.stdout.write(`${given}\n`), itemMs: pause === undefined ? 0 : Number(pause) })
const conclude = keep === undefined ? undefined : AbortSignal.abort() // as a "stop and keep" of a run that no process works on
try {
  process.exitCode =
    (await workOn({ store, home, runId, startEngine: async () => engine, heartbeatMs: 20, conclude })) === 'finished' ? 0 : 3
} finally {
  store.close()
}

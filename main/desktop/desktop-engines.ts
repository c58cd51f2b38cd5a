import type { EngineWish } from '../app/runs/runs.ts'
import { homePaths } from '../common/home.ts'
import { openLog } from '../common/log.ts'
import { nodeProgram } from '../common/node-program.ts'
import type { Engine } from '../engine/hosts/engine.ts'
import { startLocalEngine } from '../engine/hosts/local-process.ts'
import { findRuntime } from '../runtimes/find.ts'
import { engineStarter } from './engine-starter.ts'
import { startUtilityEngine } from './utility-engine.ts'

/** The desktop application's engine starter, with its processes and log. */
export function desktopEngines(home: string, log: (line: string) => void): (wish: EngineWish) => Promise<Engine> {
  const { write } = openLog(homePaths(home).logs)
  const onLog = (text: string): void => write('debug', 'engine', text)
  return engineStarter({
    utility: (wish, onCrash) => startUtilityEngine({ home, onLog, onCrash, ...wish }),
    node: (wish, node) => startLocalEngine({ home, onLog, node, ...wish }),
    findNode: () => nodeProgram(home),
    hasRuntime: () => findRuntime(home) !== null,
    log,
  })
}

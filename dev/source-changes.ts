import { extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The methods of Vite's chokidar watcher that are used here. */
export interface Watcher {
  add(path: string): unknown
  on(event: 'all', listener: (event: string, path: string) => void): unknown
  off(event: 'all', listener: (event: string, path: string) => void): unknown
}

const project = fileURLToPath(new URL('..', import.meta.url))

/** Whether main or the engine loads this file. */
export function isOfMain(path: string, root = project): boolean {
  const [top, folder] = relative(root, path).split(sep)
  return top === 'main' && folder !== 'launcher' && folder !== 'desktop' && extname(path) === '.ts'
}

/** Calls `changed` once for changes less than `quietMs` apart: checking out a branch changes hundreds of files. */
export function sourceChanges(watcher: Watcher, changed: () => void, quietMs = 150): { stop(): void } {
  let timer: NodeJS.Timeout | undefined
  const listener = (event: string, path: string): void => {
    if (!['add', 'change', 'unlink'].includes(event) || !isOfMain(path)) return
    clearTimeout(timer)
    timer = setTimeout(changed, quietMs)
  }
  watcher.add(join(project, 'main'))
  watcher.on('all', listener)
  return {
    stop() {
      clearTimeout(timer)
      watcher.off('all', listener)
    },
  }
}

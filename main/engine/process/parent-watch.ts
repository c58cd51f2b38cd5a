import { Worker } from 'node:worker_threads'

/** Milliseconds between two looks. */
const interval = 400

/**
 * Ends this process when the one that started it is gone, even while a native call holds this thread: a second thread
 * looks. An engine that outlived its owner would keep the accelerator and its memory for nobody.
 * (Unix gives an orphan a new parent; Windows doesn't, so there the parent's id is asked for.)
 */
export function endWithParent(): void {
  const watch = new Worker(watcher, { eval: true, workerData: { parent: process.ppid, interval }, stdout: false, stderr: false })
  watch.unref()
}

const watcher = `
const { workerData: { parent, interval } } = require('node:worker_threads')
const isGone = () => {
  if (process.ppid !== parent) return true
  try { process.kill(parent, 0) } catch (error) { return error.code === 'ESRCH' }
  return false
}
setInterval(() => { if (isGone()) process.kill(process.pid, 'SIGKILL') }, interval)
`

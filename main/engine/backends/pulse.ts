import { Worker } from 'node:worker_threads'
import { beatMark } from '../beat.ts'

/** Milliseconds between checks for the owner, and checks per heartbeat. */
const timing = { lookMs: 400, looksPerBeat: 2 }

/** Counter of completed work, shared by both threads. It may wrap around: only changes matter. */
const progress = new Int32Array(new SharedArrayBuffer(4))

/** Record progress: an operation, part of a file, an item. Called often, so it must be cheap. */
export function progressed(): void {
  progress[0]++
}

/**
 * A second thread, which keeps running while a native call or a computation blocks this one. It kills this process when the process that
 * started it is gone (an orphaned engine would hold the accelerator), and writes heartbeats to stderr: the amount of work done and CPU time
 * used, by which the owner distinguishes a busy engine from a hung one. (On Unix an orphan gets a new parent; on Windows it doesn't, so
 * check the parent's id.)
 */
export function startPulse(): void {
  const workerData = { parent: process.ppid, ...timing, progress, beatMark }
  const pulse = new Worker(beating, { eval: true, workerData, stdout: false, stderr: false })
  pulse.unref()
}

const beating = `
const { workerData: { parent, lookMs, looksPerBeat, progress, beatMark } } = require('node:worker_threads')
const { writeSync } = require('node:fs')
const isGone = () => {
  if (process.ppid !== parent) return true
  try { process.kill(parent, 0) } catch (error) { return error.code === 'ESRCH' }
  return false
}
const beat = () => {
  const { user, system } = process.cpuUsage()
  const line = beatMark + Atomics.load(progress, 0) + ' ' + Math.round((user + system) / 1000) + '\\n'
  try { writeSync(2, line) } catch {} // pipe full: the owner isn't reading
}
let looks = 0
beat()
setInterval(() => {
  if (isGone()) process.kill(process.pid, 'SIGKILL')
  if (++looks % looksPerBeat === 0) beat()
}, lookMs)
`

import { Worker } from 'node:worker_threads'
import { beatMark } from '../beat.ts'

/** Milliseconds: how often the owner is looked for, and how many looks make a beat. */
const timing = { lookMs: 400, looksPerBeat: 2 }

/** Counts pieces of work, in memory that both threads see. It wraps around: only whether it changes counts. */
const progress = new Int32Array(new SharedArrayBuffer(4))

/** The work goes on: an operation, a piece of a file, an item. Called often, so it costs nothing. */
export function progressed(): void {
  progress[0]++
}

/**
 * A second thread, alive while a native call or a computation holds this one. It ends this process when the one that started it is gone (an engine that
 * outlived its owner would keep the accelerator for no use), and writes a beat to the standard error output: how much work has been done and how much
 * processor time taken, from which the owner tells an engine at work from one that hangs.
 * (Unix gives an orphan a new parent; Windows doesn't, so there the parent's id is asked for.)
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
  try { writeSync(2, line) } catch {} // full: the owner reads nothing just now
}
let looks = 0
beat()
setInterval(() => {
  if (isGone()) process.kill(process.pid, 'SIGKILL')
  if (++looks % looksPerBeat === 0) beat()
}, lookMs)
`

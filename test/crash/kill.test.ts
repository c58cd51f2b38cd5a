import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runsApi } from '../../main/app/runs/runs.ts'
import { generators } from '../../main/common/random.ts'
import type { RecipeInput } from '../../main/shared/recipe.ts'
import type { Store } from '../../main/store/store.ts'
import { setJobState } from '../support/job-state.ts'
import { contentOfRun, createTinyRun, openTinyStore, tinyHome, workWithStandIn } from '../support/tiny-run.ts'

const { uniform } = generators.murmur

const worker = fileURLToPath(new URL('../support/tiny-run-worker.ts', import.meta.url))

describe('a run in a separate process', { timeout: 300_000 }, () => {
  let home: string
  let remove: () => void
  let store: Store
  let runId: string
  beforeEach(() => {
    ;({ home, remove } = tinyHome())
    store = openTinyStore(home)
  })
  afterEach(() => {
    store.close()
    remove()
  })

  /** M0 is graded by programs, which also measure every model; M1 judges requirement by requirement. */
  function checkable(folder: string): Partial<RecipeInput> {
    const checks = join(folder, 'held-out.jsonl')
    const requirements = [{ check: { id: 'punctuation:no_comma', args: {} } }]
    writeFileSync(
      checks,
      ['a pond', 'a hedge'].map((thing) => `${JSON.stringify({ prompt: `Describe ${thing}`, requirements })}\n`).join(''),
    )
    return {
      judge: { method: 'checklist' },
      seed_data: {
        ...{ ift: join(folder, 'ift.jsonl'), eft_form: 'requirements', graded_prompts: join(folder, 'graded.jsonl') },
        ...{ graded_held_out: 3, graded_samples: 4, graded_edits: 1, graded_rehearsal: 6 },
      },
      prompts: { method: 'grammar', count: 8 },
      pairs: { rule: 'all-above-margin', endings: 'same' },
      evaluation: { count: 0, checks, checks_samples: 2 },
    }
  }

  const start = (pause?: number, ...rest: readonly string[]): ChildProcess =>
    spawn(process.execPath, [worker, home, runId, ...(pause === undefined ? [] : [String(pause)]), ...rest], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })

  /** Resolves after the process has done that many units of work, or has ended. */
  async function afterUnits(child: ChildProcess, units: number): Promise<void> {
    let done = 0
    for await (const _ of createInterface(child.stdout!)) if (++done >= units) return
  }

  it.each([
    ['of the default recipe', () => ({})],
    ['that programs grade and measure', checkable],
  ])('%s, killed with -9 at any moment, ends with the same rows and models', async (_, changes) => {
    const other = tinyHome()
    const otherStore = openTinyStore(other.home)
    await workWithStandIn(otherStore, other.home, createTinyRun(otherStore, other.home, changes(other.home)))
    otherStore.close()
    const whole = contentOfRun(other.home)
    other.remove()

    runId = createTinyRun(store, home, changes(home))
    let kills = 0
    for (;;) {
      const child = start(1) // so that it doesn't run ahead of the kill
      const ended = once(child, 'exit')
      await afterUnits(child, 9 + Math.floor(uniform(11, kills) * 70))
      child.kill('SIGKILL')
      const [code] = await ended
      expect(code ?? 0).toBe(0) // killed, or finished
      const [{ status }] = runsApi({ home, store }).list()
      if (status === 'finished') break
      expect(status).toBe('interrupted')
      kills++
    }
    expect(kills).toBeGreaterThan(5)
    expect(contentOfRun(home)).toEqual(whole)
  })

  it.each([0, 1, 2])('killed with -9 while ending early (%i) and asked again, ends early with a valid model', async (series) => {
    runId = createTinyRun(store, home)
    let child = start(4)
    const first = once(child, 'exit')
    await afterUnits(child, 60) // the first training is running
    store.jobs.request(runId, 'end')
    await sleep(uniform(21, series) * 40)
    child.kill('SIGKILL')
    await first
    for (let kill = 0; kill < 4 && store.runs.find(runId)?.status !== 'finished'; kill++) {
      child = start(4, 'keep')
      const ended = once(child, 'exit')
      await Promise.race([ended, sleep(150 + uniform(series, kill) * 250)])
      child.kill('SIGKILL')
      await ended
    }
    if (store.runs.find(runId)?.status !== 'finished') await workWithStandIn(store, home, runId, {}, { wanted: 'end' })
    const [shown] = runsApi({ home, store }).list()
    expect(shown).toMatchObject({ status: 'finished', ended_early: true })
    for (const model of store.models.ofRun(runId)) {
      expect(existsSync(join(model.path, 'config.json'))).toBe(true)
      const training = store.trainings.find(runId, model.name)
      if (training === undefined) continue
      const done = store.metrics.lastStep(training.id)
      const told = done < training.steps! ? `ended early: ${done} of ${training.steps} steps` : 'examples'
      expect(model.data).toContain(told)
      expect(store.trainings.checkpoints(training.id)).toEqual([])
    }
    expect(store.events.after(runId, 0).filter(({ event }) => (event as { kind: string }).kind === 'ended-early')).toHaveLength(1)
  })

  it('is locked for other processes while it runs, and stops when another process asks', async () => {
    runId = createTinyRun(store, home)
    const child = start(5)
    const ended = once(child, 'exit')
    await afterUnits(child, 20)
    const runs = runsApi({ home, store })
    expect(runs.list()[0].status).toBe('running')
    await expect(workWithStandIn(store, home, runId)).rejects.toMatchObject({
      code: 'BUSY',
      message: expect.stringContaining(`${child.pid}`),
    })
    child.stdout!.resume()
    expect(await runs.stop(runId)).toBe(true)
    expect(await ended).toEqual([3, null])
    expect(runs.list()[0].status).toBe('paused')
    expect(await workWithStandIn(store, home, runId)).toBe('finished')
  })
})

describe('stopping a run', () => {
  it("that isn't running only corrects its outdated status", async () => {
    const { home, remove } = tinyHome()
    const store = openTinyStore(home)
    const runId = createTinyRun(store, home)
    const runs = runsApi({ home, store })
    expect(await runs.stop(runId)).toBe(false)
    expect(runs.list()[0].status).toBe('created')
    setJobState(store, runId, 'running') // its process is gone
    expect(runs.list()[0].status).toBe('interrupted')
    expect(await runs.stop(runId)).toBe(false)
    expect(runs.list()[0].status).toBe('paused')
    store.close()
    remove()
  })
})

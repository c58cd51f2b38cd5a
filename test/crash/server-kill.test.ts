import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { runsApi } from '../../main/app/runs/runs.ts'
import { generators } from '../../main/common/random.ts'
import type { RecipeInput } from '../../main/shared/recipe.ts'
import { addServer } from '../support/configured-engines.ts'
import { type SeenRequest, type StandInServer, standInServer } from '../support/stand-in-server.ts'
import { contentOfRun, createTinyRun, openTinyStore, tinyHome, workWithStandIn } from '../support/tiny-run.ts'

const { uniform } = generators.murmur
const worker = fileURLToPath(new URL('../support/tiny-run-worker.ts', import.meta.url))

/** Requests in flight. */
const concurrency = 2

/** What is the same whenever a unit of work is requested. */
const tagOf = ({ path, text, body }: SeenRequest): string =>
  createHash('sha256')
    .update(JSON.stringify([path, text, body]))
    .digest('hex')
    .slice(0, 12)

/** Writes its request's tag into everything, so that what is stored can be found. */
function reply(request: SeenRequest): string {
  const tag = tagOf(request)
  const luck = Number.parseInt(tag.slice(0, 8), 16)
  if (request.text.includes('additive 5-point')) return `Because of ${tag}.\nScore: ${luck % 6}`
  if (request.text.includes('[[A]]')) return `Because of ${tag}. [[${'ABC'[luck % 3]}]]`
  const [a, b, c, d] = [0, 3, 6, 9].map((at) => tag.slice(at, at + 3))
  return ` Explain how ${a} and ${b} make ${c} ${d}, called ${tag}.`
}

describe('a run in a separate process', { timeout: 600_000 }, () => {
  const homes: ReturnType<typeof openHome>[] = []
  let server: StandInServer
  afterEach(async () => {
    await server.close()
    for (const { store, remove } of homes.splice(0)) {
      store.close()
      remove()
    }
  })

  function openHome(address: string, changes: Partial<RecipeInput>) {
    const { home, remove } = tinyHome()
    const store = openTinyStore(home)
    // Several responses in one answer are one draw of the server's, which another number of them doesn't repeat.
    addServer(store, address, { has: { several: false }, concurrency })
    return { home, remove, store, runId: createTinyRun(store, home, { iterations: 1, ...changes }) }
  }
  function newHome(changes: Partial<RecipeInput>) {
    const opened = openHome(server.address, changes)
    homes.push(opened)
    return opened
  }

  const onServer = { judge: 'big', evaluate: 'big' }
  it.each<[string, number, Partial<RecipeInput>]>([
    ['that answers here and is judged by a server', 4, { engines: onServer, judge: { method: 'additive', samples: 2 } }],
    ['whose judge on a server gives probabilities', 3, { engines: onServer, judge: { method: 'yes' } }],
    [
      'whose prompts a server writes',
      3,
      { engines: { prompts: 'big' }, prompts: { count: 14 }, judge: { method: 'length' }, evaluation: { count: 0 } },
    ],
  ])('%s, killed with -9 during requests, ends with the same rows and asks for nothing that is stored', async (_, least, changes) => {
    server = await standInServer({ reply })
    const calm = newHome(changes)
    await workWithStandIn(calm.store, calm.home, calm.runId)
    const whole = contentOfRun(calm.home)
    const asked = server.seen.map(tagOf)
    await server.close()

    let child: ChildProcess | undefined
    let untilKill = 0
    let kills = 0
    let stored = ''
    const askedAgain: string[] = []
    server = await standInServer({
      reply,
      whileAnswering(request) {
        if (stored.includes(tagOf(request))) askedAgain.push(request.text)
        if (--untilKill > 0 || child === undefined) return undefined
        const running = child
        child = undefined
        if (kills % 2 === 0) running.kill('SIGKILL')
        else setImmediate(() => running.kill('SIGKILL')) // once it has been answered
        return undefined
      },
    })
    const { home, store, runId } = newHome(changes)
    for (;;) {
      untilKill = least + Math.floor(uniform(31, kills) * 8)
      child = spawn(process.execPath, [worker, home, runId], { stdio: ['ignore', 'ignore', 'inherit'] })
      const [code] = await once(child, 'exit')
      expect(code ?? 0).toBe(0) // killed, or finished
      stored = JSON.stringify(contentOfRun(home))
      const [{ status }] = runsApi({ home, store }).list()
      if (status === 'finished') break
      expect(status).toBe('interrupted')
      kills++
    }
    expect(kills).toBeGreaterThan(1)
    expect(contentOfRun(home)).toEqual(whole)
    expect(askedAgain).toEqual([])
    expect(new Set(server.seen.map(tagOf))).toEqual(new Set(asked))
    expect(server.seen.length - asked.length).toBeLessThanOrEqual(kills * concurrency) // what was in flight
  })
})

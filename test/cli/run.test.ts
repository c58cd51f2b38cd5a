import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { registerRun } from '../../main/cli/commands/run-command.ts'
import { reportFailure } from '../../main/cli/exit.ts'
import { runDetails, runListing } from '../../main/shared/contract/runs-contract.ts'
import { openTinyStore, tinyHome, tinyRecipe, workWithStandIn } from '../support/tiny-run.ts'

let home: string
let remove: () => void
let config: string
let output: string
beforeEach(() => {
  ;({ home, remove } = tinyHome())
  vi.stubEnv('LAUREL_HOME', home)
  output = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += text
    return true
  })
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  config = join(home, 'recipe.json')
  writeFileSync(config, JSON.stringify(tinyRecipe(home)))
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  remove()
})

/** The standard output of a command. */
async function laurel(...args: string[]): Promise<string> {
  const program = new Command('laurel').exitOverride().configureOutput({ writeErr: () => {} })
  registerRun(program)
  output = ''
  await program.parseAsync(['run', ...args], { from: 'user' })
  return output
}

/** The exit code and error line of a command that fails. */
async function failure(...args: string[]): Promise<{ code: number; said: string }> {
  let said = ''
  const thrown = await laurel(...args).catch((error: unknown) => error)
  const code = reportFailure(thrown, (text) => {
    said += text
  })
  return { code, said }
}

describe('laurel run', () => {
  it('creates a run and prints only its id', async () => {
    expect(await laurel('new', '--config', config)).toMatch(/^r-[2-9a-z]{5}\n$/)
  })

  it('lists runs newest first, with the documented JSON keys', async () => {
    const older = (await laurel('new', '--config', config, '--name', 'older')).trim()
    const newer = (await laurel('new', '--config', config)).trim()
    const listed = JSON.parse(await laurel('list', '--json')) as unknown[]
    expect(listed.map((row) => runListing.strict().parse(row))).toMatchObject([
      { id: newer, name: 'tiny', status: 'created', iteration: 0, stage: null },
      { id: older, name: 'older' },
    ])
    expect(await laurel('list')).toContain('older')
  })

  it('shows a run as text and as JSON', async () => {
    const id = (await laurel('new', '--config', config)).trim()
    const store = openTinyStore(home)
    await workWithStandIn(store, home, id)
    const data = ['ift', 'eft'].map((kind) => `${store.examples.count(id, kind as 'ift' | 'eft')} ${kind.toUpperCase()}`).join(' and ')
    store.close()
    const shown = runDetails.strict().parse(JSON.parse(await laurel('show', id, '--json')))
    expect(shown).toMatchObject({ id, status: 'finished', iteration: 2 })
    expect(shown.models.map(({ name }) => name)).toEqual(['M0', 'SFT', 'M1', 'M2', 'M3'])
    const text = await laurel('show', id.slice(2, 4))
    for (const part of ['finished', 'judgements', 'M3 v M1', 'length alone', `${data} examples`]) expect(text).toContain(part)
  })

  it('refuses in one line to train a run that waits for review, and accepts the confirmation with --reviewed', async () => {
    writeFileSync(config, JSON.stringify(tinyRecipe(home, { iterations: 1, review: { wait: true } })))
    const id = (await laurel('new', '--config', config)).trim()
    const early = await failure('resume', id, '--reviewed')
    expect(early).toEqual({ code: 2, said: expect.stringContaining("isn't waiting for a review") })
    const store = openTinyStore(home)
    expect(await workWithStandIn(store, home, id)).toBe('waiting-for-review')
    for (const command of ['start', 'resume']) {
      const { code, said } = await failure(command, id)
      expect(code).toBe(2)
      expect(said).toMatch(/is waiting for your review of iteration 1.* laurel run resume r-\w+ --reviewed\.\n$/)
      expect(said.trim().split('\n')).toHaveLength(1)
    }
    expect(store.runs.find(id)).toMatchObject({ status: 'waiting-for-review', reviewedIteration: null })
    store.close()
  })

  it('lists a run with an unreadable recipe, and reports in one line why it can’t be shown or started', async () => {
    const id = (await laurel('new', '--config', config)).trim()
    const store = openTinyStore(home)
    store.runs.setRecipe(id, { ...(store.runs.resolve(id).recipe as object), of_another_time: 1 })
    store.close()
    expect(await laurel('list')).toContain(id)
    for (const command of ['show', 'start', 'resume']) {
      const { code, said } = await failure(command, id)
      expect(code).toBe(2)
      expect(said).toMatch(/^error: Couldn't read the recipe of run r-\w+: of_another_time.*\n$/)
    }
  })

  it('overrides a recipe’s values with --set', async () => {
    const id = (await laurel('new', '--config', config, '--set', 'prompts.count=3', '--set', 'seed=11')).trim()
    const { recipe } = runDetails.parse(JSON.parse(await laurel('show', id, '--json')))
    expect([recipe.prompts.count, recipe.seed]).toEqual([3, 11])
  })

  it('refuses bad input with exit code 2 and a line with the remedy', async () => {
    writeFileSync(join(home, 'bad.json'), JSON.stringify({ ...tinyRecipe(home), iterations: 'two' }))
    const cases: [string[], RegExp][] = [
      [['new', '--config', join(home, 'bad.json')], /bad\.json: iterations: [^\n]*\. Fix/],
      [['new', '--config', config, '--set', 'base_model=/nowhere'], /base_model: no model found at \/nowhere\. .*--set base_model=PATH/],
      [['new', '--config', config, '--set', 'seed_data.ift=/none.jsonl'], /seed_data\.ift: file \/none\.jsonl not found/],
      [['new', '--config', config, '--set', 'judge.prompt=absent'], /Couldn't read judge prompt "absent"/],
      [['new', '--recipe', 'none'], /Unknown recipe "none"/],
      [['show', 'r-00000'], /no run r-00000\. List all runs/],
    ]
    for (const [args, message] of cases) {
      const { code, said } = await failure(...args)
      expect(said).toMatch(message)
      expect(code).toBe(2)
    }
    expect((await failure('new')).code).toBe(2)
    expect((await failure('new', '--recipe', 'paper', '--config', config)).code).toBe(2)
    expect(JSON.parse(await laurel('list', '--json'))).toEqual([]) // none of them created a run
  })
})

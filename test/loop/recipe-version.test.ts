import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Application, openApplication } from '../../main/app/application.ts'
import { homePaths } from '../../main/common/home.ts'
import { loadRecipe } from '../../main/loop/recipe/load-recipe.ts'
import { checkRecipe } from '../../main/loop/recipe/recipe-problems.ts'
import { recipe as recipeSchema } from '../../main/shared/recipe.ts'
import { recipeVersion, upgradeRecipe } from '../../main/shared/recipe-version.ts'
import { leaseToken } from '../support/job-state.ts'
import { standInEngine } from '../support/stand-in-engine.ts'
import { createTinyRun, tinyHome, tinyRecipe, workWithStandIn } from '../support/tiny-run.ts'

describe('upgrading a recipe', () => {
  const steps = [
    ({ old, ...rest }: Readonly<Record<string, unknown>>) => ({ ...rest, renamed: old }),
    (recipe: Readonly<Record<string, unknown>>) => ({ ...recipe, added: [...((recipe.added as string[]) ?? []), 'by step 2'] }),
  ]

  it('applies each step from its version on, in order', () => {
    expect(upgradeRecipe({ old: 1 }, steps)).toEqual({ renamed: 1, added: ['by step 2'], version: 3 })
    expect(upgradeRecipe({ old: 1, version: 1 }, steps)).toEqual({ renamed: 1, added: ['by step 2'], version: 3 })
    expect(upgradeRecipe({ renamed: 1, version: 2 }, steps)).toEqual({ renamed: 1, added: ['by step 2'], version: 3 })
    expect(upgradeRecipe({ renamed: 1, version: 3 }, steps)).toEqual({ renamed: 1, version: 3 })
  })

  it('rejects a newer version', () => {
    expect(() => upgradeRecipe({ version: 4 }, steps)).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED', message: expect.stringMatching(/version 4.*up to 3/) }),
    )
  })

  it.each([[null], ['text'], [[1]], [{ version: 'two' }], [{ version: 0 }], [{ version: 1.5 }]])('leaves %j to the schema', (document) => {
    expect(upgradeRecipe(document, steps)).toBe(document)
    expect(recipeSchema.safeParse(document).success).toBe(false)
  })
})

describe('a recipe file', () => {
  let home: string
  let remove: () => void
  beforeEach(() => {
    ;({ home, remove } = tinyHome())
  })
  afterEach(() => remove())

  const written = (changes: object): string => {
    const path = join(home, 'recipe.json')
    writeFileSync(path, JSON.stringify({ ...tinyRecipe(home), ...changes }))
    return path
  }

  it('without a version, or with version 1, is upgraded to the newest', () => {
    expect(loadRecipe(written({})).version).toBe(recipeVersion)
    expect(loadRecipe(written({ version: 1 })).version).toBe(recipeVersion)
  })

  it('of an earlier version draws with the generator of its time, any other with today’s', () => {
    expect(loadRecipe(written({ version: 2 })).random).toBe('murmur')
    expect(loadRecipe(written({ version: 1 })).random).toBe('murmur')
    expect(loadRecipe(written({ version: 2, random: 'philox' })).random).toBe('philox')
    expect(loadRecipe(written({})).random).toBe('philox')
    expect(loadRecipe(written({ random: 'murmur' })).random).toBe('murmur')
  })

  it('of an earlier version keeps which endings make a pair', () => {
    const endingsOf = (pairs: object) => loadRecipe(written({ version: 3, pairs })).pairs.endings
    expect(endingsOf({})).toBe('any')
    expect(endingsOf({ finished_only: false })).toBe('any')
    expect(endingsOf({ finished_only: true, min_gap: 1 })).toBe('finished')
    expect(endingsOf({ finished_only: false, chosen_finished: true })).toBe('chosen-finished')
  })

  it('of an earlier version repeats no pairs in SPIN', () => {
    const repeatedOf = (changes: object) => loadRecipe(written({ method: 'spin', ...changes })).spin.earlier_iterations
    expect(repeatedOf({ version: 4 })).toBe(0)
    expect(repeatedOf({ version: 4, spin: { earlier_iterations: 2 } })).toBe(2)
    expect(repeatedOf({})).toBe(1)
  })

  it('with a newer version is rejected, in the form too', () => {
    const path = written({ version: recipeVersion + 1 })
    expect(() => loadRecipe(path)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED', message: expect.stringContaining(path) }))
    expect(checkRecipe({ ...tinyRecipe(home), version: 99 }).problems).toEqual([expect.objectContaining({ key: 'version' })])
  })
})

describe('a stored recipe that can’t be read', () => {
  let home: string
  let remove: () => void
  let application: Application
  beforeEach(() => {
    ;({ home, remove } = tinyHome())
    application = openApplication({
      ...{ home, surface: 'browser', version: '0', checkersOf: () => [] },
      startEngine: async () => standInEngine(),
    })
  })
  afterEach(async () => {
    await application.close()
    remove()
  })

  const rewrite = (id: string, change: string): void => {
    const db = new Sqlite(homePaths(home).database)
    db.prepare(`UPDATE runs SET recipe = ${change} WHERE id = ?`).run(id)
    db.close()
  }

  it.each([
    ['has a key that this Laurel does not know', "json_set(recipe, '$.renamed_key', 1)", 'renamed_key'],
    ['has a value out of its range', "json_set(recipe, '$.candidates.count', 1)", 'candidates.count'],
    ['lacks a part', "json_remove(recipe, '$.base_model')", 'base'],
    ['is from a newer Laurel', "json_set(recipe, '$.version', 99)", 'version 99'],
    ['isn’t a recipe', "'[]'", 'group'],
    ['is a number', "'7'", 'group'],
  ])('because it %s affects only its own run, which reports why', async (_, change, reason) => {
    const [good, bad] = [createTinyRun(application.store, home), createTinyRun(application.store, home)]
    await workWithStandIn(application.store, home, good)
    rewrite(bad, change)
    const listed = application.runs.list()
    expect(listed.map(({ id }) => id).toSorted()).toEqual([good, bad].toSorted())
    expect(listed.find(({ id }) => id === bad)).toMatchObject({
      name: 'tiny',
      error: { code: expect.stringMatching(/BAD_INPUT|UNSUPPORTED/), message: expect.stringContaining(reason) },
    })
    const refusal = expect.objectContaining({
      message: expect.stringMatching(new RegExp(`Couldn't read the recipe of run ${bad}: .*${reason}`)),
    })
    expect(() => application.runs.show(bad)).toThrow(refusal)
    expect(() => application.queue.start(bad)).toThrow(refusal)
    expect(leaseToken(application.store, bad)).toBeNull()
    expect(application.runs.show(good).status).toBe('finished')
    application.runs.rename(bad, 'other')
    application.runs.remove(bad)
    expect(application.runs.list()).toHaveLength(1)
  })

  it('with version 1 is read as the newest version', async () => {
    const id = createTinyRun(application.store, home)
    rewrite(id, "json_remove(recipe, '$.version', '$.random')")
    expect(application.runs.show(id).recipe).toMatchObject({ version: recipeVersion, random: 'murmur' })
    expect(await workWithStandIn(application.store, home, id)).toBe('finished')
  })
})

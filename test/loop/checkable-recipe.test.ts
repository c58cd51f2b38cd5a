import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { familiesNamed, taskFiles, taskOf } from '../../main/data/grammar-prompts.ts'
import { readyCheck } from '../../main/evaluation/checks/checks.ts'
import { loadRecipe, recipeFile } from '../../main/loop/recipe/load-recipe.ts'
import type { Check } from '../../main/shared/requirement.ts'

interface Row {
  readonly prompt: string
  readonly requirements: readonly { readonly text: string; readonly check: Check }[]
}

const rowsIn = (path: string | null): Row[] =>
  readFileSync(path!, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row)

const recipe = loadRecipe(recipeFile('checkable'))
const taught = familiesNamed(recipe.prompts.grammar.families)
const heldOut = rowsIn(recipe.evaluation.checks)
const otherFamilies = rowsIn(recipe.evaluation.checks_held_out)

describe('the outside measure of the recipe checkable', () => {
  it('has two requirements of the families of the run per prompt, and one of other families', () => {
    const ids = (families: readonly { readonly check: string }[]) => new Set(families.map(({ check }) => check))
    expect(heldOut).toHaveLength(240)
    for (const { requirements } of heldOut) {
      expect(requirements).toHaveLength(2)
      for (const { check } of requirements) expect(ids(taught)).toContain(check.id)
    }
    expect(otherFamilies).toHaveLength(80)
    for (const { requirements } of otherFamilies) for (const { check } of requirements) expect(ids(taught)).not.toContain(check.id)
  })

  it('asks about subjects that no prompt of the run is about', () => {
    const own = new Set(
      readFileSync(taskFiles.own, 'utf8')
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as Row).prompt),
    )
    expect([...heldOut, ...otherFamilies].filter(({ prompt }) => own.has(taskOf(prompt)))).toEqual([])
  })

  it('words each requirement as its check does', () => {
    for (const { requirements } of [...heldOut, ...otherFamilies])
      for (const { text, check } of requirements) expect(text).toBe(readyCheck(check).text)
  })
})

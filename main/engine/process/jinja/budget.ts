import { TemplateError } from './template-error.ts'

/** Far more than any conversation takes, and done within a second or two. */
const mostSteps = 1_000_000
/** Characters that a rendering may make in all (a list's item counts as eight): what it makes may be in memory at once. */
const mostMade = 32 << 20
/** Calls within calls, values within values: below what JavaScript's stack holds. */
const deepest = 120
/** Characters that are gone through as fast as one step is done. */
const charactersPerStep = 64
export const charactersPerItem = 8

/** A template that was ended because it takes more than any conversation does. */
export class BudgetExceeded extends TemplateError {}

/** What the rendering at work may still do. It is done in one go, so there is never more than one. */
let left = { steps: 0, made: 0, depth: 0 }

/** Do a piece of work with a budget of its own. A template that takes more than any real one ends with an error instead of the process's time or memory. */
export function withinBudget<T>(work: () => T): T {
  const before = left
  left = { steps: mostSteps, made: mostMade, depth: 0 }
  try {
    return work()
  } finally {
    left = before
  }
}

/** Account for one step. Throws TemplateError where none is left, as the others here do. */
export function step(): void {
  spend(charactersPerStep)
}

/** Account for going through so many characters. */
export function spend(characters: number): void {
  left.steps -= characters / charactersPerStep
  if (!(left.steps >= 0)) throw new BudgetExceeded(`it takes more than ${mostSteps.toLocaleString('en-US')} steps`)
}

/** Account for so many characters before they are made. */
export function make(characters: number): void {
  left.made -= characters
  if (!(left.made >= 0)) throw new BudgetExceeded('it makes far more text than a conversation needs')
  spend(characters)
}

/** Account for a list's items before they are made. */
export const makeItems = (items: number): void => make(items * charactersPerItem)

/** Account for going through a list's items. */
export const spendItems = (items: number): void => spend(items * charactersPerItem)

/** Do what a call does, or what a value within a value asks for. */
export function nested<T>(work: () => T): T {
  if (++left.depth > deepest) throw new TemplateError('its calls or values are nested without an end')
  try {
    step()
    return work()
  } finally {
    left.depth--
  }
}

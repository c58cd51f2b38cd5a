/** A template that doesn't parse, or that raises an error. Messages use Jinja2's wording where it has one. */
export class TemplateError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'TemplateError'
  }
}

/** Far more than any conversation needs, and done within a second or two. */
const mostSteps = 1_000_000
/** Total characters a rendering may create (a list item counts as eight), since all of them may be in memory together. */
const mostMade = 32 << 20
/** Nesting of calls and values: below JavaScript's stack limit. */
const deepest = 120
/** Characters processed at the cost of one step. */
const charactersPerStep = 64
export const charactersPerItem = 8

/** The template exceeded a budget far above any conversation's needs. */
export class BudgetExceeded extends TemplateError {}

/** Remaining budget of the current rendering. Rendering is synchronous, so one is enough. */
let left = { steps: 0, made: 0, depth: 0 }

/** Run with a fresh budget. A runaway template ends with an error instead of exhausting the process's time or memory. */
export function withinBudget<T>(work: () => T): T {
  const before = left
  left = { steps: mostSteps, made: mostMade, depth: 0 }
  try {
    return work()
  } finally {
    left = before
  }
}

/** Consume one step. Throws TemplateError if none is left, like the other functions here. */
export function step(): void {
  spend(charactersPerStep)
}

/** Consume the cost of reading a number of characters. */
export function spend(characters: number): void {
  left.steps -= characters / charactersPerStep
  if (!(left.steps >= 0)) throw new BudgetExceeded(`it takes more than ${mostSteps.toLocaleString('en-US')} steps`)
}

/** Consume the cost of creating a number of characters. Call it first. */
export function make(characters: number): void {
  left.made -= characters
  if (!(left.made >= 0)) throw new BudgetExceeded('it generates far more text than a conversation needs')
  spend(characters)
}

/** Consume the cost of creating list items. Call it first. */
export const makeItems = (items: number): void => make(items * charactersPerItem)

/** Consume the cost of reading list items. */
export const spendItems = (items: number): void => spend(items * charactersPerItem)

/** Run a call, or process a nested value. */
export function nested<T>(work: () => T): T {
  if (++left.depth > deepest) throw new TemplateError('its calls or values are nested too deeply')
  try {
    step()
    return work()
  } finally {
    left.depth--
  }
}

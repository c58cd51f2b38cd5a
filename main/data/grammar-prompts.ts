import { generators } from '../common/random.ts'
import { resourceFile } from '../common/resources.ts'
import { readyCheck } from '../evaluation/checks/checks.ts'
import { badInput } from '../shared/errors.ts'
import { oneLine } from '../shared/one-line.ts'
import type { RandomGeneratorName } from '../shared/random-generator.ts'
import type { Requirement } from '../shared/requirement.ts'
import { promptKey } from './imported.ts'
import { type Choices, exclusions, type RequirementFamily, requirementFamilies, taskExclusions } from './requirement-families.ts'

/**
 * Prompts put together from a task and a few requirements that programs check: "Describe a lighthouse." and "Don't use any commas." Every
 * choice is a function of the seed and of the prompt's number.
 */

/** What prompts are put together from. */
export interface Grammar {
  readonly families: readonly RequirementFamily[]
  /** Requirements of one prompt. */
  readonly min: number
  readonly max: number
  readonly random?: RandomGeneratorName
}

export interface GrammarPrompt {
  readonly text: string
  readonly task: string
  readonly requirements: readonly Requirement[]
}

/** The tasks that ship with Laurel, for prompts of runs, and others on other subjects, for measuring them. */
export const taskFiles = { own: resourceFile('prompts', 'tasks.jsonl'), heldOut: resourceFile('prompts', 'held-out-tasks.jsonl') } as const

/** The families of these names or check ids, or all, without those of others. Throws BAD_INPUT for an unknown one, or if none is left. */
export function familiesNamed(names: readonly string[] = [], without: readonly string[] = []): RequirementFamily[] {
  const are = (list: readonly string[]) => (family: RequirementFamily) => list.includes(family.name) || list.includes(family.check)
  const unknown = [...names, ...without].find((name) => !requirementFamilies.some(are([name])))
  const known = `Choose from ${requirementFamilies.map(({ name, check }) => `${name} (${check})`).join(', ')}.`
  if (unknown !== undefined) throw badInput(`There is no family of requirements "${oneLine(unknown)}".`, known)
  const chosen = requirementFamilies.filter((family) => (names.length === 0 || are(names)(family)) && !are(without)(family))
  if (chosen.length === 0) throw badInput('There is no family of requirements left.', known)
  return chosen
}

/** Puts a prompt together. The requirements are on a line of their own, from which `taskOf` tells the task. */
const promptOf = (task: string, wordings: readonly string[]): string => `${task}\n${wordings.join(' ')}`

/** The task of a prompt that was put together. */
export function taskOf(prompt: string): string {
  const end = prompt.lastIndexOf('\n')
  return end < 0 ? prompt : prompt.slice(0, end)
}

/** Whether two families never occur in the same prompt. */
export const excludes = (a: string, b: string): boolean =>
  exclusions.some(([name, others]) => (name === a && others.includes(b)) || (name === b && others.includes(a)))

const taskExcludes = (task: string, { name }: RequirementFamily): boolean =>
  taskExclusions.some(([pattern, names]) => names.includes(name) && pattern.test(task))

/** How often a family draws its arguments if they contradict those of another, before the prompt does without it. */
const draws = 8

/**
 * Adds requirements to a task: `min` to `max` of them, of different families that contradict neither each other nor the task. There are
 * fewer only if the families leave no choice.
 */
export function withRequirements({ families, min, max, random = 'philox' }: Grammar, task: string, seed: number): GrammarPrompt {
  const { deriveSeed, uniform, permutation } = generators[random]
  const count = min + Math.floor(uniform(deriveSeed(seed, 'count'), 0) * (max - min + 1))
  const taken: { readonly family: RequirementFamily; readonly drawn: ReturnType<RequirementFamily['draw']>; readonly wording: string }[] =
    []
  for (const place of permutation(families.length, deriveSeed(seed, 'families'))) {
    if (taken.length === count) break
    const family = families[place]
    if (taskExcludes(task, family) || taken.some((other) => excludes(other.family.name, family.name))) continue
    const choices = choicesOf(deriveSeed(seed, 'arguments', family.name), uniform)
    for (let i = 0; i < draws; i++) {
      const drawn = family.draw(choices)
      const isInTask = drawn.brings?.some((text) => task.toLowerCase().includes(text.toLowerCase())) ?? false // nothing would be asked for
      if (isInTask || taken.some((other) => contradicts(other.drawn, drawn) || contradicts(drawn, other.drawn))) continue
      taken.push({ family, drawn, wording: choices.one(drawn.wordings) })
      break
    }
  }
  const requirements = taken.map(({ family, drawn }): Requirement => {
    const check = { id: family.check, args: { ...drawn.args } }
    return { text: readyCheck(check).text, weight: 1, check }
  })
  return {
    task,
    requirements,
    text: promptOf(
      task,
      taken.map(({ wording }) => wording),
    ),
  }
}

type Drawn = ReturnType<RequirementFamily['draw']>

/** Whether one requirement brings a word or a letter that the other bans. */
function contradicts({ brings = [] }: Drawn, { bansWord, bansLetter }: Drawn): boolean {
  const texts = brings.map((text) => text.toLowerCase())
  return (
    texts.some((text) => bansLetter !== undefined && text.includes(bansLetter)) ||
    texts.some((text) => bansWord !== undefined && text.split(/[^a-z]+/).includes(bansWord))
  )
}

/** Draws from a seed, one number after the other. */
function choicesOf(seed: number, uniform: (seed: number, counter: number) => number): Choices {
  let counter = 0
  const below = (end: number): number => Math.floor(uniform(seed, counter++) * end)
  return {
    one: (items) => items[below(items.length)],
    several(items, count) {
      const left = [...items]
      return Array.from({ length: count }, () => left.splice(below(left.length), 1)[0])
    },
  }
}

/** Prompt number `k`, from 0. Every task is used once before any is used again. */
export function grammarPrompt(grammar: Grammar, tasks: readonly string[], seed: number, k: number): GrammarPrompt {
  const { deriveSeed, permutation } = generators[grammar.random ?? 'philox']
  const order = permutation(tasks.length, deriveSeed(seed, 'tasks', Math.floor(k / tasks.length)))
  return withRequirements(grammar, tasks[order[k % tasks.length]], deriveSeed(seed, 'prompt', k))
}

/** How many prompts are put together for each one wanted, at most. */
const attempts = 20

/** The first `count` different prompts, without those in `except` and those whose task is in it. There are fewer if the grammar has no more. */
export function grammarPrompts(
  grammar: Grammar & {
    readonly tasks: readonly string[]
    readonly seed: number
    readonly count: number
    readonly except?: readonly string[]
  },
): GrammarPrompt[] {
  const { seed, count, except = [] } = grammar
  const known = new Set(except.flatMap((prompt) => [promptKey(prompt), promptKey(taskOf(prompt))]))
  const tasks = grammar.tasks.filter((task) => !known.has(promptKey(task)))
  const made: GrammarPrompt[] = []
  for (let k = 0; tasks.length > 0 && made.length < count && k < count * attempts; k++) {
    const prompt = grammarPrompt(grammar, tasks, seed, k)
    if (prompt.requirements.length === 0 || known.has(promptKey(prompt.text))) continue
    known.add(promptKey(prompt.text))
    made.push(prompt)
  }
  return made
}

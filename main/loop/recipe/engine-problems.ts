import {
  type ConfiguredEngine,
  type EngineAbilities,
  type EngineRole,
  type EngineTest,
  engineRoles,
  type OpenaiSettings,
  thisMachine,
} from '../../shared/engine-settings.ts'
import { badInput } from '../../shared/errors.ts'
import { type JudgeMethod, programMethods, type Recipe } from '../../shared/recipe.ts'
import { clusterTrainingProblems } from './cluster-problems.ts'
import { checkRecipeWhole, type RecipeCheck, type RecipeProblem } from './recipe-problems.ts'

/** What a server must have besides answers to messages. */
type Need = 'first-token' | 'continuing' | 'given-text'

/** What each method of judging needs of a server. A text: why no server can serve it. */
const judgeNeeds: Readonly<Record<JudgeMethod, readonly Need[] | string>> = {
  additive: [],
  expected: ['first-token', 'continuing'],
  yes: ['first-token'],
  checklist: ['first-token'],
  pairwise: ['first-token'],
  contrast: ['given-text'],
  ticks: "reads the probabilities of each tick in a text by its tokens, which a server doesn't give",
  implicit: "compares a model of the run with M0, which a server doesn't have",
  verifier: [],
  majority: [],
  length: [],
  random: [],
}

const needWords: Readonly<
  Record<Need, { readonly isMet: (has: EngineAbilities) => boolean; readonly lacking: (has: EngineAbilities) => string }>
> = {
  'first-token': {
    isMet: ({ logprobs, thinks }) => logprobs >= 2 && !thinks,
    lacking: ({ thinks }) =>
      thinks ? 'first token to judge by: its model thinks before it answers' : 'log-probabilities of the first token (logprobs)',
  },
  continuing: { isMet: ({ continues }) => continues, lacking: () => 'continuing a response that starts with given words' },
  'given-text': {
    isMet: (has) => has.prompt_logprobs === 'chat',
    lacking: () => 'log-probabilities of a given response (prompt_logprobs)',
  },
}

/** The methods of judging that a server can serve, and for the others what it lacks. */
export function servedJudges(has: EngineAbilities): { readonly method: JudgeMethod; readonly lacks: string | null }[] {
  const asking = (Object.keys(judgeNeeds) as JudgeMethod[]).filter((method) => !programMethods.includes(method))
  return asking.map((method) => ({ method, lacks: lackingFor(method, has) }))
}

/** What an engine lacks for a method of judging, as the end of "it has no ..."; null: nothing. */
function lackingFor(method: JudgeMethod, has: EngineAbilities): string | null {
  const needs = judgeNeeds[method]
  if (typeof needs === 'string') return `way to serve it: this judge ${needs}`
  const lacking = needs.filter((need) => !needWords[need].isMet(has)).map((need) => needWords[need].lacking(has))
  return lacking.length === 0 ? null : lacking.join(' and ')
}

/**
 * Problems of a recipe's engines, before a run starts: one that isn't configured on this machine, or that can't do what its role asks for.
 * `engines`: those configured.
 */
export function engineProblems(recipe: Recipe, engines: readonly ConfiguredEngine[]): RecipeProblem[] {
  const known = new Map(engines.map((engine) => [engine.name, engine]))
  const named = engineRoles.filter((role) => recipe.engines[role] !== thisMachine)
  const missing = Map.groupBy(
    named.filter((role) => !known.has(recipe.engines[role])),
    (role) => recipe.engines[role],
  )
  return [
    ...[...missing].map(([name, roles]) => unknownEngine(name, roles)),
    ...named.flatMap((role) => {
      const engine = known.get(recipe.engines[role])
      if (engine?.settings.kind === 'openai') return serverProblems(recipe, role, engine, engine.settings)
      return engine !== undefined && role === 'train' ? clusterTrainingProblems(recipe, engine.name) : []
    }),
  ]
}

function unknownEngine(name: string, roles: readonly EngineRole[]): RecipeProblem {
  const keys = roles.map((role) => `engines.${role}`)
  return {
    key: keys[0],
    message: `The recipe names the engine ${name} (${keys.join(', ')}), which isn't configured on this machine.`,
    remedy: `Add it (System > Engines, or laurel engine add ${name}), or set ${keys.length === 1 ? keys[0] : 'them'} to ${thisMachine} or another engine.`,
  }
}

function serverProblems(recipe: Recipe, role: EngineRole, { name, test }: ConfiguredEngine, { model }: OpenaiSettings): RecipeProblem[] {
  const key = `engines.${role}`
  const wrong = (message: string, remedy: string): RecipeProblem => ({ key, message, remedy })
  const elsewhere = `Set ${key} to ${thisMachine} or to a Ray cluster.`
  const server = `${name} is an OpenAI-compatible server`
  if (role === 'train') return [wrong(`${server}, which can't train.`, elsewhere)]
  if (role === 'answers') {
    return [wrong(`${server}, which has ${model} and not the run's own models, whose answers these must be.`, elsewhere)]
  }
  const silent = silentProblem(name, test)
  if (silent.length > 0) return silent.map(([...texts]) => wrong(...texts))
  if (role === 'prompts') return writingProblem(recipe, name, test?.abilities ?? null).map(([...texts]) => wrong(...texts))
  const method = role === 'judge' || recipe.evaluation.method === 'reward' ? recipe.judge.method : 'additive'
  const here = `set ${key} to ${thisMachine}`
  const problems = judgingProblem(method, name, test?.abilities ?? null, here).map(([...texts]) => wrong(...texts))
  if (role !== 'judge') return problems
  if (recipe.pairs.consistency !== 'none') {
    const message = `pairs.consistency compares how two models of the run judge, but ${server} with a model of its own.`
    problems.push(wrong(message, `Set pairs.consistency to none, or ${key} to ${thisMachine}.`))
  }
  if (recipe.meta.count > 0) {
    const message = `meta.count has the run's model learn from its own judgements, but ${server} with a model of its own.`
    problems.push(wrong(message, `Set meta.count to 0, or ${key} to ${thisMachine}.`))
  }
  return problems
}

type Texts = readonly [message: string, remedy: string]

const testIt = (name: string): string => `Test it: laurel engine test ${name}, or System > Engines.`

/** How the model is asked to write; null: it isn't. */
function writerOf({ method, grammar }: Recipe['prompts']): 'self-instruct' | 'pre-query' | null {
  if (method === 'grammar') return grammar.tasks === 'model' ? grammar.writer : null
  return method === 'file' ? null : method
}

function writingProblem({ prompts }: Recipe, name: string, has: EngineAbilities | null): Texts[] {
  const writer = writerOf(prompts)
  const here = `set engines.prompts to ${thisMachine}`
  if (writer === 'pre-query') {
    const message = `The prompt writer pre-query continues the model's chat template, which ${name} applies itself.`
    return [[message, `Use self-instruct, or ${here}.`]]
  }
  if (writer === null || prompts.form === 'message') return []
  if (has === null)
    return [[`Whether ${name} continues plain text (prompts.form) isn't known, because it hasn't been tested.`, testIt(name)]]
  if (has.completions) return []
  return [[`prompts.form is text, but ${name} doesn't continue plain text (completions).`, `Set prompts.form to message, or ${here}.`]]
}

const silentProblem = (name: string, test: EngineTest | null): Texts[] =>
  test === null || test.abilities?.chat === true
    ? []
    : [[`The last test of ${name} found no server that answers messages.`, `Test it again: laurel engine test ${name}.`]]

/** `here`: what to do to judge on this machine. */
function judgingProblem(method: JudgeMethod, name: string, has: EngineAbilities | null, here: string): Texts[] {
  const needs = judgeNeeds[method]
  const other = `Use another judge, or ${here}.`
  if (typeof needs === 'string') return [[`The judge ${method} ${needs}, and ${name} is a server.`, other]]
  if (needs.length === 0) return []
  if (has === null) {
    return [[`Whether ${name} can serve the judge ${method} isn't known, because it hasn't been tested.`, testIt(name)]]
  }
  const lacks = lackingFor(method, has)
  return lacks === null ? [] : [[`The judge ${method} can't judge on ${name}, which has no ${lacks}.`, other]]
}

/** Throws BAD_INPUT if an engine can't serve a judge that belongs to no run. `here`: what to do to judge on this machine, as in "leave out ...". */
export function checkServesJudge({ name, settings, test }: ConfiguredEngine, method: JudgeMethod, here: string): void {
  if (settings.kind !== 'openai') return
  const [first] = [...silentProblem(name, test), ...judgingProblem(method, name, test?.abilities ?? null, here)]
  if (first !== undefined) throw badInput(...first)
}

/** Like `checkRecipeWhole`, and checks the recipe's engines too. */
export async function checkRecipeWith(engines: readonly ConfiguredEngine[], document: unknown): Promise<RecipeCheck> {
  const check = await checkRecipeWhole(document)
  const { readable, problems } = check
  return readable === null ? check : { ...check, problems: [...problems, ...engineProblems(readable, engines)] }
}

/** Throws BAD_INPUT with the first problem of a recipe's engines. */
export function checkEngines(recipe: Recipe, engines: readonly ConfiguredEngine[]): void {
  const [first] = engineProblems(recipe, engines)
  if (first !== undefined) throw badInput(first.message, first.remedy)
}

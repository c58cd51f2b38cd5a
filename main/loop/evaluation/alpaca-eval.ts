import { z } from 'zod'
import { alpacaEvalFigures } from '../../evaluation/alpaca-eval/figures.ts'
import { readAnswers, readModelOutputs } from '../../evaluation/alpaca-eval/model-outputs.ts'
import { isFlipped } from '../../evaluation/copeland.ts'
import { fillPairwisePrompt } from '../../evaluation/judge-prompt.ts'
import { characters } from '../../evaluation/reward-metrics.ts'
import type { Annotation } from '../../evaluation/win-rate.ts'
import { yesProbability } from '../../evaluation/yes-probability.ts'
import { badInput } from '../../shared/errors.ts'
import type { AlpacaEvalSettings, Answerer, Figures } from '../../shared/evaluation-settings.ts'
import { checkDistinct } from '../judges/distinct-choices.ts'
import { templateOf } from '../judges/judge-work.ts'
import { betterOfTwo, placeVerdicts } from '../judges/pairwise-judge.ts'
import { samplingOf, scoreMissing } from '../stage-work.ts'
import { answerPrompts } from './answers.ts'
import { as, inputsOf, judging, leftOutFigure, type Role, type StandaloneWork, setTotal, standaloneOwner } from './standalone-work.ts'
import { type EvaluationOwner, type UnitStore, unitStore } from './units.ts'

/** An instruction, with the answers that come from files. */
const alpacaEvalInput = z.object({
  instruction: z.string(),
  dataset: z.string().nullable(),
  own: z.string().nullable(),
  other: z.string().nullable(),
})
type AlpacaEvalInput = z.output<typeof alpacaEvalInput>

/** Both answers to an instruction. */
interface AnsweredPair extends AlpacaEvalInput {
  readonly position: number
  readonly own: string
  readonly other: string
}

/** A comparison by the judge in one order: 1 if the model's own answer is shown as B. */
type PreferenceRow = AnsweredPair & { readonly sample: 0 | 1 }

/** The log-odds of the answer shown first; null: neither verdict had any probability. */
const preferenceValue = z.object({ lead: z.number().nullable() })
type PreferenceStore = UnitStore<PreferenceRow, { lead: number | null }, z.output<typeof preferenceValue>>

const purpose = 'alpaca-eval'

/**
 * AlpacaEval (Li et al. 2023) with a local judge: the share of instructions on which it prefers a model's answer to a baseline's. As in AlpacaEval 2,
 * a preference is the probability of the verdict's first token, 1 for the baseline to 2 for the model. AlpacaEval shows the two answers in one
 * random order; here both orders are averaged, because small judges have a strong preference for a place.
 */
export async function measureAlpacaEval(work: StandaloneWork, settings: AlpacaEvalSettings): Promise<Figures> {
  const { judge, answering } = settings
  if (answering === null) throw badInput('These preferences were imported.', 'Start a new evaluation.')
  const inputs = await inputsOf(work, alpacaEvalInput, async () => instructionsOf(settings))
  const written = [settings.model, settings.against].filter(({ outputs }) => outputs === null).length
  setTotal(work, inputs.length * (written + 2))
  const answers = async (role: Exclude<Role, 'judge'>, model: Answerer): Promise<ReadonlyMap<number, string>> => {
    if (model.outputs !== null) return new Map(inputs.flatMap((input, i) => (input[role] === null ? [] : [[i, input[role]] as const])))
    const prompts = inputs.map(({ instruction }) => instruction)
    const found = await answerPrompts(work, { purpose, model: as(role, model), prompts, sampling: samplingOf(answering) })
    return new Map(found.map(({ position, text }) => [position, text]))
  }
  const [own, other] = [await answers('own', settings.model), await answers('other', settings.against)]
  await judgePairs(judging(work), judge.path, pairsOf(inputs, own, other))
  return { ...figuresOfPairs(annotatedPairs(work.owner)), prompts: inputs.length, ...leftOutFigure(work, inputs.length) }
}

/** The first instructions, with the answers in files. Those that a file doesn't answer are omitted. */
function instructionsOf({ source, count, model, against }: AlpacaEvalSettings): AlpacaEvalInput[] {
  const [own, other] = [model, against].map(({ outputs }) => (outputs === null ? null : readAnswers(outputs).answers))
  const found = readModelOutputs(source.path).flatMap(({ instruction, dataset = null }): AlpacaEvalInput[] => {
    const texts = { own: own?.get(instruction) ?? null, other: other?.get(instruction) ?? null }
    const isAnswered = (own === null || texts.own !== null) && (other === null || texts.other !== null)
    return isAnswered ? [{ instruction, dataset, ...texts }] : []
  })
  if (found.length === 0)
    throw badInput(`${source.path}: the files have no instruction in common.`, 'AlpacaEval matches answers by the text of "instruction".')
  return found.slice(0, count)
}

const pairsOf = (
  inputs: readonly AlpacaEvalInput[],
  owns: ReadonlyMap<number, string>,
  others: ReadonlyMap<number, string>,
): AnsweredPair[] =>
  inputs.flatMap((input, position) => {
    const [own, other] = [owns.get(position), others.get(position)]
    return own === undefined || other === undefined ? [] : [{ ...input, position, own, other }]
  })

const preferencesOf = (owner: EvaluationOwner): PreferenceStore =>
  unitStore(owner, {
    part: ['preferences', 'own', 'other', 'judge'],
    schema: preferenceValue,
    toStored: (value) => value,
    what: 'preferences',
    noun: 'comparisons',
    nameOf: ({ position, sample }) => `instruction ${position + 1}${sample === 1 ? ', swapped' : ''}`,
  })

async function judgePairs(work: StandaloneWork, judge: string, pairs: readonly AnsweredPair[]): Promise<void> {
  const template = templateOf(betterOfTwo, { prompt: null })
  const rows = pairs.flatMap((pair): PreferenceRow[] => [
    { ...pair, sample: 0 },
    { ...pair, sample: 1 },
  ])
  await scoreMissing(work, preferencesOf(work.owner).units(rows, 1), {
    model: judge,
    choicesOnly: true,
    input: ({ instruction, own, other, sample }) => {
      const [a, b] = sample === 0 ? [own, other] : [other, own]
      return { input: { prompt: fillPairwisePrompt(template, instruction, a, b) }, choices: [...placeVerdicts.texts] }
    },
    read: (item) => {
      checkDistinct(item, judge, placeVerdicts)
      const [a, b] = item.choiceLogprobs?.at(-1) ?? []
      return { lead: Number.isFinite(a - b) ? a - b : null }
    },
  })
}

/** A pair that the judge has compared in both orders. */
interface ComparedPair extends AnsweredPair {
  /** 1 for the baseline to 2 for the model; null: unreadable. */
  readonly preference: number | null
  /** Whether the orders name different answers. */
  readonly isFlipped: boolean
}

/** What is stored of an evaluation's comparisons. A pair that the judge can't read in both orders is left out. */
export function annotatedPairs(owner: EvaluationOwner): ComparedPair[] {
  const { store, key } = owner
  const inputs = store.evaluationUnits.of(key, ['inputs']).map(({ value }) => alpacaEvalInput.parse(value))
  const answersOf = (role: 'own' | 'other'): Map<number, string> => {
    const written = store.evaluationUnits.of(key, ['answers', role, purpose])
    const given = inputs.flatMap((input, i) => (input[role] === null ? [] : [[i, input[role]] as const]))
    return new Map([...given, ...written.map(({ position, value }) => [position, textValue.parse(value).text] as const)])
  }
  const leads = Map.groupBy(preferencesOf(owner).stored(), ({ position }) => position)
  return pairsOf(inputs, answersOf('own'), answersOf('other')).flatMap((pair): ComparedPair[] => {
    const both = leads.get(pair.position) ?? []
    if (both.length < 2) return []
    const [first, second] = [0, 1].map((sample) => both.find((one) => one.sample === sample)?.lead ?? null)
    if (first === null || second === null) return [{ ...pair, preference: null, isFlipped: false }]
    const shares = [yesProbability([first, 0]), yesProbability([-second, 0])] as number[]
    return [{ ...pair, preference: 1 + (shares[0] + shares[1]) / 2, isFlipped: isFlipped({ shown: first, swapped: -second }) }]
  })
}
const textValue = z.object({ text: z.string() })

function figuresOfPairs(pairs: readonly ComparedPair[]): Figures {
  const readable = pairs.filter(({ preference }) => preference !== null)
  const flipped = readable.filter((pair) => pair.isFlipped).length
  const positionBias = readable.length === 0 ? null : flipped / readable.length
  return { ...alpacaEvalFigures(pairs.map(annotationOf)), position_bias: positionBias }
}

const annotationOf = ({ preference, own, other }: ComparedPair): Annotation | null =>
  preference === null ? null : { preference, baselineLength: characters(other), modelLength: characters(own) }

/** An evaluation's comparisons as AlpacaEval's annotations.json; imported ones as they were. */
export function annotationRows(
  context: Parameters<typeof standaloneOwner>[0],
  settings: AlpacaEvalSettings,
): readonly Readonly<Record<string, unknown>>[] {
  const owner = standaloneOwner(context, settings)
  if (settings.answering === null)
    return owner.store.evaluationUnits.of(owner.key, ['inputs']).map(({ value }) => z.record(z.string(), z.unknown()).parse(value))
  const names = { generator_1: settings.against.label, generator_2: settings.model.label, annotator: `laurel ${settings.judge.label}` }
  return annotatedPairs(owner).map(({ instruction, dataset, own, other, preference }) => ({
    ...{ dataset, instruction, output_1: other, generator_1: names.generator_1, output_2: own, generator_2: names.generator_2 },
    ...{ annotator: names.annotator, preference, raw_completion: null },
  }))
}

/** The model's answers in an evaluation as AlpacaEval's model_outputs.json. */
export function outputRows(context: Parameters<typeof standaloneOwner>[0], settings: AlpacaEvalSettings): readonly object[] {
  return annotationRows(context, settings).flatMap(({ dataset, instruction, output_2: output, generator_2: generator }) =>
    output === undefined ? [] : [{ dataset, instruction, output, generator }],
  )
}

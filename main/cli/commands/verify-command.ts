import type { Command } from 'commander'
import { z } from 'zod'
import { writeJsonLines } from '../../common/jsonl.ts'
import { percentText } from '../../common/numbers.ts'
import { hasRequirementRows, requirementRows } from '../../data/requirement-rows.ts'
import { wilsonInterval } from '../../evaluation/agreement.ts'
import { type ReadyCheck, readyCheck } from '../../evaluation/checks/checks.ts'
import { checkedOf } from '../../evaluation/checks/strict-and-loose.ts'
import { badInput } from '../../shared/errors.ts'
import { type InputRow, readRows } from '../input-rows.ts'

const remedy =
  'Each line needs {"response": text} or {"responses": [{"text"}, ...]}, and {"requirements": [{"check": {"id", "args"}}, ...]} or IFEval\'s {"instruction_id_list", "kwargs"}.'

const responses = z.object({
  prompt: z.string().optional(),
  response: z.string().optional(),
  responses: z.array(z.looseObject({ text: z.string() })).optional(),
})

/** A requirement with the program that checks it; null: only a judge can tell. */
interface Wanted {
  readonly text: string
  readonly check: ReadyCheck | null
}

const row = z.record(z.string(), z.unknown()).transform((value, context) => {
  const wrong = (message: string): never => {
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  }
  const { data, error } = responses.safeParse(value)
  if (error !== undefined) return wrong(`${error.issues[0].path.join('.')}: ${error.issues[0].message}`)
  if (data.response === undefined && data.responses === undefined) return wrong('no "response" or "responses"')
  if (!hasRequirementRows(value)) return wrong('no "requirements" or "instruction_id_list"')
  const read = requirementRows(value)
  if ('wrong' in read) return wrong(read.wrong)
  const wanted = read.requirements.map(({ text, check }): Wanted => ({ text, check: check && readyCheck(check) }))
  return { prompt: data.prompt ?? '', response: data.response, responses: data.responses, wanted }
})
type Row = InputRow<z.output<typeof row>>

export function registerVerify(program: Command): void {
  program
    .command('verify')
    .description('check responses with programs, such as the instructions of IFEval, without a model')
    .requiredOption(
      '--input <file>',
      "JSON Lines: {response, requirements: [{check: {id, args}}]} or IFEval's {response, instruction_id_list, kwargs}; responses: [{text}] in place of response",
    )
    .requiredOption(
      '--output <file>',
      'JSON Lines: the input row with checks: [{text, met, loosely_met}], all_met, and all_loosely_met, for each of its responses',
    )
    .action(verify)
}

function verify({ input, output }: { input: string; output: string }): void {
  const rows = readRows(input, row, remedy)
  if (!rows.some(({ value }) => value.wanted.some(({ check }) => check !== null))) {
    throw badInput(`${input}: no requirement has a check`, remedy)
  }
  const verified = rows.map(verifiedRow)
  writeJsonLines(
    output,
    verified.map(({ written }) => written),
  )
  const isSingle = rows.every(({ value }) => value.response !== undefined)
  process.stdout.write(
    verifiedText(
      verified.flatMap(({ results }) => results),
      isSingle ? 'prompts' : 'responses',
    ),
  )
}

/** What the programs say of a response. */
interface Verified {
  /** Null: no program can tell. */
  readonly checks: readonly { readonly text: string; readonly met: boolean | null; readonly loosely_met: boolean | null }[]
  /** Whether everything that a program can check is met; null: it can check nothing. */
  readonly all_met: boolean | null
  readonly all_loosely_met: boolean | null
}

function verifiedRow({ own, value: { prompt, response, responses = [], wanted } }: Row): { written: object; results: readonly Verified[] } {
  const resultOf = (text: string): Verified => {
    const checks = wanted.map(({ text: requirement, check }) => {
      const checked = check && checkedOf(check, text, prompt)
      return { text: requirement, met: checked?.isMet ?? null, loosely_met: checked?.isLooselyMet ?? null }
    })
    const known = checks.filter(({ met }) => met !== null)
    if (known.length === 0) return { checks, all_met: null, all_loosely_met: null }
    return { checks, all_met: known.every(({ met }) => met), all_loosely_met: known.every(({ loosely_met }) => loosely_met) }
  }
  if (response !== undefined) {
    const result = resultOf(response)
    return { written: { ...own, ...result }, results: [result] }
  }
  const results = responses.map(({ text }) => resultOf(text))
  return { written: { ...own, responses: responses.map((one, i) => ({ ...one, ...results[i] })) }, results }
}

/** IFEval's four accuracies: by instruction and by prompt, strict and loose. */
export function verifiedText(results: readonly Verified[], noun: 'prompts' | 'responses'): string {
  const known = results.flatMap(({ checks }) => checks).filter(({ met }) => met !== null)
  const whole = results.filter(({ all_met }) => all_met !== null)
  const unknown = results.flatMap(({ checks }) => checks).length - known.length
  const line = (name: string, met: number, n: number): string => {
    const { low, high } = wilsonInterval(met, n)
    return `${name}: ${met} of ${n}, ${percentText(met / n)} (95%: ${percentText(low)} to ${percentText(high)})\n`
  }
  return [
    line('requirements met', known.filter(({ met }) => met).length, known.length),
    line(`${noun} with all requirements met`, whole.filter(({ all_met }) => all_met).length, whole.length),
    line('requirements loosely met', known.filter(({ loosely_met }) => loosely_met).length, known.length),
    line(`${noun} with all requirements loosely met`, whole.filter(({ all_loosely_met }) => all_loosely_met).length, whole.length),
    ...(unknown > 0 ? [`requirements that no program can check: ${unknown}\n`] : []),
  ].join('')
}

import { z } from 'zod'
import { readJsonLines } from '../../common/jsonl.ts'
import { requirementRows } from '../../data/requirement-rows.ts'
import { readyCheck } from '../../evaluation/checks/checks.ts'
import { checkedOf, strictAndLooseFigures } from '../../evaluation/checks/strict-and-loose.ts'
import { badInput } from '../../shared/errors.ts'
import type { Figures, IfevalSettings } from '../../shared/evaluation-settings.ts'
import { isObject } from '../../shared/is-object.ts'
import { requirement } from '../../shared/requirement.ts'
import { greedySampling } from '../stage-work.ts'
import { answerPrompts } from './answers.ts'
import { as, inputsOf, leftOutFigure, type StandaloneWork, setTotal } from './standalone-work.ts'

/** A prompt and the instructions in it that programs check. */
const checkedPrompt = z.object({ prompt: z.string(), requirements: z.array(requirement) })
type CheckedPrompt = z.output<typeof checkedPrompt>

/** Has a model answer prompts greedily, and programs check strictly and loosely whether it follows their instructions, as IFEval does. */
export async function measureInstructionFollowing(work: StandaloneWork, settings: IfevalSettings): Promise<Figures> {
  const { source, count, maxNewTokens } = settings
  const rows = await inputsOf(work, checkedPrompt, async () => readCheckedPrompts(source.path).slice(0, count))
  setTotal(work, rows.length)
  const prompts = rows.map(({ prompt }) => prompt)
  const answers = await answerPrompts(work, {
    ...{ purpose: 'ifeval', model: as('own', settings.model), prompts, sampling: greedySampling(maxNewTokens) },
  })
  const checked = answers.map(({ position, text }) =>
    rows[position].requirements.flatMap(({ check }) =>
      check === null ? [] : [{ id: check.id, ...checkedOf(readyCheck(check), text, prompts[position]) }],
    ),
  )
  const cut = answers.filter(({ finishReason }) => finishReason === 'length').length
  return { ...strictAndLooseFigures(checked), cut_off: cut, ...leftOutFigure(work, rows.length) }
}

const remedy = 'Each line needs {"prompt", "instruction_id_list", "kwargs"}, as in IFEval, or {"prompt", "requirements"}.'

/** The prompts of a file in IFEval's form. Throws NOT_FOUND, or BAD_INPUT that names the line. */
export function readCheckedPrompts(path: string): CheckedPrompt[] {
  const rows = readJsonLines(path).map(({ line, value }): CheckedPrompt => {
    const wrong = (what: string) => badInput(`${path}:${line}: ${what}`, remedy)
    if (!isObject(value)) throw wrong('not a JSON object')
    if (typeof value.prompt !== 'string' || value.prompt.trim() === '') throw wrong('"prompt" is missing')
    const read = requirementRows(value)
    if ('wrong' in read) throw wrong(read.wrong)
    const requirements = read.requirements.filter(({ check }) => check !== null)
    if (requirements.length === 0) throw wrong('it has no instruction that a program can check')
    return { prompt: value.prompt, requirements }
  })
  if (rows.length === 0) throw badInput(`${path}: has no rows`, remedy)
  return rows
}

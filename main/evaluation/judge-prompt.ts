import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { pastedPath } from '../common/pasted-path.ts'
import { resourceFile } from '../common/resources.ts'
import { badInput, LaurelError } from '../shared/errors.ts'

const instruction = '<INSTRUCTION_HERE>'
const response = '<RESPONSE_HERE>'
const responseA = '<RESPONSE_A_HERE>'
const responseB = '<RESPONSE_B_HERE>'
const requirement = '<REQUIREMENT_HERE>'
const judgePrompt = '<JUDGE_PROMPT_HERE>'
const judgementA = '<JUDGEMENT_A_HERE>'
const judgementB = '<JUDGEMENT_B_HERE>'

/**
 * The prompt that asks a judge to score one response. All placeholders are filled in one pass, so that placeholders inside the instruction
 * or the response are left alone.
 */
export const fillJudgePrompt = (template: string, theInstruction: string, theResponse: string): string =>
  fill(template, { [instruction]: theInstruction, [response]: theResponse })

/** The prompt that asks a judge to compare two responses, filled in the same way. */
export const fillPairwisePrompt = (template: string, theInstruction: string, theResponseA: string, theResponseB: string): string =>
  fill(template, { [instruction]: theInstruction, [responseA]: theResponseA, [responseB]: theResponseB })

/** The prompt that asks a judge about one requirement, filled in the same way. */
export const fillRequirementPrompt = (template: string, theInstruction: string, theResponse: string, theRequirement: string): string =>
  fill(template, { [instruction]: theInstruction, [response]: theResponse, [requirement]: theRequirement })

/** The prompt that asks a judge to write a checklist, filled in the same way. */
export const fillChecklistPrompt = (template: string, theInstruction: string): string => fill(template, { [instruction]: theInstruction })

/** The prompt that asks a judge to compare two judgements, filled in the same way. `asked`: the prompt that both were written for. */
export const fillMetaPrompt = (template: string, asked: string, theJudgementA: string, theJudgementB: string): string =>
  fill(template, { [judgePrompt]: asked, [judgementA]: theJudgementA, [judgementB]: theJudgementB })

/**
 * Loads a scoring judge's template: a file name in resources/judges without `.txt`, or the path of any file. One final newline belongs to
 * the file, not to the prompt. Throws NOT_FOUND, or BAD_INPUT if a placeholder is missing.
 */
export const loadJudgePrompt = (nameOrPath: string): string => loadTemplate(nameOrPath, [instruction, response])

/** Loads a pairwise judge's template in the same way. */
export const loadPairwisePrompt = (nameOrPath: string): string => loadTemplate(nameOrPath, [instruction, responseA, responseB])

/** Loads the template that asks about one requirement in the same way. The instruction is optional: many requirements need only the response. */
export const loadRequirementPrompt = (nameOrPath: string): string => loadTemplate(nameOrPath, [response, requirement])

/** Loads the template that asks for a checklist in the same way. */
export const loadChecklistPrompt = (nameOrPath: string): string => loadTemplate(nameOrPath, [instruction])

/** Loads the template that asks for the better of two judgements in the same way. */
export const loadMetaPrompt = (nameOrPath: string): string => loadTemplate(nameOrPath, [judgePrompt, judgementA, judgementB])

/** Loads a system message in the same way. It has no placeholders. */
export const loadSystemPrompt = (nameOrPath: string): string => loadTemplate(nameOrPath, [])

function fill(template: string, texts: Readonly<Record<string, string>>): string {
  const place = new RegExp(Object.keys(texts).join('|'), 'g')
  return template.replace(place, (found) => texts[found])
}

function loadTemplate(nameOrPath: string, placeholders: readonly string[]): string {
  const isName = basename(nameOrPath) === nameOrPath && !nameOrPath.endsWith('.txt')
  const path = isName ? resourceFile('judges', `${nameOrPath}.txt`) : pastedPath(nameOrPath)
  const template = readTemplate(path, nameOrPath)
  const missing = placeholders.filter((placeholder) => !template.includes(placeholder))
  if (missing.length > 0)
    throw badInput(`${path}: the judge prompt must contain ${missing.join(' and ')}`, 'Add each placeholder where its text belongs.')
  return template.replace(/\n$/, '')
}

function readTemplate(path: string, nameOrPath: string): string {
  try {
    // A byte-order mark and carriage returns are part of the file format, not of the prompt.
    return readFileSync(path, 'utf8')
      .replace(/^\uFEFF/, '')
      .replaceAll('\r\n', '\n')
  } catch (error) {
    throw new LaurelError(
      'NOT_FOUND',
      `Couldn't read judge prompt ${JSON.stringify(nameOrPath)} (${path})`,
      'Set a file name in resources/judges without .txt, or the path of a text file.',
      { cause: error },
    )
  }
}

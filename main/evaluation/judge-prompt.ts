import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { badInput, LaurelError } from '../common/errors.ts'
import { pastedPath } from '../common/pasted-path.ts'
import { resourceFile } from '../common/resources.ts'

const instruction = '<INSTRUCTION_HERE>'
const response = '<RESPONSE_HERE>'
const responseA = '<RESPONSE_A_HERE>'
const responseB = '<RESPONSE_B_HERE>'

/**
 * The text that asks a judge for the score of one response. All places are filled in one pass, so that a placeholder, or
 * anything else, that stands in the instruction or the response is left as it is.
 */
export const fillJudgePrompt = (template: string, theInstruction: string, theResponse: string): string =>
  fill(template, { [instruction]: theInstruction, [response]: theResponse })

/** The text that asks a judge to compare two responses, filled likewise. */
export const fillPairwisePrompt = (template: string, theInstruction: string, theResponseA: string, theResponseB: string): string =>
  fill(template, { [instruction]: theInstruction, [responseA]: theResponseA, [responseB]: theResponseB })

/**
 * A scoring judge's template: the name of a file in resources/judges without `.txt`, or any file's path. One newline at
 * its end is the file's, not the prompt's. Throws NOT_FOUND, or BAD_INPUT where a placeholder is missing.
 */
export const loadJudgePrompt = (nameOrPath: string): string => loadTemplate(nameOrPath, [instruction, response])

/** A comparing judge's template, loaded likewise. */
export const loadPairwisePrompt = (nameOrPath: string): string => loadTemplate(nameOrPath, [instruction, responseA, responseB])

function fill(template: string, texts: Readonly<Record<string, string>>): string {
  const place = new RegExp(Object.keys(texts).join('|'), 'g')
  return template.replace(place, (found) => texts[found])
}

function loadTemplate(nameOrPath: string, placeholders: readonly string[]): string {
  const isName = basename(nameOrPath) === nameOrPath && !nameOrPath.endsWith('.txt')
  const path = isName ? resourceFile('judges', `${nameOrPath}.txt`) : pastedPath(nameOrPath)
  const template = readTemplate(path, nameOrPath)
  const missing = placeholders.filter((placeholder) => !template.includes(placeholder))
  if (missing.length > 0) throw badInput(`${path}: the judge prompt lacks ${missing.join(' and ')}`, 'Write each where its text belongs.')
  return template.replace(/\n$/, '')
}

function readTemplate(path: string, nameOrPath: string): string {
  try {
    // A byte-order mark and carriage returns are how the file was saved, not what the judge is asked.
    return readFileSync(path, 'utf8')
      .replace(/^\uFEFF/, '')
      .replaceAll('\r\n', '\n')
  } catch (error) {
    throw new LaurelError(
      'NOT_FOUND',
      `Judge prompt ${JSON.stringify(nameOrPath)} cannot be read (${path})`,
      'Name a file in resources/judges without .txt, or give the path of a text file.',
      { cause: error },
    )
  }
}

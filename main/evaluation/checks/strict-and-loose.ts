import type { Figures } from '../../shared/evaluation-settings.ts'
import { wilsonInterval } from '../agreement.ts'
import { looseReadings, type ReadyCheck } from './checks.ts'

/** Whether a response meets a requirement as it is, and in one of its loose readings. */
export interface Checked {
  readonly isMet: boolean
  readonly isLooselyMet: boolean
}

/** Checks a response to `prompt` strictly and loosely. */
export function checkedOf(check: ReadyCheck, response: string, prompt: string): Checked {
  const isMet = check.isMet(response, prompt)
  return { isMet, isLooselyMet: isMet || looseReadings(response).some((reading) => check.isMet(reading, prompt)) }
}

/** A checked requirement with the id of its check. */
export interface CheckedRequirement extends Checked {
  readonly id: string
}

/**
 * IFEval's four accuracies (Zhou et al. 2023): the share of prompts whose response follows every instruction, and of all instructions that are
 * followed, strict and loose, each with Wilson's 95% interval; then the strict and the loose share of each kind of instruction.
 */
export function strictAndLooseFigures(responses: readonly (readonly CheckedRequirement[])[]): Figures {
  const all = responses.flat()
  const share = (name: string, met: number, n: number): Figures => {
    const { low, high } = wilsonInterval(met, n)
    return { [name]: n === 0 ? null : met / n, [`${name}_low`]: low, [`${name}_high`]: high }
  }
  const ofPrompts = (name: string, isMet: (one: Checked) => boolean): Figures =>
    share(name, responses.filter((own) => own.every(isMet)).length, responses.length)
  const ofInstructions = (name: string, isMet: (one: Checked) => boolean): Figures => share(name, all.filter(isMet).length, all.length)
  const strict = ({ isMet }: Checked): boolean => isMet
  const loose = ({ isLooselyMet }: Checked): boolean => isLooselyMet
  const kinds = [...Map.groupBy(all, ({ id }) => id)].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    ...ofPrompts('prompt_strict', strict),
    ...ofInstructions('instruction_strict', strict),
    ...ofPrompts('prompt_loose', loose),
    ...ofInstructions('instruction_loose', loose),
    ...{ prompts: responses.length, instructions: all.length },
    ...Object.fromEntries(
      kinds.flatMap(([id, own]) => [
        [`${id}/strict`, own.filter(strict).length / own.length],
        [`${id}/loose`, own.filter(loose).length / own.length],
        [`${id}/n`, own.length],
      ]),
    ),
  }
}

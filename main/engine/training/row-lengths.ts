import type { DpoRow, LengthsParams, SftRow } from '../../shared/engine-protocol.ts'
import type { RowLength } from '../../shared/training-rows.ts'
import type { ModelFiles } from '../model/model-files.ts'
import { encodeDpo, encodeSft } from './encoded-rows.ts'

/** Row lengths as a training computes them: a pair's prompt once, tokens beyond `maxLength` cut. Throws what the training would throw. */
export function rowLengths(files: ModelFiles, { task, rows, maxLength, promptWeight }: LengthsParams): RowLength[] {
  if (task === 'dpo') {
    return encodeDpo(files, rows as DpoRow[], { maxLength }).examples.map(({ prompt, chosen, rejected }) => {
      const targets = chosen.length + rejected.length
      return { tokens: prompt.length + targets, targets }
    })
  }
  return encodeSft(files, rows as SftRow[], { maxLength, promptWeight }).examples.map(({ prompt, completion, promptWeight, weights }) => {
    const ofCompletion = weights ? weights.filter((weight) => weight > 0).length : completion.length
    return { tokens: prompt.length + completion.length, targets: ofCompletion + (promptWeight > 0 ? prompt.length - 1 : 0) }
  })
}

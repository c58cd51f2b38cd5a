import type { ScoreItem } from '../../shared/engine-protocol.ts'
import { badInput } from '../../shared/errors.ts'

/** Two texts whose probabilities a judge compares. */
export interface ComparedChoices {
  readonly texts: readonly [string, string]
  /** For "can't judge by ...". */
  readonly by: string
  /** What to change if they can't be distinguished. */
  readonly remedy: string
}

/** Throws BAD_INPUT if the model's tokenizer starts both texts with the same token: their probabilities couldn't be distinguished. */
export function checkDistinct({ choiceIds }: Pick<ScoreItem, 'choiceIds'>, model: string, { texts, by, remedy }: ComparedChoices): void {
  if (choiceIds === undefined || choiceIds[0] !== choiceIds[1]) return
  const quoted = texts.map((text) => JSON.stringify(text)).join(' and ')
  throw badInput(`${model} can't judge by ${by}: its tokenizer starts both ${quoted} with the same token.`, remedy)
}

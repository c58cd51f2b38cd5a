import type { Field } from './field.ts'
import { methodIn } from './method.ts'

export const earlierIterations: Field = {
  key: 'spin.earlier_iterations',
  label: 'Earlier iterations',
  kind: 'integer',
  means: 'SPIN: so many iterations before whose pairs are trained on again, besides the iteration’s own.',
  paper: '1 (SPIN)',
  up: 'More pairs, of earlier models that the model may already be better than.',
  down: 'With 0, each training has its own iteration’s pairs alone, and takes less time.',
  bounds: '0 or more',
  when: methodIn('spin'),
}

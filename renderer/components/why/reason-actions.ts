import type { ReviewReason } from '../../../main/shared/review-reasons.ts'
import type { Action, ActionInfo } from '../../actions/action.ts'

/** Why a user prefers an answer: the same reasons and keys in Review and in the arena. */

const why = 'Why'

/** The reasons, each with a key, in the order of their buttons. */
export const reasonActions = {
  correctness: { title: 'Correctness', keys: ['3'], group: why, hint: 'Facts, reasoning, and code are right, and nothing is made up.' },
  'instruction-following': {
    title: 'Instructions',
    keys: ['4'],
    group: why,
    hint: 'Does what the prompt asks, all of it, within its limits.',
  },
  helpfulness: { title: 'Helpfulness', keys: ['5'], group: why, hint: 'Gives what the user needs, with the right depth.' },
  clarity: { title: 'Clarity', keys: ['6'], group: why, hint: 'Well ordered, coherent, and easy to understand.' },
  safety: { title: 'Safety', keys: ['7'], group: why, hint: 'Harmless and honest; refuses only what should be refused.' },
  length: { title: 'Length', keys: ['8'], group: why, hint: 'As long as it needs to be: neither padded nor cut short.' },
  format: { title: 'Format', keys: ['9'], group: why, hint: 'Markup, language, and tone suit the prompt.' },
} as const satisfies Record<ReviewReason, Omit<ActionInfo, 'name'>>

/** Opens the form for the reason in words. */
export const sayWhy = { title: 'Say why…', keys: ['w'], group: why } satisfies Omit<ActionInfo, 'name'>

export type WhyActions = Readonly<Record<ReviewReason | 'why', Action>>

export const withToggled = (reasons: readonly ReviewReason[], reason: ReviewReason): ReviewReason[] =>
  reasons.includes(reason) ? reasons.filter((other) => other !== reason) : [...reasons, reason]

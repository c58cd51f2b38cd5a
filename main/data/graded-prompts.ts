import type { Requirement } from '../shared/requirement.ts'
import { type Imported, promptsOf, requirementsOf } from './imported.ts'

/** A prompt with requirements that programs can check, each with a different text. */
export interface GradedPrompt {
  readonly text: string
  readonly requirements: readonly Requirement[]
}

/** A file's prompts that have a requirement with a check. Other requirements are dropped: no program can grade them. */
export const gradedPromptsOf = (imported: Imported): GradedPrompt[] =>
  promptsOf(imported).flatMap((text) => {
    const checked = requirementsOf(imported, text).filter(({ check }) => check !== null)
    const requirements = [...new Map(checked.map((requirement) => [requirement.text, requirement])).values()]
    return requirements.length === 0 ? [] : [{ text, requirements }]
  })

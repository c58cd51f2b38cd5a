import { withinBudget } from './budget.ts'
import { globals } from './globals.ts'
import { Interpreter } from './interpreter.ts'
import type { Statement } from './nodes.ts'
import { parseTemplate } from './parser.ts'
import { Scope } from './scope.ts'
import { TemplateError } from './template-error.ts'
import { fromJson } from './values.ts'

/** A template that can be rendered again and again. */
export interface Template {
  /** The text for these variables (JSON data). Throws TemplateError where the template refuses them or takes too long. */
  render(variables: Readonly<Record<string, unknown>>): string
}

/**
 * A chat template as transformers reads it: Jinja2 in its sandbox with `trim_blocks` and `lstrip_blocks`, loop controls, `{% generation %}`,
 * transformers' own `tojson`. Throws TemplateError where it isn't one.
 */
export function compileTemplate(source: string): Template {
  const body: readonly Statement[] = guarded(() => parseTemplate(source))
  return {
    render(variables) {
      const outer = new Scope()
      for (const [name, value] of globals) outer.set(name, value)
      for (const [name, value] of Object.entries(variables)) if (value !== undefined) outer.set(name, fromJson(value))
      return guarded(() => withinBudget(() => new Interpreter().text(body, new Scope(outer))))
    },
  }
}

/** What overflows JavaScript's stack or its longest string is the template's fault. */
function guarded<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof RangeError) throw new TemplateError(`it takes more memory than any conversation does (${error.message})`)
    throw error
  }
}

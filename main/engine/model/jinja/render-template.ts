import { TemplateError, withinBudget } from './budget.ts'
import { globals } from './globals.ts'
import { Interpreter } from './interpreter.ts'
import type { Statement } from './nodes.ts'
import { parseTemplate } from './parser.ts'
import { Scope } from './scope.ts'
import { fromJson } from './values.ts'

/** A compiled template. */
export interface Template {
  /** Render with these variables (JSON data). Throws TemplateError if the template raises an error or takes too long. */
  render(variables: Readonly<Record<string, unknown>>): string
}

/**
 * Compile a chat template as transformers does: sandboxed Jinja2 with `trim_blocks` and `lstrip_blocks`, loop controls, `{% generation %}`,
 * and transformers' own `tojson`. Throws TemplateError if it is invalid.
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

/** Report overflows of JavaScript's stack or string length as errors of the template. */
function guarded<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof RangeError) throw new TemplateError(`it takes more memory than any conversation needs (${error.message})`)
    throw error
  }
}

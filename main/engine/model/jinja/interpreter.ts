import { make, spend, step, TemplateError } from './budget.ts'
import { isTrue } from './compare.ts'
import { Evaluator } from './evaluator.ts'
import { ForLoop } from './for-loop.ts'
import { bindMacro, macroAttributes } from './macro.ts'
import type { Expression, MacroBody, Statement, Target } from './nodes.ts'
import { Scope } from './scope.ts'
import { type Args, Callable, iterate, Namespace, sizeOf, typeName, type Value } from './values.ts'
import { written } from './written.ts'

/** How a body ended: normally, or with a `break` or `continue` of the enclosing loop. */
type Ending = 'end' | 'break' | 'continue'
type For = Extract<Statement, { type: 'for' }>

/** Executes statements and collects their output. */
export class Interpreter {
  readonly #evaluator = new Evaluator()

  /** The output of a body. */
  text(body: readonly Statement[], scope: Scope): string {
    const out: string[] = []
    this.#run(body, scope, out)
    return out.join('')
  }

  #run(body: readonly Statement[], scope: Scope, out: string[]): Ending {
    for (const statement of body) {
      const ending = this.#statement(statement, scope, out)
      if (ending !== 'end') return ending
    }
    return 'end'
  }

  #statement(statement: Statement, scope: Scope, out: string[]): Ending {
    step()
    const of = (node: Expression, block?: Value): Value => this.#evaluator.evaluate(node, scope, block)
    switch (statement.type) {
      case 'text':
        this.#write(statement.text, out)
        return 'end'
      case 'print':
        this.#write(written(of(statement.value)), out)
        return 'end'
      case 'if':
        return this.#run(isTrue(of(statement.test)) ? statement.body : statement.otherwise, scope, out)
      case 'for':
        this.#for(statement, of(statement.items), scope, out, 0)
        return 'end'
      case 'set':
        assign(statement.target, of(statement.value), scope)
        return 'end'
      case 'set-block': {
        const text = this.text(statement.body, new Scope(scope))
        assign(statement.target, statement.filter === null ? text : of(statement.filter, text), scope)
        return 'end'
      }
      case 'macro':
        scope.set(statement.macro.name, this.#callable(statement.macro, scope))
        return 'end'
      case 'call-block': {
        const { call, caller } = statement
        if (call.type !== 'call') throw new TemplateError('expected a call')
        const args = this.#evaluator.args(call.args, scope)
        const named = new Map(args.named).set('caller', this.#callable(caller, scope))
        this.#write(written(this.#evaluator.call(of(call.callee), { positional: args.positional, named })), out)
        return 'end'
      }
      case 'filter-block':
        this.#write(written(of(statement.filter, this.text(statement.body, new Scope(scope)))), out)
        return 'end'
      case 'with': {
        const inner = new Scope(scope)
        for (const [target, value] of statement.assignments) assign(target, of(value), inner)
        return this.#run(statement.body, inner, out)
      }
      case 'scope':
        this.#write(this.text(statement.body, new Scope(scope)), out)
        return 'end'
      default:
        return statement.type
    }
  }

  #write(text: string, out: string[]): void {
    make(text.length)
    if (text !== '') out.push(text)
  }

  /** Each iteration has its own scope: variables set in the body don't outlive it. */
  #for(node: For, source: Value, scope: Scope, out: string[], depth: number): void {
    const items = this.#itemsOf(node, source, scope)
    const recurse = (inner: Value): string => {
      const text: string[] = []
      this.#for(node, inner, scope, text, depth + 1)
      return text.join('')
    }
    const loop = new ForLoop(items, depth, node.isRecursive ? recurse : null)
    let isDone = false // as in Jinja2, the else block runs if no iteration completed
    for (const [i, item] of items.entries()) {
      step()
      loop.index0 = i
      const round = new Scope(scope)
      round.set('loop', loop)
      assign(node.target, item, round)
      const ending = this.#run(node.body, round, out)
      isDone ||= ending === 'end'
      if (ending === 'break') break
    }
    if (!isDone) this.#run(node.otherwise, new Scope(scope), out)
  }

  #itemsOf({ condition, target }: For, source: Value, scope: Scope): readonly Value[] {
    spend(sizeOf(source))
    const all = iterate(source)
    if (condition === null) return all
    return all.filter((item) => {
      const inner = new Scope(scope)
      assign(target, item, inner)
      return isTrue(this.#evaluator.evaluate(condition, inner))
    })
  }

  /** A macro, or a call block's caller. It sees the names in its definition's scope, not the call's. */
  #callable(macro: MacroBody, around: Scope): Callable {
    const call = (args: Args): string => {
      const scope = new Scope(around)
      bindMacro(macro, args, scope, (i) => this.#evaluator.evaluate(macro.parameters[i].defaultValue!, scope))
      return this.text(macro.body, scope)
    }
    return new Callable(`Macro '${macro.name}'`, call, macroAttributes(macro))
  }
}

function assign(target: Target, value: Value, scope: Scope): void {
  switch (target.type) {
    case 'name':
      scope.set(target.name, value)
      return
    case 'namespace': {
      const namespace = scope.get(target.name)
      if (!(namespace instanceof Namespace)) throw new TemplateError('cannot assign attribute on non-namespace object')
      namespace.set(target.attribute, value)
      return
    }
    case 'tuple': {
      const items = iterate(value)
      if (items.length !== target.items.length) {
        const which = items.length > target.items.length ? 'too many' : 'not enough'
        throw new TemplateError(
          `${which} values to unpack from a ${typeName(value)} (expected ${target.items.length}, got ${items.length})`,
        )
      }
      for (const [i, part] of target.items.entries()) assign(part, items[i], scope)
    }
  }
}

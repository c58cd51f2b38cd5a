import { Environment, Interpreter, type parse } from '@huggingface/jinja'

/**
 * What one rendering may use. Real templates stay below a thousandth of it. A step is a node of the template that is evaluated (`block` steps
 * an iteration of a loop); a unit of size is a character, and `element` of them an element of a list.
 */
const budget = { steps: 2_000_000, block: 8, size: 64_000_000, element: 32 }

/** A template that was ended. */
export class BudgetExceeded extends Error {}

type Program = ReturnType<typeof parse>

/** A node of a template, and a value in it, as far as they are looked at here. */
interface Node {
  readonly type: string
  readonly [key: string]: unknown
}
interface Value {
  readonly type: string
  readonly value: unknown
}
type Arguments = [Value[], Map<string, Value>]

/** The interpreter with the methods that its types hide; what they are given and give is what the library says. */
const OpenInterpreter = Interpreter as unknown as new (
  environment: Environment,
) => {
  run(program: Program): Value
  evaluate(node: Node | undefined, environment: Environment): Value
  evaluateBlock(body: readonly Node[], environment: Environment): Value
  evaluateArguments(args: readonly Node[], environment: Environment): Arguments
  evaluateMemberExpression(node: Node, environment: Environment): Value
  applyFilter(operand: Value, filter: Node, environment: Environment): Value
}

/** Nodes whose value was there before: it takes no room. */
const references = new Set(['Identifier', 'MemberExpression', 'Evaluated'])

/**
 * Jinja's interpreter under a budget of steps and of memory. Every node that is evaluated is a step and every value that is made has a size; what multiplies
 * the size of its operand (`replace`, `join`, `indent`, `tojson`) is paid before it is done. So a template that loops, recurses or grows ends with
 * an error, in a time and a memory that don't depend on it.
 */
class BudgetedInterpreter extends OpenInterpreter {
  #steps = budget.steps
  #size = budget.size
  #filter: { readonly name: string; readonly operand: Value } | undefined

  override evaluate(node: Node | undefined, environment: Environment): Value {
    if (node?.type === 'Evaluated') return node.value as Value
    this.#spend(1)
    const value = super.evaluate(node, environment)
    if (node !== undefined && !references.has(node.type)) this.#pay(sizeOf(value))
    return value
  }

  override evaluateBlock(body: readonly Node[], environment: Environment): Value {
    this.#spend(budget.block) // the body of a loop may be empty
    return super.evaluateBlock(body, environment)
  }

  override applyFilter(operand: Value, filter: Node, environment: Environment): Value {
    const outer = this.#filter
    this.#filter = { name: filterName(filter), operand }
    try {
      return super.applyFilter(operand, filter, environment)
    } finally {
      this.#filter = outer
    }
  }

  override evaluateArguments(args: readonly Node[], environment: Environment): Arguments {
    const filter = this.#filter
    this.#filter = undefined // arguments may hold calls of their own
    const evaluated = super.evaluateArguments(args, environment)
    if (filter) this.#pay(growth(filter.name, filter.operand, [...evaluated[0], ...evaluated[1].values()]))
    return evaluated
  }

  override evaluateMemberExpression(node: Node, environment: Environment): Value {
    if (!mayLengthen(node)) return super.evaluateMemberExpression(node, environment)
    const object = this.evaluate(node.object as Node, environment)
    const member = super.evaluateMemberExpression({ ...node, object: { type: 'Evaluated', value: object } }, environment)
    if (object.type !== 'StringValue' || member.type !== 'FunctionValue') return member
    const call = member.value as (args: Value[], environment: Environment) => Value
    const paid = (args: Value[], scope: Environment): Value => {
      this.#pay(growth('replace', object, args))
      return call(args, scope)
    }
    return Object.assign(Object.create(member) as Value, { value: paid })
  }

  #spend(steps: number): void {
    this.#steps -= steps
    if (this.#steps < 0) throw new BudgetExceeded(`it takes more than ${budget.steps.toLocaleString('en-US')} steps`)
  }

  #pay(size: number): void {
    this.#size -= size
    if (this.#size < 0) throw new BudgetExceeded('it makes far more text than a conversation needs')
  }
}

/** Whether a member of a text may be its `replace`. */
function mayLengthen({ computed, property }: Node): boolean {
  const { type, value } = property as Node
  return computed === true && type !== 'StringLiteral' ? type !== 'IntegerLiteral' : value === 'replace'
}

const filterName = ({ value, callee }: Node): string => String(value ?? (callee as Node | undefined)?.value)

function sizeOf({ value }: Value): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object') return 1
  if (Array.isArray(value)) return value.length * budget.element
  return value instanceof Map ? value.size * budget.element : 1
}

const lengthOf = (value: Value | undefined): number => (typeof value?.value === 'string' ? value.value.length : 0)
const countOf = ({ value }: Value): number => (typeof value === 'string' || Array.isArray(value) ? value.length : 0)
const linesOf = ({ value }: Value): number => (typeof value === 'string' ? value.split('\n').length : 0)

/** At most how many characters such a filter or method adds to what it is applied to. */
function growth(name: string, operand: Value, args: readonly Value[]): number {
  const longest = Math.max(0, ...args.map(lengthOf))
  const widest = Math.max(0, ...args.map(({ value }) => (typeof value === 'number' ? value : 0)))
  switch (name) {
    case 'replace': {
      const pieces = (countOf(operand) + 1) / Math.max(1, lengthOf(args[0]))
      return pieces * lengthOf(args[1])
    }
    case 'join':
      return countOf(operand) * longest
    case 'indent':
      return linesOf(operand) * Math.max(longest, widest)
    case 'tojson':
      return nodesOf(operand) * (longest + widest * depthOf(operand))
    default:
      return 0
  }
}

/** Values inside a value, itself included. */
function nodesOf({ value }: Value): number {
  return insideOf(value).reduce((sum, inner) => sum + nodesOf(inner), 1)
}

function depthOf({ value }: Value): number {
  return 1 + insideOf(value).reduce((deepest, inner) => Math.max(deepest, depthOf(inner)), 0)
}

function insideOf(value: unknown): Value[] {
  if (Array.isArray(value)) return value as Value[]
  return value instanceof Map ? [...(value as Map<string, Value>).values()] : []
}

/** Run a template's program. Throws an Error whose message says what the template refused or exceeded. */
export function runTemplate(program: Program, variables: Readonly<Record<string, unknown>>): string {
  const environment = new Environment()
  for (const [name, value] of Object.entries(variables)) environment.set(name, value)
  return String(new BudgetedInterpreter(environment).run(program).value)
}

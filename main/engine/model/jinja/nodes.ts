/** A parsed template: expressions and statements, named as in Jinja2's AST. */

export interface Argument {
  readonly kind: 'positional' | 'named' | 'spread' | 'spread-named'
  readonly name?: string
  readonly value: Expression
}

export type Expression =
  | { readonly type: 'constant'; readonly value: string | number | boolean | null }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'list' | 'tuple'; readonly items: readonly Expression[] }
  | { readonly type: 'dict'; readonly entries: readonly (readonly [Expression, Expression])[] }
  | { readonly type: 'attribute'; readonly object: Expression; readonly name: string }
  | { readonly type: 'item'; readonly object: Expression; readonly key: Expression }
  | {
      readonly type: 'slice'
      readonly object: Expression
      readonly start: Expression | null
      readonly stop: Expression | null
      readonly step: Expression | null
    }
  | { readonly type: 'call'; readonly callee: Expression; readonly args: readonly Argument[] }
  | { readonly type: 'filter'; readonly operand: Expression | null; readonly name: string; readonly args: readonly Argument[] }
  | { readonly type: 'test'; readonly operand: Expression; readonly name: string; readonly args: readonly Argument[] }
  | { readonly type: 'unary'; readonly operator: 'not' | '-' | '+'; readonly operand: Expression }
  | { readonly type: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly type: 'concat'; readonly parts: readonly Expression[] }
  | { readonly type: 'compare'; readonly first: Expression; readonly rest: readonly (readonly [string, Expression])[] }
  | { readonly type: 'condition'; readonly test: Expression; readonly whenTrue: Expression; readonly otherwise: Expression | null }

/** An assignment target: a name, several names, or a namespace attribute. */
export type Target =
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'tuple'; readonly items: readonly Target[] }
  | { readonly type: 'namespace'; readonly name: string; readonly attribute: string }

export interface Parameter {
  readonly name: string
  readonly defaultValue: Expression | null
}

export interface MacroBody {
  readonly name: string
  readonly parameters: readonly Parameter[]
  readonly body: readonly Statement[]
  /** Which names of extra arguments the body reads. */
  readonly collects: ReadonlySet<string>
}

export type Statement =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'print'; readonly value: Expression }
  | { readonly type: 'if'; readonly test: Expression; readonly body: readonly Statement[]; readonly otherwise: readonly Statement[] }
  | {
      readonly type: 'for'
      readonly target: Target
      readonly items: Expression
      readonly condition: Expression | null
      readonly isRecursive: boolean
      readonly body: readonly Statement[]
      readonly otherwise: readonly Statement[]
    }
  | { readonly type: 'set'; readonly target: Target; readonly value: Expression }
  | { readonly type: 'set-block'; readonly target: Target; readonly filter: Expression | null; readonly body: readonly Statement[] }
  | { readonly type: 'macro'; readonly macro: MacroBody }
  | { readonly type: 'call-block'; readonly call: Expression; readonly caller: MacroBody }
  | { readonly type: 'filter-block'; readonly filter: Expression; readonly body: readonly Statement[] }
  | { readonly type: 'with'; readonly assignments: readonly (readonly [Target, Expression])[]; readonly body: readonly Statement[] }
  | { readonly type: 'scope'; readonly body: readonly Statement[] }
  | { readonly type: 'break' | 'continue' }

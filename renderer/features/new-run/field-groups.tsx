import { Switch } from '@mantine/core'
import { useEffect, useRef } from 'react'
import type { RecipeDocument } from '../../../main/shared/contract/new-run-contract.ts'
import { isSame, valueAt } from './document.ts'
import { setValue } from './draft.ts'
import { FieldInput } from './field-input.tsx'
import type { FieldGroup } from './fields/field.ts'
import { fieldGroups } from './fields/groups.ts'
import styles from './fields.module.css'

interface FieldGroupsProps {
  readonly recipe: RecipeDocument
  readonly base: RecipeDocument
  /** A complete recipe, for the defaults of optional parts. */
  readonly complete: RecipeDocument
  /** The error to show at a value. */
  readonly errorOf: (key: string) => string | null
  /** What is known against a valid value. */
  readonly warningOf: (key: string) => string | null
}

/** All values of the recipe: the essentials expanded, the others in collapsed groups. */
export function FieldGroups({ recipe, base, complete, errorOf, warningOf }: FieldGroupsProps) {
  const [essentials, ...advanced] = fieldGroups.filter(({ when }) => when?.(recipe) ?? true)
  return (
    <>
      <Fields group={essentials} {...{ recipe, base, errorOf, warningOf }} />
      <h3 className={styles.advanced}>Advanced</h3>
      <div className={styles.groups}>
        {advanced.map((group) => (
          <Folded key={group.id} {...{ group, recipe, base, complete, errorOf, warningOf }} />
        ))}
      </div>
    </>
  )
}

/** Groups of trainings, which can be on low-rank adapters alone. The value is whether the training can be left out, and what that is called. */
const trainingParts: Readonly<Record<string, string | null>> = {
  sft: 'Fine-tune M0 on the seed data first',
  dpo: null,
  'self_sft.training': 'Fine-tune with settings of its own, not those of M1',
}

function Folded({ group, recipe, base, complete, errorOf, warningOf }: FieldGroupsProps & { readonly group: FieldGroup }) {
  const optional = trainingParts[group.id]
  const shown = group.fields.filter(({ when }) => when?.(recipe) ?? true)
  const changed = shown.filter(({ key }) => !isSame(valueAt(recipe, key), valueAt(base, key))).length
  const hasWarning = shown.some(({ key }) => warningOf(key) !== null)
  const hasError = shown.some(({ key }) => errorOf(key) !== null)
  const details = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    if (hasError && details.current !== null) details.current.open = true // a problem must be visible
  }, [hasError])
  return (
    <details ref={details} className={styles.group} id={`group-${group.id}`}>
      <summary className={styles.summary}>
        <span className={styles.groupTitle}>{group.title}</span>
        <span className="dim">{group.about}</span>
        {(changed > 0 || hasWarning) && (
          <span className={styles.count}>
            {hasWarning && <span className={styles.warned}>a warning</span>}
            {changed > 0 && ` ${changed} changed`}
          </span>
        )}
      </summary>
      <div className={styles.groupBody}>
        {typeof optional === 'string' && <Optional {...{ recipe, complete }} part={group.id} label={optional} />}
        <Fields group={group} {...{ recipe, base, errorOf, warningOf }} />
        {optional !== undefined && valueAt(recipe, group.id) !== null && (
          <Optional {...{ recipe, complete }} part={`${group.id}.lora`} label="Train only low-rank adapters (LoRA), to save memory" />
        )}
      </div>
    </details>
  )
}

const adapters = { rank: 16, alpha: 32, dropout: 0, targets: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] }

/** Switches an optional part of the recipe on or off. */
function Optional({
  part,
  label,
  recipe,
  complete,
}: { readonly part: string; readonly label: string } & Pick<FieldGroupsProps, 'recipe' | 'complete'>) {
  const isThere = valueAt(recipe, part) !== null
  const whole = part.endsWith('.lora') ? adapters : valueAt(complete, part === 'self_sft.training' ? 'sft' : part)
  return <Switch label={label} checked={isThere} onChange={({ currentTarget }) => setValue(part, currentTarget.checked ? whole : null)} />
}

function Fields({ group, recipe, base, errorOf, warningOf }: Omit<FieldGroupsProps, 'complete'> & { readonly group: FieldGroup }) {
  return (
    <div className={styles.fields}>
      {group.fields
        .filter(({ when }) => when?.(recipe) ?? true)
        .map((field) => {
          const value = valueAt(recipe, field.key)
          return (
            <FieldInput
              key={field.key}
              field={field}
              value={value}
              isChanged={!isSame(value, valueAt(base, field.key))}
              error={errorOf(field.key)}
              warning={warningOf(field.key)}
            />
          )
        })}
    </div>
  )
}

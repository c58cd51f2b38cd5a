import { Tooltip } from '@mantine/core'
import type { ReactNode } from 'react'
import styles from './facts.module.css'

export interface Fact {
  readonly name: string
  readonly value: ReactNode
  readonly meaning?: string
  readonly tone?: 'warning' | 'error'
}

/** A list of names and values; a name's meaning is in its tooltip. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl className={styles.facts}>
      {facts.map(({ name, value, meaning, tone }) => (
        <div key={name}>
          <dt>
            {meaning === undefined ? (
              name
            ) : (
              <Tooltip label={meaning}>
                <span>{name}</span>
              </Tooltip>
            )}
          </dt>
          <dd data-tone={tone}>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

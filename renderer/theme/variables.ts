import type { CSSVariablesResolver } from '@mantine/core'

const colors = {
  '--mantine-color-text': 'var(--text)',
  '--mantine-color-body': 'var(--surface-raised)',
  '--mantine-color-dimmed': 'var(--text-dim)',
  '--mantine-color-error': 'var(--error)',
  '--mantine-color-default': 'var(--surface-raised)',
  '--mantine-color-default-hover': 'var(--surface-sunken)',
  '--mantine-color-default-color': 'var(--text)',
  '--mantine-color-default-border': 'var(--border-strong)',
}

/** Maps Mantine's colors to the tokens, so that its components match ours in both schemes. */
export const variablesFromTokens: CSSVariablesResolver = () => ({ variables: {}, light: colors, dark: colors })

import type { CSSVariablesResolver } from '@mantine/core'

const colours = {
  '--mantine-color-text': 'var(--text)',
  '--mantine-color-body': 'var(--surface-raised)',
  '--mantine-color-dimmed': 'var(--text-dim)',
  '--mantine-color-error': 'var(--error)',
  '--mantine-color-default': 'var(--surface-raised)',
  '--mantine-color-default-hover': 'var(--surface-sunken)',
  '--mantine-color-default-color': 'var(--text)',
  '--mantine-color-default-border': 'var(--border-strong)',
}

/** The component library's own colours are the tokens', so that its parts and ours are of one piece in both schemes. */
export const variablesFromTokens: CSSVariablesResolver = () => ({ variables: {}, light: colours, dark: colours })

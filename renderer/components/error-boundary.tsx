import { Component, type ReactNode } from 'react'
import type { ShownError } from '../api/errors.ts'
import { ErrorCard } from './error-card.tsx'

interface ErrorBoundaryProps {
  readonly children: ReactNode
  /** Identifies the content; when it changes, the boundary resets. */
  readonly of?: string | number
}

interface State {
  readonly error: unknown
  readonly of: string | number | undefined
}

/** Keeps an error in one part from taking down the whole window. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, State> {
  override state: State = { error: null, of: this.props.of }

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error }
  }

  static getDerivedStateFromProps({ of }: ErrorBoundaryProps, state: State): Partial<State> | null {
    return of === state.of ? null : { error: null, of }
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children
    return <ErrorCard error={defectOf(this.state.error)} onRetry={() => this.setState({ error: null })} />
  }
}

/** The error shown when a component throws while rendering. Only a failed import can be due to the connection. */
export function defectOf(error: unknown): ShownError {
  const message = error instanceof Error ? error.message : String(error)
  if (/dynamically imported module|module script failed/i.test(message)) {
    return {
      code: 'NOT_LOADED',
      message: 'Couldn’t load this page.',
      remedy: 'Check that Laurel is still running, then reload the window.',
    }
  }
  return {
    code: 'DEFECT',
    message: `Couldn’t show this part of the window: ${message}`,
    remedy: 'Nothing is lost. Try again, or continue on another page. This is a bug in Laurel; please report it with the details.',
  }
}

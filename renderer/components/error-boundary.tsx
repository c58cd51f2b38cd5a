import { Component, type ReactNode } from 'react'
import type { ShownError } from '../api/errors.ts'
import { ErrorCard } from './error-card.tsx'

interface ErrorBoundaryProps {
  readonly children: ReactNode
  /** What is shown: once it is something else, that is tried. */
  readonly of?: string | number
}

interface State {
  readonly error: unknown
  readonly of: string | number | undefined
}

/** A defect in one place must not take the window with it. */
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

/** What happened where a part of the window broke while it was drawn. It has nothing to do with the connection, but where its program could not be fetched. */
export function defectOf(error: unknown): ShownError {
  const message = error instanceof Error ? error.message : String(error)
  if (/dynamically imported module|module script failed/i.test(message)) {
    return {
      code: 'NOT_LOADED',
      message: 'This page could not be loaded.',
      remedy: 'See whether Laurel still runs, then reload the window.',
    }
  }
  return {
    code: 'DEFECT',
    message: `This part of the window could not be shown: ${message}`,
    remedy: 'Nothing is lost. Go on elsewhere, or try again; this is a defect of Laurel, and the details help to fix it.',
  }
}

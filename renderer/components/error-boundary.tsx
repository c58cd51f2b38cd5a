import { Component, type ReactNode } from 'react'
import { ErrorCard } from './error-card.tsx'

interface State {
  readonly error: unknown
}

/** A defect in one place must not take the window with it. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { error: null }

  static getDerivedStateFromError(error: unknown): State {
    return { error }
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children
    return <ErrorCard error={this.state.error} onRetry={() => this.setState({ error: null })} />
  }
}

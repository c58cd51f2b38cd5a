import type { Page } from 'playwright-core'
import type { Recorded, ToStandIn } from './stand-in/control.ts'

/** Laurel's desktop application as a test has it: its page, what it asked of Electron, and what a person can do outside the page. */
export interface Desk {
  readonly page: Page
  /** The values of a call so far. */
  of(call: Recorded['call']): unknown[]
  /** Waits until a call has been made whose value fits; gives that value. */
  seen(call: Recorded['call'], fits?: (value: unknown) => boolean): Promise<unknown>
  tell(message: ToStandIn): void | Promise<void>
  /** Waits until the page has tried to go there. */
  left(address: string): Promise<void>
  /** The exit code, once it has ended. */
  readonly ended: Promise<number | null>
  /** Ends it, whatever state it is in. */
  end(): Promise<void>
}

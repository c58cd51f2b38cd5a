import type { ReactNode } from 'react'

interface ScrollAreaProps {
  readonly label: string
  readonly className: string
  readonly children: ReactNode
}

/** A part that scrolls by itself: it can be reached by keyboard and has a name. */
export function ScrollArea({ label, className, children }: ScrollAreaProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must take the focus, or the keyboard cannot scroll it
    <section className={className} aria-label={label} tabIndex={0}>
      {children}
    </section>
  )
}

import { Link } from 'wouter'
import styles from './prompt-link.module.css'

/** The page of a prompt, by its address (see the contract's `promptAddress`). */
export const promptPath = (address: string): string => `/prompt?at=${encodeURIComponent(address)}`

/** A link to everything that is stored about a prompt. */
export const PromptLink = ({ at, children = 'All answers' }: { readonly at: string; readonly children?: string }) => (
  <Link href={promptPath(at)} className={styles.link} title="Every model’s answer to this prompt, with judgements and votes">
    {children}
  </Link>
)

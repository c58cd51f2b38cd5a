import { Link } from 'wouter'
import type { FoundText } from '../../../main/shared/contract/prompts-contract.ts'
import { ModelBadge } from '../../components/model-badge.tsx'
import { promptPath } from '../../components/prompt-link.tsx'
import styles from './search.module.css'

const kindWords: Readonly<Record<FoundText['kind'], string>> = {
  prompt: 'prompt',
  candidate: 'candidate',
  answer: 'evaluation',
  arena: 'arena',
}

/** A text that was found; leads to its prompt's page. */
export function FoundRow({ row, words }: { readonly row: FoundText; readonly words: readonly string[] }) {
  const { kind, address, run, iteration, model, prompt, response } = row
  return (
    <li className={styles.row}>
      <Link href={promptPath(address)} className={styles.link}>
        <span className={styles.prompt}>
          <Marked text={prompt} words={words} />
        </span>
        {response !== '' && (
          <span className={styles.response}>
            <Marked text={response} words={words} />
          </span>
        )}
      </Link>
      <p className={styles.foot}>
        <ModelBadge name={model} />
        <span>{kindWords[kind]}</span>
        {run !== null && (
          <span>
            {run.name}
            {iteration !== null && `, iteration ${iteration}`}
          </span>
        )}
      </p>
    </li>
  )
}

/** A text with the words that were found marked. */
function Marked({ text, words }: { readonly text: string; readonly words: readonly string[] }) {
  if (words.length === 0) return text
  const pattern = new RegExp(`(${words.map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`, 'giu')
  return text.split(pattern).map((part, i) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text
    i % 2 === 1 ? <mark key={i}>{part}</mark> : part,
  )
}

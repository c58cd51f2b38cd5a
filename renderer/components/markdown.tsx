import { Button } from '@mantine/core'
import { Component, memo, type ReactNode, useContext, useMemo, useState } from 'react'
import Markdown, { type Components } from 'react-markdown'
import rehypeSanitize, { defaultSchema } from 'rehype-sanitize'
import remarkGfm from 'remark-gfm'
import styles from './markdown.module.css'
import { formattedLength } from './markdown-limits.ts'
import { PlainText } from './plain-text.tsx'
import { TextForm } from './text-form.ts'

/** What a model's text may become: words and their structure. No HTML of its own, nothing that loads, nothing to be clicked. */
const schema = {
  ...defaultSchema,
  tagNames: defaultSchema.tagNames?.filter((tag) => !['picture', 'source', 'input'].includes(tag)),
}

/** A link is shown with where it would lead, and leads nowhere: the text was written by a model. An image is its description. */
const components: Components = {
  a: ({ href, children }) => (
    <span className={styles.link} title={href}>
      {children}
    </span>
  ),
  img: ({ alt }) => <span className={styles.image}>[image: {alt || 'no description'}]</span>,
  // Headings inside an answer are no headings of the page.
  h1: ({ children }) => <p className={styles.heading}>{children}</p>,
  h2: ({ children }) => <p className={styles.heading}>{children}</p>,
  h3: ({ children }) => <p className={styles.heading}>{children}</p>,
  h4: ({ children }) => <p className={styles.heading}>{children}</p>,
  h5: ({ children }) => <p className={styles.heading}>{children}</p>,
  h6: ({ children }) => <p className={styles.heading}>{children}</p>,
}

/** Text of a model or a file as markdown. It is not trusted: see `schema` and `components`. */
const Formatted = memo(function Formatted({ text }: { readonly text: string }) {
  return (
    <Markdown remarkPlugins={[remarkGfm]} rehypePlugins={[[rehypeSanitize, schema]]} components={components} skipHtml>
      {text}
    </Markdown>
  )
})

/** Text of a model or a file: as markdown, or as it stands where that is asked for, or where formatting it all would take too long. */
export const ModelText = memo(function ModelText({ text }: { readonly text: string }) {
  const form = useContext(TextForm)
  const safe = useMemo(() => formattedLength(text), [text])
  const [isFormatted, setFormatted] = useState(false)
  const isWhole = safe === text.length
  if (form === 'text') return <PlainText text={text} />
  return (
    <div className={styles.text}>
      {!isWhole && (
        <p className={styles.limit} role="note">
          {isFormatted ? 'Formatted as far as it can be.' : 'Too long or too repetitive to be formatted as a whole.'}
          <Button onClick={() => setFormatted(!isFormatted)}>{isFormatted ? 'Show as text' : 'Show formatted'}</Button>
        </p>
      )}
      {isWhole || isFormatted ? (
        <TextBoundary key={text} text={text}>
          <Formatted text={isWhole ? text : text.slice(0, safe)} />
          {!isWhole && <PlainText text={text.slice(safe)} />}
        </TextBoundary>
      ) : (
        <PlainText text={text} />
      )}
    </div>
  )
})

/** A text that can't be formatted, for whatever reason, is shown as it stands, and everything around it stays. */
class TextBoundary extends Component<{ readonly text: string; readonly children: ReactNode }, { readonly isBroken: boolean }> {
  override state = { isBroken: false }

  static getDerivedStateFromError(): { isBroken: boolean } {
    return { isBroken: true }
  }

  override render(): ReactNode {
    return this.state.isBroken ? <PlainText text={this.props.text} /> : this.props.children
  }
}

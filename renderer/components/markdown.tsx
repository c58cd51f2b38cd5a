import { Button } from '@mantine/core'
import { Component, memo, type ReactNode, useContext, useMemo, useState } from 'react'
import Markdown, { type Components } from 'react-markdown'
import rehypeSanitize, { defaultSchema } from 'rehype-sanitize'
import remarkGfm from 'remark-gfm'
import styles from './markdown.module.css'
import { formattedLength } from './markdown-limits.ts'
import { PlainText } from './plain-text.tsx'
import { TextForm } from './text-form.ts'

/** Allowed output for a model's text: formatting only. No raw HTML, nothing that loads, nothing clickable. */
const schema = {
  ...defaultSchema,
  tagNames: defaultSchema.tagNames?.filter((tag) => !['picture', 'source', 'input'].includes(tag)),
}

/** Links aren't clickable, because a model wrote them: the address is in the tooltip. Images show their alt text. */
const components: Components = {
  a: ({ href, children }) => (
    <span className={styles.link} title={href}>
      {children}
    </span>
  ),
  img: ({ alt }) => <span className={styles.image}>[image: {alt || 'no description'}]</span>,
  // Headings in an answer must not become headings of the page.
  h1: ({ children }) => <p className={styles.heading}>{children}</p>,
  h2: ({ children }) => <p className={styles.heading}>{children}</p>,
  h3: ({ children }) => <p className={styles.heading}>{children}</p>,
  h4: ({ children }) => <p className={styles.heading}>{children}</p>,
  h5: ({ children }) => <p className={styles.heading}>{children}</p>,
  h6: ({ children }) => <p className={styles.heading}>{children}</p>,
}

/** Untrusted text as Markdown; see `schema` and `components`. */
const Formatted = memo(function Formatted({ text }: { readonly text: string }) {
  return (
    <Markdown remarkPlugins={[remarkGfm]} rehypePlugins={[[rehypeSanitize, schema]]} components={components} skipHtml>
      {text}
    </Markdown>
  )
})

/** Text of a model or a file as Markdown; as plain text if the user prefers it, or if formatting would take too long. */
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
          {isFormatted ? 'Only the beginning is formatted.' : 'Too long or too repetitive to format completely.'}
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

/** Falls back to plain text if formatting throws. */
class TextBoundary extends Component<{ readonly text: string; readonly children: ReactNode }, { readonly isBroken: boolean }> {
  override state = { isBroken: false }

  static getDerivedStateFromError(): { isBroken: boolean } {
    return { isBroken: true }
  }

  override render(): ReactNode {
    return this.state.isBroken ? <PlainText text={this.props.text} /> : this.props.children
  }
}

import { Link, useLocation } from 'wouter'
import styles from './page-tabs.module.css'

interface PageTab {
  readonly path: string
  readonly name: string
}

/** Tabs of a page, each with its own address. The first tab is the default. */
export function PageTabs({ label, tabs }: { readonly label: string; readonly tabs: readonly PageTab[] }) {
  const [location] = useLocation()
  const here = tabs.findLast(({ path }) => location === path || location.startsWith(`${path}/`)) ?? tabs[0]
  return (
    <nav className={styles.tabs} aria-label={label}>
      {tabs.map(({ path, name }) => (
        <Link key={path} href={path} className={styles.tab} aria-current={path === here.path ? 'page' : undefined}>
          {name}
        </Link>
      ))}
    </nav>
  )
}

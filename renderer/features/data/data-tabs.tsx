import { PageTabs } from '../../components/page-tabs.tsx'

const tabs = [
  { path: '/data', name: 'Library' },
  { path: '/data/import', name: 'Import' },
  { path: '/data/export', name: 'Export' },
]

export function DataTabs() {
  return <PageTabs label="Data" tabs={tabs} />
}

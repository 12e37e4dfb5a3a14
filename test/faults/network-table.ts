/** The table at the end of docs/network.md. `npx tsx test/faults/network-table.ts` updates it. */
import fs from 'node:fs'
import path from 'node:path'
import { ENDPOINTS, type Fault, FAULTS } from './bad-registry.ts'

export const NETWORK_PAGE = path.resolve(import.meta.dirname, '../../docs/network.md')
/** the line before the table */
export const TABLE_MARK = '<!-- made from test/faults/bad-registry.ts -->\n'

export function outcomesTable(): string {
  const rows = FAULTS.map((fault) => `| ${fault.name} | ${outcomes(fault)} |`)
  return ['| fault | result of `cpm install` |', '|---|---|', ...rows, ''].join('\n')
}

function outcomes({ outcome, at = ENDPOINTS }: Fault): string {
  if (typeof outcome === 'string') return word(outcome)
  const groups = new Map<string, string[]>()
  for (const endpoint of at) {
    const said = outcome[endpoint]
    if (said !== undefined) groups.set(said, [...(groups.get(said) ?? []), endpoint])
  }
  return [...groups].map(([said, endpoints]) => `${word(said)} (${endpoints.join(', ')})`).join(', ')
}

function word(outcome: string): string {
  return outcome === 'works' ? 'works' : `\`${outcome}\``
}

if (process.argv[1] === import.meta.filename) {
  const [text = ''] = fs.readFileSync(NETWORK_PAGE, 'utf8').split(TABLE_MARK)
  fs.writeFileSync(NETWORK_PAGE, `${text}${TABLE_MARK}\n${outcomesTable()}`)
}

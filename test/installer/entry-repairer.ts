/**
 * A process that repairs an entry of a store, for repair.test.ts: `STORE TREE TABLE`. For each line on stdin it repairs
 * the entry as if it were damaged, and prints `done` or the error.
 */
import fs from 'node:fs'
import { repairEntry } from '../../src/installer/repair-entry.ts'
import { Store } from '../../src/installer/store.ts'
import { fingerprintOf } from '../../src/package/fingerprint.ts'
import type { Tree } from '../../src/schema/digest.ts'
import { poolHere } from '../rig/in-process.ts'

const [, , root = '', tree = '', table = ''] = process.argv
const store = new Store(root)
const options = { store, pool: poolHere(true), emit: () => undefined, lockTimeout: 60_000 }

process.stdout.write('ready\n')
for await (const _ of process.stdin) {
  const temporary = store.temporary()
  fs.mkdirSync(temporary)
  fs.writeFileSync(`${temporary}/a.txt`, 'a\n')
  try {
    const { fingerprint } = fingerprintOf(temporary)
    await repairEntry({ label: 'a@1.0.0', temporary, tree: tree as Tree, table, fingerprint }, options)
    process.stdout.write('done\n')
  } catch (error) {
    process.stdout.write(`${String(error)}\n`)
  }
}
store.sweep()

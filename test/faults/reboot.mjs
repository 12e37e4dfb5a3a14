/** Loaded by NODE_OPTIONS=--import: this process runs after a restart of the machine, CPM_TEST_BOOT. */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const { readFileSync } = fs
fs.readFileSync = (file, ...rest) =>
  file === '/proc/sys/kernel/random/boot_id' ? `${process.env.CPM_TEST_BOOT}\n` : readFileSync(file, ...rest)
syncBuiltinESMExports()

#!/usr/bin/env node
// The shortest commands run from one CommonJS file: with Node's loader for ES modules, they would take a third longer.
const { runShortcut } = require('../dist/shortcut.cjs')

void runShortcut(process).then(async (isDone) => {
  if (isDone) return
  const { main } = await import('../dist/cpm.js')
  await main(process, { triedShortcut: true })
})

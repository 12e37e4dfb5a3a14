import fs from 'node:fs'
import path from 'node:path'
import { processEnvironment } from '../../src/core/environment-variables.ts'
import { createLocalEngine } from '../../src/engines/local/local-engine.ts'
import { RunRecords } from '../../src/engines/runs/run-records.ts'
import { describeEngine, type EngineUnderTest, EXECUTOR_TYPE, FUNCTIONS } from './engine-suite.ts'
import { TemporaryFolder } from '../workflow/rig.ts'

const SCRIPT = `#!${process.execPath}
const fs = require('node:fs')
const path = require('node:path')
const { funcname, args, in: incoming } = JSON.parse(fs.readFileSync(0, 'utf8'))
const out = (value) => fs.writeFileSync(process.env.CPM_OUTPUT, JSON.stringify(value))
const shared = path.dirname(__dirname)
const endless = () => setInterval(() => {}, 1000)
const functions = {
  echo: () => out(args),
  join: () => out(incoming),
  nothing: () => {},
  say: () => console.log(args.join('\\n')),
  fail: () => process.exit(3),
  endless,
  wait: () => {
    setInterval(() => {
      if (!fs.existsSync(path.join(shared, 'released'))) return
      out(args)
      process.exit(0)
    }, 20)
  },
  slow: () => {
    const tried = path.join(shared, 'tried')
    if (fs.existsSync(tried)) return out(args)
    fs.writeFileSync(tried, '')
    endless()
  },
}
functions[funcname]()
`

async function createLocal(): Promise<EngineUnderTest> {
  const folder = new TemporaryFolder().write({ 'bin/all': SCRIPT })
  const engine = createLocalEngine({
    records: new RunRecords(path.join(folder.path, 'runs')),
    env: processEnvironment,
    room: { cpu: 4000, mem: 1024 },
  })
  const functions = FUNCTIONS.map((name) => ({ executortype: EXECUTOR_TYPE, name, command: ['bin/all'] }))
  return await Promise.resolve({
    engine,
    rest: { root: folder.path, functions },
    release: () => {
      fs.writeFileSync(path.join(folder.path, 'released'), '')
    },
    [Symbol.asyncDispose]: () => {
      folder[Symbol.dispose]()
      return Promise.resolve()
    },
  })
}

describeEngine('the local engine', createLocal)

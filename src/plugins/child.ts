import fs from 'node:fs'
import process from 'node:process'
import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'
import readline from 'node:readline'
import traceEvents from 'node:trace_events'
import type { PluginFacts, PluginMessage, PluginRequest } from '../schema/plugin-message.ts'
import type { PluginContext } from './define-plugin.ts'
import { type LoadedPlugin, loadPlugin } from './loaded-plugin.ts'

/**
 * The process of one plugin: `child.js <module>`. Requests come on stdin and messages go to file descriptor 3, so that
 * whatever the plugin prints can't be taken for a message. cpm trusts nothing that this process says.
 */

const output = fs.createWriteStream('', { fd: 3 })
const send = (message: PluginMessage) => output.write(`${JSON.stringify(message)}\n`)

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}
const calls = new Map<number, Waiting>()
let lastCall = 0

function contextFor({ cpmVersion, data, options }: PluginFacts): PluginContext {
  return {
    cpmVersion,
    data,
    options,
    log: (text: unknown) => {
      send({ do: 'log', text: String(text) })
    },
    call: (operation, options = {}) =>
      new Promise((resolve, reject) => {
        const call = ++lastCall
        calls.set(call, { resolve, reject })
        send({ do: 'call', call, operation, options })
      }),
  }
}

let loaded: Promise<LoadedPlugin> | undefined

async function answer(request: Extract<PluginRequest, { id: number }>): Promise<unknown> {
  const plugin = await (loaded ??= loadPlugin(process.argv[2] ?? ''))
  switch (request.do) {
    case 'describe':
      return plugin.declaration
    case 'hook':
      return (await plugin.runHook(request.hook, request.event, contextFor(request.context))) ?? {}
    case 'command':
      return await plugin.runCommand(request.command, request.input, contextFor(request.context))
  }
}

function take(request: PluginRequest): void {
  if (request.do === 'returned') calls.get(request.call)?.resolve(request.value)
  else if (request.do === 'threw')
    calls.get(request.call)?.reject(Object.assign(new Error(request.message), { code: request.code }))
  else {
    const { id } = request
    answer(request).then(
      (value) => send({ do: 'answer', id, value }),
      (error: unknown) => send({ do: 'failed', id, message: error instanceof Error ? error.message : String(error) }),
    )
  }
}

// Node has no permissions for these, and a plugin needs none of them. A signal could make cpm open its debugger, and
// traces are written to the working folder.
Object.assign(process, { kill: undefined, _kill: undefined, _debugProcess: undefined, _debugEnd: undefined })
Object.assign(os, { setPriority: undefined })
Object.assign(traceEvents, { createTracing: undefined })
syncBuiltinESMExports()
send({ do: 'ready' })
readline.createInterface({ input: process.stdin }).on('line', (line) => {
  take(JSON.parse(line) as PluginRequest)
})
// cpm has ended, or needs this process no more. What the plugin printed is still to be read.
process.stdin.on('end', () => {
  process.stdout.write('', () => {
    // eslint-disable-next-line no-restricted-properties -- the plugin may still have timers
    process.exit()
  })
})

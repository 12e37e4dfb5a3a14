import fs from 'node:fs'
import path from 'node:path'
import type { CpmResult, Rig } from './rig.ts'

/** A command line of a page, with what it printed. */
export interface ShellLine {
  readonly line: string
  readonly result: CpmResult | undefined
}

interface ShellOptions {
  readonly cwd: string
  readonly env?: Record<string, string>
  /** called after each command line */
  readonly onLine: (line: ShellLine) => void
}

/** A shell with what the pages use: `cd`, `mkdir`, `export`, `&&`, quotes, and cpm, which runs in this process. */
export class Shell {
  readonly #rig: Rig
  readonly #options: ShellOptions
  #cwd: string
  #exported: Record<string, string> = {}

  constructor(rig: Rig, options: ShellOptions) {
    this.#rig = rig
    this.#options = options
    this.#cwd = options.cwd
  }

  /** Runs the block of a page: its command lines, or a file that begins with a comment that names it. */
  async runBlock(block: string, input?: { stdin?: string; env?: Record<string, string> }): Promise<void> {
    const [, file] = /^# (\S+\.yaml)\n/.exec(block) ?? []
    if (file === undefined) await this.run(commandsIn(block), input)
    else {
      fs.writeFileSync(path.resolve(this.#cwd, file), block)
      this.#options.onLine({ line: `$EDITOR ${file}`, result: undefined })
    }
  }

  async run(lines: readonly string[], { stdin = '', env = {} }: { stdin?: string; env?: Record<string, string> } = {}) {
    for (const line of lines) {
      let result: CpmResult | undefined
      for (const command of line.split(' && ')) result = await this.#runCommand(command, stdin, env)
      this.#options.onLine({ line, result })
    }
  }

  async #runCommand(line: string, stdin: string, env: Record<string, string>): Promise<CpmResult | undefined> {
    const words = [...line.matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g)].map(([word]) =>
      word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'),
    )
    const [program, ...args] = words
    const [first = ''] = args
    if (program === 'mkdir') fs.mkdirSync(path.resolve(this.#cwd, first))
    else if (program === 'cd') this.#cwd = path.resolve(this.#cwd, first)
    else if (program === 'export') Object.assign(this.#exported, this.#variables(args))
    else if (program === 'cpm' || program === './cpm')
      return await this.#rig.cpm(args, {
        cwd: this.#cwd,
        env: { ...this.#options.env, ...this.#exported, ...env },
        input: stdin,
      })
    else throw new Error(`this page uses something that its test does not know: ${line}`)
    return undefined
  }

  /** Moves folders from /tmp to the test's folder, and leaves PATH alone. */
  #variables(assignments: readonly string[]) {
    const pairs = assignments.map((text) => text.split(/=(.*)/).slice(0, 2) as [string, string])
    return Object.fromEntries(
      pairs
        .filter(([name]) => name !== 'PATH')
        .map(([name, value]) => [name, value.replace(/^\/tmp\//, `${this.#rig.root}/`)]),
    )
  }
}

/** Returns the indented blocks of a page. */
export function blocksIn(page: string): string[] {
  const blocks = page.match(/(?:^ {4}.*\n|^\n(?= {4}))+/gm) ?? []
  return blocks.map((block) => block.replace(/^\n+/, '').replaceAll(/^ {4}/gm, ''))
}

/** Returns the command lines of a block, without comments. */
export function commandsIn(block: string): string[] {
  return block.split('\n').flatMap((line) => line.replace(/\s#.*$/, '').trim() || [])
}

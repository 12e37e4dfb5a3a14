import fs from 'node:fs'
import { SourceMap } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The place in a stack frame: a file URL or path, line and column. */
const PLACE = /((?:file:\/\/)?\/[^\s():]+\.js|file:\/\/\/?[^\s()]+?\.js|[A-Za-z]:\\[^\s():]+\.js):(\d+):(\d+)/

/**
 * Replaces the bundle's files and lines in a stack trace with those of the source. Reads the source maps only when a
 * trace is printed: Node's own source map support would slow down every command.
 */
export function sourceStack(stack: string): string {
  const maps = new Map<string, SourceMap | undefined>()
  return stack
    .split('\n')
    .map((line) =>
      line.replace(PLACE, (place, file: string, row: string, column: string) => {
        const script = file.startsWith('file:') ? fileURLToPath(file) : file
        if (!maps.has(script)) maps.set(script, readMap(script))
        const entry = maps.get(script)?.findEntry(Number(row) - 1, Number(column) - 1)
        if (!entry || !('originalSource' in entry)) return place
        const source = path.resolve(path.dirname(script), entry.originalSource)
        const root = path.dirname(path.dirname(script))
        return `${path.relative(root, source)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
      }),
    )
    .join('\n')
}

/** Returns undefined if there is no readable source map; the trace then stays unchanged. */
function readMap(script: string): SourceMap | undefined {
  try {
    return new SourceMap(
      JSON.parse(fs.readFileSync(`${script}.map`, 'utf8')) as ConstructorParameters<typeof SourceMap>[0],
    )
  } catch {
    return undefined
  }
}

import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type PackageManifest } from '../../src/schema/manifest.ts'
import { CpmError } from '../../src/core/errors.ts'
import { checkPackageManifest, requireManifest } from '../../src/package/manifest.ts'

/** A folder that is removed after the test: `using folder = new TemporaryFolder()`. */
export class TemporaryFolder implements Disposable {
  readonly path = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-workflow-')))

  /** Writes files by path; those in bin/ are executable. */
  write(files: Record<string, string>): this {
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(this.path, name)
      fs.mkdirSync(path.dirname(file), { recursive: true })
      fs.writeFileSync(file, text, { mode: name.startsWith('bin/') ? 0o755 : 0o644 })
    }
    return this
  }

  read(name: string): string {
    return fs.readFileSync(path.join(this.path, name), 'utf8')
  }

  /** Returns the relative paths of all files in the folder. */
  files(): string[] {
    const all = fs.readdirSync(this.path, { recursive: true, withFileTypes: true })
    return all.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
  }

  [Symbol.dispose](): void {
    fs.rmSync(this.path, { recursive: true, force: true })
  }
}

/** A package in a temporary folder. `rest` is the part of its colony.yaml after name and version. */
export class TestPackage extends TemporaryFolder {
  readonly manifest: PackageManifest

  constructor(rest: string, files: Record<string, string> = {}) {
    super()
    const text = `apiVersion: v1\nname: sample\nversion: 1.2.3\n${rest}\n`
    this.write({ 'colony.yaml': text, ...files })
    const checked = checkPackageManifest('colony.yaml', text, { unknownKeys: 'refuse' })
    this.manifest = requireManifest(checked).manifest
  }
}

/** Returns the CpmError that a function throws. */
export async function errorOf(work: () => unknown): Promise<CpmError> {
  try {
    await work()
  } catch (error) {
    if (error instanceof CpmError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

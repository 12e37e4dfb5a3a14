import { isDeepStrictEqual } from 'node:util'
import fs from 'node:fs'
import path from 'node:path'
import { canonicalJson } from '../../src/core/canonical-json.ts'
import { loadConfig } from '../../src/core/config.ts'
import { CpmError } from '../../src/core/errors.ts'
import { readJson } from '../../src/core/json.ts'
import { readYaml } from '../../src/core/yaml.ts'
import { readLockText, writeLock } from '../../src/installer/lockfile.ts'
import { readTrust } from '../../src/installer/trust-file.ts'
import { readContexts } from '../../src/operations/contexts.ts'
import { publicKeyOf, sign } from '../../src/package/ed25519.ts'
import { readFileTable, writeFileTable } from '../../src/package/file-table.ts'
import { checkPackageManifest, checkProjectManifest, requireManifest } from '../../src/package/manifest.ts'
import { ownersPayload, readOwnersChain } from '../../src/package/owners.ts'
import { preAuthEncoding, readEnvelope, writeEnvelope } from '../../src/package/signed-envelope.ts'
import { parseIndex } from '../../src/registry/index-file.ts'
import { keptToken } from '../../src/registry-client/credentials.ts'
import { PAYLOAD_TYPE } from '../../src/schema/envelope.ts'
import type { PackageName } from '../../src/schema/name.ts'
import type { OwnersRecord } from '../../src/schema/owners.ts'
import type { Chance } from '../resolver/chance.ts'
import { readArchiveBothWays } from './archives.ts'
import { mutateBytes, mutateTar, mutateValue } from './mutate.ts'
import { makeIncident, sufferIncident } from './project.ts'
import { makeRequest, sendRequest } from './requests.ts'
import { gzip } from '../package/forge.ts'
import * as samples from './samples.ts'

/** One of cpm's readers, and what it is given. */
export interface Reader {
  /** makes the next input */
  make(chance: Chance): Buffer | Promise<Buffer>
  /** reads it; anything thrown but a CpmError is a failure */
  read(input: Buffer, scratch: string): void | Promise<void>
}

const SAMPLE = '@formats/sample' as PackageName
const KEY = publicKeyOf(samples.SEED)

/** The readers of everything that comes from outside: other people's packages, registries, repositories and disks. */
export const READERS: Record<string, Reader> = {
  archive: {
    make: (chance) => mutateBytes(chance, samples.archive, [samples.archive, samples.tar]),
    read: readArchiveBothWays,
  },
  tar: {
    make: (chance) => gzip(mutateTar(chance, samples.tar), { level: 1 }),
    read: readArchiveBothWays,
  },
  lock: {
    make: (chance) => mutateJson(chance, samples.lock, (value) => JSON.stringify(value, null, 2)),
    read: (input) => {
      const read = readLockText(input)
      if (read.kind !== 'lock') return
      const again = readLockText(writeLock(read.lock))
      agree('the lock, written and read again,', again.kind === 'lock' && again.lock, read.lock)
    },
  },
  index: {
    make: (chance) => mutateLines(chance, samples.index),
    read: (input) => {
      const { length } = parseIndex(SAMPLE, input)
      agree('the index up to its last line', parseIndex(SAMPLE, input.subarray(0, length)).length, length)
    },
  },
  owners: {
    make: (chance) =>
      mutateLines(chance, samples.owners, (line) => {
        const { record } = line as { record: OwnersRecord }
        return {
          ...(line as object),
          record,
          sig: Buffer.from(sign(payloadOf(record), samples.SEED)).toString('base64'),
        }
      }),
    read: (input) => void readOwnersChain(SAMPLE, input.toString()),
  },
  manifest: {
    make: (chance) => mutateText(chance, samples.manifest),
    read: (input) => {
      for (const unknownKeys of ['refuse', 'tolerate'] as const) {
        const checked = checkPackageManifest('colony.yaml', input, { unknownKeys })
        checkProjectManifest('colony.yaml', input, { unknownKeys })
        if (checked.manifest === undefined && checked.problems.length === 0) throw new Error('refused without a reason')
        try {
          requireManifest(checked)
        } catch (error) {
          if (!(error instanceof CpmError)) throw error
        }
      }
    },
  },
  config: {
    make: (chance) => mutateText(chance, samples.config),
    read: async (input, scratch) => {
      fs.writeFileSync(path.join(scratch, '.cpmrc'), input)
      const emit = () => undefined
      await loadConfig({ project: undefined, userFile: path.join(scratch, '.cpmrc'), emit }).catch(unlessRefused)
      await loadConfig({ project: scratch, userFile: undefined, emit })
    },
  },
  envelope: {
    make: (chance) => {
      if (chance.happens(0.3)) return mutateBytes(chance, samples.envelope, [samples.envelope, samples.index])
      const statement = mutateValue(chance, samples.statement)
      const payload = Buffer.from(jsonOf(statement))
      return writeEnvelope(payload, [{ keyid: KEY, sig: sign(preAuthEncoding(PAYLOAD_TYPE, payload), samples.SEED) }])
    },
    read: (input) => void readEnvelope(input, 'sample@1.2.0', { allowUnsigned: input.length % 2 === 0 }),
  },
  table: {
    make: (chance) => mutateBytes(chance, samples.table, [samples.table, samples.index]),
    read: (input) => {
      const text = input.toString()
      const rows = readFileTable(text)
      if (rows) agree('the table, written again,', writeFileTable(rows), text)
    },
  },
  yaml: {
    make: (chance) => mutateText(chance, chance.pick([samples.workflow, samples.manifest, samples.config])),
    read: (input) => {
      const { yaml, problems } = readYaml('file.yaml', input, { keepFloats: input.length % 2 === 0 })
      if (!yaml && problems.length === 0) throw new Error('refused without a reason')
      // JSON is YAML: where both readers accept a text, it must mean the same.
      const json = readJson(input)
      if (yaml && 'value' in json && input.length % 2 === 1) agree('JSON, read as YAML,', yaml.data, json.value)
    },
  },
  project: { make: makeIncident, read: sufferIncident },
  'bodies of requests': { make: makeRequest, read: sendRequest },
  'files of the home': {
    make: (chance) => mutateJson(chance, chance.pick(samples.homeFiles)),
    read: (input, scratch) => {
      const file = path.join(scratch, 'home.json')
      fs.writeFileSync(file, input, { mode: 0o600 })
      const readers = [readTrust, readContexts, (name: string) => keptToken(name, new URL('https://a.test/x/'))]
      for (const read of readers) {
        try {
          read(file)
        } catch (error) {
          unlessRefused(error)
        }
      }
    },
  },
}

export function unlessRefused(error: unknown): void {
  if (!(error instanceof CpmError) || error.code === 'INTERNAL') throw error
}

function agree(what: string, one: unknown, other: unknown): void {
  if (!isDeepStrictEqual(plain(one), plain(other))) throw new Error(`${what} is different`)
}

/** Maps without prototypes are compared like others, and -0 like 0, which no format distinguishes. */
function plain(value: unknown): unknown {
  return value === undefined || value === false ? value : JSON.parse(JSON.stringify(value))
}

function payloadOf(record: OwnersRecord): Buffer {
  try {
    return ownersPayload(record)
  } catch {
    return Buffer.alloc(0)
  }
}

function jsonOf(value: unknown): string {
  try {
    return canonicalJson(value)
  } catch {
    return JSON.stringify(value)
  }
}

function mutateText(chance: Chance, sample: Buffer): Buffer {
  return mutateBytes(chance, sample, [samples.manifest, samples.config, samples.workflow, samples.lock])
}

function mutateJson(chance: Chance, sample: Buffer, write: (value: unknown) => string = JSON.stringify): Buffer {
  if (chance.happens(0.3)) return mutateText(chance, sample)
  return Buffer.from(write(mutateValue(chance, JSON.parse(sample.toString()))))
}

/** Changes one or all of the lines, which are JSON. @param mend makes a changed line consistent again */
function mutateLines(chance: Chance, sample: Buffer, mend = (line: unknown) => line): Buffer {
  if (chance.happens(0.3)) return mutateBytes(chance, sample, [sample])
  const lines = sample.toString().trimEnd().split('\n')
  const changed = lines.map((line) => {
    if (chance.happens(0.5)) return line
    const value = mutateValue(chance, JSON.parse(line))
    try {
      return jsonOf(mend(value))
    } catch {
      return jsonOf(value)
    }
  })
  return Buffer.from(`${(chance.happens(0.2) ? chance.shuffled(changed) : changed).join('\n')}\n`)
}

import { publicKeyOf, sign } from '../../src/package/ed25519.ts'
import { preAuthEncoding, writeEnvelope } from '../../src/package/signed-envelope.ts'
import { PAYLOAD_TYPE } from '../../src/schema/envelope.ts'
import { ErrorDocument } from '../../src/schema/error-document.ts'
import type { Route } from '../../src/schema/route.ts'
import { errorsOf, ROUTES } from '../../src/schema/routes.ts'
import type { Chance } from '../resolver/chance.ts'
import { Rig } from '../rig/rig.ts'
import { type RunningServe, serve } from '../rig/serve.ts'
import { RawConnection, readAnswer } from '../server/raw.ts'
import { mutateBytes, mutateValue } from './mutate.ts'
import * as samples from './samples.ts'

interface Served {
  readonly rig: Rig
  readonly server: RunningServe
}

/** One request, exactly as it is sent. */
interface Request {
  readonly id: string
  readonly head: string
  /** base64 */
  readonly body: string
  /** whether the client says that nothing more follows, because the length or the chunks promise more */
  readonly ends: boolean
}

const NAME = '@formats/sample'
const RELEASE = `/api/v1/packages/${NAME}/1.2.0`
const BOUNDARY = 'fuzz-boundary'

/** A path and a valid JSON body for each route that takes one; a publication is made of the golden vectors. */
const SAMPLES: Readonly<Record<string, { path: string; body?: unknown }>> = {
  publishPackages: { path: '/api/v1/publish' },
  readEvidence: { path: '/api/v1/envelopes', body: { releases: [{ name: NAME, version: '1.2.0' }] } },
  resolveLock: {
    path: '/api/v1/resolve',
    body: {
      manifest: `apiVersion: v1\ndependencies: { "${NAME}": ^1.0.0 }\n`,
      lock: samples.lock.toString(),
    },
  },
  changeOwners: {
    path: `/api/v1/packages/${NAME}/owners`,
    body: { line: samples.owners.toString().split('\n')[1] },
  },
  changeStatus: { path: RELEASE, body: { type: 'deprecate', reason: 'old', replacement: 'other@^2' } },
  readIndexTags: { path: '/api/v1/index-tags', body: { names: [NAME, 'b', 'c'] } },
  readIndexes: { path: '/api/v1/indexes', body: { names: [NAME, 'b', 'c'] } },
}

/** A publication starts a chain of owners with one record. */
const FIRST_OWNERS = Buffer.from(samples.owners.toString().split('\n')[0] ?? '')

const TAKING_BODIES = ROUTES.filter(({ body }) => body !== undefined)

const TYPES = [
  ...[
    'text/plain',
    'application/json; charset=utf-16',
    'application/x-www-form-urlencoded',
    'application/xml',
    '',
    '/',
  ],
  ...['multipart/form-data', 'multipart/form-data; boundary=', 'multipart/form-data; boundary="', 'APPLICATION/JSON'],
  ...[
    `multipart/form-data; boundary=${'b'.repeat(500)}`,
    'multipart/mixed; boundary=x',
    'application/json, text/plain',
  ],
]

/** Makes a request with a mutated body for a random route. */
export function makeRequest(chance: Chance): Buffer {
  const route = chance.pick(TAKING_BODIES)
  const { path, body } = sampleOf(route)
  const isForm = route.body === 'multipart'
  const bytes = isForm ? formBody(chance) : jsonBody(chance, body)
  const own = isForm ? `multipart/form-data; boundary=${BOUNDARY}` : 'application/json'
  const type = chance.happens(0.9) ? own : chance.pick(TYPES)
  return Buffer.from(JSON.stringify({ id: route.id, ...framed(chance, { route, path, type }, bytes) }))
}

function sampleOf({ id }: Route): { path: string; body?: unknown } {
  const sample = SAMPLES[id]
  if (!sample) throw new Error(`test/fuzz/requests.ts has no sample for the route ${id}`)
  return sample
}

interface Line {
  readonly route: Route
  readonly path: string
  readonly type: string
}

/** Declares the length of a body, in one time out of ten wrongly. */
function framed(chance: Chance, { route, path, type }: Line, bytes: Buffer): Omit<Request, 'id'> {
  const length = Buffer.byteLength(bytes)
  const framings: { header: string; body: Buffer; ends: boolean }[] = [
    { header: `Content-Length: ${length + 1 + chance.below(10_000)}`, body: bytes, ends: true },
    { header: `Content-Length: ${chance.below(length + 1)}`, body: bytes, ends: true },
    { header: 'Content-Length: 99999999999', body: bytes, ends: true },
    { header: 'Transfer-Encoding: chunked', body: chunked(bytes), ends: false },
    { header: 'Transfer-Encoding: chunked', body: mutateBytes(chance, chunked(bytes), [bytes]), ends: true },
    { header: 'X-Length: none', body: bytes, ends: true },
  ]
  const exact = { header: `Content-Length: ${length}`, body: bytes, ends: false }
  const { header, body, ends } = chance.happens(0.9) ? exact : chance.pick(framings)
  const lines = [`${route.method} ${path} HTTP/1.1`, 'Host: x', 'Connection: close', `Content-Type: ${type}`, header]
  return { head: `${lines.join('\r\n')}\r\n`, body: body.toString('base64'), ends }
}

function chunked(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n0\r\n\r\n')])
}

const MiB = 1024 * 1024

function jsonBody(chance: Chance, value: unknown): Buffer {
  if (chance.happens(0.5)) return Buffer.from(JSON.stringify(mutateValue(chance, value)))
  const text = JSON.stringify(value)
  if (chance.happens(0.5)) return mutateBytes(chance, Buffer.from(text), [samples.lock, samples.manifest])
  return chance.pick([
    () => Buffer.from(text.replace(/"[^"]*":/, (key) => `${key}null,${key}`)),
    () => Buffer.from(text.replace(/:\[?"/, (before) => `${before}\\ud800`)),
    () => Buffer.from(text.replace(/"[^"]*"(?=[,}\]])/, chance.pick(['1e999', '9'.repeat(400), '-0', '1E-400', '00']))),
    () => Buffer.from(chance.pick(['[', '{"a":', '{"names":[', '[{"releases":']).repeat(1 + chance.below(100_000))),
    () => Buffer.from(`[${'[],'.repeat(chance.below(300_000))}[]]`),
    () => Buffer.from(text.replace(/"(?=[\]}])/, 'x'.repeat(chance.below(2 * MiB)) + '"')),
    () => Buffer.from(text.padEnd(chance.below(9 * MiB))),
    () => Buffer.from(`\ufeff${text}`),
    () => Buffer.from(text, 'utf16le'),
    () => Buffer.concat([Buffer.from(text.slice(0, -2)), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from(text.slice(-2))]),
    () => Buffer.from(text.slice(0, chance.below(text.length))),
    () => Buffer.alloc(0),
  ])()
}

/** Makes a publication whose envelope or archive is mutated, or whose parts are in disorder. */
function formBody(chance: Chance): Buffer {
  const payload = Buffer.from(JSON.stringify(mutateValue(chance, samples.statement)))
  const signature = {
    keyid: publicKeyOf(samples.SEED),
    sig: sign(preAuthEncoding(PAYLOAD_TYPE, payload), samples.SEED),
  }
  const mutated = (bytes: Buffer) => mutateBytes(chance, bytes, [samples.envelope, samples.archive])
  const envelope = chance.pick([
    () => samples.envelope,
    () => writeEnvelope(payload, [signature]),
    () => mutated(samples.envelope),
  ])()
  const owners = chance.happens(0.7) ? FIRST_OWNERS : mutated(FIRST_OWNERS)
  const archive = chance.happens(0.5) ? samples.archive : mutated(samples.archive)
  const parts = { envelope, owners, archive }
  if (chance.happens(0.6)) return form(parts)
  if (chance.happens(0.5)) return mutated(form(parts))
  return chance.pick([
    () => form({ ...parts, archive: Buffer.alloc(chance.below(3 * MiB)) }),
    () => form({ ...parts, envelope: Buffer.alloc(chance.below(9 * MiB), '{') }),
    () => form({ archive, owners, envelope }),
    () => form({ envelope, [`x${'y'.repeat(chance.below(100))}`]: owners, archive }),
    () => Buffer.concat(Array.from({ length: 1 + chance.below(700) }, () => form({ envelope }).subarray(0, -4))),
    () => Buffer.from(`--${BOUNDARY}\r\n${'X-Header: x\r\n'.repeat(chance.below(3000))}`),
    () => Buffer.from(`--${BOUNDARY}\r\n`.repeat(1 + chance.below(50_000))),
    () => Buffer.from(`--${BOUNDARY}--\r\n`),
  ])()
}

function form(parts: Readonly<Record<string, Buffer>>): Buffer {
  const written = Object.entries(parts).flatMap(([name, bytes]) => [
    Buffer.from(
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"; filename="${name}"\r\n` +
        'Content-Type: application/octet-stream\r\n\r\n',
    ),
    bytes,
    Buffer.from('\r\n'),
  ])
  return Buffer.concat([...written, Buffer.from(`--${BOUNDARY}--\r\n`)])
}

let served: Promise<Served> | undefined

/** Starts a server on a free port, and publishes the package that the requests are about. */
async function startServer(): Promise<Served> {
  const rig = await Rig.create()
  const server = await serve(rig)
  const { path } = sampleOf({ id: 'publishPackages' } as Route)
  const { envelope, archive } = samples
  const body = form({ envelope, owners: FIRST_OWNERS, archive })
  const lines = [`POST ${path} HTTP/1.1`, 'Host: x', 'Connection: close', `Content-Length: ${body.length}`]
  const head = `${[...lines, `Content-Type: multipart/form-data; boundary=${BOUNDARY}`].join('\r\n')}\r\n`
  const answer = await send(server, { id: 'publishPackages', head, body: body.toString('base64'), ends: false })
  if (!answer.startsWith('HTTP/1.1 201')) throw new Error(`the sample could not be published: ${answer}`)
  return { rig, server }
}

async function send({ port, token }: RunningServe, { head, body, ends }: Request): Promise<string> {
  const connection = await RawConnection.open(port)
  connection.write(`${head}Authorization: Bearer ${token}\r\n\r\n`)
  connection.write(Buffer.from(body, 'base64'))
  if (ends) connection.end()
  return await connection.closed
}

/** Sends a request. The server must answer with what its route declares, and answer the next request too. */
export async function sendRequest(input: Buffer): Promise<void> {
  served ??= startServer()
  const { server } = await served
  const request = JSON.parse(input.toString()) as Request
  const answer = await send(server, request)
  const route = TAKING_BODIES.find(({ id }) => id === request.id)
  // Who leaves in the middle of a body may get no answer.
  if (route && !(request.ends && answer === '')) checkAnswer(route, answer)
  const { status } = await fetch(new URL('config.json', server.url), { signal: AbortSignal.timeout(10_000) })
  if (status !== 200) throw new Error(`after the request to ${request.id}, reading answers ${status}`)
}

function checkAnswer(route: Route, answer: string): void {
  const { status, body } = readAnswer(answer)
  const wrong = (what: string) => new Error(`${route.id} ${what}: ${answer.slice(0, 600)}`)
  if (!(status >= 200 && status < 500)) throw wrong(`answers ${status}`)
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(body, 'latin1').toString())
  } catch {
    throw wrong('answers no JSON')
  }
  if (status < 300) {
    if (typeof route.reply !== 'string' && !route.reply.safeParse(value).success) throw wrong('answers something else')
    return
  }
  const error = ErrorDocument.safeParse((value as { error?: unknown }).error)
  if (!error.success) throw wrong('answers no error document')
  if (!errorsOf(route).has(error.data.code)) throw wrong('answers an undeclared error')
}

export async function stopServer(): Promise<void> {
  const started = await served
  if (!started) return
  await started.server[Symbol.asyncDispose]()
  await started.rig[Symbol.asyncDispose]()
}

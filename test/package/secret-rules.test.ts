import fs from 'node:fs'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { CONTENT_RULES, NAME_RULES } from '../../src/package/secret-rules.ts'
import { SecretScanner } from '../../src/package/secret-scanner.ts'
import { exportSeed, generateKey, loadKey } from '../../src/package/keys.ts'
import { looksLikeSecret } from '../../src/package/secrets.ts'
import { keepToken } from '../../src/registry-client/credentials.ts'
import { makeToken } from '../../server/services/token-text.ts'
import { Rig } from '../rig/rig.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const rig = await Rig.create()
afterAll(() => rig[Symbol.asyncDispose]())

/** Makes pseudo-random letters and digits, always the same. No token here was ever real. */
function random(length: number, alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'): string {
  let state = length + alphabet.length
  return Array.from({ length }, () => {
    state = (state * 1103515245 + 12345) % 2147483648
    return alphabet[(state >> 8) % alphabet.length] ?? ''
  }).join('')
}
const hex = (length: number) => random(length, '0123456789abcdef')
const upper = (length: number) => random(length, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')
const PEM = (kind: string) => `-----BEGIN ${kind}PRIVATE KEY-----`

function whatIn(text: string | Uint8Array, { name = 'file.txt', piece = 1 << 20 } = {}): string | undefined {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  const scanner = new SecretScanner()
  for (let at = 0; at < bytes.length; at += piece) scanner.push(bytes.subarray(at, at + piece))
  return scanner.end(name)?.what
}

/** Examples of each kind of token. */
const TOKENS: Readonly<Record<string, readonly string[]>> = {
  'a private key (PEM)': [
    `${PEM('RSA ')}\n${random(64)}\n`,
    `${PEM('')}\r\n${random(64)}`,
    `{"private_key": "${PEM('')}\\n${random(64)}\\n"}`,
    `const key = '${PEM('EC ')}\\n' +\n  '${random(64)}\\n'`,
    `${PEM('RSA ')}\nProc-Type: 4,ENCRYPTED\n`,
    `-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n${random(64)}`,
    `key: |\n    ${PEM('OPENSSH ')}\n    ${random(64)}\n`,
    `${PEM('ENCRYPTED SIGSTORE ')}\n${random(64)}`,
  ],
  'a PuTTY private key': ['PuTTY-User-Key-File-3: ssh-ed25519\n'],
  'a cpm registry token': [`Bearer ${makeToken()}`, `token: "${makeToken()}"`],
  'a colony key': [
    `prvkey: ${hex(64)}\n`,
    `colony:\n  prvkey: "${hex(64)}" # mine\n`,
    `prvkey: >-\n  ${hex(64)}\n`,
    `{"prvkey": "${hex(64)}"}`,
    `{ "executorPrvKey":"${hex(64).toUpperCase()}" }`,
    `{"text": "{\\"prvkey\\": \\"${hex(64)}\\"}"}`,
    `prvkey = '${hex(64)}'`,
    `colonies function exec --prvkey ${hex(64)} --func x`,
    `- name: MY_PRVKEY\n  value: ${hex(64)}\n`,
  ],
  'a GitHub token': [`ghp_${random(36)}`, `https://x-access-token:ghs_${random(36)}@github.com`, `github_pat_${random(22)}_${random(59)}`],
  'a GitLab token': [`glpat-${random(20)}`, `GR1348941${random(20)}`],
  'an npm token': [`npm_${random(36)}`],
  'a PyPI token': [`pypi-AgEIcHlwaS5vcmc${random(80)}`],
  'a crates.io token': [`cio${random(32)}`],
  'a RubyGems token': [`rubygems_${hex(48)}`],
  'a NuGet key': [`oy2${random(43, 'abcdefghijklmnopqrstuvwxyz234567')}`],
  'a Docker Hub token': [`dckr_pat_${random(27)}`],
  'an AWS access key id': [`AKIA${upper(16)}`, `ASIA${upper(16)}`],
  'a Google API key': [`AIza${random(35)}`],
  'a Google OAuth secret': [`GOCSPX-${random(28)}`, `ya29.${random(60)}`],
  'a Slack token': [`xoxb-${random(12, '0123456789')}-${random(24)}`, `xapp-1-A${upper(10)}-${hex(64)}`],
  'a Slack webhook': [`https://hooks.slack.com/services/T${upper(8)}/B${upper(8)}/${random(24)}`],
  'a Discord webhook': [`https://discord.com/api/webhooks/${random(18, '123456789')}/${random(68)}`],
  'a Stripe key': [`sk_live_${random(24)}`, `whsec_${random(32)}`],
  'an Anthropic key': [`sk-ant-api03-${random(90)}`],
  'an OpenAI key': [`sk-proj-${random(80)}`, `sk-${random(20)}T3BlbkFJ${random(20)}`],
  'an AI provider key': [`hf_${random(34)}`, `sk-or-v1-${hex(64)}`],
  'a DigitalOcean token': [`dop_v1_${hex(64)}`],
  'a SendGrid key': [`SG.${random(22)}.${random(43)}`],
  'a Shopify token': [`shpat_${hex(32)}`],
  'a HashiCorp Vault token': [`hvs.${random(24)}9`],
  'a Databricks token': [`dapi${hex(32)}`],
  'a Grafana token': [`glsa_${random(32)}_${hex(8)}`],
  'a Sentry token': [`sntrys_${random(64)}`],
  'a Tailscale key': [`tskey-auth-${random(17)}-${random(32)}`],
  'a New Relic key': [`NRAK-${upper(27)}`],
  'a Pulumi token': [`pul-${hex(40)}`],
  'a Supabase token': [`sbp_${hex(40)}`],
  'a Linear or Notion token': [`lin_api_${random(40)}`],
  'a Postman key': [`PMAK-${hex(24)}-${hex(34)}`],
  'a PlanetScale secret': [`pscale_tkn_${random(43)}`],
  'a Doppler token': [`dp.pt.${random(43)}`],
  'an age key': [`AGE-SECRET-KEY-1${upper(58)}`],
  'a minisign or signify key': [`untrusted comment: minisign encrypted secret key\nRWRTY0Iy${random(60)}\n`],
  'a WireGuard key': [`[Interface]\nPrivateKey = ${random(43)}=\n`],
  'a private JSON Web Key': [
    JSON.stringify({ kty: 'OKP', crv: 'Ed25519', x: random(43), d: random(43) }),
    JSON.stringify({ d: random(342), e: 'AQAB', kty: 'RSA', n: random(342) }, null, 2),
    JSON.stringify({ kty: 'oct', k: random(43) }),
  ],
  'a kubeconfig with a private key': [`users:\n- name: a\n  user:\n    client-key-data: ${random(80)}\n`],
  'a kubeconfig with a token or password': [`apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user:\n    token: ${random(40)}\n`],
  'a container registry login': [JSON.stringify({ auths: { 'ghcr.io': { auth: Buffer.from('ada:hunter2').toString('base64') } } })],
  'a netrc login': ['machine api.example.org login ada password hunter2\n', 'machine a.org\n  login b\n  password qwertz9\n'],
  'an npmrc login': ['//registry.example.org/:_authToken=hunter2hunter2\n', `_auth=${random(20)}\n`],
  'an Azure account key': [`DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${random(86)}==`],
  'a Terraform Cloud token': [`token = "${random(14)}.atlasv1.${random(64)}"`],
  'a value for a variable that holds a secret': [
    `COLONIES_PRVKEY=${hex(64)}`,
    `export COLONIES_PRVKEY="${hex(64)}"`,
    `AWS_S3_SECRETKEY=minioadmin\n`,
    `AWS_S3_SECRETKEY: "${random(20)}9"`,
    `{"AWS_S3_SECRETKEY": "${random(20)}9"}`,
    `ENV CPM_TOKEN ${random(20)}`,
    `- name: CPM_SIGNING_KEY\n  value: ${hex(64)}\n`,
    `$env:COLONIES_PRVKEY = "${hex(64)}"`,
    `docker run -e CPM_SIGNING_KEY=${hex(64)} image`,
    `aws_secret_access_key = ${random(39)}9`,
    `CPM_TOKEN=opaque-token-of-another-server`,
  ],
} // prettier-ignore

describe('A16 a secret in a file', () => {
  test.each(Object.entries(TOKENS))('%s is found', (what, examples) => {
    for (const example of examples) {
      expect(whatIn(example), example).toBe(what)
      expect(whatIn(`first line\n${example}\nlast line\n`), example).toBe(what)
    }
  })

  test('has a rule with an example here and a reason', () => {
    const seen = new Set([...Object.keys(TOKENS), 'a cpm signing key', 'cpm credentials'])
    expect(CONTENT_RULES.map(({ what }) => what).filter((what) => !seen.has(what))).toEqual([])
    for (const { reason } of [...CONTENT_RULES, ...NAME_RULES]) expect(reason.length).toBeGreaterThan(10)
  })

  test("is found if cpm itself wrote it, whatever the file's name", async () => {
    const keys = rig.path('keys')
    const { file, id } = generateKey(keys, new Date())
    exportSeed(loadKey(file), rig.path('seed'))
    const credentials = rig.path('kept.json')
    const options = { lockTimeout: 1000, emit: () => undefined, now: new Date() }
    await keepToken(credentials, new URL('https://packages.example.org/'), 'opaque', options)
    rig.write({ 'colony-key': hex(64), 'compact.json': JSON.stringify(JSON.parse(fs.readFileSync(file, 'utf8'))) })
    const reordered = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, unknown>
    rig.write({ 'reordered.json': JSON.stringify(Object.fromEntries(Object.entries(reordered).reverse())) })
    const bare = 'only 64 hex digits, like a signing key or a colony key'
    const found = Object.fromEntries(
      [file, rig.path('seed'), rig.path('colony-key'), credentials, rig.path('compact.json'), rig.path('reordered.json')] // prettier-ignore
        .map((name) => [path.basename(name), looksLikeSecret(name, 'notes.txt')]),
    )
    expect(found).toEqual({
      [`${id}.json`]: expect.stringContaining('it contains a cpm signing key') as string,
      seed: `it contains ${bare}`,
      'colony-key': `it contains ${bare}`,
      'kept.json': expect.stringContaining('it contains cpm credentials') as string,
      'compact.json': expect.stringContaining('it contains a cpm signing key') as string,
      'reordered.json': expect.stringContaining('it contains a cpm signing key') as string,
    })
  })

  test('is found anywhere, even across pieces and in UTF-16', () => {
    const secret = `\nAWS_S3_SECRETKEY=${random(30)}\n`
    for (const before of [0, 1, 4000, 8191, 8192, 8193, 70_000, (1 << 20) - 7, 1 << 20, (1 << 20) + 2000]) {
      const text = Buffer.from(`${'x\n'.repeat(before / 2)}${secret}${'y\n'.repeat(5000)}`)
      for (const piece of before < 10_000 ? [97, 4096, 1 << 20] : [65_536, 1 << 20])
        expect(whatIn(text, { piece }), `${before} bytes before, pieces of ${piece}`).toContain(
          'a value for a variable that holds a secret',
        )
    }
    const utf16 = Buffer.from(`\ufeffhello\r\nCPM_SIGNING_KEY=${hex(64)}\r\n`, 'utf16le')
    expect(whatIn(utf16)).toContain('a value for a variable that holds a secret')
    expect(whatIn(utf16, { piece: 3 })).toContain('a value for a variable that holds a secret')
    expect(whatIn(Buffer.from(utf16).swap16())).toContain('a value for a variable that holds a secret')
    // Right after the byte order mark, whatever the size of the pieces.
    const atStart = Buffer.from(`\ufeffCPM_SIGNING_KEY=${hex(64)}\r\n`, 'utf16le')
    for (const bytes of [utf16, atStart, Buffer.from(atStart).swap16()])
      for (const piece of [1, 2, 3, 1 << 20])
        expect(whatIn(bytes, { piece }), `pieces of ${piece}`).toContain('a value for a variable that holds a secret')
  })

  test('is reported with its line, and never shown', () => {
    const token = `ghp_${random(36)}`
    rig.write({ 'where.txt': `one\ntwo\nthree ${token}\n` })
    expect(looksLikeSecret(rig.path('where.txt'), 'where.txt')).toBe('it contains a GitHub token on line 3')
    rig.write({ 'two.txt': `one\n${token}\nCPM_SIGNING_KEY=${hex(64)}\n` })
    expect(looksLikeSecret(rig.path('two.txt'), 'two.txt')).toBe('it contains a GitHub token on line 2')
  })
})

describe('no false alarm', () => {
  test.each([
    ['a mention of a variable', 'Set CPM_TOKEN, CPM_SIGNING_KEY and COLONIES_PRVKEY before `cpm publish`.'],
    ['a variable without its value', 'CPM_TOKEN=\nexport AWS_S3_SECRETKEY=\nCOLONIES_PRVKEY=""\nCPM_SIGNING_KEY:\n'],
    ['a reference to another variable', 'CPM_TOKEN=$TOKEN\nCPM_SIGNING_KEY=${SEED}\nCPM_TOKEN=$(cat token)\nCPM_TOKEN: ${{ secrets.CPM_TOKEN }}\nCPM_TOKEN=%TOKEN%'],
    ['a placeholder', 'CPM_TOKEN=<your token>\nCPM_TOKEN=cpm_…\nCPM_TOKEN=cpm_...\nAWS_S3_SECRETKEY=changeme\nAWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\nCPM_TOKEN=your-token\nCOLONIES_PRVKEY=xxxxxxxxxxxx'],
    ['code that reads a variable', "const { CPM_TOKEN: token } = process.env\nconst key = process.env.CPM_SIGNING_KEY ?? ''\nrun({ env: { CPM_TOKEN: server.token, CPM_SIGNING_KEY: seed.toString('hex') } })\nos.environ['COLONIES_PRVKEY'] = key\nset(AWS_S3_SECRETKEY=secret_key)\ninterface Env { CPM_TOKEN: string; AWS_S3_SECRETKEY: string | undefined }"],
    ['a mention of the header of a key', `It begins with \`${PEM('')}\`, and ends with another line.\nif (text.startsWith('${PEM('RSA ')}')) return\nconst pem = '${PEM('')}\\n' + body`],
    ['a certificate and a public key', `-----BEGIN CERTIFICATE-----\n${random(64)}\n-----END CERTIFICATE-----\n-----BEGIN PUBLIC KEY-----\n${random(64)}`],
    ['a public JWK', JSON.stringify({ kty: 'RSA', n: random(342), e: 'AQAB', kid: 'd' })],
    ['prefixes that are not tokens', 'ghp_short npm_config_registry sk-learn task-runner AKIA glpat-x hf_hub AIza precious social xoxb- sk_live_ pypi-AgE'],
    ['a placeholder for a token', `ghp_${'x'.repeat(36)}\nnpm_${'X'.repeat(36)}`],
    ['an npmrc that refers to a variable', '//registry.example.org/:_authToken=${NPM_TOKEN}\nthis._auth = authenticate(user)\n'],
    ['documentation of netrc', 'machine <host> login <user> password <password>\nA machine where people login needs a password of some kind.'],
    ['colony keys that are named only', `prvkey: \${COLONIES_PRVKEY}\nprvkey: <64 hex digits>\nprvkey: ${'0'.repeat(64)}\n{"prvkey": "", "digest": "${hex(64)}"}\nprvkey:\n  file: ${hex(64)}\n`],
    ['test vectors', `{"secretKey": "${hex(64)}", "publicKey": "${hex(64)}", "seed": "${hex(64)}"}`],
    ['a table of digests', `${hex(64)}  a.txt\n${hex(64)}  b.txt\n`],
    ['Kubernetes settings that are not a kubeconfig', 'kind: ConfigMap\nmetadata:\n  name: a\ndata:\n  token: abcdefgh\n'],
  ])('in %s', (_, text) => {
    expect(whatIn(text)).toBeUndefined()
    expect(whatIn(text.replaceAll('\n', '\r\n'))).toBeUndefined()
  }) // prettier-ignore

  test('in a file that contains only a digest and is named accordingly', () => {
    const text = `${hex(64)}\n`
    expect(whatIn(text)).toBeDefined()
    for (const name of ['a.tar.sha256', 'a.blake3', 'a.b3', 'checksum', 'key.pub', 'a.sha512'])
      expect(whatIn(text, { name }), name).toBeUndefined()
  })

  test('in this repository and its dependencies', () => {
    const folders = ['fixtures', 'examples', 'docs', 'src', 'server', ...['undici', 'zod', 'fastify', 'semver', '@noble', 'commander', 'yaml'].map((name) => `node_modules/${name}`)] // prettier-ignore
    const alarms = folders.flatMap((folder) =>
      fs
        .readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)))
        .map((file) => [file, looksLikeSecret(path.join(ROOT, file), file)] as const)
        .filter(([, alarm]) => alarm !== undefined),
    )
    // These fixtures really contain colony keys, which were made for them.
    const withKeys = ['exchanges.json', 'vectors.json'].map((name) => path.join('fixtures', 'colonyos', name))
    expect(alarms.filter(([file]) => !withKeys.includes(file))).toEqual([])
    expect(alarms.map(([file]) => file).sort()).toEqual(withKeys)
  })
})

test('scanning takes linear time, whatever the bytes', () => {
  const seconds = (text: string, times: number) => {
    const bytes = Buffer.from(text.repeat(times))
    const from = process.cpuUsage()
    expect(whatIn(bytes)).toBeUndefined()
    return process.cpuUsage(from).user / 1e6
  }
  // The starts of matches, on which patterns waste the most time.
  const texts = ['"kty" : "RSA" ', 'machine a login b ', '-----BEGIN ', '"auth" : ', 'CPM_TOKEN', `"seed":"${hex(64)}" `, 'kind: Config\n', 'x']
  for (const text of texts) {
    const times = Math.ceil(50_000 / text.length)
    seconds(text, times)
    const [small, large] = [seconds(text, times), seconds(text, 8 * times)]
    expect(large, `${text}: ${small} and ${large}`).toBeLessThan(40 * Math.max(small, 0.02))
  }
}, 60_000) // prettier-ignore

test('every archive is scanned for secrets before it is published', async () => {
  const files = { 'notes.txt': `${'x\n'.repeat(50_000)}ghp_${random(36)}\n`, 'prod.env': 'A=1\n', 'fine.txt': 'x' }
  const folder = rig.package('leak@1.0.0', { files })
  const archive = rig.path('leak.cpm')
  expect((await rig.cpm(['pack', folder, '-o', archive, '--allow', '**'])).code).toBe(0)
  expect((await rig.cpm(['publish', archive, '--json'])).json.error).toMatchObject({
    code: 'PACK_REFUSED',
    details: {
      files: [
        'notes.txt looks like a secret: it contains a GitHub token',
        'prod.env looks like a secret: it is an environment file',
      ],
    },
  })
  const allowed = ['--allow', 'notes.txt', '--allow', '*.env', '--json']
  const published = await rig.cpm(['publish', archive, ...allowed])
  expect(published.json.data).toMatchObject({ packages: [{ outcome: 'published' }] })
})

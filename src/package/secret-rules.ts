/**
 * What looks like a secret to `cpm pack`, `publish` and `validate`. To add a kind of token, add a rule with its reason
 * here and an example to test/package/secret-rules.test.ts; the scanner needs no change. A rule must match a form that
 * hardly anything else has. No rule matches random-looking text, because hashes, test vectors and base64 are common in
 * packages.
 */
export interface NameRule {
  /** completes "looks like a secret: it is …" */
  readonly what: string
  readonly reason: string
  /** matches the path in the package, with slashes */
  readonly path: RegExp
}

export interface ContentRule {
  /** completes "looks like a secret: it contains …" */
  readonly what: string
  readonly reason: string
  /** strings that start a match or occur in it; the pattern is tried only where one of them is found */
  readonly keywords: readonly string[]
  /**
   * sticky, tried at each keyword; sees 2 KiB before it and 4 KiB after. The group `value` must not be a placeholder
   */
  readonly pattern: RegExp
}

const BEGINNING = '(?:^|/)'

function named(what: string, reason: string, pattern: string): NameRule {
  return { what, reason, path: new RegExp(`${BEGINNING}(?:${pattern})$`, 'i') }
}

/** An environment file for others to fill in. Its contents are scanned like those of any other file. */
export const TEMPLATE_NAME =
  /(?:^|[/._-])(?:example|sample|template|dist|defaults)\.env$|\.env\.(?:example|sample|template|dist|defaults)$/i

export const NAME_RULES: readonly NameRule[] = [
  named('an environment file', 'contains the values of a deployment, including secrets', String.raw`\.env(\.[^/]+)?|[^/]*\.env(\.(local|prod|production|staging|secret|secrets))?|\.envrc|\.?env[._-](local|dev|development|prod|production|live|staging|secret|secrets)`),
  named('a credentials file', 'a tool keeps its tokens or passwords in a file of this name', String.raw`\.npmrc|\.yarnrc|\.yarnrc\.yml|\.pypirc|[._]netrc|\.dockercfg|\.git-credentials|\.htpasswd|\.pgpass|\.my\.cnf|\.s3cfg|\.boto|\.vault-token|\.terraformrc`),
  named('a credentials file', 'cloud, package and cluster tools keep credentials under these names', String.raw`credentials(\.(json|toml|ya?ml|csv|db))?|(application_default|service[-_]?account|client_secret)[^/]*\.json|kubeconfig|[^/]*\.kubeconfig|\.kube/config|\.docker/config\.json`),
  named('a private SSH key', 'the names that ssh-keygen gives private keys', String.raw`id_(rsa|dsa|ecdsa|ecdsa_sk|ed25519|ed25519_sk)`),
  named('a key or certificate store', 'formats that hold private keys', String.raw`[^/]*\.(pem|key|p12|pfx|jks|keystore|kdbx|ppk)`),
  named('in a folder for private keys', 'private keys of SSH and GnuPG', String.raw`\.ssh/.*(?<!\.pub)|\.gnupg/.*`),
  named('a Terraform state file', 'contains all attributes of all resources in plain text, including passwords', String.raw`[^/]*\.tfstate(\.backup)?`),
  named('a command history', 'people type secrets into terminals', String.raw`\.(ba|z|k)?sh_history|\.(python|node_repl|psql|mysql)_history`),
] // prettier-ignore

/** Makes a rule for a token with a unique prefix. @param rest the pattern of what follows the prefix */
function token(what: string, reason: string, prefixes: readonly string[], rest: string): ContentRule {
  const beginnings = prefixes.map((prefix) => prefix.replace(/[.+-]/g, String.raw`\$&`)).join('|')
  return {
    what,
    reason,
    keywords: prefixes,
    pattern: new RegExp(`(?<![A-Za-z0-9_])(?:${beginnings})(?<value>${rest})(?![A-Za-z0-9])`, 'y'),
  }
}

const PREFIX = 'the vendor uses this prefix so that scanners can find its tokens'
const LONG = '[A-Za-z0-9_-]'

const SECRET_VARIABLES = [
  ...['CPM_TOKEN', 'CPM_SIGNING_KEY', 'COLONIES_PRVKEY', 'COLONIES_USER_PRVKEY', 'COLONIES_EXECUTOR_PRVKEY'],
  ...['COLONIES_COLONY_PRVKEY', 'COLONIES_SERVER_PRVKEY', 'COLONIES_DB_PASSWORD', 'AWS_S3_SECRETKEY'],
  ...['AWS_SECRET_ACCESS_KEY', 'aws_secret_access_key', 'AWS_SESSION_TOKEN', 'aws_session_token'],
  ...['NPM_TOKEN', 'NODE_AUTH_TOKEN', 'GITHUB_TOKEN', 'GITLAB_TOKEN', 'TWINE_PASSWORD', 'CARGO_REGISTRY_TOKEN'],
  ...['ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'HF_TOKEN', 'AZURE_CLIENT_SECRET', 'PGPASSWORD'],
]
const NAMES = SECRET_VARIABLES.join('|')
/** No references to variables, calls or indexes, which reveal no value. */
const VALUE = String.raw`[A-Za-z0-9+/=_.~!@%^&*:-]`
/**
 * Assignments in a shell, .env file or Dockerfile; and in YAML, JSON or code, where only a digit distinguishes a value
 * from a name.
 */
const ASSIGNMENTS = [
  String.raw`(?<![^\s"'=])(?:${NAMES})=["']?(?<value>${VALUE}{6,})(?=[\s"'\x60\\]|$)`,
  String.raw`(?<=(?:ENV|setx|set -\w{1,3})[ \t]{1,4})(?:${NAMES})[ \t]+["']?(?<value>${VALUE}{6,})`,
  String.raw`(?<![A-Za-z0-9_])(?:${NAMES})["'\]]{0,2}\s{0,8}(?:=>?|:=?|,?\s{0,16}"?value"?\s{0,4}[:=])\s{0,8}["']?(?<value>(?=[A-Za-z+/=_~-]{0,64}\d)[A-Za-z0-9+/=_~-]{8,})(?![A-Za-z0-9+/=_~.([-])`,
]

const COLONY_KEYS = ['prvkey', 'prvKey', 'PrvKey', 'PRVKEY', 'prv_key', 'PRV_KEY', 'prv-key']
/** A key in YAML, JSON, code or an option; a YAML value can have a tag or be a block. */
const COLONY_KEY = String.raw`(?:${COLONY_KEYS.join('|')})["'\]\\]{0,3}(?:\s{0,8}(?:=>?|:=?)\s{0,8}|\s{1,8}|,?\s{0,16}"?value"?\s{0,4}[:=]\s{0,8})(?:[|>][+-]?\s{1,40}|!!str\s{1,8})?[\\"'\x60]{0,2}(?<value>(?:0x)?[0-9a-fA-F]{64})(?![0-9a-zA-Z])`

const BASE64 = '[A-Za-z0-9+/=]'
const LINE_BREAK = String.raw`(?:\s|\\[nr])`

export const CONTENT_RULES: readonly ContentRule[] = [
  {
    what: 'a private key (PEM)',
    reason: 'the header of PEM, OpenSSH, PGP, cosign and sigstore keys, followed by the start of a key',
    keywords: ['-----BEGIN '],
    pattern: new RegExp(
      String.raw`-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:${LINE_BREAK}*$|${LINE_BREAK}+["'+]*(?:[A-Za-z-]{4,20}: [^\r\n]*|${BASE64}{4,}(?:${LINE_BREAK}|["'\x60<,]|$))|[\s\\nr"'+]{1,40}${BASE64}{20,})`,
      'y',
    ),
  },
  {
    what: 'a PuTTY private key',
    reason: 'the first line of a .ppk file',
    keywords: ['PuTTY-User-Key-File-'],
    pattern: /PuTTY-User-Key-File-[1-9]: /y,
  },
  ...[/(?<="ed25519"[^{}]{0,1000})"seed"\s*:\s*"(?<value>[0-9a-fA-F]{64})"/y, /"seed"\s*:\s*"(?<value>[0-9a-fA-F]{64})"(?=[^{}]{0,1000}"ed25519")/y].map((pattern) => ({
    what: 'a cpm signing key',
    reason: 'the seed in a file of $CPM_HOME/keys (docs/formats.md)',
    keywords: ['"seed"'],
    pattern,
  })),
  {
    what: 'cpm credentials',
    reason: 'the tokens in $CPM_HOME/credentials.json, for any server',
    keywords: ['"tokens"'],
    pattern:
      /"tokens"\s*:\s*\{\s*"https?:[^"]{1,2000}"\s*:\s*\{\s*(?:"savedAt"\s*:\s*"[^"]{0,100}"\s*,\s*)?"token"\s*:\s*"(?<value>[^"]{1,512})"/y,
  },
  token('a cpm registry token', PREFIX, ['cpm_'], '[0-9A-Za-z]{49}'),
  ...ASSIGNMENTS.map((pattern) => ({
    what: 'a value for a variable that holds a secret',
    reason: 'cpm, ColonyOS, S3 and well-known tools read secrets from these variables',
    keywords: SECRET_VARIABLES,
    pattern: new RegExp(pattern, 'y'),
  })),
  {
    what: 'a colony key',
    reason: 'ColonyOS calls private keys prvkey, and they are 64 hex digits',
    keywords: COLONY_KEYS,
    pattern: new RegExp(COLONY_KEY, 'y'),
  },
  token('a GitHub token', PREFIX, ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'], '[A-Za-z0-9]{36,255}'),
  token('a GitHub token', PREFIX, ['github_pat_'], '[A-Za-z0-9_]{40,255}'),
  token('a GitLab token', PREFIX, ['glpat-', 'gldt-', 'glptt-', 'glrt-', 'glcbt-', 'glsoat-', 'glft-', 'glimt-', 'glagent-', 'gloas-', 'GR1348941'], `${LONG}{20,}`),
  token('an npm token', PREFIX, ['npm_'], '[A-Za-z0-9]{36}'),
  token('a PyPI token', PREFIX, ['pypi-AgE'], `${LONG}{16,}`),
  token('a crates.io token', PREFIX, ['cio'], '[A-Za-z0-9]{32}'),
  token('a RubyGems token', PREFIX, ['rubygems_'], '[a-f0-9]{48}'),
  token('a NuGet key', PREFIX, ['oy2'], '[a-z0-9]{43}'),
  token('a Docker Hub token', PREFIX, ['dckr_pat_', 'dckr_oat_'], `${LONG}{20,}`),
  token('an AWS access key id', 'identifies the key of an account; its secret is usually nearby', ['AKIA', 'ASIA', 'ABIA', 'ACCA'], '[0-9A-Z]{16}'),
  token('a Google API key', PREFIX, ['AIza'], `${LONG}{35}`),
  token('a Google OAuth secret', PREFIX, ['GOCSPX-', 'ya29.', '1//0'], `${LONG}{28,}`),
  token('a Slack token', PREFIX, ['xoxa-', 'xoxb-', 'xoxe-', 'xoxe.xoxp-', 'xoxe.xoxb-', 'xoxo-', 'xoxp-', 'xoxr-', 'xoxs-', 'xoxc-', 'xoxd-', 'xapp-'], '[A-Za-z0-9%-]{10,}'),
  token('a Slack webhook', 'anyone who knows the URL can post', ['https://hooks.slack.com/services/', 'https://hooks.slack.com/workflows/'], '[A-Z0-9]{8,}/[A-Z0-9]{8,}/[A-Za-z0-9/]{16,}'),
  token('a Discord webhook', 'anyone who knows the URL can post', ['https://discord.com/api/webhooks/', 'https://discordapp.com/api/webhooks/'], `[0-9]{15,}/${LONG}{40,}`),
  token('a Stripe key', PREFIX, ['sk_live_', 'rk_live_', 'sk_test_', 'rk_test_', 'whsec_'], '[A-Za-z0-9]{16,}'),
  token('an Anthropic key', PREFIX, ['sk-ant-'], `${LONG}{20,}`),
  token('an OpenAI key', PREFIX, ['sk-proj-', 'sk-svcacct-', 'sk-admin-', 'sk-None-'], `${LONG}{20,}`),
  token('an OpenAI key', 'its fixed length, or the marker in its middle', ['sk-'], '[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}|[A-Za-z0-9]{48}'),
  token('an AI provider key', PREFIX, ['sk-or-v1-'], '[a-f0-9]{64}'),
  token('an AI provider key', PREFIX, ['hf_', 'gsk_', 'r8_', 'xai-'], '[A-Za-z0-9]{34,}'),
  token('a DigitalOcean token', PREFIX, ['dop_v1_', 'doo_v1_', 'dor_v1_'], '[a-f0-9]{64}'),
  token('a SendGrid key', PREFIX, ['SG.'], String.raw`[\w-]{20,24}\.[\w-]{39,50}`),
  token('a Shopify token', PREFIX, ['shpat_', 'shpca_', 'shppa_', 'shpss_'], '[a-fA-F0-9]{32}'),
  token('a HashiCorp Vault token', PREFIX, ['hvs.', 'hvb.', 'hvr.'], String.raw`(?=[\w-]{0,30}\d)[\w-]{24,}`),
  token('a Databricks token', PREFIX, ['dapi'], '[a-f0-9]{32}'),
  token('a Grafana token', PREFIX, ['glsa_'], '[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}'),
  token('a Sentry token', PREFIX, ['sntrys_', 'sntryu_'], `${LONG}{32,}`),
  token('a Tailscale key', PREFIX, ['tskey-auth-', 'tskey-api-', 'tskey-client-'], '[A-Za-z0-9-]{20,}'),
  token('a New Relic key', PREFIX, ['NRAK-'], '[A-Z0-9]{27}'),
  token('a Pulumi token', PREFIX, ['pul-'], '[a-f0-9]{40}'),
  token('a Supabase token', PREFIX, ['sbp_'], '[a-f0-9]{40}'),
  token('a Linear or Notion token', PREFIX, ['lin_api_', 'lin_oauth_', 'ntn_'], '[A-Za-z0-9]{32,}'),
  token('a Postman key', PREFIX, ['PMAK-'], '[a-f0-9]{24}-[a-f0-9]{34}'),
  token('a PlanetScale secret', PREFIX, ['pscale_tkn_', 'pscale_pw_', 'pscale_oauth_'], `${LONG}{32,}`),
  token('a Doppler token', PREFIX, ['dp.pt.', 'dp.st.', 'dp.sa.', 'dp.ct.', 'dp.scim.'], '[A-Za-z0-9._-]{40,}'),
  token('an age key', 'decrypts everything that was encrypted for it', ['AGE-SECRET-KEY-1', 'AGE-SECRET-KEY-PQ-1', 'AGE-PLUGIN-'], '[0-9A-Z]{38,}'),
  {
    what: 'a minisign or signify key',
    reason: 'the first line of a secret key',
    keywords: ['untrusted comment: '],
    pattern: /untrusted comment: [^\r\n]{0,200}secret key[^\r\n]{0,100}\r?\n[A-Za-z0-9+/=]{40}/y,
  },
  {
    what: 'a WireGuard key',
    reason: 'the private key in the configuration of a tunnel',
    keywords: ['PrivateKey'],
    pattern: /PrivateKey\s{0,4}=\s{0,4}(?<value>[A-Za-z0-9+/]{43}=)/y,
  },
  {
    what: 'a private JSON Web Key',
    reason: 'an asymmetric key with its private member "d", or a symmetric key with "k"',
    keywords: ['"kty"'],
    pattern:
      /"kty"\s*:\s*"(?:RSA|EC|OKP)"(?=[^{}]{0,3500}"d"\s*:\s*"[\w-]{20})|(?<="d"\s*:\s*"[\w-]{20,1000}"[^{}]{0,1000})"kty"\s*:\s*"(?:RSA|EC|OKP)"|"kty"\s*:\s*"oct"(?=[^{}]{0,1000}"k"\s*:\s*"[\w-]{20})|(?<="k"\s*:\s*"[\w-]{20,1000}"[^{}]{0,1000})"kty"\s*:\s*"oct"/y,
  },
  {
    what: 'a kubeconfig with a private key',
    reason: 'the private key of a cluster user',
    keywords: ['client-key-data'],
    pattern: /client-key-data"?\s*:\s*["']?(?<value>[A-Za-z0-9+/=]{40,})/y,
  },
  {
    what: 'a kubeconfig with a token or password',
    reason: 'the login of a cluster user',
    keywords: ['kind: Config'],
    pattern: /kind: Config\r?\n[\s\S]{0,3500}?\n\s+(?:token|password):\s*["']?(?<value>[^\s"'$<{]{6,})/y,
  },
  {
    what: 'a container registry login',
    reason: 'user and password in base64, as docker login saves them',
    keywords: ['"auth"', '"identitytoken"'],
    pattern: /(?<="auths"[\s\S]{0,1900})"(?:auth|identitytoken)"\s*:\s*"(?<value>[A-Za-z0-9+/=._-]{8,})"/y,
  },
  {
    what: 'a netrc login',
    reason: 'a machine with its user and password',
    keywords: ['machine '],
    pattern:
      /(?<![A-Za-z0-9_])machine +[^\s]{1,255}\s+login\s+[^\s]{1,255}\s+(?:account\s+[^\s]{1,255}\s+)?password\s+(?<value>[^\s"'$<{]{6,})/y,
  },
  {
    what: 'an npmrc login',
    reason: 'what npm sends to a registry',
    keywords: ['_authToken', '_password', '_auth'],
    pattern: /(?<=[:\n\r]|^)(?:_authToken|_password|_auth) ?= ?["']?(?<value>[A-Za-z0-9+/=_.~-]{8,})(?=[\s"']|$)/y,
  },
  {
    what: 'an Azure account key',
    reason: 'a connection string with its key',
    keywords: ['AccountKey=', 'SharedAccessKey='],
    pattern: /(?:AccountKey|SharedAccessKey)=(?<value>[A-Za-z0-9+/]{40,}={0,2})/y,
  },
  {
    what: 'a Terraform Cloud token',
    reason: PREFIX,
    keywords: ['.atlasv1.'],
    pattern: /(?<=[A-Za-z0-9]{14})\.atlasv1\.[\w-]{60,}/y,
  },
] // prettier-ignore

/**
 * A file with only a key, as `cpm key export --secret` and ColonyOS write it. Files with names for digests are
 * harmless.
 */
export const BARE_KEY = {
  what: 'only 64 hex digits, like a signing key or a colony key',
  contents: /^\s*(?:0x)?[0-9a-fA-F]{64}\s*$/,
  harmless: /(?:\.(?:sha\d*|sha[23]?-?\d*|blake[23]b?s?|b[23]sum|b3|digest|checksum|hash|sum|pub)|(?:digest|checksum|sha256|blake3|commit|tree))$/i,
} // prettier-ignore

/** Words that mark a placeholder in documentation. */
const PLACEHOLDER =
  /example|placeholder|change[-_]?me|changeit|dummy|redacted|insert|replace|fake|your[-_]|^your|^%.*%$|x{6}|\*{3}|\.{3}|^(?:password|passwd|secret|token|undefined|null|none|true|false|string)$|^(?:0+|x+|_+|-+)$/i

export function isPlaceholder(value: string): boolean {
  return PLACEHOLDER.test(value)
}

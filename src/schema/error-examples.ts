import type { ErrorCode } from './errors.ts'

interface Example {
  /** what causes the error */
  readonly before: string
  /** the fixed version */
  readonly after: string
}

/** An example of each error, for `cpm help CODE` and docs/errors.md. */
export const ERROR_EXAMPLES: Readonly<Record<ErrorCode, Example>> = {
  USAGE: { before: 'cpm install --ofline', after: 'cpm install --offline' },
  INTERNAL: { before: 'cpm install', after: 'cpm install --debug' },
  INTERRUPTED: { before: 'cpm install   # then Ctrl-C', after: 'cpm install' },
  CONFIG_INVALID: { before: 'network: { retries: many }', after: 'network: { retries: 3 }' },
  HOME_NOT_FOUND: { before: 'cpm install', after: 'CPM_HOME=/var/lib/cpm cpm install' },
  MEMBER_NOT_FOUND: {
    before: 'cpm install --filter wbe',
    after: 'cpm install --filter web',
  },
  PROJECT_NOT_FOUND: { before: 'cd / && cpm install', after: 'cd ~/my-project && cpm install' },
  PROJECT_UNSAFE: {
    before: 'colony_packages -> /somewhere/else   # a link',
    after: 'rm colony_packages && cpm install',
  },
  EXECUTABLE_CONFLICT: {
    before: 'cpm install -g hello   # ~/.cpm/bin/hello is yours',
    after: 'mv ~/.cpm/bin/hello ~/bin/ && cpm install -g hello',
  },
  PLUGIN_INVALID: { before: 'cpm plugins add ./notes.md', after: 'cpm plugins add ./my-plugin.mjs' },
  PLUGIN_NOT_FOUND: { before: 'cpm plugins enable licence-policy', after: 'cpm plugins enable license-policy' },
  PLUGIN_NOT_APPROVED: {
    before: 'cpm install   # license-policy.mjs was edited',
    after: 'cpm plugins enable license-policy && cpm install',
  },
  HOOK_REFUSED: { before: 'cpm install gpl-tools   # license-policy refuses it', after: 'cpm install other-tools' },
  HOOK_FAILED: {
    before: 'cpm install   # a required plugin hangs',
    after: 'cpm plugins disable <name> && cpm install',
  },
  MANIFEST_INVALID: { before: 'version: 1.0', after: 'version: "1.0.0"' },
  FILE_EXISTS: { before: 'cpm init .   # colony.yaml already exists', after: 'cpm init another-folder' },
  FILE_UNREADABLE: { before: 'cpm render . -f vals.yaml', after: 'cpm render . -f values.yaml' },
  FILE_UNWRITABLE: { before: 'dr-xr-xr-x  my-project', after: 'chmod u+w my-project' },
  READ_ONLY: { before: 'cd /mnt/cdrom/project && cpm install', after: 'cd ~/project && cpm install' },
  DISK_FULL: { before: 'cpm install', after: 'df -h .   # free some space, then: cpm install' },
  PACK_REFUSED: { before: 'cpm pack .   # .env contains a token', after: 'echo .env >> .cpmignore && cpm pack .' },
  ARCHIVE_INVALID: { before: 'tar czf hello-1.0.0.cpm hello', after: 'cpm pack hello' },
  ARCHIVE_TOO_LARGE: { before: 'cpm pack .   # data/ has 5 GB', after: 'echo data/ >> .cpmignore && cpm pack .' },
  ENVELOPE_INVALID: {
    before: 'cpm install hello@1.0.1   # its envelope is damaged',
    after: 'cpm install hello@1.0.0',
  },
  SIGNATURE_INVALID: {
    before: 'cpm install hello@1.0.1   # its signature does not match',
    after: 'cpm install hello@1.0.0',
  },
  OWNER_MISMATCH: {
    before: 'cpm publish .   # with a key that is not an owner',
    after: 'cpm owner add hello <key>   # run by an owner, then: cpm publish .',
  },
  DIGEST_MISMATCH: { before: 'cpm install   # the download was altered in transit', after: 'cpm install' },
  INDEX_INVALID: { before: 'cpm info hello   # its index is damaged', after: 'cpm info hello --registry <another>' },
  INDEX_REWRITTEN: {
    before: 'index: 1.0.0, 1.1.0   then   index: 1.0.0',
    after: 'index: 1.0.0, 1.1.0   # and cpm yank hello@1.1.0',
  },
  PACKAGE_DAMAGED: { before: 'cpm verify   # after editing colony_packages', after: 'cpm ci && cpm verify' },
  PROOF_MISSING: { before: 'cpm verify', after: 'cpm verify --registry https://registry.example.org' },
  PROOF_DAMAGED: { before: 'cpm verify', after: 'cpm ci --registry https://registry.example.org' },
  STORE_DAMAGED: { before: 'cpm store verify   # after a disk failed', after: 'cpm store verify --repair' },
  REGISTRY_INVALID: { before: 'cpm install --registry ~/Downloads', after: 'cpm install --registry ~/registry' },
  REGISTRY_UNKNOWN: { before: 'cpm ci', after: 'cpm ci --registry https://registry.example.org' },
  PACKAGE_NOT_FOUND: { before: 'cpm install helo', after: 'cpm install hello' },
  AUTH_REQUIRED: { before: 'cpm publish .', after: 'cpm login https://registry.example.org && cpm publish .' },
  AUTH_FORBIDDEN: {
    before: 'cpm serve token create --scope read',
    after: 'cpm serve token create --scope publish',
  },
  CREDENTIALS_UNSAFE: { before: '-rw-r--r--  credentials.json', after: 'chmod 600 credentials.json' },
  POLICY_REFUSED: { before: 'cpm install hello   # its key is not trusted', after: 'cpm key trust <key> --for hello' },
  RELEASE_TOO_NEW: { before: 'cpm install   # hello 1.1.0 is an hour old', after: 'cpm update hello   # to 1.0.0' },
  LICENSE_REFUSED: { before: 'licenses: [MIT]', after: 'licenses: [MIT, Apache-2.0]' },
  RELEASE_YANKED: { before: 'cpm ci   # hello 1.0.1 was yanked', after: 'cpm update hello && cpm ci' },
  RELEASE_DEPRECATED: { before: 'cpm ci   # hello 1.0.1 is deprecated', after: 'cpm install hello@^2' },
  SIGNER_CHANGED: { before: 'cpm update hello', after: 'cpm owner list hello   # and ask its owners' },
  REGISTRY_REFUSED: {
    before: 'cpm install @acme/tools --registry https://registry.example.org',
    after: 'cpm install @acme/tools --registry https://packages.example.com',
  },
  POLICY_UNAVAILABLE: {
    before: 'extends: [{ file: policy.yaml }]   # there is no such file',
    after: 'extends: [{ file: ../policy.yaml }]',
  },
  ADVISORIES_INVALID: { before: 'cpm audit --advisories notes.txt', after: 'cpm audit --advisories osv.json' },
  REGISTRY_READONLY: {
    before: 'cpm publish . --registry https://mirror.example.org',
    after: 'cpm publish . --registry https://registry.example.org',
  },
  REGISTRY_UNREACHABLE: {
    before: 'cpm install --registry http://localhost:9999',
    after: 'cpm install --registry http://localhost:7878',
  },
  REGISTRY_MISBEHAVED: {
    before: "cpm install   # behind a network's login page",
    after: 'log in to the network in a browser, then: cpm install',
  },
  REGISTRY_BUSY: { before: 'cpm install', after: 'sleep 60; cpm install' },
  REQUEST_INVALID: { before: 'GET /api/v1/packages/%40lab%2Fhello', after: 'GET /api/v1/packages/@lab/hello' },
  BRIDGE_INVALID: {
    before: `echo '{"package": "a"}' | cpm bridge install`,
    after: `echo '{"packages": ["a"]}' | cpm bridge install`,
  },
  REQUEST_TOO_LARGE: { before: 'cpm publish a b c', after: 'cpm publish a && cpm publish b && cpm publish c' },
  REQUEST_TIMEOUT: { before: 'cpm publish .', after: 'cpm publish .   # on a faster network' },
  VERSION_EXISTS: { before: 'version: 1.0.0', after: 'version: 1.0.1' },
  NO_SOLUTION: {
    before: 'dependencies: { a: ^1.0.0, b: ^2.0.0 }   # b needs a ^2.0.0',
    after: 'dependencies: { a: ^2.0.0, b: ^2.0.0 }',
  },
  RESOLVE_BUDGET: { before: 'dependencies: { a: "*", b: "*" }', after: 'dependencies: { a: ^3.1.0, b: ^2.0.0 }' },
  TARGET_INVALID: { before: 'architecture: [arm64]', after: 'architecture: arm64' },
  PROOF_INVALID: { before: 'a proof that was edited', after: 'cpm resolve --proof proof.json' },
  LOCK_INVALID: { before: '{ "schemaVersion": 1, "packages": {   # truncated', after: 'git checkout colony.lock' },
  LOCK_OUTDATED: { before: 'cpm ci   # after editing colony.yaml', after: 'cpm install && git add colony.lock' },
  LOCK_TIMEOUT: { before: 'cpm install --lock-timeout 1', after: 'cpm install --lock-timeout 600' },
  LOCK_BLOCKED: { before: 'a file where the message names a lock', after: 'mv <that file> elsewhere && cpm install' },
  LOCK_LOST: { before: 'cpm install   # on a laptop that went to sleep', after: 'cpm install' },
  JOURNAL_INVALID: { before: 'a journal that a full disk truncated', after: 'rm <that file> && cpm install' },
  KEY_NOT_FOUND: { before: 'cpm publish .', after: 'cpm key generate && cpm publish .' },
  KEY_INVALID: { before: '-rw-r--r--  keys/3f2a….json', after: 'chmod 600 keys/3f2a….json' },
  INPUT_INVALID: { before: 'cpm render . --set count=many', after: 'cpm render . --set count=3' },
  WORKFLOW_INVALID: { before: 'args: ["${inputs.nme}"]', after: 'args: ["${inputs.name}"]' },
  TESTS_FAILED: {
    before: 'assert: [spec.functions[0].args == ["word"]]',
    after: 'assert: [spec.functions[0].args == ["world"]]',
  },
  RUN_FAILED: { before: 'cpm submit . --engine local', after: 'cpm workflow logs && cpm workflow retry' },
  COLONY_NOT_CHOSEN: {
    before: 'cpm submit .',
    after: 'cpm context add lab --server https://colony.example.org && cpm submit .',
  },
  COLONY_KEY_INVALID: { before: 'COLONIES_PRVKEY=secret', after: 'COLONIES_PRVKEY=<64 hex digits>' },
  COLONY_DENIED: {
    before: 'COLONIES_COLONY_NAME=prod',
    after: 'COLONIES_COLONY_NAME=dev   # the key is a member here',
  },
  COLONY_UNREACHABLE: { before: 'COLONIES_SERVER_PORT=50008', after: 'COLONIES_SERVER_PORT=50080' },
  COLONY_MISBEHAVED: {
    before: 'cpm context add lab --server https://www.example.org',
    after: 'cpm context add lab --server https://colony.example.org',
  },
  COLONY_REFUSED: { before: "cpm submit .   # the server can't do it", after: 'cpm submit . --check-colony' },
  COLONY_TOO_OLD: { before: 'cpm colony info   # an old server', after: 'update the server, then: cpm colony info' },
  RUN_NOT_FOUND: { before: 'cpm workflow get nosuch', after: 'cpm workflow list && cpm workflow get 2026' },
  RUN_INVALID: { before: 'a run record that was edited', after: 'cpm workflow rm <run>' },
  RUN_ACTIVE: { before: 'cpm workflow rm <run>', after: 'cpm workflow cancel <run> && cpm workflow rm <run>' },
  RUN_TIMEOUT: { before: 'cpm workflow wait --timeout 10', after: 'cpm workflow wait --timeout 600' },
  COLONY_UNCERTAIN: {
    before: 'cpm submit . --run nightly',
    after: 'cpm submit . --run nightly   # the same command again',
  },
  COLONY_UNFIT: {
    before: 'conditions: { executortype: gpu }   # the colony has none',
    after: 'conditions: { executortype: container }',
  },
  S3_NOT_CHOSEN: {
    before: 'cpm submit .',
    after: 'AWS_S3_ENDPOINT=s3.example.org:9000 AWS_S3_BUCKET=colony … cpm submit .',
  },
  S3_DENIED: { before: 'AWS_S3_REGION=us-east-1', after: "AWS_S3_REGION=eu-north-1   # the bucket's region" },
  S3_UNREACHABLE: { before: 'AWS_S3_TLS=true   # with a server without TLS', after: 'AWS_S3_TLS=false' },
  S3_REFUSED: { before: 'AWS_S3_BUCKET=nosuch', after: 'AWS_S3_BUCKET=colony' },
  COLONYFS_MISMATCH: {
    before: 'cpm submit .   # somebody changed the files in ColonyFS',
    after: 'remove the label with the colonies CLI, then: cpm submit .',
  },
}

/** What operators are given to deploy names settings, addresses and ports that there are. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { loadSettings } from '../../src/config.js';
import { environmentSettings } from '../../src/config-schema.js';
import { atsEnvironment, atsSecretVariables } from '../../src/connectors/settings.js';

const root = new URL('../../', import.meta.url);
const textOf = (path: string) => readFileSync(new URL(path, root), 'utf8');

const known = new Set([
  ...Object.keys(environmentSettings),
  ...Object.keys(atsEnvironment),
  ...atsSecretVariables,
  'SPARKHIRE_API_KEY',
  'SYNC_CONFIG',
]);
/** Of Node, not of this program. */
const ofOthers = new Set(['NODE_ENV']);

type Tree = Record<string, unknown>;
const manifests = readdirSync(new URL('deploy/kubernetes/', root)).flatMap((file) =>
  parseAllDocuments(textOf(`deploy/kubernetes/${file}`)).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Tree & { kind: string; metadata: { name: string } };
  }),
);
const ofKind = (kind: string) => manifests.filter((manifest) => manifest.kind === kind);
// biome-ignore lint/suspicious/noExplicitAny: the shape is Kubernetes' own
const pod = (ofKind('Deployment')[0] as any).spec.template.spec;
const [container] = pod.containers;

describe('the manifests for Kubernetes', () => {
  it('name variables that there are', () => {
    const variables = [
      ...container.env.map(({ name }: { name: string }) => name),
      ...ofKind('Secret').flatMap(({ stringData }) => Object.keys(stringData as Tree)),
    ];
    expect(variables).toContain('DATABASE_URL');
    expect(variables.filter((name) => !known.has(name))).toEqual([]);
  });

  it('hold settings that can be used', () => {
    const [{ data }] = ofKind('ConfigMap') as unknown as [{ data: Record<string, string> }];
    const tree = parse(data['settings.yaml']!) as Tree;
    const plain = loadSettings({ environment: { SPARKHIRE_API_KEY: 'k' } }) as unknown as Tree;
    expect(Object.keys(tree).filter((section) => !(section in plain))).toEqual([]);
    expect(container.env).toContainEqual({ name: 'SYNC_CONFIG', value: '/etc/sparkhire-sync/settings.yaml' });
  });

  it('run two replicas of the service, each with the probes it answers', () => {
    // biome-ignore lint/suspicious/noExplicitAny: the shape is Kubernetes' own
    expect((ofKind('Deployment')[0] as any).spec.replicas).toBe(2);
    expect(container.args).toEqual(['run']);
    const server = textOf('src/web/server.ts');
    for (const probe of ['livenessProbe', 'readinessProbe'])
      expect(server).toContain(`'${container[probe].httpGet.path}'`);
    expect(container.ports).toEqual([{ name: 'http', containerPort: 8080 }]);
  });

  it('let only webhooks and orders of an ATS in from the internet', () => {
    // biome-ignore lint/suspicious/noExplicitAny: the shape is Kubernetes' own
    const [rule] = (ofKind('Ingress')[0] as any).spec.rules;
    expect(rule.http.paths.map(({ path }: { path: string }) => path)).toEqual([
      '/webhooks/',
      '/ats/',
      '/partner/',
    ]);
  });
});

describe('the unit for systemd', () => {
  const unit = textOf('deploy/systemd/sparkhire-sync.service');

  it('names variables that there are, as its example does', () => {
    const example = textOf('deploy/systemd/environment.example');
    const named = [
      ...[...unit.matchAll(/^Environment=(\w+)=/gm)].map(([, name]) => name!),
      ...[...example.matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name!),
    ];
    expect(named).toContain('SYNC_CONFIG');
    expect(named.filter((name) => !known.has(name) && !ofOthers.has(name))).toEqual([]);
  });

  it('starts what the package brings, and never again with wrong settings', () => {
    const { bin } = JSON.parse(textOf('package.json')) as { bin: Record<string, string> };
    expect(unit).toContain(`/opt/sparkhire-sync/node_modules/sparkhire-sync/${bin['sparkhire-sync']} run`);
    expect(unit).toContain('RestartPreventExitStatus=2');
  });
});

describe('the image', () => {
  const [building = '', running = ''] = textOf('Dockerfile')
    .split(/^FROM /m)
    .slice(1);
  const copied = (stage: string) =>
    new Set(
      [...stage.matchAll(/^COPY (?:--\S+ )*(.+) \S+$/gm)].flatMap(([, sources]) =>
        sources!.split(' ').map((path) => path.replace(/^\/app\//, '')),
      ),
    );

  it('has all that building reads, before it builds', () => {
    const [before = ''] = building.split('RUN node scripts/build.mjs');
    const there = copied(before);
    const [, inputs = ''] = /const inputs = \[([^\]]+)\]/.exec(textOf('scripts/build.mjs'))!;
    const named = [
      ...[...inputs.matchAll(/^ {2}'([^'/]+)',$/gm)].map(([, path]) => path!),
      ...readdirSync(new URL('scripts/', root))
        .filter((name) => ['build.mjs', 'bundle.mjs', 'lighter.mjs', 'pages.mjs'].includes(name))
        .flatMap((name) =>
          [...textOf(`scripts/${name}`).matchAll(/URL\('\.\.\/([^'/]+)/g)].map(([, path]) => path!),
        ),
    ];
    expect(named).toContain('config');
    expect(named.filter((path) => !there.has(path))).toEqual([]);
  });

  it('holds what the package brings, but its papers, and runs as a user without rights', () => {
    const there = copied(running);
    const { files } = JSON.parse(textOf('package.json')) as { files: string[] };
    const brought = files
      .map((path) => path.split('/')[0]!)
      .filter((path) => !/^(docs|deploy|.*\.md|!.*)$/.test(path));
    expect([...new Set(brought)].filter((path) => !there.has(path))).toEqual([]);
    expect(running).toMatch(/^USER node$/m);
  });
});

describe('the compose file', () => {
  it('names variables that there are', () => {
    const { services } = parse(textOf('compose.yaml')) as {
      services: Record<string, { environment?: Tree }>;
    };
    expect(Object.keys(services.sync!.environment!).filter((name) => !known.has(name))).toEqual([]);
  });
});

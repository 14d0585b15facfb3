/** docs/settings.md, from the schema of the settings and config/default.yaml. */

/** Variables that stand for no setting of the schema. */
const otherVariables = {
  SYNC_CONFIG: 'A file of settings over `config/default.yaml`, as `--config` gives one.',
  SPARKHIRE_API_KEY: "An administrator's API key, for the single account `default`.",
  ATS_API_KEY: 'API key of the ATS, for the single account.',
  ATS_CLIENT_ID: 'Client id for the ATS, for the single account.',
  ATS_CLIENT_SECRET: 'Client secret for the ATS, for the single account.',
  ATS_WEBHOOK_SECRET: 'Secret of the webhooks of the ATS, for the single account.',
};

const isList = (shape) => shape.items?.properties !== undefined;
const kindsOf = (shape) =>
  (shape.anyOf ?? shape.oneOf ?? []).flatMap((one) => kindsOf(one).concat(one.properties?.kind ? [one] : []));
const withoutNull = (shape) => {
  const rest = shape.anyOf?.filter(({ type }) => type !== 'null');
  return rest?.length === 1 ? { ...rest[0], description: shape.description } : shape;
};

/** @returns each setting below a shape: its path and its own shape */
function leaves(given, path = []) {
  const shape = withoutNull(given);
  if (isList(shape)) {
    const inside = leaves(shape.items, [...path.slice(0, -1), `${path.at(-1)}[]`]);
    return shape.description === undefined ? inside : [{ path: path.join('.'), shape }, ...inside];
  }
  if (shape.properties === undefined || shape.properties.kind !== undefined)
    return [
      { path: path.join('.'), shape: { ...shape, description: given.description ?? shape.description } },
    ];
  const inside = Object.entries(shape.properties).flatMap(([key, inner]) => leaves(inner, [...path, key]));
  if (path.length === 0 || shape.description === undefined) return inside;
  // What a group says of itself, its settings need not repeat.
  const group = { path: path.join('.'), shape: { description: shape.description } };
  return [group, ...inside.map((one) => ({ ...one, isSaid: true }))];
}

function limits({ minimum, exclusiveMinimum, maximum }) {
  const most = maximum === undefined || maximum > 2 ** 52 ? null : maximum;
  if (minimum !== undefined && most !== null) return `${minimum} to ${most}`;
  if (exclusiveMinimum !== undefined && most !== null)
    return `more than ${exclusiveMinimum}, at most ${most}`;
  if (minimum !== undefined) return `${minimum} or more`;
  return exclusiveMinimum === undefined ? null : `more than ${exclusiveMinimum}`;
}

function values(shape) {
  const plain = withoutNull(shape);
  if (plain.enum !== undefined) return plain.enum.map((word) => `\`${word}\``).join(', ');
  if (plain.const !== undefined) return `\`${plain.const}\``;
  const [type] = [plain.type].flat();
  if (type === 'boolean') return '`true`, `false`';
  if (type === 'number' || type === 'integer')
    return [type === 'integer' ? 'whole number' : 'number', limits(plain)].filter(Boolean).join(', ');
  if (type === 'array') return 'list';
  if (type === 'object') return 'mapping';
  return type === 'string' ? 'text' : '';
}

function shown(value) {
  if (value === undefined) return '';
  if (typeof value === 'object' && value !== null) {
    const size = Object.keys(value).length;
    return size === 0 ? '' : `${size} words`;
  }
  return `\`${value}\``;
}

const at = (tree, path) => path.split('.').reduce((node, key) => node?.[key], tree);
const cell = (text) => text.replaceAll('|', '\\|');

/**
 * @param schema JSON schema of the settings, as they are written
 * @param defaults config/default.yaml
 * @param variables names and paths: of the settings, of `ats`
 * @throws Error if a setting says nothing of itself
 */
export function settingsPage({ schema, defaults, environment, atsEnvironment, atsSecretVariables }) {
  const variables = new Map();
  for (const [name, path] of Object.entries(environment)) variables.set(path.join('.'), name);
  for (const [name, path] of Object.entries(atsEnvironment))
    variables.set(['ats', ...path].join('.').replace(/\.0\./, '[].'), name);
  const silent = [];

  const row = (prefix, { path, shape, isSaid }) => {
    const whole = prefix === '' ? path : `${prefix}.${path}`;
    if (!shape.description && !isSaid) silent.push(whole);
    const variable = variables.get(whole);
    const isGroup = Object.keys(shape).length === 1;
    const standard = isGroup ? '' : shown(shape.default !== undefined ? shape.default : at(defaults, whole));
    return `| \`${path}\` | ${cell(shape.description ?? '')} | ${cell(values(shape))} | ${standard} | ${variable === undefined ? '' : `\`${variable}\``} |`;
  };
  const table = (prefix, shape, first) => {
    const rows = leaves(shape).map((leaf) => row(prefix, leaf));
    return `| ${first} | meaning | values | default | variable |\n|---|---|---|---|---|\n${rows.join('\n')}`;
  };

  const { secrets, ats, ...sections } = schema.properties;
  // An account has sections of its own that stand at the top, too: they are described once.
  const ofAccount = sections.accounts.items.properties;
  for (const name of Object.keys(sections.sparkhire.properties)) delete ofAccount[name];
  for (const name of ['packages', 'partner', 'policies'])
    ofAccount[name] = {
      type: name === 'packages' ? 'array' : 'object',
      description: ofAccount[name].description,
    };
  const parts = Object.entries(sections).map(([name, shape]) => {
    const { description: _, ...inner } = shape;
    const body = shape.properties === undefined ? { properties: { [name]: inner } } : shape;
    return `## ${name}\n\n${shape.description ?? ''}\n\n${table(shape.properties === undefined ? '' : name, body, 'setting')}`;
  });

  // A setting that kinds have alike is one row, which names them.
  const kinds = kindsOf(ats);
  const ofKinds = new Map();
  for (const { properties } of kinds) {
    const { kind, ...own } = properties;
    for (const leaf of leaves({ properties: own })) {
      const cells = row('ats', leaf);
      ofKinds.set(cells, [...(ofKinds.get(cells) ?? []), `\`${kind.const}\``]);
    }
  }
  const names = kinds.map(({ properties }) => `\`${properties.kind.const}\``);
  const atsRows = [...ofKinds]
    .map(([cells, who]) => ({
      cells,
      path: cells.split('|')[1],
      who: who.length === names.length ? 'all' : who.join(', '),
    }))
    .sort(
      (a, b) => Number(b.who === 'all') - Number(a.who === 'all') || Math.sign(order(a.path) - order(b.path)),
    );
  function order(path) {
    return [...ofKinds.keys()].findIndex((cells) => cells.split('|')[1] === path);
  }
  parts.push(
    `## ats\n\n${ats.description} \`ats.kind\` (\`ATS_KIND\`) is ${names.join(', ')}.\n\n| setting | meaning | values | default | variable | kinds |\n|---|---|---|---|---|---|\n${atsRows.map(({ cells, who }) => `${cells} ${who} |`).join('\n')}`,
  );

  const missing = atsSecretVariables.filter((name) => !(name in otherVariables));
  const secretRows = [
    ...Object.entries(otherVariables),
    ...Object.entries(secrets.properties).map(([name, shape]) => [
      variables.get(`secrets.${name}`),
      shape.description,
    ]),
  ].map(([name, meaning]) => `| \`${name}\` | ${cell(meaning ?? '')} |`);
  silent.push(
    ...missing,
    ...Object.keys(secrets.properties).filter((name) => !secrets.properties[name].description),
  );
  if (silent.length > 0)
    throw new Error(`Describe these settings (.describe() in their schema): ${silent.join(', ')}`);

  return `# Settings

<!-- Made by scripts/docs.mjs from src/config-schema.ts and config/default.yaml: npm run docs. -->

Settings come from three places. A later one goes over an earlier one:

1. [config/default.yaml](../config/default.yaml), which has every setting with its default.
2. A YAML file of yours, given with \`--config FILE\` or \`SYNC_CONFIG\`. It needs only what differs.
3. Variables of the environment.

Settings are read and checked once, at the start. If any is wrong, all errors are listed and the exit code is 2.

## Secrets and variables

${secrets.description}

| variable | meaning |
|---|---|
${secretRows.join('\n')}

${parts.join('\n\n')}
`;
}

// What `npm run compat` tries, each pinned. The key is the major version.
export const postgres = {
  14: '14.23.0-beta.17',
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
  18: '18.4.0-beta.17',
};
export const node = { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0', 26: '26.10.0' };

/** The version of the server itself, not of the package that carries it. */
export const serverVersion = (version) => version.replace(/\.0-.*$/, '');

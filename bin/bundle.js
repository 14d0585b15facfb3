/** Runs the bundle that scripts/bundle.mjs makes, with what V8 made of each of its files when it was built. */
const { readFileSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const vm = require('node:vm');

/**
 * undici reads answers with WebAssembly. V8 would optimize that after some, which takes longer than optimized code saves in two
 * thousand answers, and 35 MB meanwhile: as much as all else that a command holds. Set here, since what V8 made of a file is of
 * use only under the flags it was made under.
 */
for (const flag of ['--no-wasm-tier-up', '--no-wasm-dynamic-tiering']) setFlagsFromString(flag);

/** Absent in a Node too old to run the bundle. */
const dynamicImports = vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER;

exports.bundleRuns = dynamicImports !== undefined;

/**
 * Loads a file of the bundle, and those of its folder that it asks for once it does.
 * @returns what it exports, and every script that was loaded, by the path of its file
 */
exports.openBundle = function openBundle(file) {
  const folder = dirname(file);
  const scripts = new Map();
  const modules = new Map();
  const load = (path) => {
    const known = modules.get(path);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    modules.set(path, module);
    const script = new vm.Script(readFileSync(path, 'latin1'), {
      filename: path,
      cachedData: cached(path),
      importModuleDynamically: dynamicImports,
    });
    scripts.set(path, script);
    script.runInThisContext()(module.exports, requireFromBundle, module, path, folder);
    return module.exports;
  };
  // Packages are looked for from here as they would be from there.
  const requireFromBundle = (id) => (id.startsWith('./') ? load(join(folder, id)) : require(id));
  Object.assign(requireFromBundle, require);
  return { exports: load(file), load, scripts };
};

/** Of this Node and this kind of machine: another one compiles the file itself. */
const cacheFile = (path) => `${path}.${process.version}-${process.platform}-${process.arch}.cache`;

/**
 * V8 itself trusts what it is given: what a disk has damaged would end the process. So it is there twice. To compare takes no
 * time; to load a digest, or to sum it up here, would take longer than all else that `--version` does.
 */
exports.writeCache = function writeCache(path, script) {
  const data = script.createCachedData();
  writeFileSync(cacheFile(path), Buffer.concat([data, data]));
};

function cached(path) {
  try {
    const both = readFileSync(cacheFile(path));
    const data = both.subarray(0, both.length / 2);
    return data.equals(both.subarray(data.length)) ? data : undefined;
  } catch {
    return undefined;
  }
}

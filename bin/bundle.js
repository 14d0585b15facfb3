/** Runs the bundle that scripts/bundle.mjs makes, with what V8 made of it when it was built. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import vm from 'node:vm';

/** Of this Node and this kind of machine: another one compiles the bundle itself. */
export function cacheFile(file) {
  return `${file}.${process.version}-${process.platform}-${process.arch}.cache`;
}

/** Absent in a Node too old to run the bundle. */
const dynamicImports = vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER;

export const bundleRuns = dynamicImports !== undefined;

/** @returns the script, and a function that runs it and returns its exports */
export function openBundle(file) {
  const script = new vm.Script(readFileSync(file, 'latin1'), {
    filename: file,
    cachedData: cached(file),
    importModuleDynamically: dynamicImports,
  });
  const run = () => {
    const module = { exports: {} };
    script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file));
    return module.exports;
  };
  return { script, run };
}

function cached(file) {
  try {
    return readFileSync(cacheFile(file));
  } catch {
    return undefined;
  }
}

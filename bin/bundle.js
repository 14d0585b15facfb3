/** Runs the bundle that scripts/bundle.mjs makes, with what V8 made of it when it was built. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
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

/** V8 itself trusts what it is given: what a disk has damaged would end the process. */
const digest = (data) => createHash('sha256').update(data).digest();
const digestBytes = 32;

export function writeCache(file, { script }) {
  const data = script.createCachedData();
  writeFileSync(cacheFile(file), Buffer.concat([digest(data), data]));
}

function cached(file) {
  try {
    const whole = readFileSync(cacheFile(file));
    const data = whole.subarray(digestBytes);
    return digest(data).equals(whole.subarray(0, digestBytes)) ? data : undefined;
  } catch {
    return undefined;
  }
}

/** Answers that came compressed. None is asked for, but who names no coding accepts any (RFC 9110, 12.5.3). */
import { brotliDecompressSync, gunzipSync, inflateSync, type ZlibOptions } from 'node:zlib';

type Decode = (body: Uint8Array, options: ZlibOptions) => Buffer;

const decoders = new Map<string, Decode>([
  ['gzip', gunzipSync],
  ['x-gzip', gunzipSync],
  ['deflate', inflateSync],
  ['br', brotliDecompressSync],
]);

/**
 * The body without its codings, the last one applied first; as it came where one is unknown, or not what it says.
 * @returns null if it grows beyond `maxBytes`
 */
export function withoutCoding(
  body: Uint8Array,
  contentEncoding: string | undefined,
  maxBytes: number,
): Uint8Array | null {
  if (contentEncoding === undefined || body.length === 0) return body;
  const codings = contentEncoding.split(',').map((coding) => coding.trim().toLowerCase());
  try {
    return codings.reduceRight<Uint8Array>((coded, coding) => {
      if (coding === 'identity' || coding === '') return coded;
      return decoders.get(coding)!(coded, { maxOutputLength: maxBytes });
    }, body);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? null : body;
  }
}

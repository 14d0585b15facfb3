import type { FaultEffect } from '../../emulation/faults.js';
import { htmlPage, spoiledBody, type WireAnswer } from '../../emulation/wire.js';
import type { Answer } from '../core.js';
import type { Switches } from '../switches.js';
import type { ApiError } from './api-error.js';

export function wireAnswer(answer: Answer, switches: Switches): WireAnswer {
  if (answer.body === undefined) {
    if (switches.emptyAnswer === '204') return { status: answer.status, headers: {}, body: '' };
    return switches.emptyAnswer === '200-empty'
      ? { status: 200, headers: {}, body: '' }
      : { status: 200, headers: { 'Content-Type': switches.contentType }, body: '{}' };
  }
  return {
    status: switches.createdStatus === 'always-200' ? 200 : answer.status,
    headers: { 'Content-Type': switches.contentType },
    body: framed(JSON.stringify(answer.body), switches),
  };
}

export function wireError(error: ApiError, switches: Switches): WireAnswer {
  const status = error.status(switches);
  return errorPage(status, error.code, error.message, switches.errorBody, switches, error.headers);
}

export function errorPage(
  status: number,
  code: string,
  reason: string,
  form: 'json' | 'html' | 'empty',
  switches: Switches,
  headers: Record<string, string> = {},
): WireAnswer {
  if (form === 'empty') return { status, headers, body: '' };
  if (form === 'html') return htmlPage(status, headers);
  const body: Record<string, string> = { reason, code };
  if (switches.errorLang === 'present') body.lang = `errors.${code}`;
  return {
    status,
    headers: { ...headers, 'Content-Type': switches.contentType },
    body: framed(JSON.stringify(body), switches),
  };
}

function framed(json: string, switches: Switches): string {
  if (switches.bomOrWhitespace === 'bom') return `\uFEFF${json}`;
  return switches.bomOrWhitespace === 'whitespace' ? `\r\n  ${json}\n\n` : json;
}

/** The answer after a fault that shows once the request has been handled. */
export function spoiled(answer: WireAnswer, effect: FaultEffect, switches: Switches): WireAnswer {
  return effect.kind === 'status' ? faultStatus(effect, switches) : spoiledBody(answer, effect);
}

export function faultStatus(
  effect: Extract<FaultEffect, { kind: 'status' }>,
  switches: Switches,
): WireAnswer {
  const code = effect.code ?? (effect.status >= 500 ? 'api.internal_error' : 'api.refused');
  const form = effect.body ?? switches.errorBody;
  return errorPage(effect.status, code, 'An injected fault.', form, switches, effect.headers);
}

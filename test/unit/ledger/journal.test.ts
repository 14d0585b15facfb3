/** Lines of the log about writes name rows, and nobody. */
import { expect, it } from 'vitest';
import { tellWritten } from '../../../src/ledger/journal.js';
import { createLogger } from '../../../src/log.js';

it('the line of a share link names its request, not the reviewer', () => {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) } as unknown as NodeJS.WritableStream;
  const detail = { actor: 'u-1' } as Parameters<typeof tellWritten>[1]['detail'];
  tellWritten(
    { journal: createLogger({ destination }) },
    { resource: 'share_links', atsId: 'S-1/jane@reviewers.example', action: 'create', detail },
    'uuid-1',
  );
  expect(JSON.parse(lines.join(''))).toMatchObject({
    event: 'written',
    resource: 'share_requests',
    ats_id: 'S-1',
    action: 'create',
    uuid: 'uuid-1',
    as: 'u-1',
    msg: 'share_requests S-1: created',
  });
  expect(lines.join('')).not.toContain('jane');
});

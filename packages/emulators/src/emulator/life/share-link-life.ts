import type { Core } from '../core.js';
import { conflict } from '../http/api-error.js';
import type { AdvancedLink, Interview, ShareLink, User } from '../records.js';

const linkUrl = (code: string) => `https://share.example.com/${code}`;

/** Changes something about the basic link of an interview. */
export function touchShared(core: Core, interview: Interview, mutate: () => void): void {
  core.state.interviews.change(interview, () => {
    mutate();
    if (core.switches.shareLinkTouches) interview.updatedAt = core.clock.now();
  });
}

export function requireCompleted(interview: Interview): void {
  if (interview.status !== 'completed') {
    throw conflict('share_link.not_completed', 'Only a completed interview can be shared.');
  }
}

/** Makes the basic link, of which an interview has one: a second time it is the same. */
export function shareInterview(core: Core, interview: Interview, by: User): ShareLink {
  requireCompleted(interview);
  if (interview.shareLink) return interview.shareLink;
  const now = core.clock.now();
  const link: ShareLink = {
    uuid: core.state.ids.uuid(),
    url: linkUrl(core.state.ids.code(7)),
    status: 'active',
    updatedBy: by.uuid,
    createdAt: now,
    updatedAt: now,
  };
  touchShared(core, interview, () => {
    interview.shareLink = link;
  });
  return link;
}

export function createAdvancedLink(
  core: Core,
  user: User,
  reviewer: { name: string; email: string },
  interviewUuids: string[],
  status: AdvancedLink['status'],
): AdvancedLink {
  const now = core.clock.now();
  const link: AdvancedLink = {
    seq: core.state.nextSeq(),
    uuid: core.state.ids.uuid(),
    url: linkUrl(core.state.ids.code(7)),
    status,
    reviewer,
    createdBy: user.uuid,
    updatedBy: user.uuid,
    items: interviewUuids.map((interviewUuid) => ({ uuid: core.state.ids.uuid(), interviewUuid })),
    createdAt: now,
    updatedAt: now,
  };
  core.state.shareLinks.set(link.uuid, link);
  return link;
}

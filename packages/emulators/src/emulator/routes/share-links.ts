import { z } from 'zod';
import { type Answer, type Call, type Core, created, noContent, ok } from '../core.js';
import { forbidden, invalid, unknownObject } from '../http/api-error.js';
import { activeStatus, email, parseBody, text } from '../http/input.js';
import { mail } from '../life/interview-life.js';
import {
  createAdvancedLink,
  requireCompleted,
  shareInterview,
  touchShared,
} from '../life/share-link-life.js';
import type { Interview, ShareLink } from '../records.js';

const linkChanges = z.object({ status: activeStatus.optional() });
const newLinks = z.object({
  status: activeStatus,
  reviewers: z.array(z.object({ name: text, email })).min(1),
  interviews: z.array(z.object({ uuid: text })).min(1),
  send_email: z.literal(true).optional(),
});

function basicLink({ core, user, params }: Call): { interview: Interview; link: ShareLink } {
  const interview = core.visibility.requireInterview(user, params.uuid!);
  const link = interview.shareLink;
  if (!link || (params.link !== undefined && params.link !== link.uuid)) throw unknownObject('share link');
  return { interview, link };
}

export function postShareLink({ core, user, params }: Call): Answer {
  const interview = core.visibility.requireInterview(user, params.uuid!);
  core.visibility.requireWriter(user);
  return created(core.render.shareLink(shareInterview(core, interview, user)));
}

export function getShareLink(call: Call): Answer {
  return ok(call.core.render.shareLink(basicLink(call).link));
}

export function putShareLink(call: Call): Answer {
  const { core, user } = call;
  const { interview, link } = basicLink(call);
  core.visibility.requireWriter(user);
  const changes = parseBody(linkChanges, call.body);
  const former = core.render.shareLink(link);
  touchShared(core, interview, () => {
    if (changes.status !== undefined) link.status = changes.status;
    link.updatedBy = user.uuid;
    link.updatedAt = core.clock.now();
  });
  return created(core.switches.updateEcho === 'old' ? former : core.render.shareLink(link));
}

export function listAdvancedLinks({ core, user }: Call): Answer {
  requireFeature(core);
  const seen = [...core.state.shareLinks.values()].filter((link) =>
    core.visibility.seesShareLink(user, link),
  );
  return ok(seen.map((link) => core.render.advancedLink(link, false)));
}

export function getAdvancedLink({ core, user, params }: Call): Answer {
  requireFeature(core);
  return ok(core.render.advancedLink(core.visibility.requireShareLink(user, params.uuid!), true));
}

/** One link a reviewer. */
export function postAdvancedLinks({ core, user, body }: Call): Answer {
  requireFeature(core);
  core.visibility.requireWriter(user);
  const input = parseBody(newLinks, body);
  for (const { uuid } of input.interviews) {
    const interview = core.state.interviews.get(uuid);
    if (!interview || !core.visibility.seesInterview(user, interview)) {
      throw invalid('share_link.interview_not_found', 'interviews: one of them does not exist');
    }
    requireCompleted(interview);
  }
  const uuids = input.interviews.map((one) => one.uuid);
  const links = input.reviewers.map((reviewer) =>
    createAdvancedLink(core, user, reviewer, uuids, input.status),
  );
  if (input.send_email) {
    for (const link of links) {
      mail(core, 'share_link', link.reviewer.email, `${user.name} shared interviews with you`, link.uuid);
    }
  }
  return created(links.map((link) => core.render.advancedLink(link, false)));
}

export function putAdvancedLink({ core, user, params, body }: Call): Answer {
  requireFeature(core);
  const link = core.visibility.requireShareLink(user, params.uuid!);
  core.visibility.requireWriter(user);
  const changes = parseBody(linkChanges, body);
  const former = core.render.advancedLink(link, true);
  core.state.shareLinks.change(link, () => {
    if (changes.status !== undefined) link.status = changes.status;
    link.updatedBy = user.uuid;
    link.updatedAt = core.clock.now();
  });
  return created(core.switches.updateEcho === 'old' ? former : core.render.advancedLink(link, true));
}

export function removeAdvancedLink({ core, user, params }: Call): Answer {
  requireFeature(core);
  const link = core.visibility.requireShareLink(user, params.uuid!);
  core.visibility.requireWriter(user);
  core.state.shareLinks.delete(link.uuid);
  core.state.deleted.shareLinks.add(link.uuid);
  return noContent;
}

function requireFeature(core: Core): void {
  if (!core.state.plan.features.advanced_share_links) {
    throw forbidden('share_link.not_in_plan', 'The plan has no advanced share links.');
  }
}

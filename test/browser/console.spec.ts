/** The console in a real browser, over the demo: signed in, looked at, decided, and watched. */
import { join } from 'node:path';
import pg from 'pg';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Demo, expectAccessible, expectFits, pictures, startBrowser, startDemo } from './demo.js';

let demo: Demo;
let browser: Browser;
let context: BrowserContext;
let page: Page;
/** What the browser complained of. */
const complaints: string[] = [];

function listen(to: Page): void {
  to.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  to.on('pageerror', (error) => complaints.push(error.message));
}

beforeAll(async () => {
  // One after the other: whichever fails to start, the other is stopped.
  browser = await startBrowser();
  demo = await startDemo();
  context = await browser.newContext({ viewport: { width: 1280, height: 900 }, colorScheme: 'light' });
  // The demo may wait for its request budget to come back: a minute.
  context.setDefaultTimeout(90_000);
  page = await context.newPage();
  listen(page);
});
afterAll(async () => {
  await browser?.close();
  await demo?.stop();
});

const picture = (name: string) => page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
const heading = (name: string) => page.getByRole('heading', { level: 1, name, exact: true });

async function open(name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true }).click();
  await heading(name).waitFor();
}

/** Confirms what a dialog asks. */
async function because(reason: string, button: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Why').fill(reason);
  await dialog.getByRole('button', { name: button }).click();
  await dialog.waitFor({ state: 'hidden' });
}

it('a wrong token is told so; the link of the demo signs in', async () => {
  await page.goto(demo.url);
  await page.getByLabel('Token').waitFor();
  await expectAccessible(page);
  await picture('sign-in');
  await page.getByLabel('Token').fill('this-is-not-the-token');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('This token opens nothing here.').waitFor();
  // The browser itself tells of an answer 401.
  expect(complaints.splice(0)).toEqual([expect.stringContaining('401')]);
  await page.goto(`${demo.url}/#token=${demo.token}`);
  await page.reload();
  await heading('Overview').waitFor();
  expect(page.url()).not.toContain('token');
});

it('the overview says what is true now, and what waits', async () => {
  await page.getByRole('heading', { level: 2, name: '2 decisions wait for you' }).waitFor();
  await page.getByText('once the plan that is held is approved').waitFor();
  await page.getByRole('img', { name: /Requests by the minute/ }).waitFor();
  await page.getByText('Correct question 1').waitFor();
  await expectAccessible(page);
  await picture('overview');
  await page.screenshot({ path: join(pictures, 'first-look.png') });
});

it('a person is found by the beginning of a name, with the whole story', async () => {
  await open('Find');
  await page.getByRole('searchbox').fill('aino vir');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Aino Virtanen' }).click();
  await page.getByText('Spark Hire sent the invitation to aino.virtanen@example.com.').waitFor();
  await expectAccessible(page);
  await picture('find');
  await page.getByRole('searchbox').fill('nobody@example.com');
  await page.keyboard.press('Enter');
  await page.getByText('Nothing is known of').waitFor();
});

it('a conflict is seen side by side, and decided with a reason', async () => {
  await open('Conflicts');
  await expectAccessible(page);
  await picture('conflicts');
  await page.getByRole('link', { name: /jobs J-1/ }).click();
  await page.getByRole('heading', { name: 'Agreed on last' }).waitFor();
  await expectAccessible(page);
  await picture('conflict');
  await page.getByRole('button', { name: 'Keep Spark Hire’s' }).click();
  await expectAccessible(page);
  await picture('decide');
  await because('Recruiting chose the title there', 'Keep Spark Hire’s');
  await page.getByText('1 conflict decided.').waitFor();
  await page.getByRole('heading', { name: 'Decided' }).waitFor();
});

it('rows are shown with why they wait, and looked at again', async () => {
  await open('Rows');
  await page.getByRole('row', { name: /Siri Dahl/ }).waitFor();
  await expectAccessible(page);
  await picture('rows');
  await page.getByRole('checkbox', { name: 'interviews I-3', exact: true }).check();
  await page.getByRole('button', { name: /Look again now/ }).click();
  await because('The question was mended', 'Look again now');
  await page.getByText('1 row is being looked at again.').waitFor();
  await page.getByLabel('Which').selectOption('skipped');
  await page.getByText('Greenhouse').first().waitFor();
});

it('a held plan is seen as a difference, and approved', async () => {
  await open('Plan');
  await page.getByText('A plan is held', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Make the plan' }).click();
  await page.getByRole('heading', { name: '12 interviews to cancel' }).waitFor();
  await expectAccessible(page);
  await picture('plan');
  await page.getByRole('button', { name: 'Approve this plan' }).click();
  await because('The campaign is over', 'Approve this plan');
  await page.getByText('The plan was carried out: ', { exact: false }).waitFor();
  await page.getByText('No plan is held.').waitFor();
});

it('a backfill is begun, and watched as it goes', async () => {
  await open('Runs');
  await page.getByText('Nothing is under way.').waitFor();
  // As long as it takes where Spark Hire is not on the same machine.
  await fetch(`${demo.emulatorUrl}/_emulator/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ path: '/interviews', count: 4, effect: { kind: 'latency', ms: 1500 } }),
  });
  await page.getByRole('button', { name: 'Read everything now' }).click();
  await because('To be sure', 'Read everything now');
  await page.getByRole('progressbar').first().waitFor();
  await expectAccessible(page);
  await picture('runs');
  await page.getByText('Nothing is under way.').waitFor();
  await page.getByLabel('Kind').selectOption('backfill');
  await expect.poll(() => page.getByRole('row', { name: /Backfill .* succeeded/ }).count()).toBe(3);
});

it('the mirror shows how far interviews get; markup in names stays text', async () => {
  const markup = '<img src=x onerror="document.title=1">Ada</b>';
  const client = new pg.Client({ connectionString: demo.databaseUrl });
  await client.connect();
  await client.query(
    `update sparkhire.interviews set candidate_name = $1, job_title = $1
     where account = 'demo' and uuid = (select uuid from sparkhire.interviews where account = 'demo' and status = 'completed'
       order by updated_at desc limit 1)`,
    [markup],
  );
  await client.end();
  await open('Mirror');
  await page.getByRole('heading', { name: 'All interviews' }).waitFor();
  await expectAccessible(page);
  await picture('mirror');
  await page.getByRole('link', { name: 'Interviews', exact: true }).click();
  // The chart that is on the page until then is about statuses, too.
  await page.getByRole('combobox', { name: 'Status' }).selectOption('completed');
  await page.getByRole('link', { name: markup, exact: true }).waitFor();
  expect(await page.title()).toBe('Mirror · sparkhire-sync');
  expect(
    await page
      .getByRole('link', { name: /^Watch/ })
      .first()
      .getAttribute('rel'),
  ).toContain('noopener');
  await expectAccessible(page);
  await picture('interviews');
  await page.getByRole('link', { name: 'Jobs', exact: true }).click();
  await page.getByRole('columnheader', { name: 'Interviews' }).waitFor();
  await expectAccessible(page);
});

it('a service that is lost is told of, and the page comes back by itself', async () => {
  // A page that does not ask again.
  await open('Runs');
  await context.setOffline(true);
  await page.getByText('The service does not answer.').waitFor();
  // What was known stays.
  await page.getByRole('heading', { name: 'Under way' }).waitFor();
  await picture('away');
  await context.setOffline(false);
  await page.getByText('The service does not answer.').waitFor({ state: 'hidden' });
  await open('Overview');
  expect(complaints.splice(0).filter((text) => !/ERR_INTERNET_DISCONNECTED/.test(text))).toEqual([]);
});

it('by keyboard alone one gets to the content and through the pages', async () => {
  await page.reload();
  await heading('Overview').waitFor();
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement.textContent')).toBe('To the content');
  await page.keyboard.press('Enter');
  expect(await page.evaluate('document.activeElement.id')).toBe('content');
  await open('Find');
  // The heading is there a moment before the box has the focus.
  await page.locator('#q:focus').waitFor();
});

describe.each([
  ['dark', { colorScheme: 'dark', viewport: { width: 1280, height: 900 } }],
  ['phone', { colorScheme: 'light', viewport: { width: 390, height: 844 }, isMobile: true }],
] as const)('%s', (kind, options) => {
  it(`every page is readable and fits (${kind})`, async () => {
    const own = await browser.newContext(options);
    page = await own.newPage();
    listen(page);
    await page.goto(`${demo.url}/#token=${demo.token}`);
    await heading('Overview').waitFor();
    for (const name of ['Overview', 'Find', 'Conflicts', 'Rows', 'Plan', 'Runs', 'Mirror']) {
      await open(name);
      if (name === 'Find') {
        await page.getByRole('searchbox').fill('interviews:I-11');
        await page.keyboard.press('Enter');
        await page.getByRole('heading', { name: /What happened/ }).waitFor();
      }
      await page.getByText('Loading').waitFor({ state: 'hidden' });
      await expectFits(page);
      await expectAccessible(page);
      await picture(`${name.toLowerCase()}-${kind}`);
    }
    await own.close();
  });
});

it('nobody signed in sees nothing, and the browser had nothing to complain of', async () => {
  expect(complaints).toEqual([]);
  const own = await browser.newContext();
  page = await own.newPage();
  await page.goto(`${demo.url}/#/mirror`);
  await page.getByLabel('Token').waitFor();
  expect(await page.content()).not.toContain('interview');
  await own.close();
});

import { join } from 'node:path';

import { startInbox } from '../../demo/inbox.mjs';
import { Stand, WRITE_KEY } from './stand';

describe('What goes wrong outside of n8n', () => {
	let stand: Stand;

	beforeAll(async () => {
		stand = await Stand.up();
	});

	afterAll(async () => {
		await stand?.down();
	});

	describe.each([
		[
			'n8n\'s webhook',
			() => `${stand.n8n.url}/webhook/journeys`,
			// n8n reads JSON before it calls the node, and answers by itself.
			{ status: 422, message: 'Failed to parse request body', hint: /Signed Up.* is not valid JSON/s },
		],
		[
			'the collector\'s own listener',
			() => stand.collectorUrl,
			{ status: 400, message: /not valid JSON: .* at line 3, column 12/, hint: undefined },
		],
	])('by %s', (_way, address, malformed) => {
		const basic = (key: string) => `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
		const event = JSON.stringify({ userId: 'nobody', event: 'Signed Up' });
		const call = async (route: string, body: string, authorization?: string) => {
			const before = stand.database.rowCounts();
			const response = await fetch(`${address()}/v1/${route}`, {
				method: 'POST',
				headers: { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) },
				body,
			});
			const answer = (await response.json()) as { code: string | number; message: string; hint?: string };
			expect(stand.database.rowCounts()).toEqual(before);
			return { status: response.status, ...answer };
		};

		test('malformed JSON is refused with what is wrong in it, and nothing is stored', async () => {
			const answer = await call('track', '{\n  "userId": "nobody",\n  "event": Signed Up\n}', basic(WRITE_KEY));

			expect(answer.status).toBe(malformed.status);
			expect(answer.message).toMatch(malformed.message);
			if (malformed.hint !== undefined) expect(answer.hint).toMatch(malformed.hint);
		});

		test('a write key that is not known is refused with what to compare, and nothing is stored', async () => {
			const answer = await call('track', event, basic('another-key'));

			expect(answer).toMatchObject({ status: 401, code: 'unknown_write_key' });
			expect(answer.message).toMatch(/write key is not known.*Journey Collector/);
		});

		test('a call without a write key is told where to put it', async () => {
			const answer = await call('track', event);

			expect(answer).toMatchObject({ status: 401, code: 'unknown_write_key' });
			expect(answer.message).toMatch(/HTTP Basic|writeKey/);
		});

		test('a batch that is no list is refused as such', async () => {
			const answer = await call('batch', JSON.stringify({ batch: 'all of them' }), basic(WRITE_KEY));

			expect(answer).toMatchObject({ status: 400, code: 'no_batch' });
		});
	});

	test('a mail server that is down keeps people at their step, shown with the reason, and each gets one mail once it is back', async () => {
		const people = await stand.importPeople(12, 5);
		const { smtpPort, webPort } = stand.inbox;
		await stand.inbox.stop();

		await stand.send('batch', { batch: people.map(({ userId }) => ({ type: 'track', userId, event: 'Signed Up' })) });
		const shown = await stand.until(
			'Journey Control shows the mails that wait',
			async () => {
				const step = await stand.step('welcome-series', 'Welcome Mail');
				return step.deferred === people.length ? step : undefined;
			},
		);

		expect(shown).toMatchObject({ sent: 0, failed: 0, unknown: 0, held: 0, waiting: people.length });
		expect(shown.problem).toMatch(/127\.0\.0\.1|mail server|connect/i);
		expect(shown.problem).not.toContain('@');

		stand.inbox = await startInbox({ folder: join(stand.home, 'inbox'), smtpPort, webPort });
		await stand.until('All mails arrive', async () => (await stand.inbox.mails()).length >= people.length, 240_000);
		const after = await stand.until(
			'Journey Control shows them as sent',
			async () => {
				const step = await stand.step('welcome-series', 'Welcome Mail');
				return step.sent === people.length ? step : undefined;
			},
		);

		expect(after).toMatchObject({ deferred: 0, failed: 0, unknown: 0, held: 0, problem: null });
		const welcomes = (await stand.inbox.mails()).filter(({ subject }) => subject.startsWith('Welcome'));
		expect(welcomes.map(({ to }) => to).sort()).toEqual(people.map(({ email }) => email).sort());
		await expect(stand.journey('welcome-series')).resolves.toMatchObject({ entered: people.length, held: 0, failed: 0 });
	});
});

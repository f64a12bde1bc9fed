import { sql, type RawBuilder } from 'kysely';

import type { SmsConfig } from '../../../engine/channels/types';
import { systemRandom } from '../../../engine/kernel';
import { sentToKey } from '../../../engine/reports';
import { tieToNewest } from '../../../engine/reports/newest';
import type { SignedReport } from '../../../engine/reports/types';
import { createSettings } from '../../../engine/settings';
import type { Query } from '../../../engine/store';
import type { Answer } from '../channels/http-service';
import { DATABASES } from '../databases';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../journeys/world';
import { OURS, TextTalk } from './text-talk';

const PHONE = '+4915112345670';
const SECOND = '+4915112345671';

describe.each(DATABASES)('which message an answer is about, and whose it is, on %s', (kind) => {
	let talk: TextTalk;
	beforeEach(async () => {
		talk = await TextTalk.open(kind);
		await talk.journey('trigger', { reEntry: 'anyTime' });
	});
	afterEach(() => talk.close());

	/** A text to each of them now; answers with its message, by the order in which they were sent. */
	async function text(profile: number, given: Parameters<TextTalk['text']>[1] = {}): Promise<string> {
		talk.world.clock.advance(MINUTE_MS);
		const leg = await talk.enter('trigger', profile);
		const { people, message } = await talk.text(leg.people, given);
		await talk.world.walk.settle(leg);
		expect(people).toHaveLength(1);
		return message;
	}
	const attribute = async (profileId: number, phone: string) => await talk.world.engine.profiles.upsert([{ profileId, attributes: { phone } }], { source: 'test' });

	describe('by address', () => {
		it('of two numbers of one person each is answered for itself', async () => {
			const ann = await talk.person('ann', PHONE, SECOND);
			await attribute(ann, PHONE);
			const first = await text(ann);
			await attribute(ann, SECOND);
			const second = await text(ann);

			await talk.answer(PHONE);
			await talk.answer(SECOND);

			expect(await talk.ties()).toEqual([[ann, first], [ann, second]]);
		});

		it('a number that somebody else has by now: who replied is who the message went to, and of a newer one its own person', async () => {
			const [ann, ben] = [await talk.person('ann', PHONE), await talk.person('ben')];
			const toAnn = await text(ann);
			await talk.world.change(`update identity set profile = ${ben} where value = '${PHONE}'`);

			await talk.answer(PHONE);
			const toBen = await text(ben);
			await talk.answer(PHONE, 'And me');
			await talk.answer(PHONE, 'STOP');

			expect(await talk.ties()).toEqual([[ann, toAnn], [ben, toBen]]);
			expect((await talk.told()).find(({ name }) => name === 'Unsubscribed')?.profile).toBe(ben);
		});

		it('a number that is nobody\'s by now is that of whoever the message went to', async () => {
			const ann = await talk.person('ann', PHONE);
			const message = await text(ann);
			await talk.world.change(`delete from identity where value = '${PHONE}'`);

			await talk.answer(PHONE);

			expect(await talk.ties()).toEqual([[ann, message]]);
		});

		it('two who became one between the message and the answer, and two again', async () => {
			const [ann, guest] = [await talk.person('ann'), await talk.person('', PHONE)];
			const message = await text(guest);
			const { profile } = await talk.world.engine.profiles.merge({ profileId: ann }, { profileId: guest });

			await talk.answer(PHONE);
			await talk.world.engine.profiles.unmerge({ profileId: Number(profile) });
			await talk.answer(PHONE, 'Still me');

			expect(await talk.ties()).toEqual([[profile, message], [guest, message]]);
			expect(await talk.replied()).toBe(1);
		});

		it('of somebody who was erased neither the address nor the answer is left', async () => {
			const ann = await talk.person('ann', PHONE);
			await text(ann);

			await talk.world.engine.privacy.erasePerson({ profileId: ann }, { source: 'test' });
			await talk.answer(PHONE);

			expect(await talk.told()).toEqual([]);
			expect(await talk.world.rows('select sent_to from message')).toEqual([{ sent_to: null }]);
		});

		it('is kept as a hash that tells nobody the number', async () => {
			await text(await talk.person('ann', PHONE));

			const [row] = await talk.world.rows<{ sent_to: string; sent_from: string }>('select sent_to, sent_from from message');

			expect(row?.sent_to).toMatch(/^[\w-]{22}$/);
			expect(row?.sent_to).not.toBe(sentToKey(new Uint8Array(32), { channel: 'sms', provider: 'twilio', kind: 'phone', address: PHONE }));
			expect(row?.sent_from).toBe('5550006');
		});
	});

	const own = (url: string, body: string): SmsConfig => ({ kind: 'http', service: 'Acme', method: 'POST', url, headers: {}, bodyType: 'json', body, acceptedStatus: '200-299', acceptedText: '', idPath: '', testUrl: '' });

	describe('by sender', () => {
		const from = (number: string) => ({ senders: { default: number, byCountry: {} } });

		it('is the newest that came from the number that was answered', async () => {
			const ann = await talk.person('ann', PHONE);
			const shop = await text(ann, from('+1 500 555 0006'));
			const service = await text(ann, from('+15005550009'));

			await talk.answer(PHONE, 'To the shop', { to: '15005550006' });
			await talk.answer(PHONE, 'To the service', { to: '+15005550009' });
			await talk.answer(PHONE, 'To neither', { to: '+15005550001' });

			expect(await talk.ties()).toEqual([[ann, shop], [ann, service], [ann, null]]);
		});

		it('is any where a service chose the number', async () => {
			const ann = await talk.person('ann', PHONE);
			await text(ann, from('+15005550009'));
			const pooled = await text(ann, from('MG9752274e9e519418a7406176694466fa'));

			await talk.answer(PHONE, 'Yes', { to: '+15005550001' });

			expect(await talk.ties()).toEqual([[ann, pooled]]);
		});

		it.each<[string, (url: string) => SmsConfig, Answer, boolean]>([
			['a channel of Bird, whose messages come from its own', (baseUrl) => ({ kind: 'bird', workspaceId: 'w', channelId: 'c', accessKey: 'k', baseUrl }), { status: 202, json: { id: 'b1' } }, false],
			['the API that was MessageBird\'s, which takes the step\'s', (baseUrl) => ({ kind: 'bird', accessKey: 'k', baseUrl }), { status: 201, json: { id: 'b1' } }, true],
			['a service of one\'s own that is told none', (url) => own(url, '{"to":"{{to}}","text":"{{text}}"}'), { status: 200, json: {} }, false],
			['a service of one\'s own that is told the step\'s', (url) => own(url, '{"to":"{{to}}","from":"{{from}}","text":"{{text}}"}'), { status: 200, json: {} }, true],
		])('is known, or not, of %s', async (_what, configOf, answer, isKnown) => {
			const ann = await talk.person('ann', PHONE);
			talk.gateway.answerWith(answer);

			const message = await text(ann, { ...from('+15005550009'), provider: configOf(talk.gateway.service.url) });

			expect(await talk.world.rows('select id, state, sent_from from message')).toEqual([{ id: message, state: 'sent', sent_from: isKnown ? '5550009' : null }]);
		});
	});

	describe('by time', () => {
		const http = (): { provider: SmsConfig } => ({ provider: {
			kind: 'http', service: 'Acme', method: 'POST', url: talk.gateway.service.url, headers: {}, bodyType: 'json', body: '{"to":"{{to}}","text":"{{text}}"}', acceptedStatus: '200-299', acceptedText: '', idField: 'sid', callbackUrl: '',
		} as never });

		it('an answer that is told late, or after a later one, is about what had left when it was written', async () => {
			const ann = await talk.person('ann', PHONE);
			const first = await text(ann, http());
			talk.world.clock.advance(HOUR_MS);
			const second = await text(ann, http());
			talk.world.clock.advance(MINUTE_MS);

			await talk.answerByHttp(PHONE, { id: 'later' });
			await talk.answerByHttp(PHONE, { id: 'earlier', agoMs: 30 * MINUTE_MS });
			await talk.answerByHttp(PHONE, { id: 'before both', agoMs: 3 * HOUR_MS });
			await talk.answerByHttp(PHONE, { id: 'earlier', agoMs: 30 * MINUTE_MS });

			expect(await talk.ties()).toEqual([[ann, second], [ann, first], [ann, null]]);
		});

		it('seven days are those between message and answer, however late it is told', async () => {
			const ann = await talk.person('ann', PHONE);
			const message = await text(ann, http());
			talk.world.clock.advance(9 * DAY_MS);

			await talk.answerByHttp(PHONE, { agoMs: 2 * DAY_MS + 1 });
			await talk.answerByHttp(PHONE, { agoMs: 2 * DAY_MS });

			expect(await talk.ties()).toEqual([[ann, message], [ann, null]]);
		});

		it('a service that tells times in whole seconds, whose answer seems to come before its message', async () => {
			const ann = await talk.person('ann', PHONE);
			talk.world.clock.advance(700);
			const message = await text(ann, http());

			await talk.answerByHttp(PHONE, { agoMs: 700 });

			expect(await talk.ties()).toEqual([[ann, message]]);
		});
	});

	it('is found by an index alone, among a hundred thousand messages to others and of one person', async () => {
		const ann = await talk.person('ann', PHONE);
		const message = await text(ann);
		const { engine: { store } } = talk.world;
		const now = talk.world.clock.nowMs();
		const numbers = kind === 'sqlite' ? 'with recursive g(n) as (select 1 union all select n + 1 from g where n < 100000) select n from g' : 'select n from generate_series(1, 100000) as g(n)';
		await talk.world.change(`insert into message (id, token, step, trail, item_key, workflow, profile, channel, purpose, topic, state, provider, reserved_at, attempted_at, sent_to)
			select 'x' || n, '', 's', '', 'x' || n, 'wf', case when n % 2 = 0 then ${ann} else n + 1000 end, case when n % 4 = 0 then 'email' else 'sms' end, 'marketing', '', 'sent', 'twilio', ${now} - n, ${now} - n, case when n % 4 = 0 then null else 'to' || (n % 5000) end from (${numbers}) as given`);
		if (kind === 'postgres') await talk.world.change('analyze message');
		const secret = await createSettings({ store, random: systemRandom }).signingSecret();
		const answers = Array.from({ length: 300 }, (_none, n): SignedReport => ({
			kind: 'replied', message: null, providerId: null, address: n === 0 ? PHONE : `+49151${String(20_000_000 + n)}`, atMs: null, id: `a${n}`, provider: 'twilio', channel: 'sms', to: OURS, text: 'Yes',
		}));
		const plans: string[][] = [];

		const tied = await store.tx('test-plan', async (tx) => {
			const explaining = { ...tx, all: async <Row>(query: Query<Row>) => {
				const rows = await tx.all(sql<Record<string, string>>`${sql.raw(kind === 'sqlite' ? 'explain query plan' : 'explain')} ${query as RawBuilder<unknown>}`);
				plans.push(rows.map((row) => row.detail ?? row['QUERY PLAN'] ?? ''));
				return await tx.all(query);
			} };
			return await tieToNewest(explaining, answers, secret, {});
		});

		expect(tied.map(({ message: about }) => about).slice(0, 2)).toEqual([message, null]);
		expect(plans).toHaveLength(1);
		expect(plans.flat().filter((line) => line.includes('message_sent_to'))).toHaveLength(1);
		expect(plans.flat().filter((line) => /Seq Scan|SCAN (m|c|message)\b|TEMP B-TREE|Sort/.test(line))).toEqual([]);
	});
});

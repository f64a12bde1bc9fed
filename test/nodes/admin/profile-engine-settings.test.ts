import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { DEFAULT_SETTINGS } from '../../../engine/settings';
import { ProfileEngine } from '../../../nodes/ProfileEngine/ProfileEngine.node';
import { GROUPS } from '../../../nodes/ProfileEngine/actions/settings/groups';
import { errorOf, outputOf } from '../harness/n8n';
import { Desk, SUBJECT } from './desk';
import { openTestEngine } from './engine';
import type { TestEngine } from './engine';

let test: TestEngine;

beforeEach(async () => {
	test = await openTestEngine();
});
afterEach(async () => await test.close());

const run = async (parameters: INodeParameters, items: IDataObject[] = [{}]) =>
	await new Desk({ type: 'profileEngine', node: new ProfileEngine(), parameters: { resource: 'settings', ...parameters } }).run(items);
const rowsOf = async (parameters: INodeParameters) => {
	const ran = await run(parameters);
	expect(errorOf(ran)).toBeUndefined();
	return outputOf(ran, SUBJECT).map(({ json }) => json);
};

describe('Profile Engine: Settings', () => {
	it('shows every setting in one of its groups, each with the default that holds', () => {
		const fields = GROUPS.flatMap((group) => group.fields);

		expect(fields.map(({ field }) => field.name).sort()).toEqual(Object.keys(DEFAULT_SETTINGS).sort());
		const shown = Object.fromEntries(fields.map(({ field, read }) => [field.name, read(field.default)]));
		// '' is how the panel shows none.
		expect({ ...shown, defaultCountry: null, publicUrl: null }).toEqual(DEFAULT_SETTINGS);
		expect([shown.defaultCountry, shown.publicUrl]).toEqual(['', '']);
	});

	it('gets what holds, paired to the item', async () => {
		const ran = await run({ operation: 'get' });

		expect(outputOf(ran, SUBJECT)).toMatchObject([{ json: { version: 0, settings: DEFAULT_SETTINGS, chosen: [] }, pairedItem: { item: 0 } }]);
	});

	it('joins blocked identities of one kind that stand in two rows, and refuses a retention without an event', async () => {
		const [row] = await rowsOf({
			operation: 'set', settingsFrom: 'fields',
			dataGroup: { blockedIdentities: { rows: [{ kind: 'email', values: 'a@shop.example' }, { kind: 'user_id', values: 'guest' }, { kind: 'email ', values: 'b@shop.example, a@shop.example' }] } },
		});
		const refused = await run({ operation: 'set', settingsFrom: 'fields', dataGroup: { retention: { rows: [{ event: { __rl: true, mode: 'name', value: '' }, days: 1 }] } } });

		expect((row?.settings as IDataObject).blockedIdentities).toEqual({ email: ['a@shop.example', 'b@shop.example'], user_id: ['guest'] });
		expect(errorOf(refused)?.message).toMatch(/without the name of an event/);
		expect((await test.engine.settings.get()).values.retention).toEqual({});
	});

	it('changes what was added to the groups and nothing else', async () => {
		const [row] = await rowsOf({
			operation: 'set',
			settingsFrom: 'fields',
			placeGroup: { zone: 'Europe/Berlin', languages: 'de, en' },
			frequencyGroup: {
				caps: { rows: [{ channel: 'email', max: 1, within: 16, unit: 'hours' }] },
				quietHours: { hours: { active: true, from: '20:00', to: '09:00' } },
				blackoutDates: { rows: [{ date: '12-25', name: 'Christmas' }, { date: '2027-04-05', name: '' }] },
			},
			sendersGroup: {
				topics: { rows: [{ key: 'newsletter', name: '', description: '', channels: ['email', 'sms'] }] },
				senders: { rows: [{ key: 'news', channel: 'email', address: 'news@shop.example', name: 'The Shop', replyTo: '' }] },
			},
			collectorGroup: { corsOrigins: 'https://shop.example, https://www.shop.example' },
			dataGroup: {
				retention: { rows: [{ event: 'Page Viewed', days: 90 }] },
				identityLimits: { rows: [{ kind: 'email', most: 3 }] },
				blockedIdentities: { rows: [{ kind: 'email', values: 'test@example.com\nnobody@example.com' }] },
				storeIps: true,
			},
		});

		expect(row).toMatchObject({
			version: 1,
			settings: {
				...DEFAULT_SETTINGS,
				zone: 'Europe/Berlin', languages: ['de', 'en'],
				caps: [{ channel: 'email', max: 1, perSeconds: 57_600 }], quietHours: { from: '20:00', to: '09:00' },
				blackoutDates: [{ date: '12-25', name: 'Christmas' }, { date: '2027-04-05' }],
				topics: [{ key: 'newsletter', name: 'newsletter', channels: ['email', 'sms'] }],
				senders: [{ key: 'news', channel: 'email', address: 'news@shop.example', name: 'The Shop' }],
				corsOrigins: ['https://shop.example', 'https://www.shop.example'],
				retention: { 'Page Viewed': 90 }, identityLimits: { email: 3 }, blockedIdentities: { email: ['test@example.com', 'nobody@example.com'] }, storeIps: true,
			},
		});
	});

	it('switches caps and quiet hours off, and back to the defaults', async () => {
		const [off] = await rowsOf({ operation: 'set', frequencyGroup: { caps: {}, quietHours: { hours: { active: false, from: '21:00', to: '08:00' } } } });
		const [back] = await rowsOf({ operation: 'set', reset: ['caps', 'quietHours'] });

		expect(off.settings).toMatchObject({ caps: [], quietHours: null });
		expect(back).toMatchObject({ version: 2, settings: DEFAULT_SETTINGS, chosen: [] });
	});

	it('takes JSON as Get gives it, and says which version and which workflow made each change', async () => {
		await rowsOf({ operation: 'set', settingsFrom: 'json', settingsJson: '{ "zone": "Asia/Seoul" }' });
		await rowsOf({ operation: 'set', settingsFrom: 'json', settingsJson: '={{ { currency: "KRW", zone: null } }}', options: { ifVersion: 1 } });
		const history = await rowsOf({ operation: 'history' });
		const [restored] = await rowsOf({ operation: 'restore', settingsVersion: 1 });

		expect(history).toMatchObject([
			{ version: 2, changed: ['zone', 'currency'], restoredFrom: null, settings: { zone: 'UTC', currency: 'KRW' }, by: expect.stringContaining('workflow') },
			{ version: 1, changed: ['zone'], settings: { zone: 'Asia/Seoul' } },
		]);
		expect(restored).toMatchObject({ version: 3, settings: { zone: 'Asia/Seoul', currency: 'USD' } });
	});

	it.each<[string, INodeParameters, RegExp]>([
		['a zone that there is not', { operation: 'set', placeGroup: { zone: 'Berlin' } }, /Europe\/Berlin/],
		['a text that is no JSON', { operation: 'set', settingsFrom: 'json', settingsJson: '{ zone' }, /not a JSON object/],
		['a change from an older version', { operation: 'set', placeGroup: { zone: 'Europe/Berlin' }, options: { ifVersion: 4 } }, /version 0 by now/],
		['a cap without a length', { operation: 'set', frequencyGroup: { caps: { rows: [{ channel: 'all', max: 1, within: '={{ "a day" }}', unit: 'days' }] } } }, /"perSeconds"/],
		['a version that there is not', { operation: 'restore', settingsVersion: 9 }, /no version 9/],
		['to restore without a version', { operation: 'restore', settingsVersion: '={{ $json.none }}' }, /which version/],
	])('refuses %s and says what to do', async (_what, parameters, message) => {
		const ran = await run(parameters);

		expect(errorOf(ran)?.message).toMatch(message);
		expect(errorOf(ran)).toMatchObject({ context: { itemIndex: 0 } });
		expect((await test.engine.settings.get()).version).toBe(0);
	});
});

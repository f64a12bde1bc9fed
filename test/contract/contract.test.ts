import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import * as channels from '../../engine/channels';
import type { Provider } from '../../engine/channels';
import { outgoing } from '../engine/channels/chat/bench';
import { richEmail } from '../engine/channels/email/rich-email';
import { httpService, type Service } from '../engine/channels/http-service';
import { startMock, type Mock } from './mock';
import { ROWS, WITHOUT_DESCRIPTION, type Row } from './table';
import { wireTo, type Wire } from './wire';

const CHANNELS = join(__dirname, '..', '..', 'engine', 'channels');

const sms = { id: 'bXNnLWlkLTEyMzQ1Njc4OQ', to: '+4915112345678', from: '+4915187654321', text: 'Hello', mediaUrls: [] };

const push = { id: sms.id, devices: ['user-1'], title: 'Hello', body: 'World', image: 'https://cdn.example/a.png', link: 'https://shop.example/', data: { order: '7' }, badge: 1, sound: 'default', collapseKey: 'k', ttlSeconds: 60, priority: 'high' };

const postcard = {
	id: sms.id, to: { name: 'Harry Zhang', line1: '210 King St', city: 'San Francisco', state: 'CA', postalCode: '94107', country: 'US' }, address: '210 KING ST SAN FRANCISCO CA 94107 US', from: { id: 'adr_210a8d4b0b76d77b' },
	piece: { kind: 'postcard', size: '6x9', front: { kind: 'html', html: '<p>Front</p>' }, back: { kind: 'template', id: 'tmpl_a1234dddg' } }, mailType: 'usps_first_class', useType: 'marketing', mergeVariables: { name: 'Harry' },
};

const whatsApp = {
	id: 'bXNnLWlkLTEyMzQ1Njc4OQ', to: '+4915112345678', from: '106540352242922',
	body: {
		kind: 'template', template: {
			id: 'order_confirmed', language: 'en_US', header: { kind: 'document', url: 'https://cdn.shop.example/7.pdf', fileName: '7.pdf' }, body: [{ name: '', text: 'Anna' }],
			// Not 0: the description's pattern knows only some places.
			buttons: [{ index: 1, kind: 'quickReply', text: 'YES' }, { index: 2, kind: 'url', text: 'orders/7' }],
		},
	},
};

/** The door to each channel, and a message of it. */
const DOORS = {
	email: { create: 'createEmailProvider', message: () => richEmail({ headers: { 'List-Unsubscribe': '<https://links.shop.example/u>' } }) },
	sms: { create: 'createSmsProvider', message: () => sms },
	whatsapp: { create: 'createWhatsAppProvider', message: () => whatsApp },
	chat: { create: 'createChatProvider', message: () => outgoing({ id: sms.id, buttons: [{ label: 'Shop', url: 'https://shop.example/a' }], silent: true }) },
	directmail: { create: 'createDirectMailProvider', message: () => postcard },
	push: { create: 'createPushProvider', message: () => push },
} as const satisfies Record<Row['channel'], { create: string; message(): object }>;

/** The real code of a service, by its channel's door; by name, since a channel may not be there yet. */
function providerOf({ channel, kind, config, beside }: Row, url: string, besideUrl = ''): Provider<object> {
	const create = (channels as Record<string, unknown>)[DOORS[channel].create] as (config: object) => Provider<object>;
	return create({ kind, timeoutMs: 10_000, ...config(url), ...beside?.config(besideUrl) });
}

const messageOf = ({ channel, message }: Row): object => ({ ...DOORS[channel].message(), ...message });

const isThere = ({ channel, kind }: Row): boolean => existsSync(join(CHANNELS, channel, `${kind}.ts`));

describe.each(ROWS.filter(isThere).map((row) => [`${row.kind} (${row.channel})`, row] as const))('%s, by its published description', (_name, row) => {
	let mock: Mock;
	let wire: Wire;
	let provider: Provider<object>;
	let beside: Service | undefined;

	beforeAll(async () => {
		beside = row.beside === undefined ? undefined : await httpService({ status: 200, json: row.beside.answer });
		mock = await startMock(row.description, row.mend, row.dynamic);
	}, 90_000);
	afterAll(async () => void (await Promise.all([mock?.close(), beside?.close()])));
	beforeEach(async () => {
		wire = await wireTo(mock.url, row.base);
		provider = providerOf(row, wire.url, beside?.url);
	});
	afterEach(async () => {
		await provider.close();
		await wire.close();
	});
	/** With the mock's words, which say what the description does not take. */
	const refusals = () => wire.calls.filter(({ status }) => status < 200 || status >= 300);

	it('takes what we send', async () => {
		const outcome = await provider.send(messageOf(row));

		expect(refusals()).toEqual([]);
		expect(wire.calls).toHaveLength(row.calls ?? 1);
		expect(outcome).toMatchObject({ kind: 'accepted' });
	});

	const { unchecked } = row;
	if (unchecked !== undefined) it.todo(`would see a request that is wrong: ${unchecked}`);
	else it('would see a request that is wrong', async () => {
		wire.spoil = row.spoil;

		const outcome = await provider.send(messageOf(row));

		expect(wire.calls).toHaveLength(1);
		expect([400, 401, 422]).toContain(wire.calls[0]?.status);
		expect(outcome.kind).not.toBe('accepted');
	});

	if (hasBatch(row)) {
		it('takes what we send in one call for many', async () => {
			await provider.batch?.send([{ ...messageOf(row), attachments: [] }]);

			expect(refusals()).toEqual([]);
			expect(wire.calls).toHaveLength(1);
		});
	}

	const { verify } = row;
	if (typeof verify === 'string') it.todo(`the call of the credential's test: ${verify}`);
	else {
		it('takes the call of the credential\'s test', async () => {
			const other = verify.description === undefined ? undefined : await startMock(verify.description);
			const to = other === undefined ? wire : await wireTo(other.url, row.base);
			const tested = other === undefined ? provider : providerOf(row, to.url);
			// What the mock answers is made up: whether the key may send is not what it knows.
			await tested.verify().catch(() => undefined);
			if (other !== undefined) await Promise.all([tested.close(), to.close(), other.close()]);

			expect(to.calls).toMatchObject(verify.statuses.map((status) => ({ status })));
		});
	}
});

function hasBatch(row: Row): boolean {
	const provider = providerOf(row, 'http://127.0.0.1:9');
	void provider.close();
	return provider.batch !== undefined;
}

it('has a row for each service that we send by, or says why not', () => {
	const files = Object.keys(DOORS).flatMap((channel) => (existsSync(join(CHANNELS, channel)) ? readdirSync(join(CHANNELS, channel)).filter((name) => name.endsWith('.ts')).map((name) => join(CHANNELS, channel, name)) : []));
	const kinds = files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/^export interface \w+Config\b[^{]*\{\n\tkind: '(\w+)';$/gm)].map(([, kind = '']) => kind));

	expect(kinds).toContain('resend');
	expect([...new Set(kinds)].filter((kind) => !WITHOUT_DESCRIPTION.has(kind) && !ROWS.some((row) => row.kind === kind))).toEqual([]);
});

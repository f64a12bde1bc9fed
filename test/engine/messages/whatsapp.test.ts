import { runInNewContext } from 'node:vm';

import type { TwilioConfig } from '../../../engine/channels/types';
import { filled } from '../../../engine/messages/whatsapp-content';
import { DATABASES } from '../databases';
import { BERLIN, MetaNumber, SEOUL } from './meta-number';

const promo = { kind: 'template' as const, id: 'promo', language: 'en_US', body: [{ text: '{{ profile.firstName }}' }, { text: '{{ item.code }}' }] };
const PROMO = { name: 'promo', language: 'en_US', status: 'APPROVED', category: 'MARKETING', components: [{ type: 'BODY', text: 'Hi {{1}}, use {{2}}' }, { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: 'Yes' }] }] };

describe.each(DATABASES)('WhatsApp messages, on %s', (kind) => {
	let number: MetaNumber;
	beforeEach(async () => {
		number = await MetaNumber.open(kind);
	});
	afterEach(() => number.close());

	it('are templates filled in for each person, and stand in the ledger with the service\'s id', async () => {
		const leg = await number.enter(await number.person(BERLIN), await number.person(SEOUL, { firstName: 'Bo\n\tLee' }));
		const people = leg.people.map((person) => ({ ...person, json: { ...person.json, code: 'SAVE20' } }));

		const { results } = await number.world.walk.whatsApp(number.step(), people, number.message({ content: { ...promo, buttons: [{ index: 0, kind: 'quickReply', text: 'yes-{{ profile.id }}' }] } }));

		expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
		expect(number.sent.map(({ to, template }) => [to, (template?.components?.[0] as { parameters: Array<{ text: string }> }).parameters.map(({ text }) => text)]).sort()).toEqual([[BERLIN, ['Anna', 'SAVE20']], [SEOUL, ['Bo Lee', 'SAVE20']]]);
		expect(await number.ledger()).toMatchObject(results.map(({ message }) => ({ channel: 'whatsapp', state: 'sent', provider: 'meta', provider_id: `wamid.${message}` })));
	});

	it('one whose parameter is empty for a person holds that one and sends the others theirs', async () => {
		const leg = await number.enter(await number.person(BERLIN, { firstName: '' }), await number.person(SEOUL));

		const { results } = await number.world.walk.whatsApp(number.step(), leg.people, number.message({ content: { ...promo, body: [{ text: '{{ profile.firstName }}' }] } }));

		expect(results.find(({ outcome }) => outcome === 'parked')?.reason).toMatch(/^Parameter 1 of the template is empty for this person/);
		expect(number.sent.map(({ to }) => to)).toEqual([SEOUL]);
	});

	it('of a one-time code give it to the body and to the button, whatever the consent to marketing', async () => {
		const leg = await number.enter(await number.person(BERLIN));

		await number.world.walk.whatsApp(number.step(), leg.people, number.message({ purpose: 'transactional', content: { kind: 'template', id: 'login', language: '{{ profile.locale | default: "en" }}', code: '4711' } }));

		expect(number.sent[0]?.template).toEqual({ name: 'login', language: { policy: 'deterministic', code: 'en' }, components: [{ type: 'body', parameters: [{ type: 'text', text: '4711' }] }, { type: 'button', sub_type: 'url', index: '0', parameters: [{ type: 'text', text: '4711' }] }] });
	});

	it('have buttons and lists to answer by, within the window alone', async () => {
		await number.person(BERLIN);
		await number.writes(BERLIN);
		const leg = await number.enter(1, await number.person(SEOUL));
		const buttons = { kind: 'interactive' as const, text: 'Hi {{ profile.firstName }}', buttons: [{ title: 'Yes', id: 'yes-{{ profile.id }}' }, { title: '{{ profile.nothing }}' }, { title: 'No' }] };

		const { results, sent } = await number.world.walk.whatsApp(number.step('a'), leg.people, number.message({ content: buttons }));
		await number.world.walk.whatsApp(number.step('b'), sent, number.message({ content: { kind: 'interactive', text: 'When?', list: { button: 'Times', rows: [{ title: '9:00', section: 'Monday' }, { title: '9:30', section: 'Monday', description: 'With {{ profile.firstName }}' }] } } }));
		const tooLong = await number.world.walk.whatsApp(number.step('c'), sent, number.message({ content: { ...buttons, buttons: [{ title: 'A title that nobody can press' }] } }));

		expect(results.map(({ outcome }) => outcome).sort()).toEqual(['sent', 'skipped']);
		expect(number.sent.map(({ interactive }) => (interactive as { action: object }).action)).toEqual([
			{ buttons: [{ type: 'reply', reply: { id: 'yes-1', title: 'Yes' } }, { type: 'reply', reply: { id: 'No', title: 'No' } }] },
			{ button: 'Times', sections: [{ title: 'Monday', rows: [{ id: '9:00', title: '9:00' }, { id: '9:30', title: '9:30', description: 'With Anna' }] }] },
		]);
		expect(tooLong.results[0]).toMatchObject({ outcome: 'parked', reason: expect.stringContaining('A button has more than 20 characters') as string });
	});

	it('have links that are tracked where that is asked for', async () => {
		await number.person(BERLIN);
		await number.writes(BERLIN);
		const leg = await number.enter(1);

		const first = await number.world.walk.whatsApp(number.step('a'), leg.people, number.message({ trackClicks: true, content: { kind: 'text', text: 'See https://shop.example/sale. {{ links.unsubscribeUrl }}', previewUrl: true } }));
		await number.world.walk.whatsApp(number.step('b'), first.sent, number.message({ content: { kind: 'text', text: 'See https://shop.example/sale.' } }));

		expect(number.sent.map(({ text }) => text?.body)).toEqual([expect.stringMatching(/^See https:\/\/shop\.example\/j\/click\?t=[\w.-]+\. https:\/\/shop\.example\/j\/unsubscribe\?t=[\w.-]+$/), 'See https://shop.example/sale.']);
	});

	it.each<[string, object[], Partial<Parameters<MetaNumber['message']>[0] & object>, RegExp]>([
		['a template that there is not', [], { content: promo }, /no template "promo" in this account/],
		['a language that there is not', [PROMO], { content: { ...promo, language: 'de' } }, /does not exist in the language de\. There are: en_US/],
		['too few parameters', [PROMO], { content: { ...promo, body: [{ text: 'x' }] } }, /has 2 parameters, and the step gives 1\. Fill in: 1, 2/],
		['a header that is not filled in', [{ ...PROMO, components: [{ type: 'HEADER', format: 'IMAGE' }, ...PROMO.components] }], { content: promo }, /has a header that is an image/],
		['a header that there is not', [PROMO], { content: { ...promo, header: { kind: 'text', text: 'x' } } }, /has no header to fill in/],
		['a button that is not filled in', [{ ...PROMO, components: [PROMO.components[0], { type: 'BUTTONS', buttons: [{ type: 'URL', url: 'https://shop.example/{{1}}' }] }] }], { content: promo }, /button at place 1 that must be given the end of its address/],
		['a button that there is not', [PROMO], { content: { ...promo, buttons: [{ index: 1, kind: 'url', text: 'x' }] } }, /no such button at place 2/],
		['a template that was rejected', [{ ...PROMO, status: 'REJECTED' }], { content: promo }, /not approved the template "promo" \(rejected\)/],
		['a marketing template that is called transactional', [PROMO], { content: promo, purpose: 'transactional' }, /is a marketing template, and Purpose says Transactional/],
		['the same of what goes instead of a text', [], { whenClosed: promo }, /no template "promo"/],
		['named parameters of other names', [{ ...PROMO, components: [{ type: 'BODY', text: 'Hi {{name}}' }] }], { content: { ...promo, body: [{ name: 'first', text: 'x' }] } }, /parameters that the step does not give: name/],
	])('say %s before anything is reserved', async (_what, templates, given, problem) => {
		number.templates = templates;
		const leg = await number.enter(await number.person(BERLIN));

		await expect(number.world.walk.whatsApp(number.step(), leg.people, number.message({ ...given, provider: number.config({ businessAccountId: '102290129340398' }) }))).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringMatching(problem) as string });
		expect(await number.ledger()).toEqual([]);
		expect(number.sent).toEqual([]);
	});

	it('go where the template fits, and where nobody can say whether it does', async () => {
		number.templates = [PROMO];
		const provider = number.config({ businessAccountId: '102290129340398' });
		const leg = await number.enter(await number.person(BERLIN, { code: 'X' }));
		const content = { ...promo, body: [{ text: '{{ profile.firstName }}' }, { text: '{{ profile.code }}' }] };

		const first = await number.world.walk.whatsApp(number.step('a'), leg.people, number.message({ content, provider }));
		const { answer } = number.service;
		number.service.answer = async (call) => (call.method === 'GET' ? { status: 500, text: 'oops' } : typeof answer === 'function' ? await answer(call) : answer);
		const second = await number.world.walk.whatsApp(number.step('b'), first.sent, number.message({ content: { ...content, id: 'promo2' }, provider }));

		expect([first, second].map(({ results }) => results[0]?.outcome)).toEqual(['sent', 'sent']);
	});

	it.each<[string, object, RegExp]>([
		['no sender', { from: '' }, /has no sender/],
		['no SID of a content', { from: '+14155238886' }, /no content template of Twilio's/],
		['buttons', { from: '+14155238886', content: { ...promo, id: `HX${'0'.repeat(32)}`, buttons: [{ index: 0, kind: 'url' as const, text: 'x' }] } }, /At Twilio header and buttons are filled in by the variables/],
	])('through Twilio say %s', async (_what, given, problem) => {
		const provider: TwilioConfig = { kind: 'twilio', accountSid: 'AC1', authToken: 'token', baseUrl: number.service.url };
		const leg = await number.enter(await number.person(BERLIN));

		await expect(number.world.walk.whatsApp(number.step(), leg.people, number.message({ content: promo, ...given, provider }))).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringMatching(problem) as string });
	});

	it('are delivered, read and answered as Meta tells it, by message and with what was pressed', async () => {
		const leg = await number.enter(await number.person(BERLIN));
		const { results: [sent] } = await number.world.walk.whatsApp(number.step(), leg.people, number.message({ content: { ...promo, body: [] } }));
		const message = String(sent?.message);
		number.world.clock.advance(60_000);

		await number.status('delivered', message);
		await number.status('read', message);
		await number.status('read', message);
		await number.writes(BERLIN, { type: 'button', button: { payload: 'CONFIRM', text: 'Yes' }, context: { id: `wamid.${message}` } });

		const events = await number.events();
		expect(events.map(({ name }) => name).sort()).toEqual(['WhatsApp Delivered', 'WhatsApp Opened', 'WhatsApp Replied']);
		expect(events.find(({ name }) => name === 'WhatsApp Replied')?.properties).toMatchObject({ message, text: 'Yes', type: 'button', payload: 'CONFIRM', to: '15550783881' });
		expect(await number.world.rows('select opens, state from message')).toEqual([{ opens: 1, state: 'sent' }]);
		expect(await number.world.rows('select 1 as n from message where delivered_at is not null and opened_at is not null')).toEqual([{ n: 1 }]);
	});

	it('that Meta fails to deliver have failed, and who had stopped marketing there has left WhatsApp', async () => {
		const leg = await number.enter(await number.person(BERLIN));
		const { results: [sent] } = await number.world.walk.whatsApp(number.step(), leg.people, number.message({ content: { ...promo, body: [] } }));

		await number.status('failed', String(sent?.message), { errors: [{ code: 131050, title: 'User stopped marketing' }] });

		expect(await number.ledger()).toMatchObject([{ state: 'failed', reason: expect.stringContaining('131050') as string }]);
		expect(await number.world.rows("select state, source from consent where channel = 'whatsapp' and topic = ''")).toEqual([{ state: 'unsubscribed', source: 'meta' }]);
	});

	it('that cannot be delivered come back without a word on the number, which stays', async () => {
		const leg = await number.enter(await number.person(BERLIN));
		const { results: [sent] } = await number.world.walk.whatsApp(number.step(), leg.people, number.message({ content: { ...promo, body: [] } }));

		await number.status('failed', String(sent?.message), { errors: [{ code: 131026, title: 'Message undeliverable' }] });

		expect((await number.events()).map(({ name, properties }) => [name, properties.type, properties.category])).toEqual([['WhatsApp Bounced', 'soft', 'undeliverable']]);
		expect(await number.world.engine.suppression.list()).toEqual([]);
	});

	it('a lost answer leaves unknown, and never sends again', async () => {
		const leg = await number.enter(await number.person(BERLIN));
		number.answerWith(() => 'drop');

		const { results } = await number.world.walk.whatsApp(number.step(), leg.people, number.message({ content: { ...promo, body: [] } }));
		await number.world.walk.whatsApp(number.step(), leg.people, number.message({ content: { ...promo, body: [] } }));

		expect(results).toMatchObject([{ outcome: 'unknown' }]);
		expect(number.sent).toHaveLength(1);
	});

	it('a preview shows as they are read, and reaches nobody but the test recipient', async () => {
		number.templates = [PROMO];
		const id = await number.person(BERLIN, { firstName: 'Änna' });
		const provider = number.config({ businessAccountId: '1022901293403' });
		const making = { from: '', trackClicks: false, purpose: 'marketing' as const, provider, profileId: id, item: { code: 'X1' } };

		const template = await number.world.engine.messages.previewWhatsApp({ ...making, content: promo });
		const text = await number.world.engine.messages.previewWhatsApp({ ...making, content: { kind: 'text', text: 'Hi {{ profile.firstName }}' }, whenClosed: promo, testRecipient: SEOUL });

		expect(template).toMatchObject({ message: { text: 'Hi Änna, use X1', body: { kind: 'template', template: { id: 'promo', language: 'en_US' } } }, whenClosed: null, profile: id, sentTo: null });
		expect(text).toMatchObject({ message: { text: 'Hi Änna' }, whenClosed: { text: 'Hi Änna, use X1' }, sentTo: SEOUL });
		expect(number.sent.map(({ to, text: given }) => [to, given?.body])).toEqual([[SEOUL, 'Hi Änna']]);
		expect(await number.ledger()).toEqual([]);
	});
});

it('parameters of a template are on one line, and read once however many blanks are in them', () => {
	const oneLine = (text: string) => filled({ kind: 'template', id: 't', language: 'en', body: [{ text }] }, 'meta').body[0]?.text;

	expect([' a \n\n \t b ', 'a\u00a0\nb', 'a      b', '\na\r\n', 'a b'].map(oneLine)).toEqual(['a b', 'a b', 'a    b', 'a', 'a b']);
	// Some milliseconds; looked at anew from each blank, a minute.
	expect(runInNewContext('read()', { read: () => oneLine(`a${' '.repeat(400_000)}b`) }, { timeout: 30_000 })).toBe('a    b');
});

import type { ICredentialDataDecryptedObject, IDataObject, INodeParameters, INodeType } from 'n8n-workflow';

import { JourneyChat } from '../../../nodes/JourneyChat/JourneyChat.node';
import { JourneyDirectMail } from '../../../nodes/JourneyDirectMail/JourneyDirectMail.node';
import { JourneyEmail } from '../../../nodes/JourneyEmail/JourneyEmail.node';
import { JourneyOnSite } from '../../../nodes/JourneyOnSite/JourneyOnSite.node';
import { JourneyPush } from '../../../nodes/JourneyPush/JourneyPush.node';
import { JourneySms } from '../../../nodes/JourneySms/JourneySms.node';
import { JourneyWebPush } from '../../../nodes/JourneyWebPush/JourneyWebPush.node';
import { JourneyWhatsApp } from '../../../nodes/JourneyWhatsApp/JourneyWhatsApp.node';
import { createWorld } from '../harness/journey';
import type { World } from '../harness/journey';
import { errorOf, outputOf } from '../harness/n8n';
import { Desk, SUBJECT } from './desk';

const SENT = 0;
/** What any text would show of somebody else. */
const NAME = 'Hi {{ profile.firstName | default: "you" }}';

let world: World;
beforeEach(async () => {
	world = await createWorld({});
	await world.engine.settings.set({ quietHours: null, caps: [] });
});
afterEach(() => world.close());

interface Sender {
	type: string;
	node: () => INodeType;
	parameters: INodeParameters;
	credentials?: Record<string, ICredentialDataDecryptedObject>;
	/** Field of the output. */
	field: string;
	/** A contact whom nobody has; that field names them. */
	contact: string;
	named: INodeParameters;
	/** What marketing would do with them, by name of the guard. */
	guard: string | null;
}

const AT_NOBODY = 'http://127.0.0.1:9';
const SENDERS: Sender[] = [
	{ type: 'journeyEmail', node: () => new JourneyEmail(), parameters: { contentSource: 'text', subject: NAME, text: NAME }, credentials: { journeySmtpApi: { host: '127.0.0.1', port: 9, fromAddress: 'shop@example.com' } }, field: 'mail', contact: 'who@example.com', named: { contactEmail: '={{ $json.contact }}' }, guard: null },
	{ type: 'journeySms', node: () => new JourneySms(), parameters: { text: NAME }, credentials: { journeyTwilioApi: { accountSid: 'AC1', authToken: 'secret-token', from: '+15005550006', baseUrl: AT_NOBODY } }, field: 'sms', contact: '+4915112345678', named: { contactPhone: '={{ $json.contact }}' }, guard: 'consent' },
	{ type: 'journeyWhatsApp', node: () => new JourneyWhatsApp(), parameters: { contentSource: 'text', text: NAME }, credentials: { journeyWhatsAppApi: { accessToken: 'secret-token', phoneNumberId: '106540352242922', businessAccountId: '102290129340398', version: 'v23.0', baseUrl: AT_NOBODY } }, field: 'whatsapp', contact: '+4915112345678', named: { contactPhone: '={{ $json.contact }}' }, guard: 'consent' },
	{ type: 'journeyChat', node: () => new JourneyChat(), parameters: { text: NAME }, credentials: { journeyTelegramApi: { botToken: '1:token', baseUrl: AT_NOBODY } }, field: 'chat', contact: '424242', named: { contactChatId: '={{ $json.contact }}' }, guard: null },
	{ type: 'journeyPush', node: () => new JourneyPush(), parameters: { provider: 'expo', title: NAME }, credentials: { journeyExpoApi: { baseUrl: AT_NOBODY } }, field: 'push', contact: 'u-nobody', named: { contactUserId: '={{ $json.contact }}' }, guard: 'address' },
	{ type: 'journeyWebPush', node: () => new JourneyWebPush(), parameters: { title: NAME }, field: 'webPush', contact: 'u-nobody', named: { contactUserId: '={{ $json.contact }}' }, guard: 'address' },
	{ type: 'journeyOnSite', node: () => new JourneyOnSite(), parameters: { headline: NAME }, field: 'onSite', contact: 'who@example.com', named: { contactEmail: '={{ $json.contact }}' }, guard: null },
	{ type: 'journeyDirectMail', node: () => new JourneyDirectMail(), parameters: { frontHtml: `<p>${NAME}</p>` }, credentials: { journeyLobApi: { apiKey: 'test_key', from: 'adr_1', baseUrl: AT_NOBODY } }, field: 'directMail', contact: 'who@example.com', named: { identityValue: '={{ $json.contact }}' }, guard: 'address' },
];

async function stranger(test: boolean): Promise<number> {
	const { profiles } = await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'stranger@example.com' }, { kind: 'user_id', value: 'u-stranger' }], attributes: { firstName: 'Stranger' } }], { source: 'test', test });
	return Number(profiles[0]);
}

async function run({ type, node, parameters, credentials = {} }: Sender, more: INodeParameters, item: IDataObject) {
	const done = await new Desk({ type, node: node(), parameters: { ...parameters, ...more }, credentials }).run([item], 'manual');
	expect(errorOf(done)).toBeUndefined();
	return { json: outputOf(done, SUBJECT, SENT)[0]?.json ?? {}, hints: (done.data.resultData.runData[SUBJECT]?.[0]?.hints ?? []).map(({ message }) => message).join('\n') };
}

describe.each(SENDERS)('a manual run of $type', (sender) => {
	it('shows for a contact whom nobody has somebody new, with their guards, and no customer', async () => {
		await stranger(true);

		const { json, hints } = await run(sender, sender.named, { contact: sender.contact });

		const about = json[sender.field] as IDataObject;
		expect(JSON.stringify(json)).not.toContain('Stranger');
		expect(JSON.stringify(about)).toContain('Hi you');
		expect(about.guards).toMatchObject(sender.guard === null ? { verdict: 'send', guard: null } : { verdict: 'skip', guard: sender.guard });
		expect(json._journey).toMatchObject({ manual: true, profile: null });
		expect(hints).toMatch(/names a contact whom nobody has: shown as somebody new/);
		expect(hints).not.toContain(sender.contact);
	});

	it.each([[true, /No contact is named: shown as the newest test person \(profile \d+\)/], [false, /No contact is named and there is no test person: shown as the newest profile \(\d+\), who may be a customer/]])('says who is shown where no contact is named (test person: %s)', async (test, said) => {
		const id = await stranger(test);

		const { json, hints } = await run(sender, {}, {});

		expect(JSON.stringify(json)).toContain('Hi Stranger');
		expect(json._journey).toMatchObject({ profile: id });
		expect(hints).toMatch(said);
	});
});

it('asks of a contact whom nobody has whether it is on the suppression list', async () => {
	await world.engine.suppression.add([{ channel: 'email', address: 'who@example.com', reason: 'complaint', source: 'test' }]);

	const { json } = await run(SENDERS[0] as Sender, { ...SENDERS[0]?.named, purpose: 'transactional' }, { contact: 'Who@Example.com' });

	expect((json.mail as IDataObject).guards).toMatchObject({ verdict: 'skip', guard: 'suppression', reason: 'suppressed: complaint' });
});

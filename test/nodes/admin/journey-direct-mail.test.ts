import type { ICredentialDataDecryptedObject, ICredentialTestFunctions, IDataObject, INodeParameters } from 'n8n-workflow';

import { JourneyLobApi } from '../../../credentials/JourneyLobApi.credentials';
import { JourneyDirectMail } from '../../../nodes/JourneyDirectMail/JourneyDirectMail.node';
import { journeyLobTest } from '../../../nodes/JourneyDirectMail/lob';
import { httpService, type Service } from '../../engine/channels/http-service';
import { createWorld, eventually, PREFIX, type World } from '../harness/journey';
import { errorOf, outputOf } from '../harness/n8n';
import { defaulted, Desk, giveCredentials, SUBJECT, type DeskOptions } from './desk';

const [SENT, NOT_SENT] = [0, 1];
const HOME = { street: '210 King St', city: 'San Francisco', state: 'CA', postalCode: '94107' };
const pieceOf = ({ json }: { json: IDataObject }) => json.directMail as IDataObject;

let world: World;
let lob: Service;
beforeEach(async () => {
	world = await createWorld({ [`${PREFIX}journeyDirectMail`]: new JourneyDirectMail() });
	await world.engine.settings.set({ caps: [], quietHours: null });
	lob = await httpService({ status: 200, json: { id: 'psc_1' } });
});
afterEach(async () => {
	await world.close();
	await lob.close();
});

const credential = (given: ICredentialDataDecryptedObject = {}): ICredentialDataDecryptedObject => ({ apiKey: 'test_key', from: 'adr_1', baseUrl: lob.url, ...given });
const desk = (parameters: INodeParameters = {}, more: Partial<DeskOptions> = {}) => new Desk({ type: 'journeyDirectMail', node: new JourneyDirectMail(), parameters, credentials: { journeyLobApi: credential() }, ...more });
const outside = { purpose: 'transactional', identityValue: '={{ $json.email }}', toName: '{{ item.name }}', toLine1: '{{ item.street }}', toCity: '{{ item.city }}', toState: '{{ item.state }}', toPostalCode: '{{ item.postalCode }}' };

describe('Journey Direct Mail', () => {
	it('by its defaults prints a postcard for a person of a journey, to the address that Segment\'s traits name', async () => {
		const n8n = world.draw({ nodes: [{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Moved' } }, { name: 'Card', type: `${PREFIX}journeyDirectMail`, parameters: { purpose: 'transactional' } }], edges: [['Start', 'Card']] });
		const node = n8n.nodeNamed('Card');
		node.parameters = defaulted(new JourneyDirectMail(), node.parameters, node);
		giveCredentials(n8n, 'Card', { journeyLobApi: credential() });
		await n8n.publish();
		await world.engine.events.ingest([{ type: 'identify', identities: [{ kind: 'email', value: 'anna@example.com' }], traits: { firstName: 'Anna', lastName: 'Zhang', address: HOME } }], { source: 'test' });
		await world.happens('Moved', ['anna@example.com']);

		await eventually(async () => (await world.engine.messages.list({})).some(({ state }) => state === 'sent'));
		await n8n.close();

		expect(lob.calls.map(({ path, json }) => [path, json])).toEqual([['/postcards', expect.objectContaining({
			from: 'adr_1', size: '4x6', use_type: 'operational', front: expect.stringContaining('Hello Anna') as string,
			to: { name: 'Anna Zhang', address_line1: '210 King St', address_city: 'San Francisco', address_state: 'CA', address_zip: '94107', address_country: 'US' },
		}) as object]]);
		expect(await world.engine.messages.list({})).toMatchObject([{ channel: 'directmail', provider: 'lob', reason: 'Lob test environment: nothing is printed' }]);
	});

	it('outside a journey prints what each row says, a row that stands twice once, and puts out who has no address with the reason', async () => {
		const row = (email: string, given: IDataObject = {}) => ({ email, name: email.split('@')[0] ?? '', ...HOME, ...given });

		const run = await desk(outside).run([row('anna@example.com'), row('ben@example.com', { street: '' }), row('anna@example.com')]);

		expect(errorOf(run)).toBeUndefined();
		expect(outputOf(run, SUBJECT, SENT).map((item) => pieceOf(item).status)).toEqual(['sent', 'alreadySent']);
		expect(outputOf(run, SUBJECT, NOT_SENT).map((item) => pieceOf(item))).toMatchObject([{ status: 'skipped', reason: 'no postal address' }]);
		expect(lob.calls.map(({ json }) => (json as { to: { name: string } }).to.name)).toEqual(['anna']);
		expect(errorOf(await desk({ ...outside, identityValue: '' }).run([row('anna@example.com')]))?.message).toContain('whose this item is');
	});

	it('prints a letter from the PDF that the item brings, as the options say', async () => {
		const pdf = Buffer.from('%PDF-1.7 of Anna');
		const options = { color: true, doubleSided: false, extraService: 'certified', addressPlacement: 'insert_blank_page' };

		const run = await desk({ ...outside, piece: 'letter', letterSource: 'file', binaryField: 'bill', options }).run([{ json: { email: 'anna@example.com', name: 'Anna', ...HOME }, binary: { bill: { data: pdf.toString('base64'), mimeType: 'application/pdf', fileName: 'bill.pdf' } } }]);
		const body = lob.calls[0]?.body.toString('latin1') ?? '';

		expect(errorOf(run)).toBeUndefined();
		expect(lob.calls[0]?.path).toBe('/letters');
		expect(body).toContain('name="file"; filename="bill.pdf"');
		for (const part of ['%PDF-1.7 of Anna', 'name="color"\r\n\r\ntrue', 'name="double_sided"\r\n\r\nfalse', 'name="extra_service"\r\n\r\ncertified', 'name="address_placement"\r\n\r\ninsert_blank_page', 'name="from"\r\n\r\nadr_1']) expect(body).toContain(part);
	});

	it('takes templates with merge variables, and a sender that is written out', async () => {
		const parameters = {
			...outside, frontSource: 'template', frontTemplate: 'tmpl_front', backSource: 'url', backUrl: 'https://cdn.example.com/back.pdf', mergeVariables: { values: [{ name: 'name', value: '{{ item.name | upcase }}' }] },
			from: { name: 'The Shop', line1: '185 Berry St', city: 'San Francisco', state: 'CA', postalCode: '94107' },
		};

		await desk(parameters).run([{ email: 'anna@example.com', name: 'Anna', ...HOME }]);

		expect(lob.calls[0]?.json).toMatchObject({ front: 'tmpl_front', back: 'https://cdn.example.com/back.pdf', merge_variables: { name: 'ANNA' }, from: { name: 'The Shop', address_line1: '185 Berry St', address_country: 'US' } });
	});

	it('a manual run renders what would be printed and where it would go, as data and as files, and prints nothing', async () => {
		const { profiles } = await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'anna@example.com' }], attributes: { firstName: 'Anna', address: { street: '1 Elm St' } } }], { source: 'test' });
		const before = await world.rows();

		const run = await desk({ purpose: 'marketing' }).run([{ _journey: { manual: true, profile: Number(profiles[0]) } }], 'manual');

		const [item] = outputOf(run, SUBJECT, SENT);
		expect(pieceOf(item)).toMatchObject({ status: 'rendered', pages: { front: expect.stringContaining('Hello Anna') as string }, to: null, problem: 'the postal address has no city', guards: { verdict: 'skip', guard: 'address', reason: 'the postal address has no city' } });
		expect(Object.values(item.binary ?? {}).map(({ fileName, mimeType }) => [fileName, mimeType])).toEqual([['front.html', 'text/html'], ['back.html', 'text/html']]);
		expect(lob.calls).toEqual([]);
		expect(await world.rows()).toEqual(before);
	});

	it('a manual run asks the guards about the address that the row has, of a known person and of one whom nobody has', async () => {
		await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'anna@example.com' }], attributes: { firstName: 'Anna' } }], { source: 'test' });
		const row = (email: string, given: IDataObject = {}) => ({ email, name: 'Anna', ...HOME, ...given });

		const run = await desk(outside).run([row('anna@example.com'), row('new@example.com'), row('other@example.com', { street: '' })], 'manual');

		expect(errorOf(run)).toBeUndefined();
		expect(outputOf(run, SUBJECT, SENT).map((item) => pieceOf(item).guards)).toMatchObject([{ verdict: 'send' }, { verdict: 'send' }, { verdict: 'skip', guard: 'address', reason: 'no postal address' }]);
	});

	it('the Test button tells the test environment from the one that prints, and what is wrong with a key', async () => {
		const test = async (data: ICredentialDataDecryptedObject) => await journeyLobTest.call({} as ICredentialTestFunctions, { id: '1', name: 'Lob', type: new JourneyLobApi().name, data });

		expect(await test(credential())).toEqual({ status: 'OK', message: 'Connected to Lob\'s test environment: nothing is printed' });
		expect(await test(credential({ apiKey: 'live_key' }))).toEqual({ status: 'OK', message: 'Connected to Lob: what is sent is printed, and costs' });
		expect((await test(credential({ apiKey: 'pub_key' }))).message).toContain('no secret key of Lob');
		lob.answer = { status: 401, json: { error: { code: 'invalid_api_key', message: 'Your API key is not valid: test_key' } } };
		expect(await test(credential())).toMatchObject({ status: 'Error', message: expect.not.stringContaining('test_key') as string });
	});
});

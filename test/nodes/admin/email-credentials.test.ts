import type { ICredentialDataDecryptedObject, ICredentialTestFunctions, INodeCredentialTestResult } from 'n8n-workflow';

import { mailgun, mailgunConfigOf } from '../../../nodes/JourneyEmail/providers/mailgun';
import { sendgrid, sendGridConfigOf } from '../../../nodes/JourneyEmail/providers/sendgrid';
import { ses, sesConfigOf } from '../../../nodes/JourneyEmail/providers/ses';
import { httpService, type Service } from '../../engine/channels/http-service';

let service: Service;

beforeEach(async () => {
	service = await httpService();
});
afterEach(async () => {
	await service.close();
});

/** Presses the Test button of a credential whose API Address is the service. */
async function press(choice: Pick<typeof ses | typeof sendgrid | typeof mailgun, 'test'>, data: ICredentialDataDecryptedObject): Promise<INodeCredentialTestResult> {
	return await choice.test.call({} as ICredentialTestFunctions, { id: '1', name: 'Test', type: '', data: { ...data, baseUrl: `${service.url}/` } });
}

describe('the Journey SES credential', () => {
	const credential = { region: ' EU-West-1 ', accessKeyId: 'AKIA1', secretAccessKey: 'secret1' };
	const account = (given: object) => ({ status: 200, json: { EnforcementStatus: 'HEALTHY', ProductionAccessEnabled: true, SendingEnabled: true, SendQuota: { Max24HourSend: 200, MaxSendRate: 1, SentLast24Hours: 3 }, ...given } });

	it('becomes the engine\'s configuration; the node\'s connections win', () => {
		expect(sesConfigOf(credential)).toEqual({ kind: 'ses', region: 'eu-west-1', accessKeyId: 'AKIA1', secretAccessKey: 'secret1', connections: 5 });
		expect(sesConfigOf({ ...credential, connections: 3, sessionToken: 't', configurationSet: 'c', baseUrl: 'https://vpce.example/' }, 20)).toMatchObject({ sessionToken: 't', configurationSet: 'c', baseUrl: 'https://vpce.example', connections: 20 });
	});

	it.each([[{ region: '' }, 'names no region'], [{ region: 'Ireland' }, 'names no region'], [{ secretAccessKey: ' ' }, 'lacks the access key'], [{ baseUrl: 'ftp://x' }, 'API Address']])('says what is missing: %j', (given, message) => {
		expect(() => sesConfigOf({ ...credential, ...given })).toThrow(expect.objectContaining({ code: 'BAD_INPUT', message: expect.stringContaining(message) as string }));
	});

	it('is tested by asking for the account, and tells of quota and sandbox', async () => {
		service.answer = account({});
		expect(await press(ses, credential)).toEqual({ status: 'OK', message: 'Connected to Amazon SES in eu-west-1: 3 of 200 mails in 24 hours used, 1 a second.' });
		service.answer = account({ ProductionAccessEnabled: false });
		expect(await press(ses, credential)).toMatchObject({ status: 'OK', message: expect.stringContaining('in the sandbox: only verified addresses get mail') as string });
		service.answer = account({ SendingEnabled: false });
		expect(await press(ses, credential)).toMatchObject({ status: 'Error', message: expect.stringContaining('Switch it on') as string });
	});
});

describe('the Journey SendGrid credential', () => {
	it('becomes the engine\'s configuration, and says what is missing', () => {
		expect(sendGridConfigOf({ apiKey: ' SG.1 ', region: 'eu', onBehalfOf: 'sub' })).toEqual({ kind: 'sendgrid', apiKey: 'SG.1', region: 'eu', onBehalfOf: 'sub', connections: 10 });
		expect(sendGridConfigOf({ apiKey: 'SG.1' }, 4)).toEqual({ kind: 'sendgrid', apiKey: 'SG.1', region: 'global', connections: 4 });
		expect(() => sendGridConfigOf({})).toThrow('Fill in API Key');
	});

	it('is tested by its scopes', async () => {
		service.answer = { status: 200, json: { scopes: ['mail.send'] } };
		expect(await press(sendgrid, { apiKey: 'SG.1' })).toEqual({ status: 'OK', message: 'Connected to SendGrid; the key may send mail' });
		service.answer = { status: 200, json: { scopes: [] } };
		expect(await press(sendgrid, { apiKey: 'SG.1' })).toMatchObject({ status: 'Error', message: expect.stringContaining('Mail Send') as string });
	});
});

describe('the Journey Mailgun credential', () => {
	it('becomes the engine\'s configuration, and says what is missing', () => {
		expect(mailgunConfigOf({ apiKey: 'k', domain: ' MG.example.com ' })).toEqual({ kind: 'mailgun', apiKey: 'k', domain: 'mg.example.com', region: 'us', connections: 10 });
		expect(mailgunConfigOf({ apiKey: 'k', domain: 'mg.example.com', region: 'eu' })).toMatchObject({ region: 'eu' });
		expect(() => mailgunConfigOf({ domain: 'mg.example.com' })).toThrow('Fill in API Key');
		for (const domain of ['', 'example', 'https://mg.example.com/x', 'me@example.com']) expect(() => mailgunConfigOf({ apiKey: 'k', domain })).toThrow('Fill in Domain');
	});

	it('is tested by the right to send and the state of the domain', async () => {
		service.answer = ({ method }) => (method === 'POST' ? { status: 400, json: { message: 'from parameter is missing' } } : { status: 200, json: { domain: { state: 'active' } } });
		expect(await press(mailgun, { apiKey: 'k', domain: 'mg.example.com', region: 'eu' })).toEqual({ status: 'OK', message: 'Connected to Mailgun (EU); the key may send for mg.example.com' });
		service.answer = { status: 401, text: 'Forbidden' };
		expect(await press(mailgun, { apiKey: 'k', domain: 'mg.example.com' })).toMatchObject({ status: 'Error', message: expect.stringContaining('Check API Key and Region') as string });
	});
});

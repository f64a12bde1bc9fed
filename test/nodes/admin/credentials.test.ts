import { randomUUID } from 'node:crypto';

import { Client } from 'pg';
import type { ICredentialDataDecryptedObject, ICredentialTestFunctions, ICredentialsDecrypted } from 'n8n-workflow';

import { JourneyCollectorApi } from '../../../credentials/JourneyCollectorApi.credentials';
import { JourneySmtpApi } from '../../../credentials/JourneySmtpApi.credentials';
import { JourneysDatabaseApi } from '../../../credentials/JourneysDatabaseApi.credentials';
import { journeyCollectorTest } from '../../../nodes/JourneyCollectorTrigger/writeKeys';
import { smtp, smtpConfigOf } from '../../../nodes/JourneyEmail/providers/smtp';
import { databaseTest } from '../../../nodes/ProfileEngine/databaseTest';
import { postgresUrl } from '../../engine/postgres-server';
import { openInbox } from './inbox';

const context = {} as ICredentialTestFunctions;
const decrypted = (data: ICredentialDataDecryptedObject): ICredentialsDecrypted => ({ id: '1', name: 'Test', type: '', data });

describe('the Journey SMTP credential', () => {
	it('fills in server, port and encryption of a service', () => {
		expect(smtpConfigOf({ preset: 'gmail', user: 'me@example.com', password: 'secret' })).toMatchObject({
			host: 'smtp.gmail.com',
			port: 587,
			secure: false,
			requireTls: true,
			user: 'me@example.com',
		});
		expect(smtpConfigOf({ preset: 'ses', region: 'eu-west-1' }).host).toBe('email-smtp.eu-west-1.amazonaws.com');
		expect(smtpConfigOf({ preset: 'zoho', host: 'smtp.zoho.eu' })).toMatchObject({ host: 'smtp.zoho.eu', port: 465, secure: true });
	});

	it('says what is missing', () => {
		expect(() => smtpConfigOf({ preset: 'custom', host: ' ' })).toThrow('names no mail server');
		expect(() => smtpConfigOf({ preset: 'ses' })).toThrow('names no region');
	});

	it('never sends a password in the clear unless encryption is switched off', () => {
		const custom = { preset: 'custom', host: 'mail.example.com' };

		expect(smtpConfigOf({ ...custom, security: 'starttls' })).toMatchObject({ secure: false, requireTls: true });
		expect(smtpConfigOf({ ...custom, security: 'tls' })).toMatchObject({ secure: true, requireTls: true });
		expect(smtpConfigOf({ ...custom, security: 'none' })).toMatchObject({ secure: false, requireTls: false });
	});

	it('signs where a DKIM key is filled in, and says what is missing where it is only half', async () => {
		const inbox = await openInbox();
		const half = await smtp.test.call(context, decrypted({ ...inbox.credential, dkimDomain: 'example.com', dkimSelector: 'mail' }));
		await inbox.close();

		expect(smtpConfigOf(inbox.credential)).not.toHaveProperty('dkim');
		expect(smtpConfigOf({ ...inbox.credential, dkimDomain: ' example.com', dkimSelector: 'mail', dkimPrivateKey: 'pem' }).dkim).toEqual({ domain: 'example.com', selector: 'mail', privateKey: 'pem' });
		expect(half).toMatchObject({ status: 'Error', message: expect.stringContaining('DKIM private key in the SMTP credential cannot be read') as string });
	});

	it('is tested by a login, and a wrong password is told without repeating it', async () => {
		const inbox = await openInbox({
			authOptional: false,
			allowInsecureAuth: true,
			onAuth: ({ username, password }, _session, done) =>
				username === 'shop' && password === 'right' ? done(null, { user: username }) : done(new Error('Invalid login')),
		});

		const right = await smtp.test.call(context, decrypted({ ...inbox.credential, user: 'shop', password: 'right' }));
		const wrong = await smtp.test.call(context, decrypted({ ...inbox.credential, user: 'shop', password: 'hunter22' }));
		await inbox.close();

		expect(right).toEqual({ status: 'OK', message: 'Connected to 127.0.0.1' });
		expect(wrong.status).toBe('Error');
		expect(wrong.message).not.toContain('hunter22');
	});
});

describe('the Journeys Database credential', () => {
	it('is tested by a connection that makes the schema, by URL and by separate fields', async () => {
		const server = new URL(await postgresUrl());
		const name = `credential_${randomUUID().replaceAll('-', '')}`;
		const client = new Client({ connectionString: server.href });
		await client.connect();
		await client.query(`create database ${name}`);
		const url = new URL(server);
		url.pathname = `/${name}`;

		const byUrl = await databaseTest.call(context, decrypted({ connectBy: 'url', connectionUrl: url.href }));
		const byFields = await databaseTest.call(
			context,
			decrypted({
				connectBy: 'fields',
				host: url.hostname,
				port: Number(url.port),
				database: name,
				user: decodeURIComponent(url.username),
				password: decodeURIComponent(url.password),
				ssl: 'disable',
			}),
		);
		await client.query(`drop database ${name} with (force)`);
		await client.end();

		expect(byUrl).toEqual({ status: 'OK', message: expect.stringMatching(/^Connected\. Schema \d+, 0 profiles\.$/) as string });
		expect(byFields.status).toBe('OK');
	});

	it('says that an address is none, or that nobody answers', async () => {
		const none = await databaseTest.call(context, decrypted({ connectBy: 'url', connectionUrl: 'localhost' }));
		const nobody = await databaseTest.call(context, decrypted({ connectBy: 'url', connectionUrl: 'postgres://a:secret1@127.0.0.1:1/x' }));

		expect(none).toMatchObject({ status: 'Error', message: expect.stringContaining('postgres://user:password@host:5432/name') as string });
		expect(nobody.status).toBe('Error');
		expect(nobody.message).not.toContain('secret1');
	});
});

describe('the Journey Collector credential', () => {
	it('is tested by its keys', async () => {
		const test = async (keys: Array<{ source: string; writeKey: string }>) =>
			await journeyCollectorTest.call(context, decrypted({ writeKeys: { keys } }));

		expect(await test([{ source: 'web', writeKey: 'wk_12345678' }])).toEqual({ status: 'OK', message: '1 write key can be used' });
		expect(await test([])).toMatchObject({ status: 'Error' });
		expect(await test([{ source: '', writeKey: 'wk_12345678' }])).toMatchObject({ message: expect.stringContaining('has no source') as string });
	});
});

describe('every credential', () => {
	it.each([new JourneyCollectorApi(), new JourneySmtpApi(), new JourneysDatabaseApi()])('$name explains each field and hides its secrets', ({ properties }) => {
		for (const property of properties) {
			if (property.type !== 'notice') expect(property.description).toBeTruthy();
			if (/password|privatekey|url$/i.test(property.name)) expect(property.typeOptions?.password).toBe(true);
		}
	});
});
